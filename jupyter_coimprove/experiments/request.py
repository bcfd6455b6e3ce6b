"""What a person asks for when they ask for a plan; everything left out is filled from the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.addressing import Spot, parse_spot
from jupyter_coimprove.experiments.experiment import DesignKind, Multiplicity, TestName

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, kw_only=True)
class FactorRequest:
    """A factor by name; ``levels`` as typed (None: those the notebook suggests); ``drop`` takes it away.

    ``spot`` is where its code stands, for what has no name; ``name`` is then the text as typed.
    """

    name: str
    levels: tuple[str, ...] | None = None
    drop: bool = False
    spot: Spot | None = None

    @classmethod
    def parse(cls, text: str, *, drop: bool = False) -> FactorRequest:
        """Read ``lr``, ``lr=0.01,0.1``, ``-scaler`` (drop it) or ``4:12:"h + x" drop-term``. Raises UsageError."""
        found = parse_spot(text)
        if found is not None:
            spot, rest = found
            if rest and drop:
                raise UsageError(f"what is dropped has no levels: {text!r}", remedy="use --factor for levels")
            wanted = split_levels(rest.removeprefix("=")) if rest else None
            return cls(name=text.strip(), levels=wanted, spot=spot, drop=drop or bool(spot.operator))
        if drop:
            return cls(name=text, drop=True)
        name, equals, levels = _named(text)
        name = name.strip()
        drop = name.startswith("-")
        name = name.removeprefix("-").strip()
        if not name:
            raise UsageError(f"no factor is named in {text!r}", remedy="write NAME or NAME=LEVEL,LEVEL")
        if not equals:
            return cls(name=name, drop=drop)
        return cls(name=name, levels=split_levels(levels), drop=drop)


def _named(text: str) -> tuple[str, str, str]:
    """Name, equals sign and levels; a sign inside brackets belongs to a member's name (``steps[rate=0.2]``)."""
    depth = 0
    for position, char in enumerate(text):
        if char == "=" and depth == 0:
            return text[:position], "=", text[position + 1 :]
        depth += (char == "[") - (char == "]")
    return text.partition("=") if depth else (text, "", "")


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

    ``response`` is a measured name or an expression, ``reduction`` in the grammar of
    experiments/reduction; ``seeds`` which seed sites the blocks drive, by name or by kind;
    ``resolution`` (IV or V) is that of a fractional factorial; ``seeding`` adds a cell that seeds
    the generators which the notebook leaves unseeded (None: wherever there are some and ``seeds`` is
    not ``none``); ``sequential`` runs until the treatments are decided, ``blocks`` being the most;
    ``also`` are secondary responses, as experiments/secondary reads them; ``repeat``, ``reseed`` and ``dummy`` ask for control arms;
    ``margin`` and ``smallest_effect`` are in response units; ``primary`` an arm's name; the limits
    are those of Budget.
    """

    question: str = ""
    factors: tuple[FactorRequest, ...] = ()
    design: DesignKind | None = None
    resolution: str | None = None
    blocks: int | None = None
    sequential: bool = False
    test: TestName = "paired t"
    block_numbers: tuple[int, ...] = ()
    seeds: Literal["all", "none"] | tuple[str, ...] = "all"
    seeding: bool | None = None
    response: str | None = None
    direction: Literal["max", "min"] | None = None
    reduction: str | None = None
    items: str | None = None
    also: tuple[str, ...] = ()
    secondary: Literal["descriptive", "holm"] = "descriptive"
    clusters: str | None = None
    margin: float | None = None
    smallest_effect: float | None = None
    hypothesis: str | None = None
    multiplicity: Multiplicity | None = None
    primary: str | None = None
    sequence: tuple[str, ...] = ()
    alpha: float = 0.05
    repeat_baseline: bool = True
    repeat: bool = False
    reseed: bool = False
    dummy: bool = False
    run_seconds: float | None = 3600.0
    total_seconds: float | None = None
    output_mb: float = 64.0
    keep_mb: float | None = 1024.0
    disk_mb: float | None = None
    kernel: str | None = None
    exploratory: bool = False
    replicates: str | None = None
