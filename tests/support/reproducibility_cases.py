"""Forty small notebooks that a restart-and-run-all does not give again, and their sound twins.

Five kinds, eight templates each: four for development, four for the end. Outputs are saved as a person's
kernel would have left them: the cells are executed in the order in which that person ran them.

A template is one text for both twins. ``%%`` begins a cell; lines that begin with ``-`` stand in the flawed
notebook only, with ``+`` in the sound one only; of the flawed one, ``~`` ran when it was saved and is gone
since, ``^`` stands in the file and did not run then. ``{{now|then}}`` is what the file says and what ran
when it was saved. ``run: 2 1 3`` is the order of the flawed one (from 1, gone cells included). ``<<a|b>>``
and ``<<3..9>>`` are drawn by the seed, the same in both twins; ``@`` is the folder of the notebook.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import random
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reproducibility_templates import TEMPLATES

Half = Literal["public", "private"]
KINDS = ("hidden state", "unseeded", "order", "absolute path", "time")
PUBLIC_SEED = 5
#: Drawn once, before anything that is measured was written; used at the end only.
PRIVATE_SEED = 660173948
_OPTION = re.compile(r"<<(.+?)>>")
_THEN = re.compile(r"\{\{(.*?)\|(.*?)\}\}")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One notebook: what it is, the cells of the file, and what was run (cell of the file or None, source)."""

    kind: str
    template: str
    flawed: bool
    cells: tuple[str, ...]
    history: tuple[tuple[int | None, str], ...]
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.template} ({'flawed' if self.flawed else 'sound'})"

    def write(self, folder: Path) -> Path:
        """The notebook with its saved outputs and its data, in an empty folder."""
        data = folder / "data"
        data.mkdir(parents=True)
        rng = random.Random(f"data/{self.template}/{self.seed}")
        rows = [f"{n},{rng.gauss(0.7, 0.1):.6f},{rng.choice('abc')}" for n in range(40)]
        (data / "scores.csv").write_text("id,score,group\n" + "\n".join(rows) + "\n")
        (data / "settings.json").write_text(json.dumps({"rate": round(rng.uniform(0.1, 0.9), 4), "depth": 3}))
        saved, counts = self._saved(folder)
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        cells: list[dict[str, Any]] = [
            {"cell_type": "markdown", "id": f"{digest[:6]}-0", "metadata": {}, "source": "# Notes"}
        ]
        for index, source in enumerate(self.cells):
            cells.append(
                {
                    "cell_type": "code", "id": f"{digest[:6]}-{index + 1}", "metadata": {}, "source": source,
                    "execution_count": counts.get(index), "outputs": saved.get(index, []),
                }
            )  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        body = {
            "cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4, "nbformat_minor": 5,
        }  # fmt: skip
        path = folder / "notes.ipynb"
        path.write_text(json.dumps(body, indent=1), encoding="utf-8")
        return path

    def _saved(self, folder: Path) -> tuple[dict[int, list[dict[str, Any]]], dict[int, int]]:
        space: dict[str, Any] = {"__name__": "__main__"}
        saved: dict[int, list[dict[str, Any]]] = {}
        counts: dict[int, int] = {}
        state = random.getstate()
        # A kernel whose generators stand somewhere that nobody wrote down.
        random.seed(f"{self.name}/{self.seed}")
        try:
            for count, (index, source) in enumerate(self.history, start=1):
                outputs = _run(source.replace("@", str(folder)), space, count)
                if index is not None:
                    saved[index], counts[index] = outputs, count
        finally:
            random.setstate(state)
        return saved, counts


def _run(source: str, space: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The outputs of one cell, as a kernel gives them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    # As in a kernel, where nobody hears of a file that a notebook leaves open.
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        exec(compile(tree, "<cell>", "exec"), space)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue()})
    if value is not None:
        outputs.append(
            {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": {"text/plain": repr(value)}}
        )  # fmt: skip
    return outputs


def half_of(kind: str, half: Half) -> list[str]:
    """Which four templates of a kind belong to a half: drawn by the names alone."""
    names = sorted(TEMPLATES[kind], key=lambda name: hashlib.sha256(f"{kind}/{name}".encode()).hexdigest())
    return names[:4] if half == "public" else names[4:]


def cases(half: Half) -> Iterator[Case]:
    """Flawed and sound twins of a half, by its own seed."""
    seed = PUBLIC_SEED if half == "public" else PRIVATE_SEED
    for kind in KINDS:
        for name in half_of(kind, half):
            yield from (made(kind, name, seed, flawed) for flawed in (True, False))


def made(kind: str, name: str, seed: int, flawed: bool) -> Case:
    """One twin of a template under a seed."""
    rng = random.Random(f"{kind}/{name}/{seed}")
    text = _OPTION.sub(lambda found: _drawn(rng, found[1]), TEMPLATES[kind][name].strip("\n"))
    order: list[int] = []
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.startswith("run: "):
            order = [int(number) - 1 for number in line[5:].split()]
        elif line == "%%":
            parts.append([])
        else:
            parts[-1].append(line)
    kept = [[_line(line, flawed, "-^" if flawed else "+") for line in part] for part in parts]
    ran = [[_line(line, flawed, "-~" if flawed else "+") for line in part] for part in parts]
    now = [_text(lines, 1) for lines in kept]
    then = [_text(lines, 2) for lines in ran]
    places = [index for index, source in enumerate(now) if source]
    if not order or not flawed:
        order = [index for index, source in enumerate(then) if source]
    return Case(
        kind=kind, template=name, flawed=flawed, cells=tuple(now[index] for index in places), seed=seed,
        history=tuple((places.index(index) if index in places else None, then[index]) for index in order),
    )  # fmt: skip


def _line(line: str, flawed: bool, marks: str) -> str | None:
    """The line as this twin has it in this place, or None."""
    mark = line[:1]
    if mark not in "+-~^" or not mark:
        return line
    return line[1:] if mark in marks else None


def _text(lines: list[str | None], group: int) -> str:
    text = "\n".join(line for line in lines if line is not None).strip("\n")
    return _THEN.sub(lambda found: found[group], text)


def _drawn(rng: random.Random, options: str) -> str:
    low, dots, high = options.partition("..")
    return str(rng.randint(int(low), int(high))) if dots else rng.choice(options.split("|"))
