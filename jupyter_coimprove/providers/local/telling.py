"""Facts as a small model can follow them: the lines that a question is about, in plain words, the best ones last.

Such a model reads a hundred tokens a second and loses itself in a thousand. What the question names in backticks
(or else its own words) and the cells it numbers decide what is told; where nothing matches, what comes first is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jupyter_coimprove.proposals.context import encode
from jupyter_coimprove.proposals.provider import Block

#: Facts told at most, and tokens of them where something matches.
_MOST, _ROOM = 2, 300
#: Lines of a cell that the question numbers; lines around one that matches.
_WHOLE, _AROUND = 40, 1
_NAMED, _WORD = 3.0, 1.0
#: Words that say nothing about what is asked.
_COMMON = frozenset(
    ["the", "and", "for", "this", "that", "with", "from", "which", "what", "where", "when", "does", "did", "how", "why", "who", "are", "was", "were", "has", "have", "can", "could", "should", "would", "its", "into", "cell", "cells", "notebook", "code", "value", "call", "get", "gets", "give", "gives", "given", "line", "last", "show", "shows", "shown", "used", "use", "module", "imported", "defined", "import", "stand", "under"]
)  # fmt: skip
_WHERE = re.compile(r"\b(where|(?:which|what) cells?)\b", re.IGNORECASE)
_SHOWN = re.compile(r"\b(show\w*|print\w*|output\w*|result\w*|error\w*)\b", re.IGNORECASE)


class _Asked:
    """What a question is about: names in backticks, other words, cells by number."""

    def __init__(self, question: str) -> None:
        named = re.findall(r"`([^`]+)`", question)
        self.names = [word for name in named for word in re.findall(r"\w+", name)]
        rest = re.sub(r"`[^`]*`", " ", question)
        self.words = [
            word for word in re.findall(r"[^\W\d]\w{2,}", rest) if word.lower() not in _COMMON
        ]  # fmt: skip
        numbers = re.findall(r"\bcells?\s+(\d+)(?:\s*(?:,|and|to|-)\s*(\d+))*", question, re.IGNORECASE)
        self.cells = {int(number) for found in numbers for number in found if number}
        self.where = _WHERE.search(question) is not None
        self.shown = _SHOWN.search(question) is not None

    def score(self, text: str) -> float:
        """How much of it stands in this text: names as they are, words in any case."""
        found = set(re.findall(r"\w+", text))
        low = {word.lower() for word in found}
        return _NAMED * sum(name in found for name in self.names) + _WORD * sum(
            word.lower() in low for word in self.words
        )


def told(blocks: Sequence[Block], question: str, room: int, size: Callable[[str], int]) -> str:
    """The facts in plain words within ``room`` tokens as ``size`` counts them; empty where none fits."""
    asked = _Asked(question)
    if asked.where:  # code beside it only distracts from the number
        blocks = [
            b for b in blocks if b.kind == "dataflow" and asked.score(str(b.data.get("name")))
        ] or blocks
    facts = [(score, -at, text) for at, (score, text) in enumerate(_facts(blocks, asked)) if text]
    matching = [fact for fact in facts if fact[0] > 0]
    room = min(room, _ROOM) if matching else room
    kept = []
    for fact in sorted(matching, reverse=True)[:_MOST] or facts:
        taken = size(fact[2]) + 1
        if taken <= room:
            kept.append(fact)
            room -= taken
    return "\n".join(text for *_, text in (sorted(kept) if matching else kept))


def _facts(blocks: Sequence[Block], asked: _Asked) -> Iterator[tuple[float, str]]:
    """Each fact with what it is worth to this question."""
    for block in blocks:
        data = block.data
        if block.kind == "dataflow" and "name" in data:
            score = asked.score(str(data["name"]))
            yield score + _NAMED if score else 0.0, _flow(data)
        elif block.kind == "outline":
            yield from _headings(data.get("outline") or (), asked)
        elif block.kind == "cell":
            yield _cell(data, asked)
        elif block.kind == "cells":
            yield from (_cell(row, asked) for row in data.get("cells") or ())
        elif block.kind != "notebook":
            text = encode(Block(kind=block.kind, v=block.v, data=data))
            yield asked.score(text), text


def _flow(data: Mapping[str, Any]) -> str:
    said = [f"`{data['name']}` is defined in {_cells(data.get('defined_in') or ())}."]
    if data.get("read_in"):
        said.append(f"It is read in {_cells(data['read_in'])}.")
    return " ".join(said)


def _cells(numbers: Sequence[Any]) -> str:
    words = ", ".join(str(number) for number in numbers)
    return f"cell {words}" if len(numbers) == 1 else f"cells {words}" if numbers else "no cell"


def _headings(rows: Sequence[Mapping[str, Any]], asked: _Asked) -> Iterator[tuple[float, str]]:
    """The headings that match, and the one that a numbered cell stands under."""
    above: dict[int, str] = {}
    for row in rows:
        title = str(row.get("title", ""))
        for number in asked.cells:
            if int(row.get("cell", 0)) < number:
                above[number] = title
        yield asked.score(title), f"Cell {row.get('cell')} is the heading: {title}"
    for number, title in above.items():
        yield _NAMED * 2, f"Cell {number} stands under the heading: {title}"


def _cell(data: Mapping[str, Any], asked: _Asked) -> tuple[float, str]:
    """The lines of a cell that matter here, and what it has shown where that is asked."""
    number, source = data.get("cell"), str(data.get("source") or data.get("markdown") or "")
    lines, outputs = source.splitlines(), str(data.get("outputs") or "").splitlines()
    if number in asked.cells:
        score, keep = _NAMED, set(range(min(len(lines), _WHOLE)))
    else:
        scores = [asked.score(line) for line in lines]
        score = asked.score(source) + max(scores, default=0.0)
        best = max(scores, default=0.0)
        near = {at + step for at, found in enumerate(scores) if found and found == best for step in range(-_AROUND, _AROUND + 1)}  # fmt: skip
        keep = {at for at in near if 0 <= at < len(lines)} or set(range(min(len(lines), _WHOLE)))
    parts = [f"Cell {number}:", *(lines[at] for at in sorted(keep)[:_WHOLE])]
    if outputs and (number in asked.cells or asked.shown):
        parts += ["It shows:", *outputs[-6:]]
        score += asked.score("\n".join(outputs))
        score += _NAMED if asked.shown and number in asked.cells else 0.0
    return score, "\n".join(parts)
