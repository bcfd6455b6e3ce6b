"""Notebooks whose file or kernel is not as the window believes: gone, read-only, changed, copied, paired, open elsewhere. Told at the card, nothing lost."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk, card, opened, recorded, sources

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(lab: Any) -> Desk:
    return Desk(lab)


@pytest.fixture
def opens(windows: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Opens a notebook in a fresh window; in none of them a page's own dialog came up."""
    books: list[Any] = []

    def begin(*args: Any, **how: Any) -> Any:
        books.append(windows(*args, **how))
        return books[-1]

    yield begin
    assert [book.dialogs for book in books] == [[] for _ in books]


def cells(name: str) -> list[str]:
    """Cells that no other notebook has: what is alike is taken for the same, moved."""
    return [f"{name} = 9", f"{name}_more = {name} + 1", f"print({name}_more)"]


def waiting(desk: Desk, name: str, *edits: dict[str, Any]) -> list[str]:
    """A notebook of that name, and a proposal for each of these edits."""
    desk.lab.write(f"{name}.ipynb", cells(name))
    return [
        str(
            desk.run(
                "propose", f"{name}.ipynb", "--edits", json.dumps({"edits": [edit], "why": "It says more."})
            )["id"]
        )
        for edit in edits
    ]  # fmt: skip


def accept(book: Any, id_: str) -> None:
    opened(book, id_).get_by_role("button", name="Accept", exact=True).click()


def test_a_notebook_that_is_deleted_is_told_at_its_card_and_a_save_brings_it_back(
    desk: Desk, opens: Callable[..., Any], pictures: Path
) -> None:
    (id_,) = waiting(desk, "deleted", {"kind": "insert", "cell": 1, "source": "z = 1"})
    book = opens(desk.lab, "deleted.ipynb")
    opened(book, id_)
    (desk.lab.folder / "deleted.ipynb").unlink()
    accept(book, id_)
    shown = card(book, id_)
    shown.get_by_text("its notebook is gone", exact=False).first.wait_for()
    shown.get_by_text("deleted.ipynb is gone", exact=False).first.wait_for()
    assert shown.get_by_role("button", name="Accept", exact=True).count() == 0
    book.page.screenshot(path=pictures / "file-deleted.png")
    shown.get_by_role("button", name="Save the notebook").click()
    accept(book, id_)
    book.page.locator(".coai-Mark").wait_for()
    recorded(book, id_, "accepted")
    desk.until(
        lambda: any("z = 1" in cell["source"] for cell in desk.cells("deleted.ipynb")), "the file has it"
    )


def test_what_went_along_to_a_copy_of_a_deleted_notebook_says_where_it_waits(
    desk: Desk, opens: Callable[..., Any], pictures: Path
) -> None:
    (id_,) = waiting(desk, "twin", {"kind": "insert", "cell": 1, "source": "z = 2"})
    book = opens(desk.lab, "twin.ipynb")
    opened(book, id_)
    shutil.copy(desk.lab.folder / "twin.ipynb", desk.lab.folder / "twin-copy.ipynb")
    (desk.lab.folder / "twin.ipynb").unlink()
    # Whoever looks at the record follows the cells to where they are.
    assert desk.run("review", "twin-copy.ipynb")["items"][0]["id"] == id_
    told = book.page.locator(".coai-HeldUp")
    told.get_by_text("waits in twin-copy.ipynb", exact=False).wait_for()
    book.page.screenshot(path=pictures / "file-moved-away.png")
    told.get_by_role("button", name="Open twin-copy.ipynb").click()
    book.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.context?.path === 'twin-copy.ipynb'"
    )
    book.page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden) .coai-Card[data-id='{id_}']").wait_for()
    assert desk.run("show", id_)["state"] == "pending"


