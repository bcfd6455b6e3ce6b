"""On training notebooks, an operator's arm is the very code that the measured truth ran."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from jupyter_coimprove.experiments.binding import bind
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.workbench.beside import with_files


class _NoPass(ast.NodeTransformer):
    """A statement that is gone and one that became ``pass`` are the same."""

    def visit_Pass(self, node: ast.Pass) -> None:
        return None


def meaning(source: str) -> str:
    return ast.dump(_NoPass().visit(ast.parse(python_source(source))))


def place_of(notebook: Notebook, where: dict[str, object]) -> tuple[int | str, str]:
    """The text that a factor of the truth stands in (its cells are counted from 0, markdown too)."""
    snippet = str(where["snippet"])
    texts: list[tuple[int | str, str]] = [(c.index, c.source) for c in notebook.code_cells]
    texts += list(notebook.beside.items())
    return next((key, text) for key, text in texts if snippet in text)


def test_each_step_term_and_statement_is_taken_away_as_by_hand(shared_data: Path) -> None:
    same, other = [], []
    for path in sorted((shared_data / "training" / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        folder = shared_data / "training" / path.name.partition(".")[0]
        notebook = with_files(read(next(folder.rglob("*.ipynb"))))
        reading = read_candidates(notebook, python_source)
        for factor in truth["factors"]:
            if factor["kind"] not in ("step", "term", "statement"):
                continue
            key, text = place_of(notebook, factor["where"])
            on, off = factor["level_snippets"]
            wanted = meaning(text.replace(on, off, 1))
            found = set()
            for candidate in reading.candidates:
                if candidate.operator == "set" and candidate.kind != "item":
                    continue
                if all(place.key(notebook) != key for place in candidate.places):
                    continue
                plan = build(
                    notebook, reading,
                    PlanRequest(factors=(FactorRequest(name=candidate.name),), response="1.0", direction="max", seeds="none"),
                    transform=python_source,
                )  # fmt: skip
                bound = bind(notebook, plan, plan.treatments[0], 1, transform=python_source)
                new = bound.files.get(str(key)) or next((n for i, _, n in bound.edits if i == key), text)
                found.add(meaning(new))
            (same if wanted in found else other).append((path.name, factor["name"]))
    assert len(same) >= 15
    # A pipeline's step may be dropped from its list as well as passed through: the same model.
    assert [name for _, name in other] in ([], ["select step"])
