"""What a cluster cannot do is said before the first run, with what to do about it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import jupyter_coimprove
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask.cluster import Cluster, cluster_of, connect, differences
from jupyter_coimprove.engines.dask.engine import DaskEngine
from jupyter_coimprove.errors import EngineError, KernelMissing, UsageError
from jupyter_coimprove.workbench import clustering


def test_a_cluster_that_nobody_answers_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_coimprove.engines.dask.cluster.CONNECT_S", 0.5)
    with pytest.raises(
        EngineError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9: .*refused"
    ) as caught:
        connect(Cluster(address="tcp://127.0.0.1:9"), timeout=0.5)
    assert "--cluster-tls" in caught.value.remedy


def test_without_distributed_what_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError, match="`distributed` is not installed") as caught:
        connect(Cluster(address="tcp://127.0.0.1:9"))
    assert caught.value.remedy == "pip install 'jupyter-coimprove[dask]'"


def test_workers_with_another_version_of_ours_are_refused(
    local_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = jupyter_coimprove.__version__
    monkeypatch.setattr(jupyter_coimprove, "__version__", "99.0")
    engine = DaskEngine(cluster=Cluster(address=local_cluster.scheduler_address), clock=SystemClock())
    with pytest.raises(
        EngineError, match=f"jupyter-coimprove is 99.0 here and {theirs} on tcp://.* and 1 more"
    ):
        engine.check("python3")


def _told(distributed: str = "2", python: str = "3.11.7.final.0", **ours: str) -> dict[str, Any]:
    return {
        "host": {"python": python},
        "packages": {"distributed": distributed, "jupyter_coimprove": None, **ours},
    }


def test_versions_are_compared_where_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: "3.11.9")
    mine = {"jupyter_coimprove": jupyter_coimprove.__version__}
    told = {"client": _told(), "scheduler": _told(), "workers": {"a": _told(**mine)}}
    assert differences(told) == []
    told["workers"] = {
        "a": _told(distributed="1", **mine),
        "b": _told(python="3.12.1.final.0", **mine),
        "c": _told(),
    }
    assert differences(told) == [
        "distributed is 2 here and 1 on a", "Python is 3.11 here and 3.12 on b",
        f"jupyter-coimprove is {jupyter_coimprove.__version__} here and missing on c",
    ]  # fmt: skip
    assert differences(told, only=["b"]) == ["Python is 3.11 here and 3.12 on b"]
    assert differences({**told, "scheduler": _told(distributed="3")}, only=["-"]) == [
        "distributed is 2 here and 3 on the scheduler"
    ]


def test_a_kernel_that_only_this_machine_has_is_missing_on_the_workers(
    local_cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "mine"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Mine", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    engine = DaskEngine(cluster=Cluster(address=local_cluster.scheduler_address), clock=SystemClock())
    with pytest.raises(
        KernelMissing, match=r"on 2 of 2 workers \(tcp://.*\): the kernel 'mine' is not installed"
    ):
        engine.check("mine")


@pytest.mark.parametrize(
    ("address", "tls", "told"),
    [
        (None, None, "needs a cluster"),
        ("", None, "needs a cluster"),
        ("here", None, "no address of a scheduler"),
        ("tcp://host:8786", None, None),
        ("http://host:8786", None, "no address of a scheduler"),
        ("tls://host:8786", "ca,cert", "three files"),
        ("tls://host:8786", "ca,,key", "three files"),
        ("tcp://host:8786", "ca,cert,key", "not encrypted"),
        ("tls://host:8786", "/none/ca,/none/cert,/none/key", "cannot be read"),
    ],
)
def test_options_that_name_no_cluster_are_refused(
    address: str | None, tls: str | None, told: str | None
) -> None:
    if told is None:
        assert cluster_of(address, tls, {}).address == address
        return
    with pytest.raises(UsageError, match=told):
        cluster_of(address, tls, {})


def test_the_environment_names_a_cluster_too(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca", "cert", "key")]
    for file in files:
        file.write_text("pem")
    env = {"COIMPROVE_CLUSTER": "host:8786", "COIMPROVE_CLUSTER_TLS": ",".join(map(str, files))}
    assert cluster_of(None, None, {"COIMPROVE_CLUSTER": "host:8786"}).address == "host:8786"
    assert cluster_of(None, None, env) == Cluster(
        address="tls://host:8786", tls=(files[0], files[1], files[2])
    )


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("tcp://10.0.0.5:8786", True), ("host:8786", True), ("tls://10.0.0.5:8786", False),
        ("tcp://127.0.0.1:8786", False), ("tcp://[::1]:8786", False), ("localhost:8786", False),
    ],
)  # fmt: skip
def test_a_cluster_that_anybody_may_use_is_warned_of(address: str, warned: bool) -> None:
    assert bool(clustering.unguarded(Cluster(address=address))) is warned
