"""Twelve kinds of flaw, ten templates each: five for development, five from a seed kept for the end.

A template is one text for both twins, read as a diff: lines that begin with ``-`` stand in the
flawed notebook only, with ``+`` in the sound one only. ``%%`` begins a cell, ``%?`` perhaps one,
``%d KIND`` perhaps a cell that only looks at the data; ``<<a|b>>`` and ``<<3..9>>`` are drawn by the
seed, the same in both twins; ``$X`` and its like are names that the seed chooses.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from jupyter_coimprove.testing.flaws.data import LOOKS, data_cell

Half = Literal["public", "private"]
KINDS = (
    "preprocessing", "selection", "encoding", "oversampling", "overlap", "groups",
    "temporal", "target", "tuned", "trainscore", "metric", "seeds",
)  # fmt: skip
PUBLIC_SEED = 3
#: Drawn once, before any check was written; notebooks of it are made for the final measurement only.
PRIVATE_SEED = 107235794
_OPTION = re.compile(r"<<(.+?)>>")
_NAME = re.compile(r"\$([A-Za-z]+)")
_SPLITS = (
    ("X_train", "X_test", "y_train", "y_test"), ("X_tr", "X_te", "y_tr", "y_te"),
    ("train_x", "test_x", "train_y", "test_y"), ("Xa", "Xb", "ya_", "yb_"),
    ("left_in", "right_in", "left_out", "right_out"),
)  # fmt: skip
_VALID = (("X_val", "y_val"), ("X_dev", "y_dev"), ("Xv", "yv"), ("tune_x", "tune_y"), ("X_test1", "y_test1"))
_DATA = (("X", "y"), ("features", "labels"), ("data_x", "data_y"), ("inputs", "goal_"))
_TITLES = (
    "Baseline",
    "First model",
    "How well does it do?",
    "Notes",
    "Model for the group meeting",
    "Try-out",
)


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
    text = resources.files(package).joinpath("templates", f"{kind}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


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
    rng = random.Random(f"{kind}/{template}/{seed}")
    names = _names(rng)
    drawn: dict[str, str] = {}
    header = "import numpy as np\nimport pandas as pd" + names.pop("header")
    cells: list[list[str]] = [[header], []]
    planted: list[int] = []
    for raw in text.splitlines():
        if raw == "%%" or (raw == "%?" and rng.random() < 0.5):
            cells.append([])
        elif raw.startswith("%d "):
            if rng.random() < 0.6:
                cells.append([rng.choice(LOOKS[raw[3:]])])
                cells.append([])
        elif raw.startswith("@"):
            macro, _, argument = raw[1:].partition(" ")
            cells[-1].append(data_cell(rng, macro, argument))
        elif raw != "%?":
            line = raw
            if raw.startswith(("-", "+")):
                line = raw[1:]
                planted.append(len(cells) - 1)
            # Drawn for the lines of both twins, so that what follows is the same.
            line = _OPTION.sub(lambda m: drawn.setdefault(m[1], draw(rng, m[1])), line)
            if raw.startswith("+" if flawed else "-"):
                continue
            cells[-1].append(line)
    kept = [i for i, lines in enumerate(cells) if lines]
    sources = tuple(_NAME.sub(lambda m: names[m[1]], "\n".join(cells[i])) for i in kept)
    # The title is cell 0.
    where = tuple(sorted({kept.index(i) + 1 for i in planted}))
    return Case(
        kind=kind, template=template, seed=seed, flawed=flawed, cells=sources, planted=where,
        title=names["title"],
    )  # fmt: skip


def draw(rng: random.Random, options: str) -> str:
    """One of the options (``a|b``), or a number of a range (``3..9``)."""
    low, dots, high = options.partition("..")
    return str(rng.randint(int(low), int(high))) if dots else rng.choice(options.split("|"))


def _names(rng: random.Random) -> dict[str, str]:
    split, valid, data = rng.choice(_SPLITS), rng.choice(_VALID), rng.choice(_DATA)
    number = rng.randint(0, 99)
    seed, header = rng.choice(
        [
            (str(number), ""), ("SEED", f"\n\nSEED = {number}"), ('cfg["seed"]', f'\n\ncfg = {{"seed": {number}, "verbose": False}}'),
        ]
    )  # fmt: skip
    return {
        "Xtr": split[0], "Xte": split[1], "ytr": split[2], "yte": split[3],
        "Xv": valid[0], "yv": valid[1], "X": data[0], "y": data[1],
        "df": rng.choice(["df", "table", "frame", "raw"]),
        "tr": rng.choice(["train", "df_train", "tr", "dev_rows"]), "te": rng.choice(["test", "df_test", "te", "held_rows"]),
        "t": rng.choice(["target", "label", "outcome", "y_col"]),
        "m": rng.choice(["model", "clf", "est", "learner"]),
        "scaler": rng.choice(["scaler", "prep", "tf", "step1"]),
        "seed": seed, "header": header, "title": rng.choice(_TITLES),
    }  # fmt: skip
