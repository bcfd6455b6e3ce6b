"""What is asked, what is true and hidden, and what may be answered: the closed form of CoBench."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse

Verdict = Literal["flawed", "sound"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question as an arm gets it: nothing in it tells what is true.

    ``ask`` is the question in words. ``notebook`` is nbformat JSON (``book``), ``material`` further JSON
    (a table of runs, a ledger, votes). ``kinds`` are the words that an answer's ``kind`` may be.
    ``schema`` is the JSON schema of its ``value`` where the family asks for one, else empty.
    """

    family: str
    template: str
    seed: int
    ask: str
    notebook: Mapping[str, Any] | None = None
    material: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Family and a digest of all that is asked; twins differ in it, and it says not how."""
        asked = [self.template, self.seed, self.ask, self.notebook, dict(self.material)]
        text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
        return f"{self.family}/{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What was planted. ``verdict`` is None where the family asks for a value only.

    ``cells`` (from 1) are those that a right answer may name. ``data`` is what the family's measure needs.
    """

    verdict: Verdict | None = None
    kind: str = ""
    cells: tuple[int, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An item with its truth, which only the measure sees."""

    item: Item
    truth: Truth


@dataclass(frozen=True, kw_only=True)
class Patch:
    """The new source of a cell (from 1)."""

    cell: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an arm says. ``confidence`` (0 to 1) is that ``verdict`` is right; no verdict is no answer.

    ``value`` is JSON in the item's schema. ``asked`` counts questions to the person on the way.
    """

    verdict: Verdict | None = None
    kind: str = ""
    cell: int | None = None
    evidence: tuple[str, ...] = ()
    confidence: float = 0.5
    patch: tuple[Patch, ...] = ()
    value: Any = None
    asked: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict, "kind": self.kind, "cell": self.cell, "evidence": list(self.evidence),
            "confidence": self.confidence, "patch": [{"cell": p.cell, "source": p.source} for p in self.patch],
            "value": self.value, "asked": self.asked,
        }  # fmt: skip


def answer_schema(item: Item) -> dict[str, Any]:
    """The JSON schema of an answer to this item, as a model gets it."""
    fields: dict[str, Any] = {
        "verdict": {"enum": ["flawed", "sound", None], "description": "whether something is wrong; null where none is asked"},
        "kind": {"enum": ["", *item.kinds]},
        "cell": {"type": ["integer", "null"], "description": "the cell it is in, counted from 1"},
        "evidence": {"type": "array", "items": {"type": "string"}},
        "confidence": {"type": "number", "description": "0 to 1: that the verdict is right"},
        "patch": {
            "type": "array",
            "items": {
                "type": "object", "additionalProperties": False, "required": ["cell", "source"],
                "properties": {"cell": {"type": "integer"}, "source": {"type": "string"}},
            },
        },
    }  # fmt: skip
    if item.schema:
        fields["value"] = dict(item.schema)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(fields),
        "properties": fields,
    }


def read_answer(data: Mapping[str, Any]) -> Answer:
    """An answer from JSON; ValueError names the field that is not what the schema says."""
    verdict = data.get("verdict")
    if verdict not in ("flawed", "sound", None):
        raise ValueError(f"verdict is {verdict!r}, not flawed, sound or null")
    try:
        confidence = float(data.get("confidence", 0.5))
        patch = tuple(Patch(cell=int(p["cell"]), source=str(p["source"])) for p in data.get("patch") or ())
        cell = None if data.get("cell") is None else int(data["cell"])
        asked = int(data.get("asked", 0))
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"confidence, cell, patch or asked is not what the schema says: {error}") from error
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"confidence is {confidence}, not between 0 and 1")
    evidence = data.get("evidence") or ()
    if isinstance(evidence, str) or not all(isinstance(one, str) for one in evidence):
        raise ValueError("evidence is not a list of texts")
    return Answer(
        verdict=verdict, kind=str(data.get("kind") or ""), cell=cell, evidence=tuple(evidence), confidence=confidence,
        patch=patch, value=data.get("value"), asked=asked,
    )  # fmt: skip


def book(cells: Sequence[str | Mapping[str, Any]]) -> dict[str, Any]:
    """A notebook (nbformat 4.5) of these cells: a text is a code cell, one that begins with ``# %% md`` is prose.

    A mapping is a code cell with ``source`` and ``outputs`` (and what else nbformat allows).
    """
    out = []
    for number, cell in enumerate(cells):
        given = {"source": cell} if isinstance(cell, str) else dict(cell)
        source = str(given["source"])
        if source.startswith("# %% md\n"):
            text = source.removeprefix("# %% md\n")
            out.append({"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": text})
            continue
        whole = {"cell_type": "code", "execution_count": None, "outputs": [], **given}
        out.append({**whole, "id": f"c{number}", "metadata": {}, "source": source})
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": out}


def printed(text: str) -> list[dict[str, Any]]:
    """The outputs of a cell that printed this."""
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def notebook_of(item: Item) -> Notebook:
    """The item's notebook as the product reads one; ValueError where the item has none."""
    if item.notebook is None:
        raise ValueError(f"{item.id} has no notebook")
    return parse(json.dumps(item.notebook, ensure_ascii=False, indent=1).encode(), Path("notebook.ipynb"))


def sources(item: Item, patch: Sequence[Patch] = ()) -> list[str]:
    """The code cells' sources in order, those that the patch names replaced (other cells are passed over)."""
    new = {one.cell: one.source for one in patch}
    cells = (item.notebook or {}).get("cells", ())
    return [
        new.get(number, str(cell["source"]))
        for number, cell in enumerate(cells, 1)
        if cell["cell_type"] == "code"
    ]
