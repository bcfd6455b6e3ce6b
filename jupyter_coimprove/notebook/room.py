"""Among the first candidates there is room for components: what a researcher takes out first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jupyter_coimprove.notebook.candidates import Candidate

#: So many candidates are looked at first, and so many of them shall be components where there are as many.
FIRST = 10
COMPONENTS = 3
#: From this score on a component is likely one (a norm, a residual, a scaler), not just a call that could go.
_LIKELY = 0.55


def with_room(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates by rank, the likeliest components before the last of many plain values.

    A component on the code of one that is there already (a dropout and its rate) brings nothing new.
    """
    first, rest = list(ranked[:FIRST]), list(ranked[FIRST:])
    for candidate in list(rest):
        if sum(map(_component, first)) >= COMPONENTS:
            break
        plain = _least(first)
        if not _component(candidate) or plain is None or any(_overlap(candidate, c) for c in first):
            continue
        first.remove(plain)
        rest.remove(candidate)
        # Who sorts by score sees the same order.
        first.append(replace(candidate, score=max(candidate.score, first[-1].score)))
        rest.insert(0, replace(plain, score=min(plain.score, first[-1].score)))
    return [*first, *rest]


def _least(first: Sequence[Candidate]) -> Candidate | None:
    """The value that makes room: one inside a component that is there too, else the last."""
    plain = [c for c in reversed(first) if not _component(c) and c.type != "bool"]
    components = [c for c in first if _component(c)]
    inside = (c for c in plain if any(_overlap(c, other) for other in components))
    return next(inside, plain[0] if plain else None)


def _component(candidate: Candidate) -> bool:
    number = candidate.kind == "item" and candidate.type in ("int", "float")
    return candidate.operator != "set" and not number and candidate.score >= _LIKELY


def _overlap(one: Candidate, other: Candidate) -> bool:
    return any(a.overlaps(b) for a in one.places for b in other.places)
