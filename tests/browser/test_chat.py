"""The chat in JupyterLab: a palette of verbs that completes, answers as tables, and is there after a reload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]


def open_chat(book: Any) -> Any:
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'chat'})")
    return book.page.locator("#coimprove-panel-body-chat")


def test_verbs_are_completed_and_answered_and_a_reload_finds_them(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    book = open_notebook("training.ipynb", TRAINING, width=1300, height=900)
    chat = open_chat(book)
    chat.get_by_text("No model is asked").wait_for()
    field = chat.get_by_role("combobox", name="A verb or a question")
    field.focus()
    field.press_sequentially("/cand")
    chat.get_by_role("option", name="/candidates").wait_for()
    book.page.screenshot(path=pictures / "chat-completing.png")
    field.press("Tab")
    field.press("Escape")
    field.press("Enter")
    chat.get_by_role("cell", name="momentum").first.wait_for()

    field.fill("which of these parts matter?")
    field.press("Enter")
    take = chat.get_by_role("button", name="/plan training.ipynb", exact=True).first
    take.wait_for()
    take.click()
    assert field.input_value() == "/plan training.ipynb"
    field.fill("/show fnd_none")
    field.press("Escape")
    field.press("Enter")
    chat.get_by_text("Refused:").wait_for()
    field.press("ArrowUp")
    assert field.input_value() == "/show fnd_none"
    field.fill("look at @cell")
    chat.get_by_role("option", name="@cell3").wait_for()
    field.press_sequentially("3 ")
    chat.get_by_role("button", name="cell 3").first.wait_for()
    book.page.screenshot(path=pictures / "chat-light.png")
    book.theme("dark")
    book.page.screenshot(path=pictures / "chat-dark.png")

    # Another window, as after a reload: the server kept what was said.
    book.page = book.page.context.new_page()
    book.page.goto(f"{lab.url}lab/tree/training.ipynb?reset")
    book.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    chat = open_chat(book)
    chat.get_by_text("Refused:").wait_for()
    chat.get_by_role("cell", name="momentum").first.wait_for()
    assert book.elsewhere == []
    assert book.dialogs == []
