"""Crossed designs: every combination of two-level factors, or a fraction with its aliases shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.experiments.aliasing import Aliases, aliases
from jupyter_coimprove.experiments.experiment import Factor, Plan

#: STATISTICS 1: all combinations up to four factors, fractions of resolution IV or V from there to eight.
MAX_FACTORIAL = 4
MAX_FRACTION = 8
RESOLUTIONS = {"IV": 4, "V": 5}


def full(factors: Sequence[Factor]) -> list[dict[str, str]]:
    """Settings of all combinations but the baseline's, fewest changes first."""
    if len(factors) > MAX_FACTORIAL:
        fits = len(factors) <= MAX_FRACTION
        raise UsageError(
            f"a full factorial takes 2 to {MAX_FACTORIAL} factors, not {len(factors)}: it would have "
            f"{2 ** len(factors)} arms",
            remedy="use --design fractional-factorial" if fits else "name fewer factors",
        )
    if len(factors) < 2:
        raise UsageError(
            f"a full factorial takes 2 to {MAX_FACTORIAL} factors, not {len(factors)}",
            remedy="name more factors, or use --design one-at-a-time",
        )
    two_levels(factors, "a full factorial")
    return _settings(factors, list(product((0, 1), repeat=len(factors))))


def fraction(factors: Sequence[Factor], resolution: str | None) -> list[dict[str, str]]:
    """Settings of a fraction of all combinations, the baseline left out, fewest changes first.

    The fraction (pyDOE) is moved so that the notebook as it is belongs to it: a word's sign is
    turned, its aliases stay. Raises UsageError for a number of factors or levels that has none,
    CoimproveError where pyDOE is not installed.
    """
    count = len(factors)
    if resolution not in (None, *RESOLUTIONS):
        raise UsageError(f"resolution is IV or V, not {resolution!r}")
    if count <= MAX_FACTORIAL:
        raise UsageError(
            f"a fractional factorial takes {MAX_FACTORIAL + 1} to {MAX_FRACTION} factors, not {count}",
            remedy="use --design full-factorial: all combinations are few enough, and nothing is aliased"
            if count >= 2
            else "name more factors, or use --design one-at-a-time",
        )
    if count > MAX_FRACTION:
        raise UsageError(
            f"a fractional factorial takes {MAX_FACTORIAL + 1} to {MAX_FRACTION} factors, not {count}",
            remedy="name fewer factors, or use --design one-at-a-time",
        )
    two_levels(factors, "a fractional factorial")
    wanted = RESOLUTIONS[resolution or "IV"]
    rows = _generated(count, wanted)
    found = aliases(rows, [factor.name for factor in factors])
    if not found.balanced or (found.resolution is not None and found.resolution < wanted):
        raise CoimproveError(
            f"pyDOE gave a fraction of resolution {found.resolution} for {count} factors, not {wanted}",
            remedy="install the current pyDOE, or use --design one-at-a-time",
        )
    return _settings(factors, rows)


def two_levels(factors: Sequence[Factor], what: str) -> None:
    """UsageError for a factor that has not two levels."""
    for factor in factors:
        if len(factor.levels) != 2:
            raise UsageError(
                f"{what} takes factors of two levels; {factor.name} has {len(factor.levels)}",
                remedy=f"name one level besides the baseline {factor.levels[0]}",
            )


def coded(plan: Plan) -> dict[str, tuple[int, ...]]:
    """The arms of a crossed design as 0/1 levels of its factors, 0 the notebook's own."""
    arms = (plan.baseline, *plan.treatments)
    return {arm.name: tuple(int(f.name in arm.settings) for f in used(plan)) for arm in arms}


def used(plan: Plan) -> tuple[Factor, ...]:
    """The factors that some treatment changes."""
    changed = {name for arm in plan.treatments for name in arm.settings}
    return tuple(factor for factor in plan.varied if factor.name in changed)


def structure(plan: Plan) -> Aliases:
    """The alias structure of a crossed plan."""
    return aliases(list(coded(plan).values()), [factor.name for factor in used(plan)])


def _generated(factors: int, resolution: int) -> list[tuple[int, ...]]:
    try:
        from pydoe import fracfact_by_res
    except ImportError as error:
        raise CoimproveError(
            "a fractional factorial needs pyDOE",
            remedy="pip install 'jupyter-coimprove[designs]', or use --design one-at-a-time",
        ) from error
    signs = fracfact_by_res(factors, resolution)
    for better in range(resolution + 1, factors + 1):
        # The same number of runs often buys a higher resolution than was asked for.
        found = fracfact_by_res(factors, better)
        if len(found) > len(signs):
            break
        signs = found
    return [tuple(int(x != first) for x, first in zip(row, signs[0], strict=True)) for row in signs.tolist()]


def _settings(factors: Sequence[Factor], rows: Sequence[Sequence[int]]) -> list[dict[str, str]]:
    # One change first, then two, …: the order in which they are read and, if it comes to it, run.
    chosen = [{f.name: f.levels[1] for f, on in zip(factors, row, strict=True) if on} for row in rows]
    return sorted((settings for settings in chosen if settings), key=len)
