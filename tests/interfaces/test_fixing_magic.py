"""`%coai fix` in a real kernel: the error that just happened, with what the kernel knows of its variables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from failure_measures import diagnosed
from kernel_door import Kernel, error_of
from small_notebooks import lab_notebook
from suites.failures import suite

from jupyter_coimprove.workbench.fixing import diff

CELLS = (
    "import pandas as pd\nfrom pathlib import Path",
    "df = pd.DataFrame({column: [1, 2] for column in Path('columns.txt').read_text().split()})",
    "class Loud:\n    def __repr__(self):\n        Path('repr.txt').write_text('asked')\n        return 'loud'\nloud = Loud()",
    "df['temprature'].mean()",
    "total = df['humidity'].sum()\ntotal.foo",
)


@pytest.fixture
def kernel(tmp_path: Path):
    (tmp_path / "columns.txt").write_text("temperature humidity", encoding="utf-8")
    path = tmp_path / "nb.ipynb"
    path.write_text(lab_notebook(tuple(("", cell) for cell in CELLS)), encoding="utf-8")
    made = Kernel(tmp_path, JPY_SESSION_NAME=str(path), COIMPROVE_HOST_PYTHON=sys.executable)
    assert made.run("%load_ext jupyter_coimprove") == []
    yield made
    made.end()


@pytest.mark.slow
def test_the_last_error_of_the_kernel_is_explained_by_what_the_kernel_knows(
    kernel: Kernel, tmp_path: Path
) -> None:
    before = (tmp_path / "nb.ipynb").read_bytes()
    for cell in CELLS[:3]:
        assert not [one for one in kernel.run(cell) if one["type"] == "error"]
    assert error_of(kernel.run(CELLS[3]))["ename"] == "KeyError"
    first, second, *_ = (one for one in kernel.run("%coai fix") if one["type"] == "display_data")
    # The column is named nowhere in the notebook: only the kernel knows it.
    assert "the nearest there is, is `temperature`" in first["data"]["text/plain"]
    card = second["data"]["application/vnd.coimprove.proposal+json"]
    assert card["view"] == "ProposalView"
    assert 'df["temperature"]' in json.dumps(card["changes"]).replace(
        "\\", ""
    ) or "temperature" in json.dumps(card["changes"])
    # Nothing of the person's objects was asked, no name bound, no file changed.
    assert not (tmp_path / "repr.txt").exists()
    assert (tmp_path / "nb.ipynb").read_bytes() == before
    (names,) = kernel.run("sorted(n for n in dir() if 'coimprove' in n or n == 'facts')")
    assert names["data"]["text/plain"] == "[]"


@pytest.mark.slow
def test_a_cell_that_is_not_saved_is_said_to_be_so(kernel: Kernel) -> None:
    kernel.run("never_saved_anywhere + 1")
    assert "save the notebook" in error_of(kernel.run("%coai fix"))["traceback"][1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["attributes", "pandas", "shapes"])
def test_a_kernel_tells_what_the_suite_measures(kind: str, tmp_path: Path) -> None:
    case = suite.case(kind, suite.half_of(kind, "public")[0], 41)
    notebook, cell, expected, _ = diagnosed(case)
    path = tmp_path / "nb.ipynb"
    path.write_bytes(case.notebook({}, {}))
    kernel = Kernel(
        tmp_path, JPY_SESSION_NAME=str(path), COIMPROVE_HOST_PYTHON=sys.executable, MPLBACKEND="Agg"
    )
    try:
        kernel.run("%load_ext jupyter_coimprove")
        outs = [kernel.run(one.source) for one in case.cells[: cell + 1]]
        error_of(outs[-1])
        kernel.run("answer = %coai fix")
        (told,) = kernel.run("print(answer.data['cause'], answer.data['diff'], sep='\\n')")
    finally:
        kernel.end()
    assert told["text"].strip() == f"{expected.cause}\n{diff(notebook, expected)}".strip()
