"""What somebody proposes in JSON, as edits that are pinned to cells; and what is told where it is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.proposals import drafting
from jupyter_coimprove.proposals.drafting import edits_of, title


@pytest.fixture
def notebook() -> Notebook:
    text = lab_notebook((("", "x = 1"), ("", "y = x + 1"), ("", "print(y)")))
    return parse(text.encode(), Path("n.ipynb"))


def test_a_cell_is_named_by_its_id_or_its_number(notebook: Notebook) -> None:
    edits = edits_of(
        notebook,
        [
            {"kind": "insert", "cell": None, "source": "# first", "cell_kind": "markdown"},
            {"kind": "insert", "cell": 2, "source": "z = 1\r\nw = 2"},
            {"kind": "replace", "cell": "cell-1", "source": "y = 2"},
            {"kind": "delete", "cell": "3"},
        ],
    )
    places = [edit.address.ordinal if edit.address else None for edit in edits]
    assert places == [None, 1, 1, 2]
    assert [edit.base for edit in edits] == ["", "", notebook.cells[1].digest, notebook.cells[2].digest]
    assert edits[1].source == "z = 1\nw = 2"
    assert title(edits) == "4 changes: new markdown cell at the top, new code cell after cell 2 and 2 more"
    assert title(edits[3:]) == "delete cell 3"


def test_half_a_character_is_replaced_before_it_is_kept(notebook: Notebook) -> None:
    (edit,) = edits_of(notebook, [{"kind": "insert", "cell": 1, "source": "s = '\ud800'"}])
    assert edit.source == "s = '?'"


INSERT = {"kind": "insert", "cell": 1, "source": "x = 2"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "a list of edits"), ([], "a list of edits"), ("x = 1", "a list of edits"), ({"kind": "insert"}, "a list of edits"),
        ([1], "edit 1 is no JSON object"), ([INSERT] * 51, "51 edits"), ([INSERT, {"kind": "move"}], "edit 2 is of kind 'move'"),
        ([{**INSERT, "where": 1}], "no key of edit 1 named 'where'"), ([{**INSERT, "source": ""}], "edit 1 has no source"),
        ([{**INSERT, "source": " \n"}], "edit 1 has no source"), ([{**INSERT, "source": ["x"]}], "edit 1 has no source"),
        ([{**INSERT, "source": "x" * 200_001}], "200001 characters"), ([{**INSERT, "cell": 4}], "no cell named '4'"),
        ([{**INSERT, "cell": 0}], "no cell named '0'"), ([{**INSERT, "cell": True}], "names cell True"),
        ([{**INSERT, "cell": "cel-1"}], "no cell named 'cel-1'"), ([{**INSERT, "cell": 1.0}], "names cell 1.0"),
        ([{**INSERT, "cell_kind": "heading"}], "makes a 'heading' cell"), ([{"kind": "delete"}], "names no cell to delete"),
        ([{"kind": "delete", "cell": 1, "source": "x"}], "deletes a cell and has a source"),
        ([{"kind": "replace", "cell": 1, "source": "x = 1"}], "changes nothing in cell 1"),
        ([{"kind": "replace", "cell": 1, "source": "x", "cell_kind": "markdown"}], "which is code"),
        ([{"kind": "replace", "cell": 1, "source": "x"}, {"kind": "delete", "cell": 1}], "edits 1 and 2 touch the same cell"),
    ],
)  # fmt: skip
def test_what_cannot_be_proposed_is_said_with_a_remedy(notebook: Notebook, given: Any, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        edits_of(notebook, given)
    assert says in raised.value.message
    assert raised.value.remedy


def test_a_cell_that_is_not_there_is_named_with_those_that_come_close(notebook: Notebook) -> None:
    with pytest.raises(UnknownName) as raised:
        edits_of(notebook, [{**INSERT, "cell": "cel-1"}])
    assert "cell-1" in raised.value.close
    assert "3 cells" in raised.value.remedy


def test_a_reason_is_a_text_of_some_length() -> None:
    assert drafting.words("why", None) == ""
    assert drafting.words("why", " faster \n") == "faster"
    for value in (3, "x" * 4001, ["faster"]):
        with pytest.raises(UsageError, match="why"):
            drafting.words("why", value)
