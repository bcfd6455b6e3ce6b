"""Other surroundings than a fresh JupyterLab: Notebook 7, a base URL, windowed and long notebooks, seven tabs, one shared model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk, card, opened, recorded, sources
from running_lab import Lab

TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
PLAN = ("-f", "lr=0.5", "-r", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02")
pytestmark = pytest.mark.slow


def waiting(lab: Lab, name: str, *claims: str, cells: list[str] = TRAINING) -> tuple[Desk, str, list[str]]:
    """A notebook, an experiment on it, and findings of it that wait."""
    lab.write(name, cells)
    desk = Desk(lab)
    plan = desk.run("plan", name, *PLAN, "-q", "Does a larger step help?")["id"]
    return desk, plan, desk.made_findings(plan, *claims)


def test_notebook_7_below_a_base_url_in_a_folder_with_a_space_and_an_umlaut(
    tmp_path: Path, windows: Callable[..., Any], pictures: Path
) -> None:
    lab = Lab(tmp_path, name="work of Zoë", app="notebook", base="/user/zoe/")
    try:
        desk, _, (finding,) = waiting(lab, "an experiment é.ipynb", "A larger step helps.")
        book = windows(lab, "an experiment é.ipynb")
        opened(book, finding).get_by_role("button", name="Accept", exact=True).click()
        book.page.locator(".coai-Mark").wait_for()
        assert any("A larger step helps." in source for source in sources(book))
        recorded(book, finding, "accepted")
        book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'record'})")
        panel = book.page.locator("#coimprove-panel")
        panel.get_by_role("list", name="Decisions").get_by_text("accepted").first.wait_for()
        book.page.screenshot(path=pictures / "notebook-7.png")
        book.save()
        desk.until(lambda: len(desk.cells("an experiment é.ipynb")) == 4, "the file has the cell")
        assert book.elsewhere == []
        assert book.dialogs == []
    finally:
        lab.end()


def test_a_thousand_cells_of_which_lab_keeps_only_those_that_are_seen(
    tmp_path: Path, windows: Callable[..., Any]
) -> None:
    lab = Lab(tmp_path)
    try:
        lab.setting("@jupyterlab/notebook-extension", "tracker", windowingMode="full")
        cells = [*TRAINING, *(f"note_{n} = {n}" for n in range(997))]
        _, _, (finding,) = waiting(lab, "long.ipynb", "A larger step helps.", cells=cells)
        book = windows(lab, "long.ipynb", height=900)
        page = book.page
        go = "(n) => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)"
        # It stands at the last cell, far from what is seen first.
        page.evaluate(go, 999)
        opened(book, finding)
        assert page.locator(".jp-Notebook-cell").count() < 500, "most cells are not in the page"
        # Scrolled away and back, it is there again, and decides.
        page.evaluate(go, 0)
        card(book, finding).wait_for(state="detached")
        page.evaluate(go, 999)
        opened(book, finding).get_by_role("button", name="Accept", exact=True).click()
        page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length === 1001"
        )
        # What it writes stands at the response, in the third cell: far from the card, and not in the page before.
        page.wait_for_function(
            """() => {
                window.jupyterapp.shell.currentWidget.content.scrollToItem(0);
                return document.querySelector('.coai-Mark') !== null;
            }""",
            polling=500,
        )
        assert "A larger step helps." in sources(book)[3]
        recorded(book, finding, "accepted")
    finally:
        lab.end()


def test_seven_tabs_of_one_browser_hear_of_what_is_new_and_of_what_is_decided(
    tmp_path: Path, chromium: Any, windows: Callable[..., Any]
) -> None:
    lab = Lab(tmp_path)
    try:
        desk, plan, (first,) = waiting(lab, "shared.ipynb", "Known before.")
        context = chromium.new_context(viewport={"width": 1000, "height": 800})
        try:
            # One browser has six connections to a server; a tab that kept one would starve the seventh.
            books = [windows(lab, "shared.ipynb", context=context) for _ in range(7)]
            for book in books:
                card(book, first).wait_for()
            (second,) = desk.made_findings(plan, "New to all.")
            for book in books:
                card(book, second).wait_for()
            opened(books[6], second).get_by_role("button", name="Reject…").click()
            books[6].page.get_by_role("button", name="Reject", exact=True).click()
            for book in books:
                card(book, second).wait_for(state="detached")
            assert all(book.elsewhere == [] and book.dialogs == [] for book in books)
        finally:
            context.close()
    finally:
        lab.end()


def test_two_windows_on_one_shared_model_apply_an_accepted_finding_once(
    tmp_path: Path, windows: Callable[..., Any]
) -> None:
    beside = os.environ.get("COIMPROVE_COLLABORATION", "")
    if not beside:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no jupyter-collaboration: .ci/collaboration PYTHON FOLDER, then COIMPROVE_COLLABORATION=FOLDER")
    lab = Lab(tmp_path, beside=Path(beside))
    try:
        _, _, (finding, another) = waiting(lab, "together.ipynb", "Of two people.", "And once more.")
        one, two = windows(lab, "together.ipynb"), windows(lab, "together.ipynb")
        for book in (one, two):
            opened(book, finding)
        # What one types the other has: it is one model.
        edit = "(text) => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[0].setSource(text)"
        one.page.evaluate(edit, "lr = 0.2\nmomentum = 0.9\nseed = 0")
        two.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[0].getSource().includes('0.2')"
        )
        # Both accept in the same moment.
        press = """(id) => [...document.querySelectorAll(`.coai-Card[data-id='${id}'] button`)]
            .find(button => button.textContent === 'Accept').click()"""
        for book in (one, two):
            book.page.evaluate(press, finding)
        for book in (one, two):
            book.page.locator(".coai-Mark").wait_for()
            assert sum("Of two people." in source for source in sources(book)) == 1
            assert len(sources(book)) == 4
        recorded(one, finding, "accepted")
        opened(two, another).get_by_role("button", name="Accept", exact=True).click()
        one.page.locator(".coai-Mark").nth(1).wait_for()
        assert sum("And once more." in source for source in sources(one)) == 1
        assert one.dialogs + two.dialogs == []
    finally:
        lab.end()
