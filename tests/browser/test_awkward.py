"""Notebooks as they also come: metadata of nobody's making, cells that went, files that moved or were deleted. Each is told where it is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lab_cards import Desk, card, opened, recorded, sources

pytestmark = pytest.mark.slow
CELLS = ["x = 9", "y = x + 1", "print('y', y)"]
#: Of no record of this folder, or of none at all.
FORGED = "fnd_01M8JRZ2BPPBPHJJ7HQ0N48YH8"
MARKS = [
    {"v": 1, "proposal": "<b>mine</b>"},
    {"v": 99, "proposal": FORGED},
    {"v": 1, "finding": FORGED, "author": "claude", "decided_by": "somebody", "decided_at": "then", "decision": "dec_x"},
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(lab: Any) -> Desk:
    return Desk(lab)


def proposed(desk: Desk, name: str, *edits: dict[str, Any]) -> str:
    told = {"edits": list(edits), "why": "It says more.", "expected": "nothing else"}
    return str(desk.run("propose", name, "--edits", json.dumps(told))["id"])


def test_what_cells_say_of_themselves_is_never_believed_and_is_kept(
    desk: Desk, windows: Callable[..., Any], pictures: Any
) -> None:
    path = desk.lab.write("marked.ipynb", CELLS)
    book = json.loads(path.read_text())
    for cell, mark in zip(book["cells"], MARKS, strict=True):
        cell["metadata"] = {"coimprove": mark}
    path.write_text(json.dumps(book))
    desk.lab.write("another.ipynb", CELLS)
    proposed(desk, "another.ipynb", {"kind": "insert", "cell": 1, "source": "z = 1"})
    shown = windows(desk.lab, "marked.ipynb")
    page = shown.page
    page.get_by_text("cannot be read").first.wait_for()
    page.get_by_text("Another version of jupyter-coimprove").first.wait_for()
    page.get_by_role("button", name="Accepted by somebody").click()
    page.get_by_text("Foreign, unverified").first.wait_for()
    assert page.get_by_role("button", name="Take it back").count() == 0
    page.screenshot(path=pictures / "awkward-marks.png")
    assert shown.page.locator(".coai-Mark b").count() == 0
    shown.save()
    desk.until(lambda: len(desk.cells("marked.ipynb")) == 3, "it is saved")
    assert [cell["metadata"]["coimprove"] for cell in desk.cells("marked.ipynb")] == MARKS
    assert shown.dialogs == []


def test_a_cell_that_went_and_a_notebook_that_is_renamed(
    desk: Desk, open_notebook: Callable[..., Any]
) -> None:
    desk.lab.write("first.ipynb", CELLS)
    gone = proposed(desk, "first.ipynb", {"kind": "replace", "cell": 2, "source": "y = x + 2"})
    stays = proposed(desk, "first.ipynb", {"kind": "insert", "cell": 1, "source": "between = 1"})
    book = open_notebook("first.ipynb", CELLS)
    opened(book, gone)
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCell(1)")
    card(book, gone).get_by_text("is not here any more").wait_for()
    card(book, gone).get_by_role("button", name="Accept", exact=True).click()
    card(book, gone).get_by_role("button", name="Reject…").wait_for()
    assert "y = x + 2" not in "".join(sources(book)), "there is nothing that it could change"

    # Renamed in Lab: what waits goes along, and is carried out under the new name.
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.rename('second.ipynb')")
    book.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.context.path === 'second.ipynb'")
    opened(book, stays).get_by_role("button", name="Accept", exact=True).click()
    book.page.locator(".coai-Mark").first.wait_for()
    recorded(book, stays, "accepted")
    assert "between = 1" in sources(book)
    assert book.dialogs == []
