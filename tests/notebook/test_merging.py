"""Notebooks of two clones as one: findings of both at one place, and no guess where people disagree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.notebook.merging import Conflict, merged
from jupyter_coimprove.notebook.splice import render


def cell(id_: str, source: str, kind: str = "code", **metadata: Any) -> dict[str, Any]:
    code = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": id_, "metadata": metadata, **code, "source": source}


def finding(id_: str, at: str) -> dict[str, Any]:
    marks = {"v": 1, "finding": f"fnd_{id_}", "decided_at": at, "decided_by": "ann"}
    return cell(id_, f"### Finding {id_}", "markdown", coimprove=marks)


BASE = [cell("a", "x = 1"), cell("b", "print(x)"), cell("c", "y = 2")]


def together(
    ours: list[Any], theirs: list[Any], base: list[Any] = BASE, minor: int = 5
) -> list[dict[str, Any]]:
    books = []
    for cells in (base, ours, theirs):
        listed = [dict(one) for one in cells]
        for one in listed if minor < 5 else ():
            del one["id"]
        body = {
            "cells": listed,
            "metadata": {"kernelspec": {"name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": minor,
        }
        books.append(parse(json.dumps(body, indent=2).encode(), Path("n.ipynb")))
    raw = render(books[1], merged(*books))
    return list(json.loads(raw)["cells"])


def sources(cells: list[dict[str, Any]]) -> list[str]:
    return [one["source"] for one in cells]


@pytest.mark.parametrize("minor", [4, 5])
def test_findings_at_one_place_both_stay_in_the_order_of_their_decisions_whoever_merges(minor: int) -> None:
    early, late = finding("e", "2026-01-01T10:00:00Z"), finding("l", "2026-01-01T11:00:00Z")
    mine, other = [*BASE[:2], late, BASE[2]], [*BASE[:2], early, BASE[2]]
    wanted = ["x = 1", "print(x)", "### Finding e", "### Finding l", "y = 2"]
    assert sources(together(mine, other, minor=minor)) == wanted
    assert together(mine, other, minor=minor) == together(other, mine, minor=minor)


def test_what_one_side_changed_adds_or_takes_away_is_taken_from_it() -> None:
    mine = [cell("n", "import os"), BASE[0], cell("b", "print(x + 1)"), BASE[2]]
    other = [BASE[0], BASE[1], cell("z", "done", "markdown")]
    assert sources(together(mine, other)) == ["import os", "x = 1", "print(x + 1)", "done"]


def test_a_finding_stands_above_what_a_person_wrote_there_and_one_that_both_have_stands_once() -> None:
    one = finding("e", "2026-01-01T10:00:00Z")
    own = cell("o", "my note", "markdown")
    assert sources(together([*BASE, own], [*BASE, one]))[3:] == ["### Finding e", "my note"]
    assert sources(together([*BASE, one], [*BASE, one]))[3:] == ["### Finding e"]


def test_source_of_one_side_and_marks_of_the_other_meet_in_one_cell() -> None:
    mine = [BASE[0], cell("b", "print(x, x)"), BASE[2]]
    other = [BASE[0], cell("b", "print(x)", tags=["parameters"]), BASE[2]]
    found = together(mine, other)[1]
    assert (found["source"], found["metadata"]) == ("print(x, x)", {"tags": ["parameters"]})


@pytest.mark.parametrize(
    ("mine", "other", "why"),
    [
        ([BASE[0], cell("b", "print(1)"), BASE[2]], [BASE[0], cell("b", "print(2)"), BASE[2]], "cell 2 changed on both sides"),
        ([BASE[0], BASE[2]], [BASE[0], cell("b", "print(2)"), BASE[2]], "cell 2 is changed on one side and gone"),
        ([*BASE, cell("o", "mine")], [*BASE, cell("p", "yours")], "two people wrote cells at one place"),
        ([BASE[1], BASE[0], BASE[2]], BASE, "cells were moved"),
    ],
)  # fmt: skip
def test_where_people_disagree_nothing_is_guessed(mine: list[Any], other: list[Any], why: str) -> None:
    for one, two in ((mine, other), (other, mine)):
        with pytest.raises(Conflict, match=why):
            together(one, two)


def test_bytes_that_nobody_changed_stay() -> None:
    body = {"cells": BASE, "metadata": {"z": 1.0, "a": "\u00fc"}, "nbformat": 4, "nbformat_minor": 5}
    raw = json.dumps(body, indent=3).encode()
    book = parse(raw, Path("n.ipynb"))
    assert render(book, merged(book, book, book)) == raw
