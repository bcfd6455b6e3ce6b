"""What may be decided, by whom, and what a decision turns a proposal or a finding into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from jupyter_coimprove.curation.decision import DecisionVerb
from jupyter_coimprove.errors import DecisionError, Stale
from jupyter_coimprove.notebook.cells import Address, Notebook
from jupyter_coimprove.proposals.proposal import Edit, Proposal
from jupyter_coimprove.registry import DECISIONS, PROPOSAL_STATES, Actor, Auth

#: What happens to an undecided item without anybody deciding.
Change = Literal["stale", "orphaned", "superseded", "pending"]

#: States in which an item waits for a person.
WAITING = frozenset({"pending", "deferred", "stale", "orphaned"})
#: States in which its content stands in the notebook.
STANDING = frozenset({"accepted", "edited"})

_OPEN = ("pending", "deferred", "undone")
_FROM: dict[str, tuple[str, ...]] = {
    "accepted": _OPEN,
    "edited": _OPEN,
    "rejected": (*_OPEN, "stale", "orphaned"),
    "deferred": ("pending", "undone"),
    "undone": ("accepted", "edited", "rejected", "deferred"),
}
_CHANGES: dict[str, tuple[str, ...]] = {
    "stale": (*_OPEN, "orphaned"),
    "orphaned": (*_OPEN, "stale"),
    "superseded": (*_OPEN, "stale", "orphaned"),
    "pending": ("stale", "orphaned"),
}
_REMEDIES: dict[str, str] = {
    "stale": "what it was about has changed: look at it again and have it made anew, or reject it",
    "orphaned": "its notebook or cell is gone: bring it back, or reject it",
    "superseded": "a newer one took its place: decide on that one",
    "accepted": "it is accepted; undo that first",
    "edited": "it is accepted in your words; undo that first",
    "rejected": "it is rejected; undo that first",
    "pending": "nothing was decided on it yet",
    "undone": "that was taken back already; it can be decided on anew",
    "deferred": "it is deferred already; accept, edit or reject it",
}


def decide(state: str, verb: DecisionVerb) -> DecisionVerb:
    """The state after a decision. Raises DecisionError when it cannot be taken from here, Stale
    when what it was about has changed; the remedy says what can be done instead."""
    if state not in PROPOSAL_STATES or verb not in DECISIONS:
        raise DecisionError(
            f"there is no decision {verb!r} on something {state!r}",
            remedy=f"decisions: {', '.join(DECISIONS)}",
        )
    if state in _FROM[verb]:
        return verb
    error = Stale if state == "stale" else DecisionError
    raise error(f"what is {state} cannot become {verb}", remedy=_REMEDIES[state])


def follow(state: str, change: Change) -> str:
    """The state after the notebook or the record moved on; a decided item stays as decided.

    ``pending`` is the way back of a stale or orphaned item whose content fits again.
    """
    return change if state in _CHANGES[change] else state


def verbs_from(state: str) -> tuple[str, ...]:
    """The decisions that can be taken in this state, for buttons and completion."""
    return tuple(verb for verb in DECISIONS if state in _FROM[verb])


def may_decide(
    actor: Actor, trust: Literal["own", "imported"], auth: Auth, lone_line: bool, *, at_prompt: bool = True
) -> None:
    """Whether this actor may decide on this item here. Raises DecisionError when not.

    ``trust`` is that of the item; ``lone_line`` and ``at_prompt`` count for ``auth="kernel"``
    alone: whether the command is the cell's only line, and whether a person is at the prompt.
    """
    if actor.kind != "person":
        who = "an AI" if actor.kind == "ai" else "a tool"
        raise DecisionError(
            f"{who} cannot decide", remedy="a person decides: accept, edit or reject it yourself"
        )
    if trust != "own":
        raise DecisionError(
            "this item is foreign, unverified: it was not made here",
            remedy="plan it again on your own notebook; an imported item is a claim and approves nothing",
        )
    if "kernel" in (auth, actor.auth):
        if not at_prompt:
            raise DecisionError(
                "no person is at the prompt of this kernel",
                remedy="decide with `coimprove accept …` in a terminal, or run the cell yourself",
            )
        if not lone_line:
            raise DecisionError(
                "a decision must be the only line of its cell",
                remedy="put `%coai accept …` in a cell of its own and run that cell",
            )


# Names of this tool, of its folders and magics; and of the files that make up the record.
_OURS = re.compile(
    r"coai|coimprove|journal[/\\]|\.jsonl\b|index\.sqlite|(?:prp|dec|app|exp|fnd|prd|les)_[0-9A-HJKMNP-TV-Z]{6}",
    re.IGNORECASE,
)


def sensitive(texts: Iterable[str]) -> bool:
    """Whether any of these mentions coai, coimprove or the record (also split or escaped lightly).

    Code that could decide in a person's place is shown as such and accepted one by one.
    """
    for text in texts:
        # "co" + "ai" and 'co\x61i' are the cheap disguises; anything cleverer still needs a person.
        joined = re.sub(r"""["']\s*\+?\s*["']|\\\n""", "", text)
        unescaped = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m.group(1), 16)), joined)
        if _OURS.search(text) or _OURS.search(unescaped):
            return True
    return False


