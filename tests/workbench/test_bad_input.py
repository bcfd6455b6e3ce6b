"""Bad input: each a clear message with a remedy, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.errors import (
    CoimproveError,
    KernelMissing,
    NotebookError,
    PlanError,
    RunnerBusy,
    UnknownName,
    UsageError,
)
from jupyter_coimprove.workbench import deciding, noising, planning, reading_results, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench

PLAN = {"response": "score", "direction": "max", "blocks": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty|not"),
        ("hello", "JSON|not a notebook"),
        ('{"cells": [', "truncated|JSON"),
        ('{"a": 1}', "no notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 5, "nbformat_minor": 0}', "5"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no code cells"),
    ],
    ids=["empty", "text", "truncated", "other json", "nbformat 5", "no cells"],
)
def test_what_is_not_a_notebook_is_refused_by_name(
    bench: Bench, tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "bad.ipynb"
    path.write_text(text)
    with pytest.raises(NotebookError, match=says) as error:
        planning.plan(bench, notebook=str(path), **PLAN)
    assert error.value.remedy
    assert path.read_text() == text


def test_a_notebook_over_the_limit_is_refused_by_its_size(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "big.ipynb"
    with path.open("wb") as handle:
        handle.truncate(257 * 2**20)
    with pytest.raises(NotebookError, match="256"):
        planning.candidates(bench, notebook=str(path))


def test_an_unknown_factor_is_answered_with_close_ones(bench: Bench, train: Path) -> None:
    with pytest.raises(UnknownName) as error:
        planning.plan(bench, notebook=str(train), factor=["lrr=0.2"], **PLAN)
    assert "lr" in error.value.close


@pytest.mark.parametrize(
    "factor",
    [
        "lr=fast",
        "use_bias=3",
        "lr=0.1",
        "lr=0.2,0.20",
        "lr=__import__('os').getcwd()",
        "lr",
        "=3",
        "class=1",
        "lr=1;x=2",
    ],
)
def test_levels_that_cannot_be_are_refused(bench: Bench, train: Path, factor: str) -> None:
    if factor == "lr":
        # A name alone asks for the levels that the notebook suggests.
        assert planning.plan(bench, notebook=str(train), factor=[factor], **PLAN).arms
        return
    with pytest.raises(UsageError) as error:
        planning.plan(bench, notebook=str(train), factor=[factor], **PLAN)
    assert error.value.remedy
    assert bench.record().find("experiment") == []


def test_a_response_that_is_never_defined_names_what_is(bench: Bench, train: Path) -> None:
    with pytest.raises(CoimproveError) as error:
        planning.plan(
            bench, notebook=str(train), factor=["lr=0.3"], response="accuracy", direction="max", blocks=2
        )
    assert "score" in error.value.message + error.value.remedy


@pytest.mark.slow
def test_a_response_defined_only_sometimes_says_which_runs_lack_it(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(("parameters", "lr = 0.1"), "if lr < 0.2:\n    score = lr\nother = 1.0")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    failures = {arm.arm: dict(arm.failures) for arm in found.arms}
    assert sum(failures["lr=0.3"].values()) == 2
    assert found.effects[0].verdict == "undecided"


@pytest.mark.parametrize(
    ("source", "kind"),
    [("score = float('nan')", "nan"), ("score = float('inf')", "inf"), ("score = 'high'", "text")],
)
@pytest.mark.slow
def test_values_that_are_no_numbers_are_kinds_not_numbers(
    bench: Bench, write: Callable[..., Path], source: str, kind: str
) -> None:
    path = write(("parameters", "lr = 0.1"), f"x = lr\n{source}")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert {run.response for run in status.experiments[0].runs} == {kind}
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].verdict == "undecided"
    assert found.effects[0].estimate is None


@pytest.mark.slow
def test_a_constant_response_is_said_to_be_one(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(("parameters", "lr = 0.1"), "score = 0.5")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].estimate == 0
    assert found.effects[0].p is None
    assert "no change" in found.claim


def test_a_kernel_that_is_not_installed_is_refused_before_anything_is_registered(
    bench: Bench, train: Path
) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], kernel="pyton3", **PLAN)
    with pytest.raises(KernelMissing) as error:
        running.run(bench, experiment=plan.id)
    assert "python3" in error.value.remedy
    assert bench.record().get(plan.id).state == "draft"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "error"),
        ("input('name? ')", "needs_input"),
        ("import sys; sys.exit(3)", "exited"),
        ("import os; os._exit(0)", "exited"),
    ],
)
@pytest.mark.slow
def test_a_notebook_that_fails_says_of_what_and_where(
    bench: Bench, write: Callable[..., Path], source: str, reason: str
) -> None:
    path = write(source, ("", "lr = 0.1\nscore = lr"))
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    rows = status.experiments[0].runs
    assert {row.state for row in rows} == {"failed"}
    assert {row.reason for row in rows} == {reason}
    assert status.exit_code == 1
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].verdict == "undecided"


@pytest.mark.slow
def test_noise_of_a_notebook_that_fails_says_what_it_died_of(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write("1 / 0", ("", "lr = 0.1\nscore = lr"))
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        noising.noise(bench, source=str(path), blocks=2, response="score", direction="max")


@pytest.mark.slow
def test_printing_without_end_is_stopped_and_said(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(("parameters", "lr = 0.1"), "while True:\n    print('x' * 1000)", "score = lr")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    deciding.edit(bench, id=plan.id, set=["budget.output_mb=1.0"])
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert {row.reason for row in status.experiments[0].runs} == {"output_cap"}


@pytest.mark.slow
def test_a_second_runner_is_refused_and_the_first_goes_on(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(("parameters", "lr = 0.1"), "import time\ntime.sleep(1)\nscore = lr")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    running.run(bench, experiment=plan.id, workers=1, detach=True)
    with pytest.raises(RunnerBusy):
        running.run(bench, experiment=plan.id)
    status = watching.stay(bench, plan.id)
    assert status.experiments[0].state == "completed"
    assert all(run.data["attempt"] == 1 for run in shelf.runs_of(bench.record(), plan.id))


def test_a_cell_edited_after_the_plan_is_noticed(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    train.write_text(train.read_text().replace("lr = 0.1", "lr = 0.7"))
    with pytest.raises((NotebookError, PlanError)) as error:
        running.run(bench, experiment=plan.id)
    assert error.value.remedy
    assert bench.record().get(plan.id).state == "draft"


def test_one_block_can_decide_nothing_and_says_so(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=1
    )
    assert not plan.power.reachable