def test_a_copy_starts_empty_and_what_waits_stays_with_the_first(
    desk: Desk, opens: Callable[..., Any]
) -> None:
    (id_,) = waiting(desk, "first", {"kind": "insert", "cell": 1, "source": "z = 3"})
    shutil.copy(desk.lab.folder / "first.ipynb", desk.lab.folder / "first-copy.ipynb")
    copy = opens(desk.lab, "first-copy.ipynb")
    copy.page.evaluate("() => void window.jupyterapp.commands.execute('coimprove:open', {tab: 'inbox'})")
    inbox = copy.page.locator("#coimprove-panel-body-inbox")
    inbox.get_by_role("button", name="Show all").click()
    row = inbox.locator(f"[data-id='{id_}']")
    row.get_by_text("first.ipynb", exact=False).first.wait_for()
    assert copy.page.locator(".coai-Card").count() == 0
    row.click()
    row.get_by_role("button", name="Go to the cell").click()
    card(copy, id_).wait_for()
    assert desk.run("show", id_)["notebook"] == "first.ipynb"


def test_a_read_only_notebook_keeps_what_was_decided_until_it_can_be_written(
    desk: Desk, opens: Callable[..., Any], chromium: Any, pictures: Path
) -> None:
    (id_,) = waiting(desk, "kept", {"kind": "insert", "cell": 1, "source": "z = 4"})
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    is_locked = True

    def answer(route: Any) -> None:
        # What Jupyter says of a file that may not be written; to root, as in containers, every file may.
        found = route.fetch()
        if route.request.method != "GET" or not found.ok:
            return route.fulfill(response=found)
        route.fulfill(response=found, json={**found.json(), "writable": not is_locked})

    try:
        context.route("**/api/contents/kept.ipynb*", answer)
        book = opens(desk.lab, "kept.ipynb", context=context)
        accept(book, id_)
        told = book.page.locator(".coai-HeldUp")
        told.get_by_text("this notebook is read-only", exact=False).wait_for()
        book.page.screenshot(path=pictures / "file-read-only.png")
        assert not any("z = 4" in source for source in sources(book))
        assert desk.run("show", id_)["state"] == "accepted", "what was decided is kept"
        is_locked = False
        told.get_by_role("button", name="Try again").click()
        # This window does not know yet that it can be written.
        told.get_by_role("button", name="Reload the notebook").click()
        # A kernel that came says so in the notebook's metadata: Jupyter asks whether that may go.
        book.page.get_by_role("button", name="Reload", exact=True).click()
        book.page.locator(".coai-Mark").wait_for()
        told.wait_for(state="detached")
        assert any("z = 4" in source for source in sources(book))
    finally:
        context.close()


def test_a_file_that_changed_under_an_open_notebook_is_overwritten_by_nobody(
    desk: Desk, opens: Callable[..., Any], pictures: Path
) -> None:
    changes, inserts = waiting(
        desk, "shared",
        {"kind": "replace", "cell": 2, "source": "shared_more = shared + 2"},
        {"kind": "insert", "cell": 1, "source": "z = 5"},
    )  # fmt: skip
    book = opens(desk.lab, "shared.ipynb")
    opened(book, inserts)
    # Jupyter takes a file for changed when its time is half a second later.
    time.sleep(1)
    path = desk.lab.folder / "shared.ipynb"
    found = json.loads(path.read_text())
    found["cells"][1]["source"] = "shared_more = shared + 100"
    path.write_text(json.dumps(found))
    accept(book, inserts)
    book.page.locator(".coai-Mark").wait_for()
    # It stands in the window; the file is the other program's until a person says which one it is.
    book.page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:save')")
    dialog = book.page.locator(".jp-Dialog")
    dialog.get_by_text("changed", exact=False).first.wait_for()
    book.page.screenshot(path=pictures / "file-changed.png")
    assert "shared_more = shared + 100" in desk.cells("shared.ipynb")[1]["source"]
    assert any("z = 5" in source for source in sources(book))
    dialog.get_by_role("button", name="Cancel").click()
    # What was about the cell that changed is compared three ways before anybody accepts it.
    shown = card(book, changes)
    shown.get_by_label("Now, in the file").get_by_text("shared + 100", exact=False).wait_for()
    assert shown.get_by_role("button", name="Accept", exact=True).count() == 0


