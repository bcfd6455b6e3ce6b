"""What a rerun is put down to, and what the code alone tells."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from jupyter_coimprove.activities.systems.verdict import Rerun, judge, needs_second
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.workbench.systems import read


def printed(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}] if text else []


def notebook(*cells):
    """A notebook of (source, saved output, count) each."""
    body = {
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": printed(saved), "execution_count": count}
            for n, (source, saved, count) in enumerate(cells)
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return parse(json.dumps(body).encode(), Path("made.ipynb"))


def ran(*texts, **more):
    return Rerun(cells=tuple(None if text is None else printed(text) for text in texts), **more)


def test_what_shows_the_same_is_reproducible_and_settled_by_one_run():
    book = notebook(("x = 1", "", 1), ("print(x)", "1\n", 2))
    facts = read(book)
    found = judge(book, facts, ran("", "1\n"))
    assert found.verdict == "reproducible"
    assert [one.status for one in found.cells] == ["equal", "equal"]
    assert not needs_second(book, ran("", "1\n"), facts)


def test_rounding_is_within_tolerance():
    book = notebook(("print(0.1 + 0.2)", "0.3\n", 1))
    found = judge(book, read(book), ran("0.30000000000000004\n"), ran("0.30000000000000004\n"))
    assert found.verdict == "within tolerance"


@pytest.mark.parametrize(
    ("cells", "first", "second", "why"),
    [
        ([("import random\nx = random.random()", "", 1), ("print(x)", "0.1\n", 2)], ("", "0.2\n"), ("", "0.3\n"), "unseeded: random.random in cell 1"),
        ([("import time\nx = time.time() % 9", "", 1), ("print(x)", "1\n", 2)], ("", "2\n"), ("", "3\n"), "time: cell 1 reads the clock, time.time()"),
        ([("from datetime import date\nx = date.today().year", "", 1), ("print(x)", "1\n", 2)], ("", "2\n"), ("", "2\n"), "time: cell 1"),
        ([("x = 1", "", 1), ("print(x)", "2\n", 3), ("x = 2", "", 2)], ("", "1\n", ""), ("", "1\n", ""), "order: by its execution count, cell 3"),
        ([("x = 1", "", 1), ("x += 1", "", 3), ("print(x)", "3\n", 4)], ("", "", "2\n"), ("", "", "2\n"), "hidden state: the execution counts have 1 run more"),
        ([("print(2)", "1\n", 1)], ("2\n",), ("2\n",), "hidden state: two runs here agree, and it was saved with code"),
        ([("print(f())", "1\n", 1)], ("2\n",), ("3\n",), "unseeded: two runs here differ, and no draw"),
    ],
)  # fmt: skip
def test_a_difference_is_put_down_to_what_the_code_and_two_runs_say(cells, first, second, why):
    book = notebook(*cells)
    found = judge(book, read(book), ran(*first), ran(*second))
    assert found.verdict == "not reproducible"
    assert why in next(one.why for one in found.cells if one.status == "differs")


@pytest.mark.parametrize(
    ("cells", "failed", "error", "why"),
    [
        ([("print(x)", "1\n", 2)], 0, ("NameError", "name 'x' is not defined"), "hidden state: `x` is defined by no cell"),
        ([("print(x)", "1\n", 2), ("x = 1", "", 1)], 0, ("NameError", "name 'x' is not defined"), "order: `x` is defined only below, by cell 2"),
        ([("x = 1\ndel x", "", 2), ("print(x)", "1\n", 1)], 1, ("NameError", "name 'x' is not defined"), "hidden state: `x` of cell 1 is deleted by cell 1"),
        ([("p = '/srv/nobody/there/x.csv'", "", 1), ("open(p)", "", 2)], 1, ("FileNotFoundError", "[Errno 2] '/srv/nobody/there/x.csv'"), "absolute path: '/srv/nobody/there/x.csv' in cell 1"),
        ([("open('x.csv')", "", 1)], 0, ("FileNotFoundError", "[Errno 2] 'x.csv'"), "a file that the notebook reads"),
        ([("1 / 0", "", 1)], 0, ("ZeroDivisionError", "division by zero"), "the error itself"),
    ],
)  # fmt: skip
def test_a_failure_is_put_down_to_its_cause(cells, failed, error, why):
    book = notebook(*cells)
    outputs = [[] if n <= failed else None for n in range(len(cells))]
    found = judge(
        book, read(book), Rerun(cells=tuple(outputs), failed=failed, ename=error[0], evalue=error[1])
    )
    assert found.verdict == "not reproducible"
    one = found.cells[failed]
    assert (one.status, why in one.why) == ("fails", True), one
    assert all(other.status == "not reached" for other in found.cells[failed + 1 :])


def test_without_saved_outputs_two_runs_are_compared():
    book = notebook(("import random", "", None), ("print(random.random())", "", None))
    facts = read(book)
    assert needs_second(book, ran("", "0.1\n"), facts)
    assert judge(book, facts, ran("", "0.1\n"), ran("", "0.1\n")).verdict == "reproducible"
    assert judge(book, facts, ran("", "0.1\n"), ran("", "0.2\n")).verdict == "not reproducible"


def test_a_duration_is_no_dependence_on_time():
    timed = "import time\nt0 = time.time()\nx = 1\ntook = time.time() - t0"
    book = notebook((timed, "", 1), ("print(took, x)", "0.1 1\n", 2))
    facts = read(book)
    assert not facts.clocks.dated
    assert judge(book, facts, ran("", "0.7 1\n")).verdict == "reproducible"
    assert judge(book, facts, ran("", "0.7 2\n"), ran("", "0.6 2\n")).verdict == "not reproducible"


def test_a_picture_is_excused_only_when_two_runs_agree():
    def figure(data):
        return [
            {
                "output_type": "display_data",
                "data": {"text/plain": "<Figure>", "image/png": data},
                "metadata": {},
            }
        ]

    book = notebook(("draw()", "", 1))
    cell = dataclasses.replace(book.cells[0], outputs=tuple(figure("A")))
    book = dataclasses.replace(book, cells=(cell,))
    first, other = Rerun(cells=(figure("B"),)), Rerun(cells=(figure("C"),))
    assert judge(book, read(book), first, first).verdict == "within tolerance"
    assert judge(book, read(book), first, other).verdict == "not reproducible"


def test_paths_of_one_machine_are_told_from_text_that_only_looks_like_one():
    book = notebook(
        ("a = '/srv/nobody/there/x.csv'\nb = '~/x/y.csv'\nc = r'C:\\data\\x.csv'", "", 1),
        ("d = '/api'\ne = 'and/or'\nf = '/dev/null'\ng = 'https://a.b/c'\nh = 'data/x.csv'", "", 2),
    )
    assert [(one.cell, one.path) for one in read(book).paths] == [
        (0, "/srv/nobody/there/x.csv"), (0, "~/x/y.csv"), (0, "C:\\data\\x.csv"),
    ]  # fmt: skip
