"""The worked example goes from a problem to a shipped result, and what it shows is what the record holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from executed_notebooks import errors, executed, shown

from jupyter_coimprove.evidence.printing import decimals_of
from jupyter_coimprove.interfaces.cli import main

EXAMPLE = Path(__file__).resolve().parents[2] / "notebooks" / "tumours.ipynb"
#: Cells that need a person at the prompt.
DECIDES = (
    "values", "values-accept", "problem", "problem-accept", "predict", "run", "accept", "debate", "errors", "benchmark", "systems", "ship",
)  # fmt: skip


def example() -> nbformat.NotebookNode:
    return nbformat.read(EXAMPLE, as_version=4)


@pytest.fixture
def place(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with a copy of the example, as its first cell asks."""
    folder = alone / "mine"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """The answer of the command line as data."""
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_can_be_read_without_being_run() -> None:
    node = example()
    ids = [cell.id for cell in node.cells]
    assert len(set(ids)) == len(ids)
    assert errors({cell.id: cell for cell in node.cells}) == {}
    silent = {"parameters", "imports", "model", "load", "clinic"}
    for cell in node.cells:
        assert cell.cell_type == "markdown" or bool(cell.outputs) is (cell.id not in silent), cell.id


def value(shape: bool, scale: bool, seed: int, where: Any = None) -> float:
    """The example's research once more, without a notebook: accuracy, or the share of errors among test rows ``where``."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    tumours, benign = load_breast_cancer(return_X_y=True, as_frame=True)
    X = tumours[["mean radius", "mean texture"] + ["worst concave points"] * shape]
    X_train, X_test, y_train, y_test = train_test_split(
        X, benign, test_size=0.3, random_state=seed, stratify=benign
    )
    if scale:
        scaler = StandardScaler().fit(X_train)
        fitted = KNeighborsClassifier(15).fit(scaler.transform(X_train), y_train)
        right = fitted.predict(scaler.transform(X_test)) == y_test.to_numpy()
    else:
        right = KNeighborsClassifier(15).fit(X_train, y_train).predict(X_test) == y_test.to_numpy()
    return float(right.mean() if where is None else 1 - right[where(X_test)].mean())


def stands(effect: dict[str, Any], end: str, text: str) -> bool:
    """Whether this end or middle of an effect is there, in as many decimals as its interval lets it have."""
    places = decimals_of((effect["high"] - effect["low"]) / 2)
    return re.search(rf"(?<![\d.]){abs(effect[end]):.{places}f}(?!\d)", text) is not None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_person_gets_from_a_problem_to_a_shipped_result(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (place / "tumours.ipynb").read_bytes()
    cells = executed(example(), place, person=True)
    assert errors(cells) == {}
    assert (place / "tumours.ipynb").read_bytes() == before

    # From a slice of real errors to the module and what its monitor saw, in one line.
    way = told(capsys, "trail", "last")["way"]
    assert [step["kind"] for step in way][:3] == ["slice", "experiment", "finding"]
    assert {step["kind"] for step in way[3:]} >= {"module", "problem"}
    (card,) = told(capsys, "show", way[0]["id"])["cards"]
    assert card["state"] == "accepted"
    bounds = re.fullmatch(
        r"error ([\d.]+)% where ([\d.]+) ≤ mean radius ≤ ([\d.]+) and mean texture ≥ ([\d.]+) \(.*",
        card["title"],
    )
    assert bounds is not None, card["title"]
    error, low, high, coarse = map(float, bounds.groups())
    there = value(
        False, True, 0, lambda X: X["mean radius"].between(low - 0.005, high + 0.005) & (X["mean texture"] >= coarse - 0.005)
    )  # fmt: skip
    assert error == pytest.approx(100 * there, abs=0.05)

    # The runs are those of the notebook, in which its own `%coai` cells did nothing.
    results = told(capsys, "results", "last")
    assert "25 of 25 runs ended" in shown(cells["run"])
    sets = {"baseline": (False, True), "SHAPE=True": (True, True), "SCALE=False": (False, False)}
    points = {(point["arm"], point["block"]): point["value"] for point in results["points"]}
    assert len(points) == 24
    for (arm, block), found in points.items():
        assert found == pytest.approx(value(*sets[arm], block)), (arm, block)
    (effect,) = (row for row in results["effects"] if row["arm"] == "SHAPE=True")
    assert effect["estimate"] > 0.02
    assert stands(effect, "estimate", shown(cells["results"]))
    outputs = [path.read_text() for path in (place / "coimprove" / "runs").glob("*/output.ipynb")]
    assert len(outputs) == 25
    assert all(text.count("coai: not asked") >= len(DECIDES) for text in outputs)

    # Only what a person accepted is told, with the record's numbers.
    (decision,) = told(capsys, "trail", way[2]["id"])["decisions"]
    assert (decision["verb"], decision["kind"], decision["auth"]) == ("accepted", "person", "kernel")
    report = place / "coimprove" / "reports" / "tumours.md"
    text = report.read_text()
    assert "1 experiment registered, 1 reported" in text
    for end in ("estimate", "low", "high"):
        assert stands(effect, end, text)
        # The report has a minus of print.
        assert f"{effect[end]:.10g}".replace("-", "\N{MINUS SIGN}") in text

    # What was shipped gives the number of a run of the accepted treatment, here and by itself.
    home = place / "coimprove" / "ship" / "tumours"
    shipped = json.loads((home / "ship.json").read_text())
    assert (shipped["verdict"], shipped["finding"]) == ("equal", way[2]["id"])
    # Of a hundred draws of the blocks one leaves it undecided: then nothing is shipped instead of the baseline.
    better = "SHAPE=True" if effect["verdict"] == "better" else "baseline"
    assert shipped["value"] in [found for (arm, _), found in points.items() if arm == better]
    golden = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_tumours.py"],
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "5 passed" in golden.stdout, golden.stdout + golden.stderr
    monitored = told(capsys, "monitor", str(home), "--data", "clinic.csv", code=4)
    assert monitored["summary"] == "tumours has drifted: mean radius (distribution)"

    # Values a person accepted hold for the report as well; ideas rest on what was found, one against it; alone nobody agrees.
    held = told(capsys, "values", "tumours.ipynb")
    assert held["summary"] == "tumours.ipynb: no violations (10 principles, values version 1)"
    ideas = told(capsys, "ideas", "tumours.ipynb")["cards"]
    assert any(
        way[2]["id"] in idea["used"] and "contradicts what is believed" in idea["evidence"][0]
        for idea in ideas
    )
    told(capsys, "debate", "last", "--choose", "1", "--because", "better in every block")
    closed = told(capsys, "debate", "last", "--close")
    assert "no consensus is claimed: a debate of one" in closed["summary"]
    assert "drawn from 3 decisions" in shown(cells["learn"])

    # A stranger can check the bundle, and one byte that is changed shows.
    bundle = place / "coimprove" / "reports" / "tumours.crate.zip"
    told(capsys, "verify", str(bundle))
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(place / "other.zip", "w") as other:
        assert not [name for name in whole.namelist() if name.endswith("clinic.csv")]
        for name in whole.namelist():
            data = whole.read(name)
            other.writestr(name, data[:-1] + b" " if name.endswith("report.md") else data)
    told(capsys, "verify", "other.zip", code=1)

    # The finding becomes one Markdown cell of the closed notebook, and taken back it leaves cell and report.
    told(capsys, "apply", "tumours.ipynb")
    added = [
        cell for cell in nbformat.read("tumours.ipynb", 4).cells if cell.id not in {old.id for old in example().cells}
    ]  # fmt: skip
    assert [cell.cell_type for cell in added] == ["markdown"]
    assert stands(effect, "estimate", added[0].source)
    told(capsys, "undo", way[2]["id"])
    assert (place / "tumours.ipynb").read_bytes() == before
    assert not report.exists()
    assert main(["report", "tumours.ipynb"]) == 3


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_program_that_executes_it_decides_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = executed(example(), place, person=False)
    refused = errors(cells)
    # What follows from a decision fails as well, for what it rests on is not there; the research itself runs.
    assert next(iter(refused)) == DECIDES[0]
    assert all("nobody is at the prompt" in refused[id_] for id_ in DECIDES), refused
    assert set(refused) & {"parameters", "imports", "data", "model", "score", "load", "clinic"} == set()
    assert list(place.glob("coimprove/runs/*")) == list(place.glob("coimprove/ship/*")) == []
    assert told(capsys, "trail")["decisions"] == []