def test_a_paired_notebook_says_who_writes_its_text(desk: Desk, opens: Callable[..., Any]) -> None:
    name = "paired"
    (id_, other) = waiting(
        desk, name,
        {"kind": "insert", "cell": 1, "source": "z = 6"}, {"kind": "insert", "cell": 2, "source": "z = 7"},
    )  # fmt: skip
    path = desk.lab.folder / "paired.ipynb"
    found = json.loads(path.read_text())
    found["metadata"]["jupytext"] = {"formats": "ipynb,py:percent"}
    path.write_text(json.dumps(found))
    text = desk.lab.folder / "paired.py"
    text.write_text("# %%\n" + "\n\n# %%\n".join(cells(name)) + "\n")
    before = text.read_bytes()
    # On the command line, where nobody has it open, it is written: its text is not, and that is said.
    told = desk.run("accept", other)
    assert told["application"] == "applied"
    assert "paired.ipynb (ipynb,py:percent)" in " ".join(told["warnings"])
    book = opens(desk.lab, "paired.ipynb")
    opened(book, id_).get_by_text("jupytext pairs this notebook (ipynb,py:percent)", exact=False).wait_for()
    accept(book, id_)
    book.page.locator(".coai-Mark").nth(1).wait_for()
    recorded(book, id_, "accepted")
    book.save()
    desk.until(lambda: len(desk.cells("paired.ipynb")) == 5, "the file has both")
    assert text.read_bytes() == before
    assert json.loads(path.read_text())["metadata"]["jupytext"] == {"formats": "ipynb,py:percent"}


def test_without_a_kernel_a_preview_says_so_and_accept_and_run_gets_one(
    desk: Desk, opens: Callable[..., Any], pictures: Path
) -> None:
    first, second = waiting(
        desk, "dead",
        {"kind": "insert", "cell": 1, "source": "print('it ran')"},
        {"kind": "insert", "cell": 2, "source": "z = 8"},
    )  # fmt: skip
    book = opens(desk.lab, "dead.ipynb")
    opened(book, first)
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    opened(book, second).get_by_role("button", name="Preview").click()
    card(book, second).get_by_role("alert").get_by_text("no running kernel", exact=False).wait_for()
    book.page.screenshot(path=pictures / "kernel-dead.png")
    card(book, first).get_by_role("button", name="Accept and run").click()
    book.page.locator(".jp-OutputArea-output", has_text="it ran").wait_for()
    recorded(book, first, "accepted")
    assert desk.run("show", second)["state"] == "pending", "what could not be looked at waits on"


def test_two_servers_on_one_folder_put_a_decision_in_once_and_say_where(
    desk: Desk, opens: Callable[..., Any], pictures: Path
) -> None:
    (id_,) = waiting(desk, "doubly", {"kind": "insert", "cell": 1, "source": "z = 9"})
    other = desk.lab.twin()
    try:
        one, two = opens(desk.lab, "doubly.ipynb"), opens(other, "doubly.ipynb")
        opened(one, id_)
        opened(two, id_)
        accept(two, id_)
        two.page.locator(".coai-Mark").wait_for()
        told = one.page.locator(".coai-HeldUp")
        told.get_by_text("in another window", exact=False).wait_for()
        one.page.screenshot(path=pictures / "two-servers.png")
        assert [sum("z = 9" in source for source in sources(book)) for book in (one, two)] == [0, 1]
        two.save()
        desk.until(lambda: len(desk.cells("doubly.ipynb")) == 4, "the file has it once")
        told.get_by_role("button", name="Reload the notebook").click()
        # A kernel that came says so in the notebook's metadata: Jupyter asks whether that may go.
        one.page.get_by_role("button", name="Reload", exact=True).click()
        one.page.locator(".coai-Mark").wait_for()
        assert sum("z = 9" in source for source in sources(one)) == 1
        recorded(one, id_, "accepted")
    finally:
        other.end()
