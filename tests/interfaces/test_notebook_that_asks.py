"""A notebook that asks `%coai` about itself: its runs ask nothing, and what was answered is no result of it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.activities.ship.inputs import reads
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.redaction import Scrubber
from jupyter_coimprove.runs.beside import gather
from jupyter_coimprove.workbench import deciding, planning, problems, running, shipping, systems, trailing
from jupyter_coimprove.workbench.bench import Bench, Where

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1"),
    ("", "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.001)"),
    ("", "score = 0.4 + lr * (1 + noise)\nprint(f'score {score:.4f}')"),
    ("", "%load_ext jupyter_coimprove"),
    ("", "plan = %coai plan train.ipynb -f lr=0.3 -r score --direction max"),
    ("", "%coai accept last"),
    ("", "%%coai\nWhat matters here?"),
)
#: What an answer of ours may say: a dummy's figure, a warning, a curve.
ANSWER = "dummy score 0.9\nscore 0.5\nUserWarning: one\n" + "".join(
    f"epoch {i} loss: 0.5\n" for i in range(9)
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebook as a person saved it: with its own outputs, and with answers of ours."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made = tmp_path / "train.ipynb"
    made.write_text(lab_notebook(CELLS), encoding="utf-8")
    node = nbformat.read(made, as_version=4)
    for count, cell in enumerate(node.cells, start=1):
        cell.execution_count = count
        if "coai " in cell.source or cell.source.startswith("%%"):
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/plain": ANSWER}),
                            nbformat.v4.new_output("stream", text=ANSWER)]  # fmt: skip
    node.cells[2].outputs = [nbformat.v4.new_output("stream", text="score 0.5001\n")]
    nbformat.write(node, made)
    return made


@pytest.fixture
def bench(path: Path):
    made = Bench(where=Where(cwd=path.parent), root_override=path.parent, waits=True)
    yield made
    made.close()


def test_what_we_answered_is_no_problem_of_the_notebook(path: Path, bench: Bench) -> None:
    (card,) = problems.problem(bench, notebook=str(path)).cards
    assert card.title.startswith("never varied: lr")


def test_a_question_about_a_notebook_does_not_run_it(path: Path) -> None:
    sources = {cell.index: python_source(cell.source) for cell in read(path).code_cells}
    assert gather(read(path), sources).left_out == {}


@pytest.mark.slow
def test_its_runs_ask_nothing_and_are_its_results(path: Path, bench: Bench) -> None:
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=2
    )
    running.run(bench, experiment=plan.id, wait=True)
    record = bench.record()
    runs = record.find("run")
    assert {run.state for run in runs} == {"completed"}
    assert len(runs) == 5
    outputs = [p.read_text() for p in (path.parent / "coimprove" / "runs").glob("*/output.ipynb")]
    assert [text.count("coai: not asked, as this is a run") for text in outputs] == [3] * 5
    # No run has planned, decided or asked anything.
    assert [item.id for item in record.find("experiment")] == [plan.id]
    assert [item.data["verb"] for item in record.find("decision")] == ["accepted"]
    (found,) = record.find("finding")
    deciding.accept(bench, id=found.id)
    assert shipping.ship(bench, source="last", dry_run=True).summary.startswith("this would become train.py")
    assert trailing.trail(bench, subject="last").decisions[0].subject == found.id


@pytest.mark.slow
def test_what_it_was_answered_is_not_compared_when_it_runs_again(path: Path, bench: Bench) -> None:
    node = nbformat.read(path, as_version=4)
    node.cells[2].outputs = []
    nbformat.write(node, path)
    view = systems.systems(bench, notebook=str(path), rerun=True)
    assert view.exit_code == 0
    rows = {row[0]: row[1:] for row in view.sections[0].rows}
    assert {cell: row[0] for cell, row in rows.items()} == {
        1: "equal", 2: "equal", 3: "nothing saved", 4: "not compared", 5: "not compared", 6: "not compared", 7: "not compared",
    }  # fmt: skip
    assert rows[5][2] == "it asks %coai"


def test_a_table_that_is_taken_apart_bears_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(lab_notebook([("", "X, benign = load_breast_cancer(return_X_y=True)")]), encoding="utf-8")
    (found,) = reads(analyse(read(path), python_source), [0])
    assert (found.name, found.parts) == ("X", ("X", "benign"))


def test_the_drawing_of_an_estimator_holds_no_key() -> None:
    drawn = 'class="sk-toggleable__label fitted sk-toggleable__label-arrow"'
    assert Scrubber({}).text(drawn) == drawn
    assert Scrubber({}).text("sk-toggle" + "a1B2" * 10) == "***"
