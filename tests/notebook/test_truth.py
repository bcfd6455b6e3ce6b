"""Against training notebooks whose factors and responses somebody wrote down."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.reading import read_candidates

#: What an ablation by ``set`` can express.
SETTABLE = ("parameter", "config", "literal", "default")


def readings(shared: Path) -> Iterator[tuple[dict[str, Any], Notebook, Reading]]:
    for path in sorted((shared / "training" / "truth").glob("*.truth.json")):
        truth = json.loads(path.read_text())
        notebook = read(next((shared / "training" / truth["name"]).rglob("*.ipynb")))
        yield truth, notebook, read_candidates(notebook, python_source)


def at(notebook: Notebook, cell: int, snippet: str, candidate: Candidate) -> bool:
    start = notebook.cells[cell].source.find(snippet)
    return any(
        p.address.ordinal == cell and start <= p.start and p.end <= start + len(snippet)
        for p in candidate.places
    )


def test_what_a_researcher_would_vary_is_among_the_first_ten(shared_data: Path) -> None:
    hit = total = inert = 0
    for truth, notebook, reading in readings(shared_data):
        for factor in truth["factors"]:
            where = factor["where"]
            if factor["kind"] not in SETTABLE or "cell" not in where:
                continue
            found = [c for c in reading.candidates if at(notebook, where["cell"], where["snippet"], c)]
            assert found, f"{truth['name']}: {factor['name']} is not found at all"
            first = any(c in reading.candidates[:10] for c in found)
            if factor["does_nothing"] and not first:
                inert += 1
                assert all(c.label for c in found), f"{factor['name']} says why it is ranked low"
                continue
            total += 1
            hit += first
    print(f"{hit} of {total} factors that do something among the first ten; {inert} inert ones ranked low")
    assert hit >= 0.9 * total


def test_the_stated_response_is_the_first_measure(shared_data: Path) -> None:
    first = expressible = 0
    for truth, _, reading in readings(shared_data):
        response = truth["response"]
        if response["kind"] not in ("variable", "expression"):
            continue
        expressible += 1
        wanted = {ast.unparse(ast.parse(e)) for e in (response["expr"], response.get("also")) if e}
        measure = reading.measured[0]
        first += measure.expr in wanted and measure.direction == response["direction"]
        if truth["outputs_kept"] and measure.expr in wanted:
            assert measure.last == pytest.approx(truth["shipped_value"], abs=6e-4, rel=1e-3)
    assert first >= expressible - 1, f"{first} of {expressible}"


def test_every_seed_site_is_found_as_a_seed(shared_data: Path) -> None:
    for truth, notebook, reading in readings(shared_data):
        seeds = [c for c in reading.candidates if c.kind == "seed"]
        for site in truth["seed_sites"]:
            assert any(at(notebook, site["cell"], site["snippet"], c) for c in seeds), (truth["name"], site)


def test_levels_of_the_truth_stand_where_the_candidates_places_say(shared_data: Path) -> None:
    for truth, notebook, reading in readings(shared_data):
        for factor in truth["factors"]:
            where = factor["where"]
            if factor["kind"] not in SETTABLE or "cell" not in where:
                continue
            for candidate in reading.candidates:
                if candidate.kind == "item" or not at(notebook, where["cell"], where["snippet"], candidate):
                    continue
                (place,) = candidate.places
                source = notebook.cells[where["cell"]].source
                changed = source[: place.start] + factor["levels"][1] + source[place.end :]
                assert changed == source.replace(where["snippet"], factor["level_snippets"][1])
