"""What tests of JupyterLab share: the command line on the same record, and the cards at the cells of an open notebook."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).parent
PLAN = (
    "-f", "lr=0.5", "-r", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02",
    "-q", "Does a larger step help?",
)  # fmt: skip


class Desk:
    """The real command line in the folder of a Lab, and findings that wait there."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        return dict(
            json.loads(self.python("-m", "jupyter_coimprove.interfaces.cli", *words, "--json", code=code))
        )

    def real_finding(self, name: str) -> str:
        """A finding of the real runner: planned, executed in kernels, concluded."""
        plan = self.run("plan", name, *PLAN)
        self.run("accept", plan["id"], "--run", "--wait")
        rows = self.run("review", name)["items"]
        return next(str(row["id"]) for row in rows if row["kind"] == "finding")

    def made_findings(self, experiment: str, *claims: str) -> list[str]:
        """More findings of that experiment, their words made up."""
        code = (
            "import sys; from pathlib import Path; from pending_findings import finding;"
            "[print(finding(Path(sys.argv[1]), sys.argv[2], claim=claim)) for claim in sys.argv[3:]]"
        )
        return self.python("-c", code, str(self.lab.folder), experiment, *claims).split()

    def python(self, *words: str, code: int = 0) -> str:
        """What a Python of this Lab's own prints, in its folder."""
        done = subprocess.run(
            [sys.executable, *words], cwd=self.lab.folder, env={**self.lab.env, "PYTHONPATH": str(SUPPORT)},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout

    def cells(self, name: str) -> list[dict[str, Any]]:
        """The cells of a notebook as its file has them."""
        return list(json.loads((self.lab.folder / name).read_text())["cells"])

    def until(self, holds: Callable[[], bool], what: str, seconds: float = 20) -> None:
        """Wait for what another process writes."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, what
            time.sleep(0.1)


def sources(book: Any) -> list[str]:
    """The cells of the shared model."""
    return list(
        book.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(c => c.getSource())"
        )
    )


def card(book: Any, id_: str) -> Any:
    return book.page.locator(f".coai-Card[data-id='{id_}']")


def opened(book: Any, id_: str) -> Any:
    """That card, with all that it says."""
    shown = card(book, id_)
    toggle = shown.locator(".coai-Card-toggle")
    toggle.wait_for()
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    shown.get_by_role("button", name="Reject…").wait_for()
    return shown


def recorded(book: Any, id_: str, state: str) -> None:
    """Wait until the record says so; the server is asked, as the page does."""
    book.page.wait_for_function(
        """async ([id, state]) => {
            const { baseUrl, token } = JSON.parse(document.getElementById('jupyter-config-data').textContent);
            const answer = await fetch(`${baseUrl}coimprove/v1/verbs/show`, {
                method: 'POST', headers: {Authorization: `token ${token}`},
                body: JSON.stringify({arguments: {id}, path: window.jupyterapp.shell.currentWidget.context.path}),
            });
            return (await answer.json()).state === state;
        }""",
        arg=[id_, state],
        polling=500,
    )
