"""The panel draws the way from a problem to what came of it: over a record of real runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_axe import axe_core, in_both_themes
from lab_cards import Desk

CELLS = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
#: What a person did at the command line before, in one process: it prints what the test asks for.
DONE = """
import contextlib, io, json
from jupyter_coimprove.interfaces.cli import main

def run(*words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main([*words, "--json"]) == 0, said.getvalue()
    return json.loads(said.getvalue())

plan = ("plan", "way.ipynb", "-r", "accuracy", "--direction", "max", "--blocks", "2", "--smallest-effect", "0.02")
cards = run("problem", "way.ipynb", "--add", "the score is too low to be of use")["cards"]
problem = next(card["id"] for card in cards if card["title"].startswith("the score"))
run("accept", problem)
done = run(*plan, "-f", "lr=0.5", "--because", problem, "-q", "Does a larger step help?")["id"]
run("accept", done, "--run", "--wait")
finding = next(row["id"] for row in run("review", "way.ipynb")["items"] if row["kind"] == "finding")
run("accept", finding)
# Two more: one of the same problem that was rejected, and one of the finding that waits.
other = run(*plan, "-f", "momentum=0.5", "--because", problem, "-q", "Is momentum needed?")["id"]
run("reject", other, "--reason", "after the step size")
waits = run(*plan, "-f", "momentum=0.7", "--because", finding, "-q", "And less momentum?")["id"]
run("report", "way.ipynb")
way = run("trail", finding)["way"]
print(json.dumps(dict(problem=problem, plan=done, finding=finding, other=other, waits=waits, way=way)))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_trail_goes_from_the_problem_to_the_report_by_pointer_and_by_keys(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    lab.write("way.ipynb", CELLS)
    done = json.loads(Desk(lab).python("-c", DONE))
    problem, plan, finding, other, waits = (
        done[name] for name in ("problem", "plan", "finding", "other", "waits")
    )
    told = done["way"]
    assert [row["id"] for row in told][:3] == [problem, plan, finding]

    book = open_notebook("way.ipynb", CELLS, width=1300, height=1000)
    page, keyboard = book.page, book.page.keyboard
    page.get_by_role("menuitem", name="Coimprove").click()
    page.get_by_role("menuitem", name="Trail of the Last Finding").click()
    record = page.locator("#coimprove-panel-body-record")
    trail = record.get_by_role("region", name="Trail")
    step = trail.locator(f"[data-id='{finding}']")
    step.wait_for()
    # What is drawn is what the verb tells, in a list in a list; the one asked about is marked.
    drawn = trail.locator("[data-id]").evaluate_all("all => all.map(one => one.dataset.id)")
    assert sorted(drawn) == sorted(row["id"] for row in told)
    current = trail.locator("li[aria-current]")
    assert current.count() == 1
    assert current.locator(f"xpath=ancestor-or-self::li//button[@data-id='{problem}']").count() >= 1
    runs = next(row for row in told if row["id"] == plan)["marks"][-1]["text"]
    assert " runs completed" in runs
    trail.get_by_text(runs).wait_for()
    assert trail.get_by_text("accepted by").count() == 3, "the problem, the plan and the finding were"
    for theme in ("light", "dark"):
        book.theme(theme)
        page.screenshot(path=pictures / f"trail-{theme}.png")
    in_both_themes(book, axe_core(), "the trail")

    # By keys to the problem, and on along its own trail: the rejected plan came of it too, and stands no more.
    step.press("Home")
    assert page.evaluate("() => document.activeElement.dataset.id") == problem
    keyboard.press("t")
    gone = trail.locator(f"[data-id='{other}']")
    gone.wait_for()
    assert gone.locator("s").inner_text() == "Is momentum needed?"
    trail.get_by_text("after the step size").wait_for()
    assert trail.locator("li[aria-current] > div [data-id]").first.get_attribute("data-id") == problem
    in_both_themes(book, axe_core(), "the trail of the problem")
    page.screenshot(path=pictures / "trail-problem-light.png")

    # What waits opens in the inbox, an experiment among the experiments, a report as the file that it is.
    trail.locator(f"[data-id='{plan}']").click()
    page.get_by_role("heading", name="Does a larger step help?").wait_for()
    page.locator("#coimprove-panel-body-experiments").get_by_role("button", name="Trail", exact=True).click()
    trail.locator(f"li[aria-current] [data-id='{plan}']").first.wait_for()
    trail.locator("[data-kind=report] [data-id]").click()
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.title.label === 'way.md'")

    page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'inbox'})")
    row = page.get_by_role("listitem", name="Plan: And less momentum?")
    row.click(position={"x": 5, "y": 5})
    row.get_by_role("button", name="Trail", exact=True).click()
    trail.locator(f"li[aria-current] [data-id='{waits}']").first.wait_for()
    trail.get_by_role("button", name="‹ Record").click()
    record.get_by_role("heading", name="Findings").wait_for()
    assert book.elsewhere == []
    assert book.dialogs == []
