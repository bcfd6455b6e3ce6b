"""What ends in the middle: the page, the server, the right to ask. Nothing is lost, and the person is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk, opened, recorded, sources
from running_lab import TOKEN, Lab

#: A run takes long enough to be looked at in the middle.
SLOW_TRAINING = [
    "lr = 0.1\nseed = 0",
    "import random, time\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)\ntime.sleep(0.5)",
    "accuracy = 0.8 + 0.1 * lr + noise\nprint('accuracy', accuracy)",
]
PLAN = ("-f", "lr=0.5", "-r", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02")
PATIENCE_MS = 90_000
pytestmark = pytest.mark.slow


@pytest.fixture
def own_lab(tmp_path: Path) -> Any:
    lab = Lab(tmp_path)
    yield lab
    lab.end()


def panel(book: Any, tab: str) -> Any:
    book.page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", tab)
    body = book.page.locator(f"#coimprove-panel-body-{tab}")
    body.wait_for()
    return body


def lab_says_so_too(book: Any) -> None:
    """Lab's own dialog about its server, over everything else until it is closed."""
    dialog = book.page.locator(".jp-Dialog", has_text="Server Connection Error")
    if dialog.count():
        dialog.get_by_role("button").last.click()
        dialog.wait_for(state="detached")


def test_a_reload_in_mid_stream_loses_no_run_and_shows_the_finding_once(
    own_lab: Lab, windows: Callable[..., Any]
) -> None:
    desk = Desk(own_lab)
    own_lab.write("training.ipynb", SLOW_TRAINING)
    plan = desk.run("plan", "training.ipynb", *PLAN, "-q", "Seen twice?")["id"]
    book = windows(own_lab, "training.ipynb", width=1300)
    experiments = panel(book, "experiments")
    experiments.get_by_role("button", name="Seen twice?").click()
    experiments.get_by_role("button", name="Accept and run").click()
    experiments.get_by_role("grid", name="Runs by arm and block").wait_for()
    # Unsaved, too: the page asks whether it may go, and goes.
    book.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[0].setSource('lr = 0.1\\nseed = 0\\n')"
    )
    book.reload()
    experiments = panel(book, "experiments")
    experiments.get_by_role("button", name="Seen twice?").click()
    experiments.get_by_role("article", name="Finding").wait_for(timeout=3 * PATIENCE_MS)
    (row,) = desk.run("status", plan)["experiments"]
    assert row["state"] == "completed"
    assert set(row["counts"]) <= {"completed", "reused"}
    inbox = panel(book, "inbox")
    inbox.get_by_role("listitem").first.wait_for()
    assert inbox.get_by_role("listitem").count() == 1
    assert book.dialogs == []


def test_a_server_that_is_started_again_in_mid_stream_goes_on_where_it_was(
    own_lab: Lab, windows: Callable[..., Any], pictures: Path
) -> None:
    desk = Desk(own_lab)
    own_lab.write("training.ipynb", SLOW_TRAINING)
    plan = desk.run("plan", "training.ipynb", *PLAN, "-q", "Goes on?")["id"]
    book = windows(own_lab, "training.ipynb", width=1300, height=900)
    experiments = panel(book, "experiments")
    experiments.get_by_role("button", name="Goes on?").click()
    experiments.get_by_role("button", name="Accept and run").click()
    experiments.get_by_role("grid", name="Runs by arm and block").wait_for()
    own_lab.stop()
    book.page.locator("#coimprove-panel").get_by_role("alert").first.wait_for()
    book.page.screenshot(path=pictures / "server-away.png")
    # The runner is a process of its own: it goes on meanwhile, and what it does is told afterwards.
    own_lab.start(TOKEN)
    book.page.locator("#coimprove-panel").get_by_role("alert").first.wait_for(
        state="detached", timeout=PATIENCE_MS
    )
    experiments.get_by_role("article", name="Finding").wait_for(timeout=3 * PATIENCE_MS)
    (row,) = desk.run("status", plan)["experiments"]
    assert set(row["counts"]) <= {"completed", "reused"}, "no run twice, none lost"


def test_a_token_that_is_no_longer_good_is_said_and_nothing_is_decided(
    own_lab: Lab, windows: Callable[..., Any], pictures: Path
) -> None:
    desk = Desk(own_lab)
    own_lab.write("training.ipynb", SLOW_TRAINING)
    plan = desk.run("plan", "training.ipynb", *PLAN, "-q", "Who asks?")["id"]
    (finding,) = desk.made_findings(plan, "A larger step helps.")
    book = windows(own_lab, "training.ipynb", width=1300, height=900)
    shown = opened(book, finding)
    panel(book, "inbox").get_by_role("listitem", name="Finding").first.wait_for()
    own_lab.stop()
    book.page.context.clear_cookies()
    own_lab.start("another-token")
    alert = book.page.locator("#coimprove-panel").get_by_role("alert")
    alert.get_by_text("log in again").first.wait_for()
    book.page.screenshot(path=pictures / "token-expired.png")
    lab_says_so_too(book)
    before = sources(book)
    accept = shown.get_by_role("button", name="Accept", exact=True)
    assert accept.is_disabled() or (accept.click() or True)
    book.page.wait_for_timeout(1000)
    assert sources(book) == before
    assert desk.run("show", finding)["state"] == "pending"
    # With the right one again it is decided as if nothing had been.
    own_lab.stop()
    own_lab.start(TOKEN)
    alert.first.wait_for(state="detached", timeout=PATIENCE_MS)
    lab_says_so_too(book)
    opened(book, finding).get_by_role("button", name="Accept", exact=True).click()
    book.page.locator(".coai-Mark").wait_for()
    recorded(book, finding, "accepted")
