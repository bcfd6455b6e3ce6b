"""An error in a notebook is explained, and its repair waits for the person like any proposal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, UnknownName
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.workbench import deciding, fixing
from jupyter_coimprove.workbench.bench import Bench

CELLS = (
    "import numpy as np",
    "values = np.arange(4)",
    "total = np.product(values + 1)\nprint(total)",
    "total * 2",
)
SAID = "module 'numpy' has no attribute 'product'"


def failing(path: Path, cell: int, ename: str, evalue: str, *, line: int = 1) -> Path:
    """Let the notebook show this error at its cell (from 0), all above it run."""
    node = json.loads(path.read_text(encoding="utf-8"))
    for index, stored in enumerate(node["cells"][: cell + 1]):
        stored["execution_count"] = index + 1
    node["cells"][cell]["outputs"] = [
        {
            "output_type": "error", "ename": ename, "evalue": evalue,
            "traceback": [f"\x1b[31m{ename}\x1b[39m", f"Cell \x1b[32mIn[{cell + 1}]\x1b[39m, line {line}\n----> {line} …", evalue],
        }
    ]  # fmt: skip
    path.write_text(json.dumps(node, indent=1), encoding="utf-8")
    return path


@pytest.fixture
def moved(write: Callable[..., Path]) -> Path:
    """A notebook whose third cell asks NumPy for what it no longer has."""
    return failing(write(*CELLS), 2, "AttributeError", SAID)


def test_the_cause_is_told_and_the_repair_waits_without_a_change_of_the_file(
    bench: Bench, moved: Path
) -> None:
    before = moved.read_bytes()
    view = fixing.fix(bench, notebook=str(moved))
    assert (view.cell, view.line, view.rule) == (3, 1, "moved name")
    assert "`numpy.prod` stands for it" in view.cause
    assert "+total = np.prod(values + 1)" in view.diff
    assert view.verified == "not tried"
    assert "--verify" in view.warnings[0]
    assert moved.read_bytes() == before
    (id_,) = view.proposals
    item = bench.record().get(id_)
    assert (item.state, item.actor["kind"]) == ("pending", "tool")
    assert view.proposals == fixing.fix(bench, notebook=str(moved), cell="3").proposals
    assert json.loads(as_json(view))["view"] == "FixView"


def test_an_accepted_repair_stands_in_the_notebook(bench: Bench, moved: Path) -> None:
    (id_,) = fixing.fix(bench, notebook=str(moved)).proposals
    deciding.accept(bench, id=id_)
    cells = json.loads(moved.read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[2]["source"]) == CELLS[2].replace("product", "prod")


def test_a_verified_repair_ran_in_a_kernel_of_its_own(bench: Bench, moved: Path) -> None:
    before = moved.read_bytes()
    view = fixing.fix(bench, notebook=str(moved), verify=True)
    assert view.verified == "works"
    assert view.tried.startswith("3 cells ran without an error in a fresh kernel")
    assert not view.warnings
    assert moved.read_bytes() == before


@pytest.mark.slow
def test_a_repair_that_does_not_work_is_not_proposed(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(
        write("import numpy as np", "total = np.product(3)\nraise RuntimeError('later')"),
        1,
        "AttributeError",
        SAID,
    )
    view = fixing.fix(bench, notebook=str(path), verify=True)
    assert (view.verified, view.proposals) == ("fails", ())
    assert "RuntimeError in cell 2: later" in view.tried


def test_only_a_person_has_a_notebook_run(bench: Bench, moved: Path) -> None:
    bench.actor = Actor(kind="ai", id="m", display="m", auth="os")
    with pytest.raises(DecisionError, match="verifying a repair runs the notebook"):
        fixing.fix(bench, notebook=str(moved), verify=True)


def test_cells_that_were_not_run_are_named(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(
        write("rate = 2", "rounds = 3", "rate * rounds"), 2, "NameError", "name 'rounds' is not defined"
    )
    node = json.loads(path.read_text(encoding="utf-8"))
    node["cells"][1]["execution_count"] = None
    path.write_text(json.dumps(node), encoding="utf-8")
    view = fixing.fix(bench, notebook=str(path))
    assert view.run == (2,)
    assert "was not run in this kernel" in view.cause
    assert not view.proposals


def test_what_no_rule_knows_is_said(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(write("raise LookupError('third shelf')"), 0, "LookupError", "third shelf")
    view = fixing.fix(bench, notebook=str(path))
    assert (view.cause, view.repair, view.proposals) == ("", "", ())
    assert "no rule knows its cause" in view.warnings[0]
    assert "a model could go on" in view.warnings[0]


def test_data_that_were_withdrawn_are_not_replaced(bench: Bench, write: Callable[..., Path]) -> None:
    said = "\n`load_boston` has been removed from scikit-learn since version 1.2."
    path = failing(write("from sklearn.datasets import load_boston"), 0, "ImportError", said)
    view = fixing.fix(bench, notebook=str(path))
    assert "No other data set stands for it" in view.cause
    assert not view.proposals


def test_a_notebook_without_an_error_has_nothing_to_fix(bench: Bench, train: Path) -> None:
    with pytest.raises(NothingToDo, match="no cell of train"):
        fixing.fix(bench, notebook=str(train))
    with pytest.raises(NothingToDo, match="cell 2 shows no error"):
        fixing.fix(bench, notebook=str(train), cell="2")
    with pytest.raises(UnknownName, match="no cell named '99'"):
        fixing.fix(bench, notebook=str(train), cell="99")
