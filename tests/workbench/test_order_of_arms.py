"""A runner that lives follows a person who puts another arm first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.registry import RUN_FINAL
from jupyter_coimprove.workbench import planning, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench

pytestmark = pytest.mark.timeout(300)


@pytest.mark.slow
def test_the_blocks_that_are_still_to_run_begin_with_the_arm_that_was_put_first(
    bench: Bench, write: Callable[..., Path]
) -> None:
    notebook = write(
        ("parameters", "SEED = 0\nlr = 0.1"), "import random, time\nrandom.seed(SEED)\ntime.sleep(0.2)",
        "score = lr + random.random()",
    )  # fmt: skip
    plan = planning.plan(
        bench, notebook=str(notebook), factor=["lr=0.3,0.7"], response="score", direction="max", blocks=4
    )
    running.run(bench, experiment=plan.id, workers=1, detach=True)
    record = bench.record()

    def ended() -> int:
        return sum(run.state in RUN_FINAL for run in shelf.runs_of(record, plan.id))

    while ended() < 2:
        assert record.wait(record.sync(), 120), "the runner does nothing"
    running.resume(bench, experiment=plan.id, order="lr=0.7")
    view = watching.stay(bench, plan.id)
    assert view.experiments[0].state == "completed"
    assert view.experiments[0].arms[0] == "lr=0.7"
    lines = list(record.follow(0))
    runs = {run.id: run for run in shelf.runs_of(record, plan.id)}
    said = next(line.seq for line in lines if line.event == "reordered")
    later = [
        runs[line.id].data
        for line in lines
        if line.event == "started" and line.id in runs and line.seq > said
    ]
    whole = [run["arm"] for run in later if run["replicate"] == 0 and run["block"] != later[0]["block"]]
    assert len(whole) >= 6, "most blocks were still to run"
    assert whole == ["lr=0.7", "baseline", "lr=0.3"] * (len(whole) // 3)
