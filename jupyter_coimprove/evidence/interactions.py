"""How the factors of a factorial experiment interact (STATISTICS 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.evidence import ols
from jupyter_coimprove.evidence.effects import Interaction, Rules
from jupyter_coimprove.evidence.multiplicity import adjust

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.pairing import Grid


def crossed(found: Grid, ratio: float | None = None) -> tuple[tuple[Interaction, ...], str]:
    """All two-factor interactions, and why there are none where a factorial was registered.

    OLS of main effects and pairs with a fixed effect of each block, over the blocks in which
    every run completed. Where runs failed in some cells more often than in others nothing is
    estimated: what completed is a selection (STATISTICS 15). ``ratio`` widens the intervals where
    blocks are repeated splits.
    """
    import numpy as np

    rules = found.rules
    settings = _settings(rules)
    if not settings:
        return (), ""
    terms, why = ols.terms(list(settings.values()), settings[rules.baseline])
    if why or not terms:
        return (), why
    failed = {arm: sum(n for _, n in found.failures(arm)) for arm in settings}
    if len(set(failed.values())) > 1:
        worst = max(failed, key=lambda arm: failed[arm])
        return (), (
            f"runs failed in some cells more often than in others ({worst}: {failed[worst]}), so "
            "interactions are not estimated from those that completed"
        )  # fmt: skip
    values = {arm: dict(found.completed(arm)) for arm in settings}
    blocks = [b for b in found.blocks if all(b in values[arm] for arm in settings)]
    if len(blocks) < 2:
        return (), "interactions need two blocks in which every arm completed"
    y = np.array([[values[arm][block] for arm in settings] for block in blocks])
    fitted = ols.fit(y, terms, ratio=ratio)
    if bool(fitted.exact):
        return (), (
            "the responses are exactly additive over blocks: interactions have no spread to be tested by"
        )  # fmt: skip
    left = len(found.blocks) - len(blocks)
    return _pairs(
        fitted, terms, rules.alpha
    ), f"{left} blocks with a missing cell are left out of the interactions" if left else ""


def _settings(rules: Rules) -> dict[str, Mapping[str, str]]:
    """Every arm's level of every factor; empty where no factorial was registered."""
    given = {arm: dict(levels) for arm, levels in rules.factors}
    names = list(dict.fromkeys(name for levels in given.values() for name in levels))
    if len(names) < 2:
        return {}
    base = given.get(rules.baseline, {})
    return {arm: {name: given.get(arm, {}).get(name, base.get(name, "")) for name in names} for arm in given}


def _pairs(fitted: ols.Fit, terms: Sequence[ols.Term], alpha: float) -> tuple[Interaction, ...]:
    """The two-factor interactions: one family under Holm, each interval at the level of its step."""
    at = [i for i, term in enumerate(terms) if len(term.factors) == 2]
    if not at:
        return ()
    p = ols.p_values(fitted)[at]
    stepped = adjust(p, "holm", alpha)
    part = replace(fitted, estimates=fitted.estimates[at], errors=fitted.errors[at])
    half = ols.half_widths(part, stepped.alpha)
    out = []
    for j, i in enumerate(at):
        one, other = terms[i].factors
        estimate = float(fitted.estimates[i])
        out.append(
            Interaction(
                factors=(one, other), estimate=estimate, low=estimate - float(half[j]),
                high=estimate + float(half[j]), p=float(p[j]), p_adjusted=float(stepped.p[j]),
                aliases=terms[i].aliases,
            )
        )  # fmt: skip
    return tuple(out)
