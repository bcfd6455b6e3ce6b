"""A server whose runs live is not idle, also when every window is closed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pending_findings import bench_of, experiment

from jupyter_coimprove.interfaces.server.shared import Shared
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.locks import held
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.registry import TOOL


def test_the_idle_culler_waits_for_runs_and_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    id_ = experiment(tmp_path)
    bench = bench_of(tmp_path)
    bench.record().append([Draft(id=id_, kind="experiment", event="started", state="running", actor=TOOL)])
    bench.close()
    settings: dict[str, object] = {}
    shared = Shared(settings)
    with held(Layout(tmp_path).locks / f"{id_}.runner"):
        asyncio.run(shared.stay_awake())
        assert settings == {}, "nobody has asked for anything in that project here"
        shared.remember(tmp_path)
        asyncio.run(shared.stay_awake())
        first = settings["coimprove_last_activity"]
    asyncio.run(shared.stay_awake())
    assert settings["coimprove_last_activity"] == first, "its runner is gone: the server may be idle"


def test_what_is_set_is_what_jupyter_server_counts_as_activity() -> None:
    from jupyter_server._tz import utcnow
    from jupyter_server.serverapp import ServerWebApplication

    began = utcnow()
    settings = {
        "started": began, "kernel_manager": SimpleNamespace(last_kernel_activity=began), "last_activity_times": {},
    }  # fmt: skip
    app = SimpleNamespace(settings=settings)
    settings["coimprove_last_activity"] = datetime.now(UTC)
    assert ServerWebApplication.last_activity(app) == settings["coimprove_last_activity"]
