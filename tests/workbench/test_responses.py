"""Values that only a run's output or its files have, from the plan to the finding, on real runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import planfile
from jupyter_coimprove.workbench import concluding, planning, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench

SETTINGS = ("parameters", "SEED = 0\nlr = 0.25\nepochs = 3")
TRAIN = """
import random
def fit(epochs, rate):
    random.seed(SEED)
    for epoch in range(epochs):
        held = rate * (epoch + 1)
        print(f"epoch {epoch} val {held:.3f}")
    print(f"test acc {2 * held:.4f}")
"""


def _values(bench: Bench, notebook: Path, **wanted: object) -> tuple[dict[str, object], object]:
    """The responses of one block by arm, and the plan; both arms run for real."""
    plan = planning.plan(
        bench, notebook=str(notebook), factor=["lr=0.5"], direction="max", blocks=1, **wanted
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    experiment = shelf.registered(bench.record().get(plan.id))
    assert planfile.load(planfile.dump(experiment.plan)) == experiment.plan
    rows = concluding.rows(experiment, shelf.runs_of(bench.record(), plan.id))
    return {row.arm: row.value for row in rows if not row.replicate}, plan


def test_a_value_that_is_only_printed_is_read_from_the_runs_own_output(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(SETTINGS, TRAIN, "fit(epochs, lr)")
    values, plan = _values(bench, path, response=r"printed:test acc (\d\.\d+)")
    assert {arm: value.number for arm, value in values.items()} == {"baseline": 1.5, "lr=0.5": 3.0}  # type: ignore[attr-defined]
    assert plan.source == "what is printed: last"  # type: ignore[attr-defined]
    found = reading_results.results(bench, experiment=plan.id)  # type: ignore[attr-defined]
    assert any("not at full precision" in note for note in found.notes)
    assert any("not at full precision" in note for note in bench.record().get(found.finding).data["extra"]["notes"])  # fmt: skip


def test_what_a_loop_prints_is_a_series_in_order(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(SETTINGS, TRAIN, "fit(epochs, lr)")
    values, _ = _values(bench, path, response=r"printed:val (\d\.\d+)", reduction="at 1")
    assert {arm: value.number for arm, value in values.items()} == {"baseline": 0.5, "lr=0.5": 1.0}  # type: ignore[attr-defined]


WRITES = """
import csv
with open("history.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["epoch", "val_loss", "test_acc"])
    for epoch in range(epochs):
        out.writerow([epoch, abs(epoch - 1), lr * (epoch + 1)])
"""


def test_a_column_of_a_file_is_read_at_the_best_validation_epoch(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(SETTINGS, WRITES)
    values, plan = _values(
        bench, path, response="history.csv:test_acc", reduction="at best history.csv:val_loss"
    )
    assert {arm: value.number for arm, value in values.items()} == {"baseline": 0.5, "lr=0.5": 1.0}  # type: ignore[attr-defined]
    assert plan.reduction == "at best history.csv:val_loss min"  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_file_that_the_run_did_not_write_itself_is_no_response(
    bench: Bench, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("test_acc\n0.5\n")
    path = write(SETTINGS, "open('new.csv', 'w').write(f'acc\\n{lr}\\n')\nseen = open('old.csv').read()")
    values, _ = _values(bench, path, response="old.csv:test_acc")
    assert {value.kind for value in values.values()} == {"missing"}  # type: ignore[attr-defined]
    assert "did not write old.csv itself; it wrote new.csv" in values["baseline"].text  # type: ignore[attr-defined]


@pytest.mark.slow
def test_series_in_the_namespace_are_reduced_as_registered(bench: Bench, write: Callable[..., Path]) -> None:
    cell = "h = {'val': [1.0, 3.0, 2.0], 'test': [lr, 2 * lr, 3 * lr]}\ncurve = [1, 2, lr]"
    path = write(SETTINGS, cell)
    values, _ = _values(bench, path, response="h['test']", reduction="best of h['val'] max")
    assert {arm: value.number for arm, value in values.items()} == {"baseline": 0.5, "lr=0.5": 1.0}  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_series_where_a_number_is_wanted_says_what_to_write(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(SETTINGS, "curve = dict(a=[1, 2, lr])")
    values, _ = _values(bench, path, response="curve['a'] + []")
    value = values["baseline"]
    assert value.kind == "text"  # type: ignore[attr-defined]
    assert "list of 3 items, not one number: plan with --reduction last" in value.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        ({"response": "printed:no group"}, UsageError, "0 groups"),
        ({"response": "printed:(("}, UsageError, "no regular expression"),
        ({"response": "/tmp/history.csv:acc"}, UsageError, "not named from the notebook's folder"),
        ({"response": "tensorboard:"}, UsageError, "no tag"),
        ({"response": "lr", "reduction": "sometimes"}, UsageError, "no reduction"),
        ({"response": "lr", "reduction": "at best lrr max"}, UnknownName, "validation series named 'lrr'"),
        ({"response": "lr", "reduction": "at best epochs"}, UsageError, "more or less of 'epochs'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_before_anything_runs(
    bench: Bench, write: Callable[..., Path], wanted: dict[str, str], error: type[UsageError], message: str
) -> None:
    path = write(SETTINGS, "acc = lr")
    with pytest.raises(error, match=message):
        planning.plan(bench, notebook=str(path), factor=["lr=0.5"], direction="max", blocks=1, **wanted)


@pytest.mark.slow
def test_what_a_function_prints_is_offered_by_name_and_a_print_checks_what_is_read_in_full(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(SETTINGS, TRAIN, "fit(epochs, lr)", "mae = lr / 3\nprint(f'mae {mae:.2f}')", "mae = mae + 1")
    view = planning.candidates(bench, notebook=str(path))
    rows = {row.name: row for row in view.measured}
    assert rows["test acc"].source == "what cell 3 prints, to 4 decimals"
    values, plan = _values(bench, path, response="test acc")
    assert {arm: value.number for arm, value in values.items()} == {"baseline": 1.5, "lr=0.5": 3.0}  # type: ignore[attr-defined]
    assert plan.source == "what cell 3 prints, to 4 decimals: last"  # type: ignore[attr-defined]
    values, plan = _values(bench, path, response="mae")
    assert values["baseline"].number == 0.25 / 3 + 1  # type: ignore[attr-defined]
    (note,) = reading_results.results(bench, experiment=plan.id).notes[:1]  # type: ignore[attr-defined]
    assert "mae is not what was printed of it in 3 of 3 runs (1.08333 in the end, 0.08 printed)" in note


@pytest.mark.slow
def test_the_best_epoch_on_test_data_is_flagged_in_the_plan_and_stays_with_the_finding(
    bench: Bench, write: Callable[..., Path]
) -> None:
    loop = "best_acc = 0\nfor epoch in range(epochs):\n    test_acc = lr * (epoch % 2)\n    best_acc = max(best_acc, test_acc)"  # fmt: skip
    path = write(SETTINGS, loop)
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.5"], response="best_acc", direction="max", blocks=1
    )
    assert any("chosen on the test data itself" in text for text in plan.warnings)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert any("chosen on the test data itself" in note for note in found.notes)
    markdown = str(bench.record().get(found.finding).data["markdown"])
    assert "chosen on the test data itself" in markdown