def bulk_acceptable(proposal: Proposal) -> bool:
    """Whether it may be accepted together with others: nothing in it is sensitive."""
    return not sensitive([edit.source for edit in proposal.edits])


def edits_of(text: str, notebook: Notebook, after: int | Address | None) -> tuple[Edit, ...]:
    """The edits that put a finding into the notebook: a Markdown cell after the response's cell.

    ``after`` is that cell's index or address; None for the end. Raises Stale when it is gone.
    """
    if after is None:
        place = notebook.address(len(notebook.cells) - 1) if notebook.cells else None
    elif isinstance(after, int):
        if not 0 <= after < len(notebook.cells):
            raise Stale(
                f"the notebook has no cell {after + 1} any more",
                remedy="look at the notebook and decide again",
            )
        place = notebook.address(after)
    else:
        cell = notebook.find(after)
        if cell is None:
            raise Stale(
                f"cell {after.ordinal + 1}, which the finding belongs to, is gone or was changed",
                remedy="look at the notebook and decide again",
            )
        place = notebook.address(cell.index)
    source = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return (Edit(kind="insert", address=place, cell_kind="markdown", source=source),)


#: Texts longer than this are compared by words, so that the comparison stays under a second.
LONGEST = 20_000


def edit_distance(proposed: str, edited: str) -> float:
    """How much a person changed: Levenshtein distance over the longer length, 0 to 1.

    0.0 is verbatim, 1.0 nothing kept. Above ``LONGEST`` characters words are the units.
    """
    one: Sequence[str] = proposed
    two: Sequence[str] = edited
    if max(len(proposed), len(edited)) > LONGEST:
        one, two = proposed.split(), edited.split()
    longest = max(len(one), len(two))
    return levenshtein(one, two) / longest if longest else 0.0


def levenshtein(one: Sequence[str], two: Sequence[str]) -> int:
    """Insertions, deletions and substitutions that make ``one`` into ``two``.

    Bit-parallel over Python's big integers (Myers 1999, in the form of Hyyrö 2003): O(n) steps.
    """
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    end = 0
    while end < min(len(one), len(two)) - start and one[-1 - end] == two[-1 - end]:
        end += 1
    one, two = one[start : len(one) - end], two[start : len(two) - end]
    if not one or not two:
        return len(one) + len(two)
    places: dict[str, int] = {}
    for index, item in enumerate(one):
        places[item] = places.get(item, 0) | 1 << index
    mask, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, distance = mask, 0, len(one)
    for item in two:
        match = places.get(item, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        plus, minus = down | (mask & ~(diagonal | up)), up & diagonal
        distance += bool(plus & last) - bool(minus & last)
        plus = (plus << 1 | 1) & mask
        up = (minus << 1 & mask) | (mask & ~(diagonal | plus))
        down = plus & diagonal
    return distance
