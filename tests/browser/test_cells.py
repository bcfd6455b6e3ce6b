"""Curation in place in JupyterLab: a card below its cell, a decision, and the notebook that holds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import PLAN, Desk, card, opened, recorded, sources

TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
    "print('the end')",
]


@pytest.fixture(scope="module")
def desk(lab: Any) -> Desk:
    return Desk(lab)


def test_a_real_finding_is_accepted_at_its_cell_and_one_undo_takes_it_back(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("training.ipynb", TRAINING)
    finding = desk.real_finding("training.ipynb")
    book = open_notebook("training.ipynb", TRAINING, height=1000)
    shown = card(book, finding)
    shown.wait_for()
    shown.get_by_label("Text that would be written").wait_for()
    assert book.page.locator("[data-windowed-list-index='2'] .coai-Card").count() == 1, "at the response"
    for theme in ("light", "dark"):
        book.theme(theme)
        shown.scroll_into_view_if_needed()
        book.page.screenshot(path=str(pictures / f"cell-card-{theme}.png"))
    before = sources(book)
    # By keyboard: Lab would enter the cell at Enter.
    shown.get_by_role("button", name="Accept", exact=True).press("Enter")
    book.page.locator(".coai-Mark").wait_for()
    after = sources(book)
    assert len(after) == len(before) + 1
    new = next(source for source in after if source not in before)
    assert new.startswith("### Finding: Does a larger step help?")
    book.save()
    desk.until(lambda: len(desk.cells("training.ipynb")) == len(after), "the file has the cell")
    marked = [cell["metadata"].get("coimprove") for cell in desk.cells("training.ipynb")]
    assert [mark["finding"] for mark in marked if mark] == [finding]
    recorded(book, finding, "accepted")
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=str(pictures / f"cell-accepted-{theme}.png"))

    # The focus is in the notebook again, in command mode.
    book.page.keyboard.press("Control+z")
    shown.wait_for()
    assert sources(book) == before
    recorded(book, finding, "pending")
    book.page.keyboard.press("Control+Shift+z")
    book.page.locator(".coai-Mark").wait_for()
    assert sources(book) == after
    recorded(book, finding, "accepted")
    book.page.keyboard.press("Control+z")
    recorded(book, finding, "pending")
    assert book.elsewhere == []
    assert book.dialogs == []


def waiting(desk: Desk, name: str, *claims: str) -> list[str]:
    """Findings that wait in a notebook of their own, so that each test stands by itself."""
    desk.lab.write(name, TRAINING)
    return desk.made_findings(desk.run("plan", name, *PLAN)["id"], *claims)


def test_decisions_by_key_each_a_step_of_its_own(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    one, two, three, four = waiting(
        desk, "keys.ipynb", "One thing.", "Another thing.", "A third thing.", "No thing at all."
    )
    book = open_notebook("keys.ipynb", TRAINING, height=1400)
    before = sources(book)
    opened(book, one)
    opened(book, two)
    # Both are decided in one turn of the page.
    book.page.evaluate(
        """(ids) => ids.forEach(id => [...document.querySelectorAll(`.coai-Card[data-id='${id}'] button`)]
            .find(button => button.textContent === 'Accept').click())""",
        [one, two],
    )
    marks = book.page.locator(".coai-Mark")
    marks.nth(1).wait_for()
    assert len(sources(book)) == len(before) + 2
    book.page.locator(".jp-Notebook .jp-Cell").first.locator(".jp-InputPrompt").click()
    book.page.keyboard.press("Control+z")
    book.page.wait_for_function("() => document.querySelectorAll('.coai-Mark').length === 1")
    left = [source for source in sources(book) if source not in before]
    assert len(left) == 1
    undone, stands = (two, one) if "One thing." in left[0] else (one, two)
    recorded(book, undone, "pending")
    recorded(book, stands, "accepted")

    # Edited, by keys alone: in the card's own editor, whose keys are its own.
    opened(book, three).press("e")
    editor = card(book, three).locator(".cm-content[aria-label='In your own words']")
    editor.wait_for()
    book.page.keyboard.press("Control+a")
    book.page.keyboard.type("A third thing, in my words.")
    book.page.screenshot(path=str(pictures / "cell-edit-dark.png"))
    book.page.keyboard.press("Control+Enter")
    marks.nth(1).wait_for()
    recorded(book, three, "edited")
    assert any("A third thing, in my words." in source for source in sources(book))

    opened(book, four).press("r")
    card(book, four).get_by_label("Reason, in one line").wait_for()
    book.page.keyboard.type("nothing is claimed")
    book.page.keyboard.press("Enter")
    card(book, four).wait_for(state="detached")
    recorded(book, four, "rejected")

    # The mark says what the record knows, and takes it back in the open notebook.
    count = len(sources(book))
    mark = marks.filter(has_text="Accepted by").first
    mark.get_by_role("button").first.click()
    mark.get_by_role("button", name="Take it back").wait_for()
    book.page.screenshot(path=str(pictures / "cell-history.png"))
    mark.get_by_role("button", name="Take it back").click()
    book.page.wait_for_function(
        "(n) => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length === n",
        arg=count - 1,
    )
    assert book.elsewhere == []
    assert book.dialogs == []


def test_what_became_stale_is_shown_three_ways_and_two_windows_apply_once(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    one, two = waiting(desk, "windows.ipynb", "Of a cell that goes.", "Of two windows.")
    book = open_notebook("windows.ipynb", TRAINING, height=1200)
    opened(book, one)
    # The cell that it belongs to goes in this window; the file still has it.
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCell(2)")
    opened(book, one).get_by_role("button", name="Accept", exact=True).click()
    card(book, one).get_by_role("heading", name="Proposed").wait_for()
    card(book, one).scroll_into_view_if_needed()
    book.page.screenshot(path=str(pictures / "cell-stale.png"))
    assert not any("Of a cell that goes." in source for source in sources(book))
    recorded(book, one, "stale")

    other = open_notebook("windows.ipynb", TRAINING, height=1200)
    card(other, two).wait_for()
    opened(other, two).get_by_role("button", name="Accept", exact=True).click()
    other.page.locator(".coai-Mark").wait_for()
    book.page.locator(".coai-HeldUp").wait_for()
    assert "Of two windows." in book.page.locator(".coai-HeldUp").inner_text()
    book.page.screenshot(path=str(pictures / "cell-other-window.png"))
    count = [sum("Of two windows." in source for source in sources(one)) for one in (book, other)]
    assert count == [0, 1]
    recorded(other, two, "accepted")
