"""That an experiment has ended is told where it can be read, or kept in Lab's bell, or not told at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import PLAN, Desk
from running_lab import Lab

pytestmark = pytest.mark.slow
TRAINING = [
    "lr = 0.1\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + noise\nprint('accuracy', accuracy)",
]
#: What the runner writes when it begins and when it ends.
LINE = """
import sys, time
from pathlib import Path
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.registry import TOOL
record = open_record(Path(sys.argv[1]), clock=SystemClock())
record.append([Draft(id=sys.argv[2], kind="experiment", event=sys.argv[3], state=sys.argv[3], actor=TOOL, data={})])
record.close()
"""


@pytest.fixture(scope="module")
def desk(lab: Lab) -> Desk:
    return Desk(lab)


def goes(desk: Desk, experiment: str, state: str) -> None:
    """The record says so, as the runner writes it."""
    subprocess.run(
        [sys.executable, "-c", LINE, str(desk.lab.folder), experiment, state],
        env=desk.lab.env,
        check=True,
        timeout=120,
    )


def runs(desk: Desk, book: Any, experiment: str) -> None:
    """It runs, and this window has seen that."""
    goes(desk, experiment, "running")
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'experiments'})")
    body = book.page.locator("#coimprove-panel-body-experiments")
    body.get_by_text("running").first.wait_for()


def told(book: Any) -> list[str]:
    """What pops up."""
    return list(
        book.page.evaluate(
            "() => [...document.querySelectorAll('.Toastify__toast')].map(node => node.textContent)"
        )
    )


def test_in_a_narrow_window_it_is_read_whole_and_opens_the_results(
    desk: Desk, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    desk.lab.write("narrow.ipynb", TRAINING)
    id_ = desk.run("plan", "narrow.ipynb", *PLAN)["id"]
    book = open_notebook("narrow.ipynb", TRAINING, width=900, height=800)
    page = book.page
    runs(desk, book, id_)
    close(book)
    page.set_viewport_size({"width": 300, "height": 800})
    goes(desk, id_, "completed")
    toast = page.locator(".Toastify__toast").filter(has_text="Experiment completed")
    toast.wait_for()
    page.wait_for_timeout(800)  # it slides in
    page.screenshot(path=pictures / "notification-300.png")
    box = toast.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 300
    assert toast.evaluate("node => node.scrollWidth <= node.clientWidth")
    toast.get_by_role("button", name="Show").click()
    page.locator("#coimprove-panel-body-experiments").get_by_text("Does a larger step help?").first.wait_for()


def test_beside_an_open_panel_the_bell_keeps_it(desk: Desk, open_notebook: Callable[..., Any]) -> None:
    desk.lab.write("bell.ipynb", TRAINING)
    id_ = desk.run("plan", "bell.ipynb", *PLAN)["id"]
    book = open_notebook("bell.ipynb", TRAINING, width=1200, height=800)
    runs(desk, book, id_)
    goes(desk, id_, "completed")
    bell = book.page.locator(".jp-Notification-Status")
    bell.filter(has_text="1").wait_for()
    assert told(book) == []
    bell.click()
    book.page.locator(".jp-Notification-List").get_by_text("Experiment completed").wait_for()


def test_where_the_settings_say_so_nothing_is_told(desk: Desk, open_notebook: Callable[..., Any]) -> None:
    desk.lab.setting("jupyter-coimprove", "service", notifyFinished=False)
    desk.lab.write("silent.ipynb", TRAINING)
    id_ = desk.run("plan", "silent.ipynb", *PLAN)["id"]
    book = open_notebook("silent.ipynb", TRAINING, width=1200, height=800)
    runs(desk, book, id_)
    goes(desk, id_, "completed")
    book.page.locator("#coimprove-panel-body-experiments").get_by_text("completed").first.wait_for()
    book.page.wait_for_timeout(1500)
    assert told(book) == []
    assert book.page.locator(".jp-Notification-Status").filter(has_text="1").count() == 0


def close(book: Any) -> None:
    """Hide the side bar in which the panel is."""
    book.page.evaluate("() => window.jupyterapp.shell.collapseRight()")
    book.page.locator("#coimprove-panel").wait_for(state="hidden")
