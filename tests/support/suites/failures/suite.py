"""Fifteen kinds of failure: what notebooks really end with, the cells that raise it, and twins that run.

In the notation of ``suites.flaws`` a line that begins with ``-`` stands in the failing notebook only,
with ``+`` in the twin that works. ``%%`` begins a cell, ``%?`` perhaps one, ``%%!`` one that was not run
before the failure, ``%%=2`` one that was run twice, ``%%-`` and ``%%+`` one of a twin alone. ``? EXPR``
holds once the cell that failed has run as it should. ``<<a|b>>`` and ``<<3..9>>`` are drawn by the seed,
``<<1:a|b>>`` the same place as every other ``<<1:…>>``; ``$X`` and its like are names the seed chooses.

The kind ``honest`` has failures that no rule can repair: the right answer there is to offer nothing.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench.notation import draw
from suites.flaws import suite
from suites.flaws.suite import Half

KINDS = (
    "names", "imports", "attributes", "keys", "keywords", "modules", "numpy", "pandas", "sklearn",
    "matplotlib", "shapes", "dtypes", "order", "state", "honest",
)  # fmt: skip
PUBLIC_SEED = 17
#: Drawn once, before the fixer was written; notebooks of it are made for the final measurement only.
PRIVATE_SEED = 860_214_977
_OPTION = re.compile(r"<<(?:(\d):)?(.+?)>>")
_NAME = re.compile(r"\$(Xtr|Xte|ytr|yte|df|[XyvmabcF]|f)(?![A-Za-z])")
_DATA = (("X", "y"), ("features", "target"), ("data_x", "data_y"), ("inputs", "goals"))
_COLUMNS = (("age", "income", "town"), ("width", "depth", "shade"), ("speed", "fuel", "brand"))


@dataclass(frozen=True, kw_only=True)
class CaseCell:
    """One code cell of a failing notebook, and how often it was run until the failure (0: not at all)."""

    source: str
    runs: int = 1


@dataclass(frozen=True, kw_only=True)
class Case:
    """A failing notebook, the sources of its working twin, and what holds where it works.

    ``repairable`` is false where nothing but an explanation is right.
    """

    kind: str
    template: str
    seed: int
    cells: tuple[CaseCell, ...]
    twin: tuple[str, ...]
    checks: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.template} (seed {self.seed})"

    @property
    def repairable(self) -> bool:
        return self.kind != "honest"

    def order(self) -> list[int]:
        """The cells in the order they were run until one failed."""
        return [index for index, cell in enumerate(self.cells) for _ in range(cell.runs)]

    def notebook(self, ran: Mapping[int, int], outputs: Mapping[int, Sequence[Any]]) -> bytes:
        """The failing notebook as a file: how often each cell was run last, and what it showed."""
        return _file(self.name, [cell.source for cell in self.cells], ran, outputs)

    def working(self) -> bytes:
        """The file of the twin, every cell run once and nothing shown."""
        return _file(self.name, self.twin, {index: index + 1 for index in range(len(self.twin))}, {})


def half_of(kind: str, half: Half) -> list[str]:
    """Which templates of a kind belong to a half, as many in each: drawn by the names alone."""
    names = sorted(templates(kind), key=lambda n: hashlib.sha256(f"{kind}/{n}".encode()).hexdigest())
    middle = (len(names) + 1) // 2
    return names[:middle] if half == "public" else names[middle:]


def templates(kind: str) -> dict[str, str]:
    """The templates of a kind: name to text."""
    return suite.templates(kind, __name__.rpartition(".")[0])


def cases(half: Half, seed: int | None = None) -> Iterator[Case]:
    """The cases of a half, by its own seed or (development only) another."""
    if seed is None:
        seed = PUBLIC_SEED if half == "public" else PRIVATE_SEED
    for kind in KINDS:
        for name in half_of(kind, half):
            yield case(kind, name, seed)


def case(kind: str, template: str, seed: int) -> Case:
    """One template under a seed."""
    rng = random.Random(f"{kind}/{template}/{seed}")
    names = _names(rng)
    drawn: dict[str, str] = {}
    places: dict[str, int] = {}

    def option(found: re.Match[str]) -> str:
        key, text = found[1], found[2]
        if key is None:
            return drawn.setdefault(text, draw(rng, text))
        options = text.split("|")
        return options[places.setdefault(key, rng.randrange(len(options))) % len(options)]

    broken: list[tuple[int, list[str]]] = []
    twin: list[list[str]] = []
    checks: list[str] = []
    for raw in templates(kind)[template].splitlines():
        if raw.startswith("%"):
            if raw == "%?" and rng.random() < 0.5:
                broken.append((0, []))
                twin.append([])
            if raw != "%%+":
                broken.append((0 if raw == "%%!" else int(raw[3:]) if raw.startswith("%%=") else 1, []))
            if raw != "%%-":
                twin.append([])
            side = raw[2:] if raw in ("%%-", "%%+") else ""
            # What is left out by chance is drawn all the same, so that what follows does not shift.
            if raw == "%?" and rng.random() < 0.5:
                side = "none"
            continue
        line = _NAME.sub(lambda m: names[m[1]], _OPTION.sub(option, raw))
        if raw.startswith("? "):
            checks.append(line[2:])
            continue
        only, text = (line[0], line[1:]) if raw[:1] in ("-", "+") else (side, line)
        if only in ("", "-"):
            broken[-1][1].append(text)
        if only in ("", "+"):
            twin[-1].append(text)
    return Case(
        kind=kind, template=template, seed=seed, checks=tuple(checks),
        cells=tuple(CaseCell(source="\n".join(lines), runs=runs) for runs, lines in broken if lines),
        twin=tuple("\n".join(lines) for lines in twin if lines),
    )  # fmt: skip


def _names(rng: random.Random) -> dict[str, str]:
    data, columns = rng.choice(_DATA), rng.choice(_COLUMNS)
    split = rng.choice([("X_train", "X_test", "y_train", "y_test"), ("x_fit", "x_held", "y_fit", "y_held")])
    return {
        "X": data[0], "y": data[1], "a": columns[0], "b": columns[1], "c": columns[2],
        "Xtr": split[0], "Xte": split[1], "ytr": split[2], "yte": split[3],
        "df": rng.choice(["df", "frame", "table_of_all", "raw"]), "v": rng.choice(["values", "series", "readings"]),
        "m": rng.choice(["model", "clf", "est", "learner"]), "f": rng.choice(["prepare", "scale_up", "convert"]),
    }  # fmt: skip


def _file(
    name: str, sources: Sequence[str], ran: Mapping[int, int], outputs: Mapping[int, Sequence[Any]]
) -> bytes:
    digest = hashlib.sha256(name.encode()).hexdigest()
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code", "id": f"{digest[:6]}-{index}", "metadata": {}, "source": source,
            "execution_count": ran.get(index), "outputs": list(outputs.get(index, ())),
        }
        for index, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    body = {
        "cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(body, indent=1).encode()
