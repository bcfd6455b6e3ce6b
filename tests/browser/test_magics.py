"""Answers of magics in JupyterLab: cards of the record, live, with its decisions; a forged one decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TRAINING = [
    "lr = 0.1\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + noise\nprint('accuracy', accuracy)",
]
MAGICS = [
    "%load_ext jupyter_coimprove",
    "%coai plan training.ipynb -f lr=0.5 -r accuracy --direction max --blocks 4 --smallest-effect 0.02 -q 'Does a larger step help?'",
    "%coai results last",
]
PLAN, FINDING = "exp_01JABCDEFGHJKMNPQRSTVWXYZ0", "fnd_01JABCDEFGHJKMNPQRSTVWXYZ0"
PATIENCE_MS = 90_000


@pytest.mark.slow
def test_a_plan_made_by_a_magic_is_accepted_followed_and_concluded_in_its_output(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    lab.write("training.ipynb", TRAINING)
    book = open_notebook("study.ipynb", MAGICS, width=1300, height=2000)
    book.run(0)
    shown = book.run(1)
    card = shown.locator(".coai-Magic")
    card.get_by_text("2 arms × 4 blocks").wait_for()
    assert shown.get_by_role("button", name="Accept and run").count() == 1, "no second card by widgets"
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=pictures / f"magic-plan-{theme}.png")
    book.theme("light")
    # By keyboard; Lab's own keys do nothing here.
    card.get_by_role("button", name="Accept and run").press("Enter")
    card.get_by_role("grid", name="Runs by arm and block").wait_for()
    finding = card.get_by_role("article", name="Finding")
    finding.wait_for(timeout=3 * PATIENCE_MS)
    results = book.run(2).locator(".coai-Magic")
    results.get_by_role("article", name="Finding").get_by_role("button", name="Accept").click()
    # Both are of one record: what is decided in one is seen in the other.
    finding.get_by_text("✓ accepted").wait_for()
    results.get_by_text("✓ accepted").wait_for()
    book.page.screenshot(path=pictures / "magic-results-light.png")

    # The file has what other front ends draw.
    book.save()
    book.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    cell = json.loads((lab.folder / "study.ipynb").read_text())["cells"][1]
    data = [set(output["data"]) for output in cell["outputs"]]
    assert {"text/html", "text/plain", "application/vnd.coimprove.experiment+json"} <= data[0]
    assert any("application/vnd.jupyter.widget-view+json" in one for one in data)
    assert book.elsewhere == []
    assert book.dialogs == []


def test_a_forged_answer_in_a_foreign_notebook_is_shown_as_foreign_and_decides_nothing(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    hostile = "<img src=https://evil.example/x.png onerror=alert(1)> better \u202e"
    # Harmless: of the HTML in a file Lab itself reads headings, whatever draws the output.
    html = "<b>accepted by you</b>"
    views = [
        ("experiment", {"view": "PlanView", "v": 1, "id": PLAN, "state": "draft", "question": hostile}),
        ("experiment", {"view": "StatusView", "v": 1, "experiments": [{"id": PLAN, "state": "running", "alive": True}]}),
        ("proposal", {"view": "FindingView", "v": 1, "id": FINDING, "state": "pending", "claim": hostile, "trust": "own"}),
        ("proposal", {"view": "CheckView", "v": 1, "findings": [{"id": FINDING, "evidence": hostile}]}),
        ("proposal", {"view": "FindingView", "v": 99, "id": "../../etc/passwd"}),
    ]  # fmt: skip
    outputs = [
        {
            "output_type": "display_data", "metadata": {},
            "data": {f"application/vnd.coimprove.{kind}+json": view, "text/plain": hostile, "text/html": html},
        }
        for kind, view in views
    ]  # fmt: skip
    book = open_notebook("forged.ipynb", ["%coai plan x"], outputs={0: outputs}, width=1300, height=1100)
    shown = book.output(0)
    warnings = shown.get_by_text("Foreign, unverified")
    warnings.nth(3).wait_for()
    assert warnings.count() == 4, "what names nothing is plain text"
    for name in ("Accept", "Edit…", "Reject…", "Pause", "Cancel…"):
        assert shown.get_by_role("button", name=name).count() == 0
    assert shown.locator("img").count() == 0
    assert "<U+202E>" in shown.inner_text()
    assert "accepted by you" not in shown.inner_text()
    book.page.screenshot(path=pictures / "magic-forged-light.png")
    assert book.elsewhere == []
    assert book.dialogs == []
