"""A cluster behind TLS, by real connections: who is trusted, and what is said to whom is not."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import distributed
import pytest
from certificates import authority

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask.cluster import Cluster, cluster_of, connect
from jupyter_coimprove.engines.dask.engine import DaskEngine
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.run import Probe
from jupyter_coimprove.testing.engine_contract import Seen, a_work, run_all

Files = tuple[Path, Path, Path]


@dataclass(frozen=True, kw_only=True)
class Guarded:
    address: str
    files: Files
    others: Files

    @property
    def plain(self) -> str:
        return self.address.replace("tls://", "tcp://")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A scheduler and a worker in this process, for whoever has a certificate of their authority."""
    folder = tmp_path_factory.mktemp("tls")
    files, others = authority(folder / "ours", "ours"), authority(folder / "others", "others")
    ca, cert, key = map(str, files)
    security = distributed.Security(
        tls_ca_file=ca, tls_scheduler_cert=cert, tls_scheduler_key=key, tls_worker_cert=cert, tls_worker_key=key,
        tls_client_cert=cert, tls_client_key=key, require_encryption=True,
    )  # fmt: skip
    before = dict(os.environ)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tls://", security=security,
        dashboard_address=None, memory_limit=0, scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as made:  # fmt: skip
        os.environ.clear()
        os.environ.update(before)
        yield Guarded(address=made.scheduler_address, files=files, others=others)


def _engine(cluster: Cluster) -> DaskEngine:
    return DaskEngine(cluster=cluster, clock=SystemClock(), share=False)


def test_the_right_files_reach_it_by_option_by_environment_and_by_dasks_own_configuration(
    guarded: Guarded,
) -> None:
    ca, cert, key = map(str, guarded.files)
    option = cluster_of(guarded.address, f"{ca},{cert},{key}", {})
    env = {"COIMPROVE_CLUSTER": guarded.address, "COIMPROVE_CLUSTER_TLS": f"{ca},{cert},{key}"}
    assert option == cluster_of(None, None, env)
    assert _engine(option).check("python3")["engine"] == "dask"
    named = {"ca-file": ca, "client.cert": cert, "client.key": key}
    with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in named.items()}):
        assert _engine(cluster_of(guarded.address, None, {})).check("python3")["engine"] == "dask"


@pytest.mark.slow
def test_a_run_behind_tls_is_a_run(guarded: Guarded, tmp_path: Path) -> None:
    work = a_work(tmp_path, "r", "score = 42", probes=(Probe(name="s", expr="score"),))
    seen = run_all(_engine(Cluster(address=guarded.address, tls=guarded.files)), [work], workers=1)
    assert seen.outcomes["r"].metrics[0].value.number == 42


@pytest.mark.parametrize(
    ("case", "told", "remedy"),
    [
        ("another authority", r"is not trusted: its certificate is none of the authority's", "the authority that signed it"),
        ("a certificate of another", "refuses our certificate", "one that the cluster's authority signed"),
        ("a key of another", "the files for TLS cannot be used: .*mismatch", "the key fits the certificate"),
        ("no certificate", "the files for TLS cannot be used", "three PEM files"),
        ("no files", r"needs certificates, and none are named", "distributed.comm.tls"),
        ("a plain address", r"tcp://.* hangs up on a connection without TLS", "tls://HOST:PORT"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_before_the_first_run(
    guarded: Guarded, tmp_path: Path, case: str, told: str, remedy: str
) -> None:
    (ca, cert, key), (other_ca, other_cert, other_key) = guarded.files, guarded.others
    (tmp_path / "none.pem").write_text("none")
    cluster = {
        "another authority": Cluster(address=guarded.address, tls=(other_ca, cert, key)),
        "a certificate of another": Cluster(address=guarded.address, tls=(ca, other_cert, other_key)),
        "a key of another": Cluster(address=guarded.address, tls=(ca, cert, other_key)),
        "no certificate": Cluster(address=guarded.address, tls=(tmp_path / "none.pem", cert, key)),
        "no files": Cluster(address=guarded.address),
        "a plain address": Cluster(address=guarded.plain),
    }[case]
    seen = Seen()
    with pytest.raises(EngineError, match=told) as caught:
        run_all(_engine(cluster), [a_work(tmp_path, "r", "x = 1")], seen=seen)
    assert remedy in caught.value.remedy
    assert seen.events == []


def test_tls_with_a_scheduler_that_has_none_is_said(guarded: Guarded, local_cluster: Any) -> None:
    address = local_cluster.scheduler_address.replace("tcp://", "tls://")
    with pytest.raises(EngineError, match="does not speak TLS") as caught:
        connect(Cluster(address=address, tls=guarded.files))
    assert "tcp://HOST:PORT" in caught.value.remedy
    with warnings.catch_warnings():
        # Dask leaves the socket of a connection that it gave up to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        del caught
        gc.collect()
