"""The panel in JupyterLab: it opens, shows what waits as the command line made it, and decides by keyboard."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk

TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
PLAN = ("--response", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02")


@pytest.fixture
def command_line(lab: Any) -> Callable[..., dict[str, Any]]:
    """The real command line, in the folder that Lab shows and with the same key."""

    def run(*words: str, code: int = 0) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_coimprove.interfaces.cli", *words, "--json"],
            cwd=lab.folder, env=lab.env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return dict(json.loads(done.stdout))

    return run


def open_panel(book: Any, tab: str = "inbox") -> Any:
    """The panel, opened as the palette and the menu do it."""
    book.page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", tab)
    panel = book.page.locator("#coimprove-panel")
    panel.wait_for()
    return panel


def test_a_plan_made_at_the_command_line_waits_in_the_panel_and_is_accepted_by_keyboard(
    lab: Any, open_notebook: Callable[..., Any], command_line: Callable[..., dict[str, Any]], pictures: Path
) -> None:
    book = open_notebook("training.ipynb", TRAINING, width=1300, height=900)
    panel = open_panel(book)
    panel.get_by_text("Nothing waits for a decision").wait_for()
    first = command_line("plan", "training.ipynb", "-f", "lr=0.5", *PLAN, "-q", "Does a larger step help?")
    row = panel.get_by_role("listitem", name="Plan: Does a larger step help?")
    row.wait_for()
    second = command_line("plan", "training.ipynb", "-f", "momentum=0.5", *PLAN, "-q", "Is momentum needed?")
    panel.get_by_role("listitem", name="Plan: Is momentum needed?").wait_for()
    panel.get_by_role("tab", name="Inbox 2 wait").wait_for()

    # By keyboard alone, from the tab: into the list, down to the older plan, accept.
    panel.get_by_role("tab", name="Inbox 2 wait").focus()
    row.press("k")
    book.page.keyboard.press("j")
    panel.get_by_text("2 arms × 4 blocks").wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=str(pictures / f"panel-inbox-{theme}.png"))
    row.press("a")
    panel.get_by_text("is registered").wait_for()
    row.wait_for(state="detached")
    assert command_line("show", first["id"])["state"] == "registered"
    assert command_line("show", second["id"])["state"] == "draft"

    # The focus stays in the list: the other plan is rejected with a reason, and that is taken back.
    book.page.keyboard.press("r")
    panel.get_by_label("Reason, in one line").wait_for()
    book.page.keyboard.type("not now")
    book.page.keyboard.press("Enter")
    panel.get_by_text("is abandoned").wait_for()
    assert command_line("show", second["id"])["state"] == "abandoned"
    panel.get_by_role("button", name="Undo").click()
    panel.get_by_role("listitem", name="Plan: Is momentum needed?").wait_for()
    assert command_line("show", second["id"])["state"] == "draft"
    assert book.elsewhere == []
    assert book.dialogs == []


def test_a_finding_that_is_shown_whole_says_its_claim_once(
    lab: Any, open_notebook: Callable[..., Any], command_line: Callable[..., dict[str, Any]], pictures: Path
) -> None:
    book = open_notebook("once.ipynb", TRAINING, width=1300, height=900)
    panel = open_panel(book)
    plan = command_line("plan", "once.ipynb", "-f", "lr=0.5", *PLAN, "-q", "Is it said once?")
    Desk(lab).made_findings(plan["id"], "The larger step helps.", "Nothing else does.")
    row = panel.get_by_role("listitem", name="Finding: The larger step helps.")
    row.wait_for()
    panel.get_by_role("listitem", name="Finding: Nothing else does.").focus()
    said = row.get_by_text("The larger step helps.")
    said.first.wait_for()
    assert [one.is_visible() for one in said.all()] == [True], "closed, its row says it"
    row.focus()
    row.locator(".coai-Claim").wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        assert [one.is_visible() for one in said.all()].count(True) == 1
        book.page.screenshot(path=str(pictures / f"panel-finding-{theme}.png"))
    assert book.elsewhere == []


def test_a_window_that_was_cut_off_says_so_and_is_told_what_it_missed(
    open_notebook: Callable[..., Any], command_line: Callable[..., dict[str, Any]], pictures: Path
) -> None:
    book = open_notebook("cut_off.ipynb", TRAINING, width=1300, height=900)
    panel = open_panel(book)
    command_line("plan", "cut_off.ipynb", "-f", "lr=0.5", *PLAN, "-q", "Seen before?")
    panel.get_by_role("listitem", name="Plan: Seen before?").wait_for()
    book.page.context.set_offline(True)
    command_line("plan", "cut_off.ipynb", "-f", "momentum=0.5", *PLAN, "-q", "Missed?")
    panel.get_by_role("alert").get_by_text("the server does not answer").first.wait_for()
    assert panel.get_by_role("listitem").count() == 1, "what was known stays"
    book.page.screenshot(path=str(pictures / "panel-cut-off-light.png"))
    book.page.context.set_offline(False)
    panel.get_by_role("listitem", name="Plan: Missed?").wait_for()
    panel.get_by_role("alert").first.wait_for(state="detached")
    assert panel.get_by_role("listitem").count() == 2
