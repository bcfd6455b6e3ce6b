"""A thousand windows claim one accepted edit at once, from four processes: exactly one has it (F42)."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pending_findings import experiment, finding, queued, window_bench

from jupyter_coimprove.errors import Claimed, CoimproveError
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import claiming, presence

ZOE = Actor(kind="person", id="zoe", display="Zoë", auth="password")


def claim_many(project: Path, id_: str, worker: int, times: int) -> tuple[list[str], list[Any]]:
    """Claims by as many windows of one process at once; who won, and the seats that they keep."""
    layout = Layout(project)
    names = [f"window-{worker}-{number}" for number in range(times)]
    locks = [presence.sit(layout, "train.ipynb", name, name) for name in names]

    def one(name: str) -> str | None:
        actor = Actor(kind="person", id=name, display=name, auth="token")
        bench = window_bench(project, actor)
        try:
            return claiming.claim(bench, id_, path=project / "train.ipynb", window=name).by
        except CoimproveError as error:
            return None if isinstance(error, Claimed) else f"{error.code}: {error}"
        finally:
            bench.close()

    with ThreadPoolExecutor(8) as pool:
        won = [name for name in pool.map(one, names) if name is not None]
    for name, lock in zip(names, locks, strict=True):
        if name not in won:
            presence.rise(lock)
    return won, [lock for name, lock in zip(names, locks, strict=True) if name in won]


def _claim_in_process(project: str, id_: str, worker: int, times: int, queue: Any, ended: Any) -> None:
    won, seats = claim_many(Path(project), id_, worker, times)
    queue.put(won)
    # A claim ends with its window: who won stays until the slowest has asked.
    assert ended.wait(200)
    for seat in seats:
        presence.rise(seat)


def test_of_a_thousand_claims_from_four_processes_exactly_one_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    project = tmp_path / "project"
    project.mkdir()
    waits = finding(project, experiment(project))
    zoe = window_bench(project, ZOE)
    lock = presence.sit(Layout(project), "train.ipynb", "zoë", "Zoë")
    id_ = queued(zoe, waits)
    presence.rise(lock)
    context = multiprocessing.get_context("spawn")
    queue, ended = context.Queue(), context.Event()
    processes = [
        context.Process(target=_claim_in_process, args=(str(project), id_, worker, 250, queue, ended))
        for worker in range(4)
    ]
    for process in processes:
        process.start()
    won = [name for _ in processes for name in queue.get(timeout=200)]
    ended.set()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(won) == 1, won
    lines = [line.event for line in zoe.record().follow(0, id=id_)]
    assert lines.count("claimed") == 1
    zoe.close()
