"""Ideas and values in JupyterLab: from the menu into the chat, and from the inbox into force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from small_values import SMALL

CELLS = [
    "lr = 0.1\nseed = 0\nimport os",
    "import random\nrandom.seed(seed)\nos.system('true')",
    "score = lr + random.random()\nprint(f'score {score:.4f}')",
]


def test_ideas_and_values_are_told_in_the_chat_and_decided_in_the_inbox(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    (lab.folder / "coimprove" / "values.toml").write_text(SMALL)
    book = open_notebook("together.ipynb", CELLS, width=1300, height=900)
    chat, inbox = book.page.locator("#coimprove-panel-body-chat"), book.page.locator("#coimprove-panel")

    def from_menu(name: str) -> None:
        book.page.get_by_role("menuitem", name="Coimprove").click()
        book.page.get_by_role("menuitem", name=name).click()

    from_menu("Ideas to Try")
    chat.get_by_text("recombined from untested levels, operators and slices").wait_for()
    chat.get_by_text("contradicts what is believed").first.wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=pictures / f"activity-ideas-{theme}.png")
    from_menu("What Our Values Say")
    chat.get_by_text("proposed, not in force").first.wait_for()
    book.page.get_by_role("tab", name="Inbox").click()
    # They bind the whole project, and are no open notebook's.
    inbox.get_by_label("Which notebooks").select_option("all")
    row = inbox.get_by_role("listitem", name="Card: values version 1, proposed")
    row.focus()
    row.get_by_text("caught 1 of 1").wait_for()
    row.press("a")
    row.wait_for(state="detached")
    from_menu("What Our Values Say")
    chat.get_by_text("violates 'no shell' (values version 1), must").first.wait_for()
    book.page.screenshot(path=pictures / "activity-values-dark.png")
    book.page.get_by_role("tab", name="Inbox").click()
    inbox.get_by_role("listitem", name="Card: no shell").wait_for()
    assert book.elsewhere == []
    assert book.dialogs == []
