"""What a person asks for when they ask for a plan; everything left out is filled from the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import DesignKind, Multiplicity

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, kw_only=True)
class FactorRequest:
    """A factor by name; ``levels`` as typed (None: those the notebook suggests); ``drop`` takes it away."""

    name: str
    levels: tuple[str, ...] | None = None
    drop: bool = False

    @classmethod
    def parse(cls, text: str) -> FactorRequest:
        """Read ``lr``, ``lr=0.01,0.1`` or ``-scaler`` (drop it). Raises UsageError."""
        name, equals, levels = text.partition("=")
        name = name.strip()
        drop = name.startswith("-")
        name = name.removeprefix("-").strip()
        if not name:
            raise UsageError(f"no factor is named in {text!r}", remedy="write NAME or NAME=LEVEL,LEVEL")
        if not equals:
            return cls(name=name, drop=drop)
        return cls(name=name, levels=split_levels(levels), drop=drop)


def split_levels(text: str) -> tuple[str, ...]:
    """Levels between commas; commas inside brackets and quotes separate nothing."""
    parts, start, depth, quote = [], 0, 0, ""
    escaped = False
    for position, char in enumerate(text):
        if quote:
            if char == quote and not escaped:
                quote = ""
            escaped = char == "\\" and not escaped
        elif char in "\"'":
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    parts.append(text[start:].strip())
    if any(not part for part in parts):
        raise UsageError(f"a level is empty in {text!r}", remedy='write "" for the empty text')
    return tuple(parts)


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """The question and what a person has decided already; None and empty mean "suggest".

    ``response`` is a measured name or an expression; ``seeds`` which seed sites the blocks
    drive; ``seeding`` adds a seeding cell (None: where the notebook has no seed site);
    ``margin`` and ``smallest_effect`` are in response units; ``primary`` an arm's name; the limits
    are those of Budget.
    """

    question: str = ""
    factors: tuple[FactorRequest, ...] = ()
    design: DesignKind | None = None
    blocks: int | None = None
    block_numbers: tuple[int, ...] = ()
    seeds: Literal["all", "none"] | tuple[str, ...] = "all"
    seeding: bool | None = None
    response: str | None = None
    direction: Literal["max", "min"] | None = None
    reduction: Literal["last", "max", "min", "mean"] = "last"
    items: str | None = None
    margin: float | None = None
    smallest_effect: float | None = None
    hypothesis: str | None = None
    multiplicity: Multiplicity | None = None
    primary: str | None = None
    sequence: tuple[str, ...] = ()
    alpha: float = 0.05
    repeat_baseline: bool = True
    run_seconds: float | None = 3600.0
    total_seconds: float | None = None
    output_mb: float = 64.0
    kernel: str | None = None
    exploratory: bool = False
    replicates: str | None = None
