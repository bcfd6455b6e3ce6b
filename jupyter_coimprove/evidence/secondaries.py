"""Secondary responses: estimates and intervals without a verdict, or with Holm over all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from jupyter_coimprove.evidence.effects import Effect, Evidence, Row, Rules, Secondary, Verdict
from jupyter_coimprove.evidence.multiplicity import adjust

Analyse = Callable[[Sequence[Row], Rules], Evidence]


def secondaries(
    tables: Sequence[tuple[str, str, Sequence[Row]]], rules: Rules, *, holm: bool, analyse: Analyse
) -> tuple[Secondary, ...]:
    """The effects on each (name, direction, rows) by the test of the primary response.

    Descriptive: each interval by itself at ``1 − alpha``, no p and no verdict. With ``holm`` one
    family over all responses and treatments, apart from the primary one's, intervals at their step.
    """
    import numpy as np

    made = [(name, rows, _rules(rules, direction)) for name, direction, rows in tables]
    found = [analyse(rows, own).effects for _, rows, own in made]
    if not holm:
        return tuple(
            Secondary(response=name, direction=own.direction, effects=tuple(map(_described, effects)))
            for (name, _, own), effects in zip(made, found, strict=True)
        )
    raw = [math.nan if e.p is None or e.n == 0 else e.p for effects in found for e in effects]
    stepped = adjust(np.array(raw, dtype=float), "holm", rules.alpha)
    out, at = [], 0
    for (name, rows, own), effects in zip(made, found, strict=True):
        told = []
        for effect in effects:
            # The interval at the level of its step, by the very same analysis.
            alone = replace(
                own, alpha=float(stepped.alpha[at]), multiplicity="primary", sequence=(effect.arm,)
            )
            wide = next(e for e in analyse(rows, alone).effects if e.arm == effect.arm)
            verdict: Verdict = "undecided"
            if stepped.rejected[at] and effect.estimate is not None and not _unequal(effect):
                verdict = "better" if (effect.estimate > 0) is (own.direction == "max") else "worse"
            told.append(
                replace(
                    wide,
                    p=effect.p,
                    p_adjusted=float(stepped.p[at]),
                    verdict=verdict,
                    hypothesis="",
                    needed=None,
                )
            )
            at += 1
        out.append(Secondary(response=name, direction=own.direction, effects=tuple(told), tested=True))
    return tuple(out)


def _rules(rules: Rules, direction: str) -> Rules:
    """The registered rules for another response: nothing of the primary one's units holds for it."""
    return replace(
        rules, direction="max" if direction == "max" else "min", margin=None, smallest_effect=None, hypothesis=None,
        multiplicity="holm", sequence=(), controls=(), opposed=(), reseed_before=False,
        test="paired t" if rules.test == "sequential" else rules.test,
    )  # fmt: skip


def _described(effect: Effect) -> Effect:
    return replace(
        effect, verdict="undecided", p=None, p_adjusted=None, tested=False, needed=None, hypothesis=""
    )


def _unequal(effect: Effect) -> bool:
    return any("unequal failures" in note for note in effect.notes)
