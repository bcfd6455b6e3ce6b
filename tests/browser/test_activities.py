"""Activities in JupyterLab: a command of the menu, its answer in the chat, its cards in the inbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CELLS = [
    "lr = 0.1\nseed = 0",
    "import numpy as np\nfrom sklearn.datasets import load_wine\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\nX, y = load_wine(return_X_y=True)\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=seed)\n"
    "X_test, y_test = np.vstack([X_test, X_test[:12]]), np.concatenate([y_test, y_test[:12]])",
    "model = LogisticRegression(C=lr * 0.01, max_iter=5000).fit(X_train, y_train)\npredicted = model.predict(X_test)",
    "accuracy = (predicted == y_test).mean()\nprint(f'accuracy {accuracy:.4f}')",
]
WARNED = {
    2: [
        {"output_type": "stream", "name": "stderr", "text": "ConvergenceWarning: lbfgs failed to converge\n"}
    ],
    3: [{"output_type": "stream", "name": "stdout", "text": "accuracy 0.7000\n"}],
}


def command(book: Any, id_: str) -> None:
    # What it answers is seen in the panel: the command itself is not waited for.
    book.page.evaluate("(id) => { void window.jupyterapp.commands.execute(id); }", id_)


def test_a_problem_is_found_from_the_menu_and_accepted_in_the_inbox(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    book = open_notebook("wine.ipynb", CELLS, outputs=WARNED, width=1300, height=900)
    book.page.get_by_role("menuitem", name="Coimprove").click()
    book.page.get_by_role("menuitem", name="What Is Worth Working On").click()
    chat = book.page.locator("#coimprove-panel-body-chat")
    chat.get_by_text("Without a model this is all computed").wait_for()
    chat.get_by_text("lbfgs failed to converge").first.wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=pictures / f"activity-problem-{theme}.png")

    book.page.get_by_role("tab", name="Inbox").click()
    inbox = book.page.locator("#coimprove-panel")
    row = inbox.get_by_role("listitem", name="Card: cell 3 warns: ConvergenceWarning")
    row.focus()
    row.get_by_text("lbfgs failed to converge").wait_for()
    assert row.get_by_role("button", name="Edit").count() == 0, "a card's words are not edited"
    book.page.screenshot(path=pictures / "activity-card-dark.png")
    row.press("a")
    row.wait_for(state="detached")
    inbox.get_by_role("listitem", name="Card: never varied").wait_for()
    assert book.elsewhere == []
    assert book.dialogs == []


@pytest.mark.slow
def test_where_the_model_is_wrong_is_asked_for_and_shown_as_tables(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    book = open_notebook("wine2.ipynb", CELLS, outputs=WARNED, width=1300, height=900)
    command(book, "coimprove:errors")
    book.page.get_by_role("button", name="Run", exact=True).click()
    chat = book.page.locator("#coimprove-panel-body-chat")
    chat.get_by_text("Confusion").first.wait_for(timeout=120_000)
    chat.get_by_text("over 84 items").first.wait_for()
    book.page.screenshot(path=pictures / "activity-errors-light.png")
    assert book.elsewhere == []


DIGITS = [
    "seed = 0",
    "import matplotlib.pyplot as plt\nfrom sklearn.datasets import load_digits\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\nX, y = load_digits(return_X_y=True)\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)",
    "model = LogisticRegression(C=1e-5, max_iter=200).fit(X_train, y_train)\npredicted = model.predict(X_test)",
    "plt.imshow(X_test[0].reshape(8, 8), cmap='gray')\nplt.show()",
    "accuracy = (predicted == y_test).mean()\nprint(f'accuracy {accuracy:.4f}')",
]


@pytest.mark.slow
def test_cases_stand_in_the_panel_as_the_notebook_draws_them(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    book = open_notebook("digits.ipynb", DIGITS, width=1300, height=900)
    command(book, "coimprove:errors")
    book.page.get_by_role("button", name="Run", exact=True).click()
    chat = book.page.locator("#coimprove-panel-body-chat")
    shown = chat.locator("figure.coai-Blocks-shown")
    shown.first.wait_for(timeout=180_000)
    assert shown.count() > 1
    panel = book.page.locator("#coimprove-panel").bounding_box()
    for theme in ("light", "dark"):
        book.theme(theme)
        for figure in shown.all():
            assert "true" in figure.inner_text()
            assert "predicted" in figure.inner_text(), "what it is, and what was said of it"
            image = figure.locator("img")
            drawn = image.evaluate(
                "async (one) => { await one.decode(); return [one.naturalWidth, one.naturalHeight]; }"
            )
            assert min(drawn) > 20, "a picture that the browser could read"
            box = image.bounding_box()
            assert panel["x"] <= box["x"]
            assert box["x"] + box["width"] <= panel["x"] + panel["width"] + 1, "inside the panel"
        shown.first.scroll_into_view_if_needed()
        book.page.screenshot(path=pictures / f"activity-cases-{theme}.png")
    # Other items have other pictures: the item was taken out of the notebook's own drawing, not drawn once.
    assert len({image.get_attribute("src") for image in shown.locator("img").all()}) == shown.count()
    assert (lab.folder / "coimprove" / "cases").is_dir()
    assert book.elsewhere == []


@pytest.mark.slow
def test_a_result_is_shipped_and_watched_from_the_menu_and_shared_once_there_is_one(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    from sklearn.datasets import load_wine

    (lab.folder / "coimprove").mkdir(exist_ok=True)
    (lab.folder / ".coimprove").mkdir(exist_ok=True)
    book = open_notebook("wine5.ipynb", CELLS, outputs=WARNED, width=1300, height=900)
    chat = book.page.locator("#coimprove-panel-body-chat")

    book.page.get_by_role("menuitem", name="Coimprove").click()
    book.page.get_by_role("menuitem", name="Ship as a Module").click()
    book.page.get_by_role("button", name="Run", exact=True).click()
    chat.get_by_text("wine5.py gives accuracy as the notebook does: equal").first.wait_for(timeout=120_000)
    shipped = lab.folder / "coimprove" / "ship" / "wine5"
    assert (shipped / "test_wine5.py").is_file()

    # The alcohol of what comes in now is that of stronger wines.
    rows = load_wine().data.copy()
    rows[:, 0] *= 1.3
    table = [",".join(map(str, range(13))), *(",".join(map(str, row)) for row in rows)]
    (lab.folder / "new.csv").write_text("\n".join(table))
    command(book, "coimprove:monitor")
    book.page.locator(".jp-Dialog input").fill("new.csv")
    book.page.get_by_role("button", name="Ok", exact=True).click()
    chat.get_by_text("wine5 has drifted: 0 (range)").first.wait_for(timeout=30_000)

    # Nothing has run here that a stranger could run again: that is said, and what to do.
    command(book, "coimprove:share")
    chat.get_by_text("no experiment of wine5.ipynb has run").first.wait_for(timeout=60_000)
    book.page.screenshot(path=pictures / "activity-share-light.png")
    book.page.get_by_role("tab", name="Inbox").click()
    panel = book.page.locator("#coimprove-panel")
    panel.get_by_role("listitem", name="Card: wine5: accuracy as a module").wait_for()
    panel.get_by_role("listitem", name="Card: wine5 is used on what it was not made for").wait_for()
    assert book.elsewhere == []
