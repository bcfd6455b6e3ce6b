"""Questions about a notebook whose answers are mechanical, and whether what is sent holds the answer.

``questions(path, seed, most)`` makes them from the file alone. Each knows its answer as text and
``held(blocks)``: whether blocks (``{"kind", "data"}``) hold what a reader needs to give it.
"""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """``text`` is asked, ``answer`` is right; ``cell`` (from 1) is where it stands."""

    kind: str
    text: str
    answer: str
    cell: int
    held: Callable[[Blocks], bool]


def cells_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


def source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def shown(cell: Mapping[str, Any]) -> str:
    """The text that a cell has shown."""
    parts = []
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            parts.append("".join(output["text"]))
        elif "data" in output:
            parts.append("".join(output["data"].get("text/plain", "")))
    return "\n".join(parts)


def holds(blocks: Blocks, cell: int, *needs: str, key: str = "source") -> bool:
    """Whether a block of that cell, or one with it in short, has all of these texts."""
    told = [block["data"] for block in blocks if block["kind"] == "cell"]
    told += [row for block in blocks if block["kind"] == "cells" for row in block["data"]["cells"]]
    return any(one.get("cell") == cell and all(n in one.get(key, "") for n in needs) for one in told)


def questions(path: Path, seed: int, most: int) -> list[Question]:
    """At most ``most`` of them, of as many kinds as the notebook allows, the same for the same seed."""
    rng = random.Random(f"{path.name} {seed}")
    made = [list(maker(cells_of(path))) for maker in KINDS]
    for of in made:
        rng.shuffle(of)
    rng.shuffle(made)
    out: list[Question] = []
    while len(out) < most and any(made):
        for of in made:
            if of and len(out) < most:
                out.append(of.pop())
    return out


def _trees(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, ast.Module]]:
    for number, cell in enumerate(cells, start=1):
        if cell["cell_type"] == "code":
            text = re.sub(r"^\s*[%!].*$", "", source(cell), flags=re.MULTILINE)
            try:
                yield number, ast.parse(text)
            except SyntaxError:
                continue


def value_of(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The literal that a name is given once."""
    given: dict[str, list[tuple[int, str]]] = {}
    for number, tree in _trees(cells):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                text = ast.unparse(node.value)
                literal = (
                    isinstance(node.value, ast.Constant) and node.value.value is not None and len(text) < 40
                )
                given.setdefault(node.targets[0].id, []).append((number, text if literal else ""))
    for name, found in given.items():
        number, text = found[0]
        if len(found) == 1 and text and len(name) > 1:
            yield Question(
                kind="value", text=f"What value does the code give to `{name}`?", answer=text, cell=number,
                held=lambda blocks, n=number, a=name, t=text: holds(blocks, n, a, t.strip("'")),
            )  # fmt: skip


def defined_in(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The only cell that binds a name at its top."""
    where: dict[str, set[int]] = {}
    for number, tree in _trees(cells):
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                where.setdefault(node.name, set()).add(number)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        where.setdefault(target.id, set()).add(number)
    for name, numbers in where.items():
        if len(numbers) == 1 and len(name) > 2:
            (number,) = numbers

            def held(blocks: Blocks, name: str = name, number: int = number) -> bool:
                told = any(
                    block["kind"] == "dataflow" and block["data"].get("name") == name and number in block["data"]["defined_in"]
                    for block in blocks
                )  # fmt: skip
                return told or holds(blocks, number, name)

            yield Question(
                kind="where", text=f"In which cell is `{name}` defined?", answer=str(number), cell=number, held=held,
            )  # fmt: skip


def imported_from(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The module that a name comes from."""
    for number, tree in _trees(cells):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name != "*":
                for alias in node.names:
                    yield Question(
                        kind="import", text=f"From which module is `{alias.asname or alias.name}` imported?", answer=node.module,
                        cell=number, held=lambda blocks, n=number, m=node.module, a=alias.name: holds(blocks, n, m, a),
                    )  # fmt: skip


def argument(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The literal that one call gives to an argument."""
    seen: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for number, tree in _trees(cells):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                for word in node.keywords:
                    if word.arg and isinstance(word.value, ast.Constant) and word.value.value is not None:
                        seen.setdefault((name, word.arg), []).append((number, ast.unparse(word.value)))
    for (name, arg), found in seen.items():
        if len(found) == 1 and len(found[0][1]) < 30:
            ((number, text),) = found
            yield Question(
                kind="argument", text=f"Which `{arg}` does the call of `{name}` get?", answer=text, cell=number,
                held=lambda blocks, n=number, a=arg, t=text, f=name: holds(blocks, n, a, t.strip("'"), f),
            )  # fmt: skip


def printed(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The last line that a cell has shown."""
    for number, cell in enumerate(cells, start=1):
        lines = (
            [line.strip() for line in shown(cell).splitlines() if line.strip()]
            if cell["cell_type"] == "code"
            else []
        )
        if lines and 2 < len(lines[-1]) < 80:
            yield Question(
                kind="shown", text=f"What is the last line that cell {number} shows?", answer=lines[-1], cell=number,
                held=lambda blocks, n=number, line=lines[-1]: holds(blocks, n, line, key="outputs"),
            )  # fmt: skip


def heading(cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """The heading right above a code cell."""
    for number in range(2, len(cells) + 1):
        above, cell = cells[number - 2], cells[number - 1]
        found = (
            re.findall(r"^#{1,4}\s+(.+?)\s*$", source(above), re.MULTILINE)
            if above["cell_type"] == "markdown"
            else []
        )
        if cell["cell_type"] == "code" and found and len(found[-1]) < 100:

            def held(blocks: Blocks, title: str = found[-1], number: int = number - 1) -> bool:
                listed = any(
                    block["kind"] == "outline" and any(row.get("title", "").startswith(title[:80]) for row in block["data"]["outline"])
                    for block in blocks
                )  # fmt: skip
                return listed or holds(blocks, number, title)

            yield Question(
                kind="heading", text=f"Under which heading does cell {number} stand?", answer=found[-1], cell=number, held=held,
            )  # fmt: skip


KINDS: tuple[Callable[[Sequence[Mapping[str, Any]]], Iterator[Question]], ...] = (
    value_of, defined_in, imported_from, argument, printed, heading,
)  # fmt: skip
