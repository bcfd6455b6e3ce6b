"""The panel, the cards and the answers of magics for those who see little, or have no pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab_axe import axe_core, in_both_themes, serious
from lab_cards import Desk, opened

TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
PLAN = ("-f", "lr=0.5", "-r", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02")
CLAIM = "A larger step helps: `accuracy` **rises**.\n\n- by [much](https://example.org)\n\n| a | b |\n|--|--|\n| 1 | 2 |"


@pytest.fixture(scope="module")
def axe() -> str:
    return axe_core()


@pytest.mark.slow
def test_axe_finds_nothing_serious_in_either_theme(
    lab: Any, open_notebook: Callable[..., Any], axe: str
) -> None:
    desk = Desk(lab)
    lab.write("training.ipynb", TRAINING)
    done = desk.run("plan", "training.ipynb", *PLAN, "-q", "Does a larger step help?")["id"]
    (finding,) = desk.made_findings(done, CLAIM)
    draft = desk.run("plan", "training.ipynb", "-f", "momentum=0.5", *PLAN[2:], "-q", "Is momentum needed?")[
        "id"
    ]
    view = {"view": "PlanView", "v": 1, "id": draft}
    data = {"application/vnd.coimprove.experiment+json": view, "text/plain": "a plan"}
    shown = {0: [{"output_type": "display_data", "metadata": {}, "data": data}]}
    book = open_notebook("training.ipynb", TRAINING, outputs=shown, width=1500, height=1300)
    page = book.page

    def tab(name: str, selected: str = "") -> Any:
        page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", name)
        body = page.locator(f"#coimprove-panel-body-{name}")
        body.wait_for()
        return body

    def look(where: str, within: str = "#coimprove-panel") -> None:
        in_both_themes(book, axe, where, within)

    opened(book, finding)
    look("a card at its cell", ".coai-Card")
    page.locator(".coai-Magic").get_by_role("button", name="Accept", exact=True).wait_for()
    look("an answer of a magic", ".coai-Magic")
    inbox = tab("inbox")
    inbox.get_by_role("listitem", name="Plan: Is momentum needed?").click(position={"x": 5, "y": 5})
    inbox.get_by_text("2 arms × 4 blocks").wait_for()
    look("inbox")
    inbox.get_by_role("button", name="Reject…").click()
    look("inbox, a form")
    experiments = tab("experiments")
    experiments.get_by_role("button", name="Noise…").wait_for()
    look("experiments")
    experiments.get_by_role("button", name="Is momentum needed?").click()
    experiments.get_by_role("button", name="Accept and run").wait_for()
    look("a plan")
    experiments.get_by_role("button", name="‹ All experiments").click()
    experiments.get_by_role("button", name="Does a larger step help?").click()
    experiments.get_by_role("heading", name="Does a larger step help?").wait_for()
    look("an experiment")
    chat = tab("chat")
    field = chat.locator("textarea")
    field.fill("/review")
    field.press("Escape")
    field.press("Enter")
    chat.locator(".coai-Entry:not([aria-busy=true])").first.wait_for()
    look("chat")
    record = tab("record")
    record.get_by_role("button", name="Check training.ipynb").wait_for()
    for summary in record.locator("summary").all():
        summary.click()
    record.locator(".coai-Markdown table").wait_for()
    look("record")
    page.evaluate(
        "() => document.querySelector('#coimprove-panel').insertAdjacentHTML('beforeend', '<button></button>')"
    )
    assert serious(page, axe, "#coimprove-panel") != [], "axe sees what it looks for"


def test_from_the_keyboard_alone_the_panel_is_opened_walked_and_left(
    lab: Any, open_notebook: Callable[..., Any]
) -> None:
    Desk(lab).run("plan", str(lab.write("keys.ipynb", TRAINING)), *PLAN, "-q", "By keys?")
    book = open_notebook("keys.ipynb", TRAINING, width=1300, height=900)
    page, keyboard = book.page, book.page.keyboard

    def focused() -> str:
        """Role or element, and name, of what has the focus."""
        return str(
            page.evaluate(
                """() => {
                    const at = document.activeElement;
                    const name = at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || at.placeholder;
                    return `${at.getAttribute('role') || at.localName} ${(name || '').trim().split('\\n')[0]}`;
                }"""
            )
        )

    keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").wait_for()
    keyboard.type("show what waits")
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text="Show What Waits").wait_for()
    keyboard.press("Enter")
    page.get_by_role("listitem", name="Plan: By keys?").wait_for()
    # From the tab on by Tab: each stop is in the panel, has a name, and is another one.
    page.locator("#coimprove-panel-tab-inbox").press("ArrowRight")
    assert focused().startswith("tab Experiments")
    keyboard.press("ArrowLeft")
    stops = [focused()]
    while page.evaluate("() => document.activeElement.closest('#coimprove-panel') !== null"):
        assert len(stops) < 40, stops
        assert len(stops[-1].split(" ", 1)[1]) > 1, stops
        keyboard.press("Tab")
        stops.append(focused())
    assert len(stops) > 4, stops
    assert any("Plan: By keys?" in stop for stop in stops), stops
    for _ in range(2):
        keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.closest('#coimprove-panel') !== null")
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"), (
        "where the focus is can be seen"
    )
