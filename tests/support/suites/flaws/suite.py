"""Twelve kinds of flaw, ten templates each: five for development, five from a seed kept for the end.

A template is one text for both twins, in the notation of ``bench.notation``.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.bench import notation

Half = Literal["public", "private"]
KINDS = (
    "preprocessing", "selection", "encoding", "oversampling", "overlap", "groups",
    "temporal", "target", "tuned", "trainscore", "metric", "seeds",
)  # fmt: skip
PUBLIC_SEED = 3
#: Drawn once, before any check was written; notebooks of it are made for the final measurement only.
PRIVATE_SEED = 107235794


@dataclass(frozen=True, kw_only=True)
class Case:
    """One generated notebook. ``cells`` are sources of code cells, ``planted`` the cells (as indices
    into the notebook, markdown included) that hold the flaw or, in a sound twin, its counterpart."""

    kind: str
    template: str
    seed: int
    flawed: bool
    cells: tuple[str, ...]
    planted: tuple[int, ...]
    title: str

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.template} ({'flawed' if self.flawed else 'sound'}, seed {self.seed})"

    def notebook(self) -> bytes:
        """The notebook file (nbformat 4.5): a title and its code cells."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        cells: list[dict[str, object]] = [
            {"cell_type": "markdown", "id": f"{digest[:6]}-0", "metadata": {}, "source": f"# {self.title}"}
        ]
        for index, source in enumerate(self.cells, start=1):
            cells.append(
                {
                    "cell_type": "code", "id": f"{digest[:6]}-{index}", "metadata": {}, "source": source,
                    "execution_count": None, "outputs": [],
                }
            )  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        body = {
            "cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4, "nbformat_minor": 5,
        }  # fmt: skip
        return json.dumps(body, indent=1).encode()


def templates(kind: str, package: str = __name__.rpartition(".")[0]) -> dict[str, str]:
    """The templates of a kind, of this suite or of another in the same notation: name to text."""
    return notation.templates(package, kind)


def half_of(kind: str, half: Half) -> list[str]:
    """Which five templates of a kind belong to a half: drawn by the names alone."""
    names = sorted(templates(kind), key=lambda n: hashlib.sha256(f"{kind}/{n}".encode()).hexdigest())
    return names[:5] if half == "public" else names[5:]


def cases(half: Half, seed: int | None = None) -> Iterator[Case]:
    """Flawed and sound twins of a half, by its own seed or (development only) another."""
    for kind in KINDS:
        for name in half_of(kind, half):
            if seed is None:
                seed = PUBLIC_SEED if half == "public" else PRIVATE_SEED
            yield from twins(kind, name, seed)


def twins(kind: str, template: str, seed: int) -> tuple[Case, Case]:
    """The flawed notebook of a template under a seed, and its sound twin."""
    text = templates(kind)[template]
    return render(kind, template, seed, text, True), render(kind, template, seed, text, False)


def render(kind: str, template: str, seed: int, text: str, flawed: bool) -> Case:
    """One twin of a template's text under a seed."""
    made = notation.render(text, random.Random(f"{kind}/{template}/{seed}"), flawed)
    return Case(
        kind=kind, template=template, seed=seed, flawed=flawed, cells=made.cells,
        # The title is cell 0.
        planted=tuple(index + 1 for index in made.planted), title=made.title,
    )  # fmt: skip
