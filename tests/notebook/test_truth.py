"""Against training notebooks whose factors and responses somebody wrote down."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.workbench.beside import with_files

#: What an ablation by ``set`` can express.
SETTABLE = ("parameter", "config", "literal", "default")


def readings(shared: Path) -> Iterator[tuple[dict[str, Any], Notebook, Reading]]:
    for path in sorted((shared / "training" / "truth").glob("*.truth.json")):
        truth = json.loads(path.read_text())
        notebook = with_files(read(next((shared / "training" / truth["name"]).rglob("*.ipynb"))))
        yield truth, notebook, read_candidates(notebook, python_source)


def expresses(notebook: Notebook, factor: dict[str, Any], candidate: Candidate) -> bool:
    """Whether a candidate's operator, at its place, makes the change that the truth writes down.

    ``set`` must leave all but its place as the level has it; what is taken out must stand where
    the level differs, for a factor that is about taking something out.
    """
    where = factor["where"]
    file = where.get("file", "")
    source = notebook.beside[file] if file else notebook.cells[where["cell"]].source
    changed = source.replace(where["snippet"], factor["level_snippets"][1], 1)
    first = next(i for i, (a, b) in enumerate(zip(source, changed, strict=False)) if a != b)
    tail = 0
    while tail < min(len(source), len(changed)) - first and source[-1 - tail] == changed[-1 - tail]:
        tail += 1
    last = max(len(source) - tail, first + 1)
    for place in candidate.places:
        if place.file != file or not (file or place.address.ordinal == where["cell"]):
            continue
        if candidate.operator == "set":
            if place.start <= first and last <= place.end and factor["kind"] in SETTABLE:
                return True
        elif factor["kind"] not in SETTABLE and place.start < last and first < place.end:
            return True
    return False


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


def test_of_all_factors_at_least_four_in_five_are_among_the_first_ten(shared_data: Path) -> None:
    hit, total, misses = {True: 0, False: 0}, {True: 0, False: 0}, []
    for truth, notebook, reading in readings(shared_data):
        for factor in truth["factors"]:
            ranks = [n for n, c in enumerate(reading.candidates, 1) if expresses(notebook, factor, c)]
            first = bool(ranks) and ranks[0] <= 10
            does = not factor["does_nothing"]
            total[does] += 1
            hit[does] += first
            if not first:
                rank = ranks[0] if ranks else "not found"
                misses.append(f"{truth['name']}: {factor['name']} ({rank}{'' if does else ', does nothing'})")
    found, known = sum(hit.values()), sum(total.values())
    print(f"{found} of {known} factors among the first ten; {hit[True]} of {total[True]} that do something")
    print("\n".join(misses))
    assert found >= 0.8 * known
    assert hit[True] >= 0.95 * total[True]


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


def test_responses_that_only_files_or_outputs_have_are_the_first_measure(shared_data: Path) -> None:
    seen = 0
    for truth, _, reading in readings(shared_data):
        response, measure = truth["response"], reading.measured[0]
        if response["kind"] == "file":
            assert (measure.file, measure.expr) == (response["file"], response["column"])
        elif response["kind"] == "stdout":
            # The pattern that was made finds what the one that somebody wrote finds.
            line = "test_loss 0.5000 test_acc 0.9375\n"
            assert re.findall(response["regex"], line) == ["0.9375"]
            assert re.findall(measure.pattern, line, re.MULTILINE) == ["0.9375"]
        else:
            continue
        seen += 1
        assert measure.direction == response["direction"]
    assert seen


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


def test_all_seed_sites_are_found_and_none_is_invented(shared_data: Path) -> None:
    found, whole, invented = 0, 0, []
    for truth, notebook, reading in readings(shared_data):
        sites = [c for c in reading.candidates if c.kind == "seed"]
        told = [[c for c in sites if at(notebook, s["cell"], s["snippet"], c)] for s in truth["seed_sites"]]
        whole += all(told)
        found += sum(map(bool, told))
        known = {c.name for cs in told for c in cs}
        invented += [f"{truth['name']}: {c.name} = {c.source}" for c in sites if c.name not in known]
    print(f"{found} seed sites; all of them on {whole} notebooks; invented: {invented or 'none'}")
    assert whole >= 12
    assert invented == []


def test_generators_that_nothing_seeds_are_told(shared_data: Path) -> None:
    for truth, _, reading in readings(shared_data):
        assert reading.chance is not None
        free = {draw.generator for draw in reading.chance.draws if not draw.seeded}
        words = " ".join(truth["uncontrolled_randomness"] or ())
        expected = (
            {"torch"}
            if "torch is never seeded" in words
            else {"random", "torch"}
            if "nothing is seeded" in words
            else set()
        )
        assert free == expected, truth["name"]
