"""The history of decisions says who decided what, why, and how the record knows them."""

from __future__ import annotations

from pathlib import Path

from pending_findings import bench_of, experiment, finding

from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import deciding, trailing


def test_decisions_are_told_newest_first_with_who_and_why(tmp_path: Path) -> None:
    plan = experiment(tmp_path)
    bench = bench_of(tmp_path)
    try:
        assert trailing.trail(bench).decisions == ()
        first = finding(tmp_path, plan)
        deciding.defer(bench, id=first, reason="after lunch")
        deciding.reject(bench, id=first, reason="too few blocks")
        found = trailing.trail(bench).decisions
        assert [(row.verb, row.reason) for row in found] == [
            ("rejected", "too few blocks"), ("deferred", "after lunch"),
        ]  # fmt: skip
        assert {row.subject for row in found} == {first}
        assert {(row.kind, row.auth, row.trust) for row in found} == {("person", "os", "own")}
        assert len(trailing.trail(bench, last=1).decisions) == 1
        assert trailing.trail(bench, subject=plan).decisions == ()
        assert "too few blocks" in render(trailing.trail(bench))
    finally:
        bench.close()
