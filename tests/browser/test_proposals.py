"""Cells that are proposed, in JupyterLab: read at the cell, accepted, run, changed first, refused, and undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk, card, opened, recorded, sources

from jupyter_coimprove.kernelspace.preview.forking import not_here

pytestmark = pytest.mark.slow

CELLS = ["x = 9\nstep = 1", "y = x + step\nprint('y', y)", "print('the end')"]
CLAUDE = {"kind": "ai", "id": "claude", "display": "Claude", "model": "claude-sonnet"}


@pytest.fixture(scope="module")
def desk(lab: Any) -> Desk:
    return Desk(lab)


def proposed(desk: Desk, name: str, *edits: dict[str, Any], why: str = "It says more.") -> str:
    """The id of a proposal that the command line was given for a notebook of this Lab."""
    told = {"edits": list(edits), "why": why, "expected": "the same numbers, sooner", "author": CLAUDE}
    return str(desk.run("propose", name, "--edits", json.dumps(told))["id"])


def insert(source: str, after: int = 1) -> dict[str, Any]:
    return {"kind": "insert", "cell": after, "source": source}


def picture(book: Any, pictures: Path, id_: str, name: str) -> None:
    for theme in ("light", "dark"):
        book.theme(theme)
        card(book, id_).scroll_into_view_if_needed()
        book.page.screenshot(path=str(pictures / f"{name}-{theme}.png"))


def test_proposed_cells_are_accepted_and_run_and_one_undo_takes_all_of_it_back(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("whole.ipynb", CELLS)
    id_ = proposed(
        desk, "whole.ipynb", insert("import math\nroot = math.sqrt(x)\nprint('root', root)"),
        {"kind": "replace", "cell": 2, "source": "y = x + 2 * step\nprint('y', y)"}, {"kind": "delete", "cell": 3},
    )  # fmt: skip
    book = open_notebook("whole.ipynb", CELLS, height=1100)
    book.run(0)
    shown = opened(book, id_)
    shown.get_by_label("Text of a new cell").wait_for()
    assert shown.get_by_label("Text of a new cell").inner_text().splitlines()[0] == "import math"
    shown.locator(".cm-line span[class]").nth(2).wait_for(timeout=20_000)  # its language is loaded on use
    assert "+y = x + 2 * step" in shown.locator(".coai-Diff").first.inner_text()
    assert "-print('the end')" in shown.locator(".coai-Diff").nth(1).inner_text()
    assert "Claude (AI)" in shown.inner_text()
    picture(book, pictures, id_, "proposal-card")
    assert sources(book) == CELLS, "nothing is written before somebody decides"
    shown.get_by_role("button", name="Accept", exact=True).click(modifiers=["Shift"])
    book.page.get_by_text("root 3.0").wait_for()
    book.page.get_by_text("y 11").wait_for()
    after = sources(book)
    assert len(after) == 3
    assert "the end" not in "".join(after)
    recorded(book, id_, "accepted")
    book.page.locator(".coai-Mark").first.wait_for()
    mark = book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[1].getMetadata('coimprove')"
    )
    assert (mark["proposal"], mark["author"], mark["model"]) == (id_, "claude", "claude-sonnet")
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:undo-step')")
    recorded(book, id_, "pending")
    assert sources(book) == CELLS
    opened(book, id_)
    assert book.elsewhere == []


def test_two_accepts_at_once_are_two_steps_and_one_undo_takes_one_back(
    desk: Desk, open_notebook: Callable[..., Any]
) -> None:
    desk.lab.write("two.ipynb", CELLS)
    one, two = proposed(desk, "two.ipynb", insert("a = 1")), proposed(desk, "two.ipynb", insert("b = 2", 2))
    book = open_notebook("two.ipynb", CELLS)
    for id_ in (one, two):
        opened(book, id_)
    took = book.page.evaluate(
        """([one, two]) => {
            const begun = performance.now();
            for (const id of [one, two]) {
                document.querySelector(`.coai-Card[data-id="${id}"] .coai-mod-primary`).click();
            }
            return performance.now() - begun;
        }""",
        [one, two],
    )
    assert took < 500
    for id_ in (one, two):
        recorded(book, id_, "accepted")
    book.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length === 5"
    )
    assert {"a = 1", "b = 2"} < set(sources(book))
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:undo-step')")
    book.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length === 4"
    )
    left = {"a = 1", "b = 2"} & set(sources(book))
    undone = two if left == {"a = 1"} else one
    assert len(left) == 1
    recorded(book, undone, "pending")
    recorded(book, one if undone == two else two, "accepted")


def test_a_proposal_is_changed_before_it_is_accepted_and_a_cell_deleted_by_hand_is_an_undo(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("edited.ipynb", CELLS)
    id_ = proposed(desk, "edited.ipynb", insert("root = x ** 0.5"), insert("cube = x ** 3", 2))
    book = open_notebook("edited.ipynb", CELLS)
    shown = opened(book, id_)
    shown.get_by_role("button", name="Edit…").click()
    field = shown.get_by_label("Source of change 2")
    field.wait_for()
    picture(book, pictures, id_, "proposal-edit")
    field.click()
    book.page.keyboard.press("Control+a")
    book.page.keyboard.type("cube = x * x * x")
    book.page.keyboard.press("Control+Enter")
    recorded(book, id_, "edited")
    book.page.locator(".coai-Mark").first.wait_for()
    assert sources(book) == [CELLS[0], "root = x ** 0.5", CELLS[1], "cube = x * x * x", CELLS[2]]
    for _ in range(2):
        book.page.evaluate(
            """async () => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = content.widgets.findIndex(w => w.model.getMetadata('coimprove'));
                await window.jupyterapp.commands.execute('notebook:delete-cell');
            }"""
        )
    assert sources(book) == CELLS
    recorded(book, id_, "pending")
    opened(book, id_)


def test_a_proposal_is_refused_with_a_reason_and_changes_nothing(
    desk: Desk, open_notebook: Callable[..., Any]
) -> None:
    desk.lab.write("refused.ipynb", CELLS)
    id_ = proposed(desk, "refused.ipynb", insert("import os"))
    book = open_notebook("refused.ipynb", CELLS)
    shown = opened(book, id_)
    shown.get_by_role("button", name="Reject…").click()
    book.page.keyboard.type("no files here")
    book.page.keyboard.press("Enter")
    recorded(book, id_, "rejected")
    card(book, id_).wait_for(state="detached")
    assert sources(book) == CELLS
    decided = desk.run("trail", id_)["decisions"][0]
    assert (decided["verb"], decided["reason"]) == ("rejected", "no files here")


def test_a_proposal_whose_cell_was_changed_is_shown_three_ways_and_decided_on_anew(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("stale.ipynb", CELLS)
    id_ = proposed(desk, "stale.ipynb", {"kind": "replace", "cell": 1, "source": "x = 16\nstep = 1"})
    book = open_notebook("stale.ipynb", CELLS)
    shown = opened(book, id_)
    book.page.evaluate(
        """async () => {
            window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[0].setSource('x = 25');
            await window.jupyterapp.commands.execute('docmanager:save');
        }"""
    )
    shown.get_by_role("button", name="Accept", exact=True).click()
    three = shown.locator(".coai-ThreeWay")
    three.wait_for()
    for text in (CELLS[0], "x = 16", "x = 25"):
        assert text in three.inner_text()
    assert sources(book)[0] == "x = 25", "nobody's words are overwritten"
    picture(book, pictures, id_, "proposal-stale")
    shown.get_by_role("button", name="Decide on it as the notebook is now").click()
    recorded(book, id_, "pending")
    shown.locator(".coai-Diff").wait_for()
    assert "-x = 25" in shown.locator(".coai-Diff").inner_text()
    shown.get_by_role("button", name="Accept", exact=True).click()
    recorded(book, id_, "accepted")
    book.page.locator(".coai-Mark").first.wait_for()
    assert sources(book)[0] == "x = 16\nstep = 1"


def test_a_preview_shows_the_output_on_the_card_and_changes_nothing(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("seen.ipynb", CELLS)
    id_ = proposed(desk, "seen.ipynb", insert("x += 1\nprint('seen', x)\nopen('made', 'w')"))
    book = open_notebook("seen.ipynb", CELLS, height=1100)
    book.run(0)
    shown = opened(book, id_)
    shown.get_by_role("button", name="Preview", exact=True).click()
    if reason := not_here():
        shown.get_by_text(reason).wait_for()
        return
    shown.get_by_text("Preview (not accepted): took").wait_for()
    seen = shown.get_by_role("region", name="Preview").inner_text()
    assert "seen 10" in seen
    assert "PermissionError" in seen
    picture(book, pictures, id_, "preview-card")
    assert sources(book) == CELLS
    recorded(book, id_, "pending")
    assert [row["verb"] for row in desk.run("trail", id_)["decisions"]] == ["previewed"]
    assert not list(desk.lab.folder.rglob("made"))
    # It waits as before, with what it showed, for whoever looks next.
    assert shown.get_by_role("button", name="Accept", exact=True).is_enabled()
    assert book.elsewhere == []
