"""The tour works as it stands, by a person's hand; a program that executes it decides nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
import pytest
from executed_notebooks import errors, executed, shown

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
DECIDES = {"predict", "run", "accept"}


def tour() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / "tour.ipynb", as_version=4)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_person_gets_from_the_question_to_an_accepted_finding(alone: Path) -> None:
    example = NOTEBOOKS / "digits_ablation.ipynb"
    before = hashlib.sha256(example.read_bytes()).hexdigest()
    cells = executed(tour(), NOTEBOOKS, person=True)
    assert errors(cells) == {}
    results = shown(cells["results"])
    assert "AUGMENT=False" in results
    assert "worse" in results
    (copy,) = alone.glob("coimprove-tour-*/digits_ablation.ipynb")
    was, now = nbformat.read(example, as_version=4), nbformat.read(copy, as_version=4)
    added = [cell for cell in now.cells if cell.id not in {old.id for old in was.cells}]
    assert [cell.cell_type for cell in added] == ["markdown"]
    assert "AUGMENT=False" in added[0].source
    assert hashlib.sha256(example.read_bytes()).hexdigest() == before


@pytest.mark.slow
def test_a_program_that_executes_the_tour_decides_nothing(alone: Path) -> None:
    cells = executed(tour(), NOTEBOOKS, person=False)
    refused = errors(cells)
    assert set(refused) >= DECIDES
    assert all("nobody is at the prompt" in refused[id_] for id_ in DECIDES)
    # What only reads works all the same.
    assert set(refused) & {"doctor", "candidates", "plan", "compare", "noise"} == set()
    (copy,) = alone.glob("coimprove-tour-*/digits_ablation.ipynb")
    assert copy.read_bytes() == (NOTEBOOKS / "digits_ablation.ipynb").read_bytes()
    assert list(copy.parent.glob("coimprove/runs/*")) == []


def test_the_stored_outputs_of_the_tour_are_whole() -> None:
    node = tour()
    assert errors({cell.id: cell for cell in node.cells}) == {}
    assert all(
        cell.outputs for cell in node.cells if cell.cell_type == "code" and cell.id not in {"copy", "load"}
    )
