"""What is judged: a notebook's code and outputs, what a proposal makes of them, a plan, a report."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.notebook.cells import Notebook

#: Finds patterns in texts: triples (pattern, text, what matched), counted from 0; the first few matches of each.
Search = Callable[[Sequence[str], Sequence[str]], Sequence[tuple[int, int, str]]]


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """What a plan says of itself. ``seeded``: all that draws is driven by blocks or a seed; ``uncontrolled`` what is not.

    ``changes`` are what its arms put in, as source, by arm.
    """

    blocks: int
    seeded: bool = True
    uncontrolled: tuple[str, ...] = ()
    smallest_effect: bool = False
    changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that is told: its words, whether intervals stand with it and over how many blocks (None: as the words say)."""

    where: str
    text: str
    intervals: bool | None = None
    blocks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``kind`` is one of constitution.APPLIES. ``licences`` are of files (as code names them) and packages
    (``package:NAME``); empty where none is known. ``headers`` are column names of files. ``outputs`` and ``prose``
    (Markdown) are by cell, from 1."""

    kind: str
    name: str
    notebook: Notebook | None = None
    outputs: Mapping[int, str] = field(default_factory=dict)
    prose: Mapping[int, str] = field(default_factory=dict)
    plan: PlanFacts | None = None
    claims: tuple[Claim, ...] = ()
    licences: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def notebook_of(text: str, name: str = "case.ipynb") -> Notebook:
    """Code as a notebook: cells stand between lines that begin with ``# %%``."""
    from jupyter_coimprove.notebook.io import parse

    parts: list[list[str]] = [[]]
    for line in text.strip("\n").split("\n"):
        if line.startswith("# %%"):
            parts.append([])
        else:
            parts[-1].append(line)
    cells = [_cell("\n".join(lines), number) for number, lines in enumerate(parts) if any(map(str.strip, lines))]  # fmt: skip
    node = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return parse(json.dumps(node).encode(), Path(name))


def _cell(source: str, number: int) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": f"c{number}", "metadata": {}, "outputs": [], "execution_count": None, "source": source.strip("\n"),
    }  # fmt: skip


def report_of(text: str) -> tuple[Claim, ...]:
    """The paragraphs of a report, each as it stands."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    return tuple(Claim(where=f"paragraph {i}", text=part) for i, part in enumerate(filter(None, parts), 1))


_PLAN: dict[str, type] = {
    "blocks": int, "seeded": bool, "uncontrolled": list, "smallest_effect": bool, "changes": dict,
}  # fmt: skip


def plan_of(text: str) -> PlanFacts:
    """A plan's facts in TOML: ``blocks = 3``, ``seeded = false``, ``[changes]``. UsageError for anything else."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"a case of a plan is not TOML: {error}", remedy="blocks = 3, seeded = true, …") from error  # fmt: skip
    for key, value in data.items():
        if key not in _PLAN or not isinstance(value, _PLAN[key]):
            raise UsageError(f"a case of a plan says {key} = {value!r}", remedy=f"known: {', '.join(_PLAN)}")
    return PlanFacts(
        blocks=data.get("blocks", 0), seeded=data.get("seeded", True), uncontrolled=tuple(map(str, data.get("uncontrolled", ()))),
        smallest_effect=data.get("smallest_effect", False), changes={str(k): str(v) for k, v in data.get("changes", {}).items()},
    )  # fmt: skip
