"""Which cell depends on which, what a name reaches, and which outputs are stale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook import dataflow
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow, analyse, stale
from jupyter_coimprove.notebook.io import parse

SHOWN = [{"output_type": "stream", "name": "stdout", "text": "1"}]


def notebook(*sources: str, counts: list[int | None] | None = None) -> Notebook:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code", "metadata": {}, "source": s, "outputs": SHOWN,
            "execution_count": counts[i] if counts else None,
        }
        for i, s in enumerate(sources)
    ]  # fmt: skip
    return parse(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode(), Path("n")
    )


def flow(*sources: str) -> Flow:
    return analyse(notebook(*sources), python_source)


def test_a_cell_depends_on_those_that_give_it_names() -> None:
    f = flow("x = 1", "y = x", "z = 3", "print(y, z)")
    assert f.edges == {0: (), 1: (0,), 2: (), 3: (1, 2)}
    assert f.defs[1] == {"y"}
    assert f.refs[3] == {"y", "z", "print"} - {"print"}


def test_only_the_last_definition_counts_unless_it_may_not_have_run() -> None:
    assert flow("x = 1", "x = 2", "x").edges[2] == (1,)
    assert flow("x = 1", "if a:\n    x = 2", "x").edges[2] == (0, 1)
    assert flow("x = 1", "for x in s:\n    pass", "x").edges[2] == (0, 1)


def test_a_change_in_place_stands_between() -> None:
    f = flow("m = M()", "m.fit(X)", "m.predict(X)")
    assert f.edges[2] == (1,)
    assert f.reaches(["m"], 0) == (1, 2)


def test_reach_goes_through_functions_and_classes_whose_body_reads_the_name() -> None:
    f = flow(
        "p = 0.1",
        "def f(x):\n    return g(x)\ndef g(x):\n    return x * p",
        "q = 1",
        "r = f(2)",
        "s = q",
        "t = r",
    )
    assert f.reaches(["p"], 0) == (3, 5)
    f = flow("p = 1", "class A:\n    def m(self):\n        return p", "a = A()", "b = 2")
    assert f.reaches(["p"], 0) == (2,)


def test_reach_goes_by_key_where_the_code_does() -> None:
    f = flow("cfg = {'lr': 1, 'n': 2}", "a = cfg['lr']", "b = cfg['n']", "c = cfg", "d = a")
    assert f.reaches(["cfg.lr"], 0) == (1, 3, 4)
    assert f.reaches(["cfg"], 0) == (1, 2, 3, 4)


def test_reach_within_a_cell_and_of_names_nobody_defines() -> None:
    assert flow("x = 1\ny = x", "y").reaches(["x"], 0) == (0, 1)
    assert flow("a = lr * 2", "print(a)").reaches(["lr"], 0) == (0, 1)


def test_a_redefinition_ends_the_reach() -> None:
    assert flow("x = 1", "y = x", "x = 5", "z = x").reaches(["x"], 0) == (1,)


def test_a_function_that_changes_what_it_is_given_is_a_definition() -> None:
    f = flow("def train(m):\n    m.step()", "m = 1", "train(m)", "print(m)")
    assert f.edges[3] == (2,)


def test_globals_that_a_function_changes_flow_from_where_it_is_called() -> None:
    assert flow("n = 0\ndef f():\n    global n\n    n = 5", "f()", "print(n)").edges[2] == (0, 1)


def test_magic_keeps_its_statement_and_opaque_cells_nothing() -> None:
    f = flow("%time x = 1", "%%bash\nx", "y = x")
    assert f.edges[2] == (0,)
    assert f.defs[1] == frozenset()


def test_cells_that_do_not_parse_are_listed_and_the_others_read() -> None:
    f = flow("x = 1", "x = (", "y = x")
    assert f.edges[2] == (0,)
    assert [c for c, _ in f.unparsable] == [1]
    assert f.sources[1] is None


def test_star_imports_are_flagged_and_silence_notes_on_unknown_names() -> None:
    f = flow("from pylab import *", "plot(x)")
    assert (f.stars, f.hidden) == ((0,), ())


def test_hidden_state_is_noted() -> None:
    f = flow("print(late, never)", "late = 1")
    assert f.hidden == (
        "cell 1 reads late, which only cell 2 below defines",
        "cell 1 reads never, which no cell defines",
    )
    assert analyse(notebook("a = 1", "b = 2", counts=[3, 1]), python_source).hidden == (
        "cells were run out of order (see cell 2)",
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([1, 2, 3], ()), ([4, 2, 3], (1, 2)), ([1, 4, 3], (2,)), ([None, 2, 3], ()), ([5, None, None], ())],
)
def test_an_output_older_than_what_it_reads_is_stale(
    counts: list[int | None], expected: tuple[int, ...]
) -> None:
    n = notebook("x = 1", "y = x", "print(y)", counts=counts)
    assert stale(n, analyse(n, python_source)) == expected


def test_code_nested_beyond_reason_is_left_out_and_too_much_of_it_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [c for c, _ in flow("x = " + "-" * 1000 + "1", "y = 1").unparsable] == [0]
    monkeypatch.setattr(dataflow, "MAX_STATEMENTS", 2)
    with pytest.raises(NotebookError, match="3 statements"):
        flow("a\nb\nc")


def test_markdown_cells_take_no_part() -> None:
    raw = {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": "x = 1"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    f = analyse(parse(json.dumps(raw).encode(), Path("n")), python_source)
    assert (f.edges, f.statements, f.sources) == ({}, (), (None,))
