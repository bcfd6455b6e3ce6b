"""A conversation as a tree: every entry follows another, and an earlier question said anew begins a branch.

Lines are in the order in which they were written. An entry with ``after`` follows the entry of that id (""
is the beginning), one without follows the line before it; a line ``{"tip": id}`` puts another branch in front.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.errors import UnknownName

Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """All entries by id, whom each follows, and the last one of the branch in front ("" where there is none)."""

    entries: Mapping[str, Entry]
    after: Mapping[str, str]
    tip: str

    def branch(self, tip: str | None = None) -> list[Entry]:
        """From the beginning to ``tip`` (default: the one in front), oldest first."""
        out: list[Entry] = []
        at = self.tip if tip is None else tip
        seen: set[str] = set()
        while at in self.entries and at not in seen:
            seen.add(at)
            out.append(self.entries[at])
            at = self.after.get(at, "")
        return out[::-1]

    def find(self, id_: str) -> str:
        """The id that this one, or the beginning of it, stands for. UnknownName otherwise."""
        found = [known for known in self.entries if known.startswith(id_)] if id_ else []
        if id_ in self.entries or len(found) == 1:
            return id_ if id_ in self.entries else found[0]
        raise UnknownName("message of this conversation", id_[:60], list(self.entries)[-20:])

    def before(self, id_: str) -> str:
        """What an entry follows: there a branch begins when it is said anew."""
        return self.after.get(self.find(id_), "")

    def versions(self, id_: str) -> tuple[str, ...]:
        """The entries in the place of this one, itself among them, oldest first."""
        follows = self.after.get(id_, "")
        return tuple(other for other in self.entries if self.after.get(other, "") == follows)

    def newest(self, id_: str) -> str:
        """The last entry of the newest branch through this one."""
        at = id_
        while followers := [
            other for other in self.entries if self.after.get(other, "") == at and other != at
        ]:
            at = followers[-1]
        return at


def tree(lines: Sequence[Mapping[str, Any]]) -> Tree:
    """The tree of these lines. What follows an entry that is not there begins where it stands."""
    entries: dict[str, Entry] = {}
    after: dict[str, str] = {}
    tip = ""
    for number, line in enumerate(lines):
        if "text" not in line:
            if str(line.get("tip")) in entries:
                tip = str(line["tip"])
            continue
        id_ = str(line.get("id") or f"line {number}")
        while id_ in entries:
            id_ += "'"
        follows = str(line["after"]) if "after" in line else tip
        entries[id_] = {**line, "id": id_}
        after[id_] = follows if follows in entries else ""
        tip = id_
    return Tree(entries=entries, after=after, tip=tip)


def window(sizes: Sequence[int], most: int) -> int:
    """From which turn on words go along, so that at most ``most`` characters do.

    It moves in leaps, to half of what is allowed: in between a question finds the same beginning in a cache.
    """
    first = total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > most:
            while first < number and total > most // 2:
                total -= sizes[first]
                first += 1
    return first


def in_short(turns: Sequence[tuple[str, str, Sequence[str]]], most: int) -> str:
    """Earlier questions, how each was answered at its beginning, and what was proposed: computed, no model's words.

    ``turns`` are (asked, answered, proposals). The newest stay where ``most`` characters do not suffice.
    """
    rows: list[str] = []
    left = most
    for asked, answered, proposals in reversed(turns):
        told = f"- asked: {_first(asked, 160)} answered: {_first(answered, 240)}"
        told += f" proposed: {', '.join(proposals)}" if proposals else ""
        left -= len(told) + 1
        if left < 0:
            break
        rows.append(told)
    missing = len(turns) - len(rows)
    head = f"Earlier in this conversation, in short ({len(turns)} questions{f', the first {missing} left out' if missing else ''}):"
    return "\n".join([head, *reversed(rows)])


def _first(text: str, most: int) -> str:
    """The first sentence of a text, on one line, within so many characters."""
    line = " ".join(text.split())
    sentence = re.match(r".{12,}?[.?!](?=\s|$)", line)
    line = sentence.group() if sentence else line
    return line if len(line) <= most else line[: most - 1] + "…"
