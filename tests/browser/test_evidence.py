"""Evidence by the panel alone: a check, results from elsewhere, noise, and the same comparison once more."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_axe import axe_core, in_both_themes
from lab_cards import Desk

#: What it says is exact arithmetic; its last cell is only read: it scales before it splits.
TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
LEAKING = [
    "from sklearn.datasets import load_digits\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\nfrom sklearn.preprocessing import StandardScaler\n"
    "X, y = load_digits(return_X_y=True)",
    "X = StandardScaler().fit_transform(X)\nX_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
    "model = LogisticRegression().fit(X_train, y_train)\nprint('accuracy', model.score(X_test, y_test))",
]
#: As another tool kept them: eight runs, by name and seed.
ELSEWHERE = "seed,model,accuracy\n" + "".join(
    f"{seed},{model},{0.8 + 0.001 * seed + (0.05 if model == 'wide' else 0)}\n"
    for seed in range(4)
    for model in ("base", "wide")
)


def tab(book: Any, name: str) -> Any:
    book.page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", name)
    body = book.page.locator(f"#coimprove-panel-body-{name}")
    body.wait_for()
    return body


def pictured(book: Any, folder: Path, name: str) -> None:
    for theme in ("dark", "light"):
        book.theme(theme)
        book.page.wait_for_timeout(400)
        book.page.screenshot(path=folder / f"evidence-{name}-{theme}.png")


@pytest.mark.slow
def test_a_check_and_results_from_elsewhere_come_into_the_record(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    (lab.folder / "runs.csv").write_text(ELSEWHERE)
    book = open_notebook("leaking.ipynb", LEAKING, width=1300, height=900)
    axe = axe_core()

    record = tab(book, "record")
    record.get_by_role("button", name="Check leaking.ipynb").click()
    inbox = book.page.locator("#coimprove-panel-body-inbox")
    waits = inbox.get_by_role("listitem", name=re.compile("^Check"))
    waits.first.wait_for()
    record = tab(book, "record")
    record.get_by_role("list", name="Checks").get_by_role("listitem").first.wait_for()
    pictured(book, pictures, "checked")

    # One that is not there is refused where it was asked for, with what to do.
    form = record.get_by_role("form", name="Import results")
    form.get_by_role("textbox").fill("nowhere.csv")
    form.get_by_role("button", name="Import").click()
    record.locator(".coai-Problem").get_by_text("nowhere.csv").first.wait_for()
    in_both_themes(book, axe, "a record with a refusal")
    form.get_by_role("textbox").fill("runs.csv")
    form.get_by_role("button", name="Import").click()
    experiments = book.page.locator("#coimprove-panel-body-experiments")
    experiments.get_by_role("article", name="Finding").wait_for()
    experiments.locator(".coai-EffectTable").get_by_text("wide").first.wait_for()
    experiments.get_by_text(re.compile("post hoc: imported from runs.csv")).first.wait_for()
    in_both_themes(book, axe, "results from elsewhere")
    pictured(book, pictures, "imported")
    assert book.elsewhere == []
    assert book.dialogs == []


@pytest.mark.slow
def test_results_are_read_replicated_and_their_noise_is_measured(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    lab.write("training.ipynb", TRAINING)
    Desk(lab).real_finding("training.ipynb")
    book = open_notebook("training.ipynb", TRAINING, width=1300, height=1400)
    axe = axe_core()
    page = book.page

    experiments = tab(book, "experiments")
    experiments.get_by_role("button", name="Does a larger step help?").click()
    experiments.locator(".coai-Chart svg, .coai-Chart canvas").first.wait_for()
    experiments.get_by_text(re.compile(r"All \d+ points")).wait_for()
    for summary in experiments.locator("details.coai-Arm > summary").all():
        summary.click()
    in_both_themes(book, axe, "real results")
    pictured(book, pictures, "results")
    experiments.get_by_role("gridcell", name=re.compile("^lr=0.5, block 1")).click()
    experiments.get_by_role("button", name="Open its notebook").wait_for()
    in_both_themes(book, axe, "a run of real results")
    pictured(book, pictures, "run")

    card = experiments.get_by_role("article", name="Finding")
    card.get_by_role("button", name="Accept", exact=True).click()
    card.get_by_text("✓ accepted").wait_for()
    card.get_by_role("button", name="Replicate…").click()
    experiments.get_by_role("button", name="Accept and run").wait_for()
    in_both_themes(book, axe, "a replication")
    pictured(book, pictures, "replication")
    waits = page.locator(".jp-Notebook .coai-Card").get_by_text(
        re.compile("replicates exp_.* on fresh blocks")
    )
    waits.first.wait_for()

    experiments.get_by_role("button", name="‹ All experiments").click()
    experiments.get_by_role("button", name="Noise…").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("Run training.ipynb five times?").wait_for()
    dialog.get_by_text("in kernels of its own").wait_for()
    dialog.get_by_role("button", name="Run").click()
    page.get_by_text(re.compile("Noise of training.ipynb")).first.wait_for()
    pictured(book, pictures, "noise-begins")
    measured = experiments.get_by_role("button", name=re.compile("how noisy is training.ipynb.*completed"))
    measured.wait_for()
    measured.click()
    experiments.get_by_role("heading", name="how noisy is training.ipynb?").wait_for()
    experiments.get_by_role("gridcell", name=re.compile("^baseline, block 5: .*completed")).wait_for()
    experiments.get_by_text(re.compile("^spread .* are invisible$")).wait_for()
    assert experiments.locator(".coai-EffectTable").count() == 0, "of a baseline alone there is no effect"
    pictured(book, pictures, "noise")
    assert book.elsewhere == []
    assert book.dialogs == []
