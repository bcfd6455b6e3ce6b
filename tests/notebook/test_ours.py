"""Cells that only ask `%coai` are told from cells that compute."""

from __future__ import annotations

import pytest

from jupyter_coimprove.notebook.cells import Cell
from jupyter_coimprove.notebook.ours import asks_us


@pytest.mark.parametrize(
    ("source", "ours"),
    [
        ("%coai problem n.ipynb", True),
        ("# which one?\n%coai accept {_[0]}\n", True),
        ("plan = %coai plan n.ipynb \\\n    -f lr=0.3", True),
        ("coai status", True),
        ("%load_ext jupyter_coimprove\n%coai doctor", True),
        ("%%coai -m some-model\nwhich part matters?", True),
        ("%load_ext autoreload", False),
        ("x = 1\n%coai status", False),
        ("coai = 3", False),
        ("coai.score()", False),
        ("%%time\nmodel.fit(X, y)", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_cell_is_ours_when_all_it_does_is_ask(source: str, ours: bool) -> None:
    assert asks_us(Cell(index=0, kind="code", source=source)) is ours


def test_prose_about_us_is_the_notebooks() -> None:
    assert not asks_us(Cell(index=0, kind="markdown", source="%coai problem n.ipynb"))
