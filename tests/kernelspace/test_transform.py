"""Cells as IPython runs them, in plain Python whose lines and columns are those of the cell."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import read


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x = y % 3\n", "x = y % 3\n"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%%time\ny = 2\n", "\ny = 2\n"),
        ("%%capture out\n%%time\ny = 2", "\n\ny = 2"),
        ("# setup\n%load_ext foo", "# setup\npass"),
        ("%%bash\nls | wc\nfi", "\n\n"),
        ("%%writefile a.py\nx = (", "\n"),
        ("!ls -la", "pass"),
        ("files = !ls {folder}", "files = (folder, )"),
        ("cwd = %pwd", "cwd = None"),
        ("df.head?\nx = 1", "pass\nx = 1"),
        ("?print", "pass"),
        ("for i in a:\n    !echo {i}\n    b = i", "for i in a:\n    (i, )\n    b = i"),
        ("s = '''\n%not magic\n'''\n%magic", "s = '''\n%not magic\n'''\npass"),
        ("a = (1\n  % 3)\n!x", "a = (1\n  % 3)\npass"),
        ("a = 1 \\\n  % 3\n!x", "a = 1 \\\n  % 3\npass"),
        ("!long \\\n  command\nx = 1", "pass\n\nx = 1"),
        ("pip install foo\nx = 1", "pass\nx = 1"),
        ("await f()", "await f()"),
        ("", ""),
        ("%%time", ""),
    ],
)
def test_magic_becomes_python_line_by_line(cell: str, expected: str) -> None:
    assert [line.rstrip() for line in python_source(cell).split("\n")] == expected.split("\n")


def test_what_time_runs_keeps_its_column() -> None:
    cell = "%time model = fit(X, lr=0.1)"
    plain = python_source(cell)
    node = next(n for n in ast.walk(ast.parse(plain)) if isinstance(n, ast.Constant) and n.value == 0.1)
    assert cell[node.col_offset : node.end_col_offset] == "0.1"


def test_lines_that_are_no_magic_keep_their_columns() -> None:
    cell = "%matplotlib inline\nx = f(a, lr = 0.1)  # %not\n!ls\n"
    assert python_source(cell).split("\n")[1] == cell.split("\n")[1]


def test_a_cell_pasted_from_a_prompt_is_understood() -> None:
    assert python_source(">>> x = 1\n>>> y = 2") == "x = 1\ny = 2"


@pytest.mark.parametrize(
    "cell", ["x = (", "def f(:\n  pass", "x = 1\n  y = 2", "a\0b", "(" * 300 + ")" * 300 + "!"]
)
def test_what_does_not_parse_is_a_syntax_error(cell: str) -> None:
    with pytest.raises(SyntaxError):
        python_source(cell)


@given(st.text(alphabet="%!?x='\"()\n \\#{}abtime", max_size=40))
def test_any_text_gives_python_of_as_many_lines_or_a_syntax_error(cell: str) -> None:
    try:
        plain = python_source(cell)
    except SyntaxError:
        return
    ast.parse(plain)
    assert plain.count("\n") == cell.count("\n")


def test_every_cell_of_the_public_notebooks_parses(shared_data: Path) -> None:
    for path in sorted(shared_data.rglob("*.ipynb")):
        for cell in read(path).code_cells:
            assert python_source(cell.source).count("\n") == cell.source.count("\n")
