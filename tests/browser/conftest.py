"""A real JupyterLab with real kernels, and Chromium to look at it; everything isolated."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from running_lab import PATIENCE_MS, TOKEN, Lab

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("browser")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; its absence is a failure in CI and a skip with the reason elsewhere."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("COIMPROVE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        if path is None and Path(playwright.chromium.executable_path).is_file():
            path = playwright.chromium.executable_path
        if path is None:
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say("no Chromium here: install one, or name it in COIMPROVE_CHROMIUM")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.end()


class Notebook:
    """A notebook open in Lab; cells are run one at a time, as a person does."""

    def __init__(self, page: Any, lab: Lab, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        shown = (
            f"lab/tree/{name}?token={TOKEN}&reset"
            if lab.app == "jupyterlab"
            else f"notebooks/{name}?token={TOKEN}"
        )
        page.goto(f"{lab.url}{shown}", timeout=PATIENCE_MS)
        self.ready()

    def ready(self) -> None:
        """Wait until the page has the notebook, and its kernel nothing to do."""
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=PATIENCE_MS)
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=PATIENCE_MS)
        self.idle()

    def reload(self) -> None:
        """The browser's own reload; the page with its unsaved changes goes."""
        self.page.reload(timeout=PATIENCE_MS)
        self.ready()

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=PATIENCE_MS,
        )

    def run(self, number: int) -> Any:
        """Run cell ``number``; its output area when the kernel is idle again."""
        self.page.evaluate(
            """async (n) => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = n;
                await window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            number,
        )
        self.idle()
        return self.output(number)

    def output(self, number: int) -> Any:
        return self.page.locator(
            f".jp-Notebook-cell[data-windowed-list-index='{number}'] .jp-OutputArea"
        ).first

    def theme(self, name: str) -> None:
        """``light`` or ``dark``."""
        wanted = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name]
        self.page.evaluate(
            "(t) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})", wanted
        )
        self.page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light",
            arg=str(name == "light").lower(),
            timeout=PATIENCE_MS,
        )
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE_MS)

    def save(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


@pytest.fixture
def windows(chromium: Any) -> Iterator[Callable[..., Notebook]]:
    """Opens a notebook of a Lab in a fresh window; what went elsewhere, popped up or broke is counted."""
    contexts = []

    def begin(lab: Lab, name: str, *, width: int = 1100, height: int = 1400, context: Any = None) -> Notebook:
        if context is None:
            context = chromium.new_context(viewport={"width": width, "height": height})
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        elsewhere: list[str] = []
        dialogs: list[str] = []
        page.on(
            "request",
            lambda request: elsewhere.append(request.url) if not at_home(request.url, lab.url) else None,
        )
        page.on("dialog", lambda dialog: answer(dialog, dialogs))
        book = Notebook(page, lab, name)
        book.elsewhere, book.dialogs = elsewhere, dialogs  # type: ignore[attr-defined]
        return book

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def open_notebook(windows: Callable[..., Notebook], lab: Lab) -> Callable[..., Notebook]:
    """Writes a notebook into the Lab that a module shares, and opens it."""

    def begin(
        name: str, cells: list[str], *, outputs: Mapping[int, list[dict[str, Any]]] | None = None, **how: int
    ) -> Notebook:
        lab.write(name, cells, outputs)
        return windows(lab, name, **how)

    return begin


def answer(dialog: Any, dialogs: list[str]) -> None:
    """Close what pops up, and count it; that a page with unsaved changes may go is no pop-up of ours."""
    if dialog.type == "beforeunload":
        dialog.accept()
    else:
        dialogs.append(dialog.message)
        dialog.dismiss()


def at_home(url: str, home: str) -> bool:
    """Whether a request goes to this Lab, or nowhere."""
    return url.startswith((home, home.replace("http", "ws", 1), "data:", "blob:"))


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: COIMPROVE_BROWSER_OUTPUT, or .browser-output here."""
    path = Path(os.environ.get("COIMPROVE_BROWSER_OUTPUT", ".browser-output"))
    path.mkdir(parents=True, exist_ok=True)
    return path
