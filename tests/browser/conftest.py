"""A real JupyterLab with real kernels, and Chromium to look at it; everything isolated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
TOKEN = "for-this-test-alone"
#: One after the other: Lab, a kernel and Chromium together are slow where cores are few.
PATIENCE_MS = 90_000


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


class Lab:
    """A running JupyterLab and its folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "work"
        self.folder.mkdir()
        settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        news = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(news))
        places = {
            "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "config/lab/user-settings",
            "JUPYTERLAB_WORKSPACES_DIR": "config/lab/workspaces",
        }  # fmt: skip
        env = {**os.environ, **{name: str(home / path) for name, path in places.items()}}
        for path in places.values():
            (home / path).mkdir(parents=True, exist_ok=True)
        self.log = (home / "lab.log").open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0", f"--IdentityProvider.token={TOKEN}",
                f"--ServerApp.root_dir={self.folder}", "--LabApp.expose_app_in_browser=True", "--ip=127.0.0.1",
            ],
            env=env, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.url = self._wait(home / "runtime")

    def _wait(self, runtime: Path) -> str:
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline:
            for found in runtime.glob(f"jpserver-{self.process.pid}.json"):
                text = found.read_text()
                if text.endswith("}"):
                    return str(json.loads(text)["url"])
            assert self.process.poll() is None, Path(self.log.name).read_text()
            time.sleep(0.1)
        raise AssertionError(f"JupyterLab did not start: {Path(self.log.name).read_text()}")

    def write(self, name: str, cells: list[str]) -> Path:
        """A notebook with these code cells."""
        book = {
            "cells": [
                {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
                for i, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4, "nbformat_minor": 5,
        }  # fmt: skip
        path = self.folder / name
        path.write_text(json.dumps(book))
        return path

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.end()


class Notebook:
    """A notebook open in Lab; cells are run one at a time, as a person does."""

    def __init__(self, page: Any, lab: Lab, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        page.goto(f"{lab.url}lab/tree/{name}?token={TOKEN}&reset", timeout=PATIENCE_MS)
        page.wait_for_function("() => window.jupyterapp !== undefined", timeout=PATIENCE_MS)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=PATIENCE_MS)
        self.idle()

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
def open_notebook(chromium: Any, lab: Lab) -> Iterator[Callable[..., Notebook]]:
    """Opens a notebook in a fresh window; what went elsewhere, popped up or broke is counted."""
    contexts = []

    def begin(name: str, cells: list[str], *, width: int = 1100, height: int = 1400) -> Notebook:
        lab.write(name, cells)
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
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        book = Notebook(page, lab, name)
        book.elsewhere, book.dialogs = elsewhere, dialogs  # type: ignore[attr-defined]
        return book

    yield begin
    for context in contexts:
        context.close()


def at_home(url: str, home: str) -> bool:
    """Whether a request goes to this Lab, or nowhere."""
    return url.startswith((home, home.replace("http", "ws", 1), "data:", "blob:"))


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: COIMPROVE_BROWSER_OUTPUT, or .browser-output here."""
    path = Path(os.environ.get("COIMPROVE_BROWSER_OUTPUT", ".browser-output"))
    path.mkdir(parents=True, exist_ok=True)
    return path
