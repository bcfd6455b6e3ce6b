"""What would make a notebook come out again, read from it and from the run that failed."""

from __future__ import annotations

from jupyter_coimprove.activities.systems import mending
from jupyter_coimprove.activities.systems.verdict import Rerun
from jupyter_coimprove.bench.item import Item, book, notebook_of
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.workbench.systems import read


def opened(*cells: str):
    return notebook_of(Item(family="f", template="t", seed=0, ask="?", notebook=book(cells)))


def failing(*cells: str, at: int, ename: str, evalue: str):
    notebook = opened(*cells)
    run = Rerun(cells=tuple(None for _ in cells), failed=at, ename=ename, evalue=evalue)
    return mending.repaired(notebook, read(notebook), run, python_source)


def test_a_global_generator_is_seeded_before_its_first_draw_and_behind_its_import() -> None:
    notebook = opened("import numpy as np", "print(1)", "x = np.random.rand(3)")
    found = mending.seeded(notebook, read(notebook), read_candidates(notebook, python_source).chance)
    assert found is not None
    assert (found.kind, found.cell) == ("seed", 2)
    assert found.sources == {1: '__import__("numpy").random.seed(0)\nprint(1)'}


def test_what_is_seeded_needs_no_more() -> None:
    notebook = opened("import numpy as np\nnp.random.seed(1)", "x = np.random.rand(3)")
    assert mending.seeded(notebook, read(notebook), read_candidates(notebook, python_source).chance) is None


def test_a_cell_below_what_needs_it_is_moved_up() -> None:
    found = failing(
        "x = 1", "print(x + step)", "step = 2", at=1, ename="NameError", evalue="name 'step' is not defined"
    )
    assert found is not None
    assert found.kind == "order"
    assert found.sources == {1: "step = 2\nprint(x + step)", 2: "# It stands further up now."}


def test_a_path_of_one_machine_is_the_file_that_the_notebook_writes_under_that_name() -> None:
    cells = ("open('made/rows.csv', 'w').write('1')", "text = open('/srv/lab/rows.csv').read()")
    said = "[Errno 2] No such file or directory: '/srv/lab/rows.csv'"
    found = failing(*cells, at=1, ename="FileNotFoundError", evalue=said)
    assert found is not None
    assert found.sources == {1: "text = open('made/rows.csv').read()"}
    alone = failing("x = 1", cells[1], at=1, ename="FileNotFoundError", evalue=said)
    assert alone is not None
    assert (alone.kind, alone.sources) == ("path", {})


def test_a_cause_without_a_repair_is_told_as_that() -> None:
    found = failing(
        "x = 1", "print(gone_for_good)", at=1, ename="NameError", evalue="name 'gone_for_good' is not defined"
    )
    assert found is not None
    assert (found.kind, found.sources) == ("state", {})
    assert "no cell of this notebook defines it" in found.why
