"""Two notebooks in one text, read as a diff: lines that begin with ``-`` stand in the flawed one only, ``+`` in the sound.

``%%`` begins a cell, ``%?`` perhaps one, ``%d KIND`` perhaps a cell that only looks at the data, ``@MACRO ARGUMENT``
is a cell that makes data (``datacells``); ``<<a|b>>`` and ``<<3..9>>`` are drawn by the seed, the same in both twins;
``$X`` and its like are names that the seed chooses. ``=== NAME`` begins a template of a file.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from importlib import resources

from jupyter_coimprove.bench.datacells import LOOKS, data_cell

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
class Rendered:
    """Sources of code cells; ``planted`` are the cells (from 0) that hold what tells the twins apart."""

    cells: tuple[str, ...]
    planted: tuple[int, ...]
    title: str


def templates(package: str, file: str) -> dict[str, str]:
    """The templates of ``templates/FILE.txt`` in a package: name to text."""
    text = resources.files(package).joinpath("templates", f"{file}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def render(text: str, rng: random.Random, flawed: bool) -> Rendered:
    """One twin of a template's text; the other comes of the same text and a generator in the same state."""
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
    where = tuple(sorted({kept.index(i) for i in planted if i in kept}))
    return Rendered(cells=sources, planted=where, title=names["title"])


def both(text: str, rng: random.Random) -> tuple[str, str]:
    """The two versions of a text without cells, data or names: ``-`` and ``+`` lines, and what is drawn.

    ``<<1:a|b>>`` takes the same place of its options as every other ``<<1:…>>``.
    """
    drawn: dict[str, str] = {}
    places: dict[str, int] = {}

    def option(found: re.Match[str]) -> str:
        key, colon, options = found[1].partition(":")
        if not (colon and key.isdigit()):
            return drawn.setdefault(found[1], draw(rng, found[1]))
        listed = options.split("|")
        return listed[places.setdefault(key, rng.randrange(len(listed))) % len(listed)]

    first: list[str] = []
    second: list[str] = []
    for raw in text.splitlines():
        side, line = (raw[:1], raw[1:]) if raw[:1] in ("-", "+") else ("", raw)
        line = _OPTION.sub(option, line)
        first += [line] if side != "+" else []
        second += [line] if side != "-" else []
    return "\n".join(first), "\n".join(second)


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
