"""The registered analysis: from rows to effects, intervals and verdicts, with what limits them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.errors import PlanError, UnknownName, UsageError
from jupyter_coimprove.evidence import hypotheses, sequential, stopping
from jupyter_coimprove.evidence.contrasts import Contrast, contrast
from jupyter_coimprove.evidence.controls import controls, stopped_by_reseed
from jupyter_coimprove.evidence.crossing import main_effects, opposed
from jupyter_coimprove.evidence.effects import ArmSummary, Effect, Evidence, Row, Rules, Verdict
from jupyter_coimprove.evidence.interactions import crossed
from jupyter_coimprove.evidence.items import item_sampling
from jupyter_coimprove.evidence.limits import effect_notes, evidence_notes
from jupyter_coimprove.evidence.multiplicity import Adjusted, adjust
from jupyter_coimprove.evidence.paired import interval
from jupyter_coimprove.evidence.pairing import Grid, grid, split_ratio
from jupyter_coimprove.evidence.ranks import clopper_pearson, failure_bound
from jupyter_coimprove.experiments.power import blocks_needed


def analyse(rows: Sequence[Row], rules: Rules) -> Evidence:
    """Apply the registered rules to the rows of an experiment (STATISTICS 4, 8 to 15, 17).

    Rows of replicate 0 are compared, block by block, with the baseline's; other replicates of
    the baseline give ``residual``. Every treatment stays in the family of the multiplicity
    rule, also one that could not be tested. Raises PlanError for rules that contradict
    themselves and UnknownName for a sequence of arms that are not registered.
    """
    order = sequence(rules)
    plain = grid(rows, rules)
    found = main_effects(plain)
    ratio, ratio_note = split_ratio(found)
    running = rules.test == "sequential"
    exact = deterministic(plain) and not running
    grids = {arm: stopping.until(found, arm) if running else found for arm in rules.treatments}
    contrasts = {arm: contrast(grids[arm], arm, ratio=ratio, exact=exact) for arm in rules.treatments}
    tested = _family([contrasts[arm].tested_p for arm in order], rules)
    same = _family([contrasts[arm].tested_equivalence for arm in order], rules, equivalence=True)
    stopped = next((arm for i, arm in enumerate(order) if not tested.rejected[i]), "")
    hypothesis, hypothesis_note = _hypothesis(rules)
    judged = {
        arm: _effect(
            grids[arm], contrasts[arm], _Step.of(tested, i), _Step.of(same, i),
            hypothesis=hypothesis.get(arm), stopped=stopped, family=len(order), planned=len(found.blocks),
        )
        for i, arm in enumerate(order)
    }  # fmt: skip
    effects = tuple(judged[arm] for arm in rules.treatments)
    beside = controls(plain, lambda arm: _alone(plain, arm, ratio=ratio, exact=exact))
    if rules.reseed_before and any(one.alarm and one.role == "reseed" for one in beside):
        effects = tuple(map(stopped_by_reseed, effects))
    pairs, crossed_note = crossed(plain, ratio)
    pairs += opposed(plain, ratio)
    notes = evidence_notes(found, effects, exact=exact)
    told = stopping.note(found) if running and rules.treatments else ""
    notes += tuple(note for note in (told, ratio_note, crossed_note, hypothesis_note) if note)
    return Evidence(
        rules=rules, effects=effects, interactions=pairs, residual=found.residual, deterministic=exact,
        arms=tuple(_summary(plain, arm) for arm in rules.every_arm), notes=notes, controls=beside,
    )  # fmt: skip


def _alone(found: Grid, arm: str, *, ratio: float | None, exact: bool) -> Effect:
    """The effect of an arm that is in no family: tested by itself, at alpha."""
    made = contrast(found, arm, ratio=ratio, exact=exact)
    alone = replace(found.rules, multiplicity="primary", margin=None)
    step = _Step.of(_family([made.tested_p], alone), 0)
    nothing = _Step(p=1.0, rejected=False, tested=False, alpha=alone.alpha)
    return _effect(
        replace(found, rules=alone), made, step, nothing, planned=len(found.blocks), hypothesis=None,
        stopped="", family=1,
    )  # fmt: skip


def sequence(rules: Rules) -> tuple[str, ...]:
    """The treatments in the order in which the rule takes them: as registered, then the rest."""
    if rules.baseline in rules.treatments or len(set(rules.treatments)) < len(rules.treatments):
        raise PlanError(
            "an arm is registered twice",
            remedy="the baseline is no treatment, and each treatment has one name",
        )
    if not 0 < rules.alpha < 0.5 or (rules.margin is not None and not rules.margin > 0):
        raise PlanError(
            f"alpha {rules.alpha:g} with margin {rules.margin} is no rule of decision",
            remedy="alpha lies between 0 and 0.5, and a margin is above 0",
        )
    named = [arm for arm in dict.fromkeys(rules.sequence) if arm != rules.baseline]
    for arm in named:
        if arm not in rules.treatments:
            raise UnknownName("arm", arm, rules.treatments)
    return (*named, *(arm for arm in rules.treatments if arm not in named))


def deterministic(found: Grid) -> bool:
    """Whether blocks change nothing: every arm gives one and the same response in all of them.

    Two blocks show it; one does where the plan says that nothing varies by block. A baseline
    that differs from itself in one block is not deterministic.
    """
    rules = found.rules
    values = {arm: [v for _, v in found.completed(arm)] for arm in rules.every_arm}
    if found.residual or any(len(set(numbers)) > 1 for numbers in values.values()):
        return False
    base = len(values[rules.baseline])
    return base >= 2 or (base == 1 and rules.block_kind == "none")


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What the multiplicity rule made of one treatment."""

    p: float
    rejected: bool
    tested: bool
    alpha: float

    @classmethod
    def of(cls, adjusted: Adjusted, i: int) -> _Step:
        return cls(
            p=float(adjusted.p[i]), rejected=bool(adjusted.rejected[i]), tested=bool(adjusted.tested[i]),
            alpha=float(adjusted.alpha[i]),
        )  # fmt: skip


def _family(p: Sequence[float], rules: Rules, *, equivalence: bool = False) -> Adjusted:
    """One family of tests under the rule. A fixed sequence orders expected *differences*, so that
    equivalence within it takes Holm over the same treatments; the family is as large either way."""
    import numpy as np

    rule = "holm" if equivalence and rules.multiplicity == "fixed-sequence" else rules.multiplicity
    return adjust(np.array(p, dtype=float), rule, rules.alpha)


def _effect(
    found: Grid, made: Contrast, step: _Step, same: _Step, *, hypothesis: hypotheses.Direction | None,
    stopped: str, family: int, planned: int,
) -> Effect:  # fmt: skip
    import numpy as np

    rules = found.rules
    exact = made.method == "exact difference"
    tested, alpha = step.tested or exact, rules.alpha if exact else step.alpha
    d = np.array([difference for _, difference in made.points], dtype=float)
    ends = interval(d, alpha, test=rules.test, ratio=made.ratio)
    equivalence = None
    if exact:
        ends = (float(d[0]), float(d[0]))
    elif rules.margin is not None and same.tested:
        # Each side at alpha; of a confidence sequence both sides together (see ``equivalence_p``).
        sides = same.alpha if rules.test == "sequential" else 2 * same.alpha
        equivalence = interval(d, sides, test=rules.test, ratio=made.ratio)
    low, high = ends or (None, None)
    verdict, different = _verdict(made, step, same, rules)
    wins = int((made.sign * d > 0).sum())
    items, items_note = None, ""
    if rules.block_kind != "split":
        items, items_note = item_sampling(found.pairs(made.arm), alpha)
    effect = Effect(
        arm=made.arm, n=made.n, planned=planned, estimate=made.estimate, low=low, high=high,
        level=1 - alpha, p=made.p if tested else None,
        p_adjusted=step.p if tested and made.p is not None else None,
        verdict=verdict, method=made.method, tested=tested, spread=made.spread, correlation=made.correlation,
        better=(wins, len(d)), p_better=clopper_pearson(wins, len(d)) if len(d) and not exact else None,
        sign_flip_p=made.sign_flip_p if tested else None, needed=_needed(made, rules, family),
        items=items, equivalence=equivalence, points=made.points,
        p_equivalence=same.p if made.p_equivalence is not None and tested and same.tested else None,
    )  # fmt: skip
    notes = effect_notes(found, made, effect, different=different, stopped=stopped)
    judged = hypotheses.judge(effect, hypothesis, different=different) if hypothesis else ""
    return replace(effect, hypothesis=judged, notes=(*notes, *([items_note] if items_note else [])))


def _verdict(made: Contrast, step: _Step, same: _Step, rules: Rules) -> tuple[Verdict, bool]:
    """The verdict, and whether the treatment differs from the baseline at all (STATISTICS 12, 17)."""
    if made.forced or made.estimate is None:
        return "undecided", False
    if made.method == "exact difference":
        different = made.estimate != 0
        equivalent = rules.margin is not None and abs(made.estimate) <= rules.margin
    else:
        different = step.tested and step.rejected
        equivalent = step.tested and same.tested and same.rejected
    if equivalent:
        return "equivalent", different
    if different:
        return ("better" if made.sign * made.estimate > 0 else "worse"), True
    return "undecided", False


def _needed(made: Contrast, rules: Rules, family: int) -> int | None:
    """Blocks that decide the registered smallest effect with probability 0.8, at the first step's level."""
    if rules.smallest_effect is None or not made.spread:
        return None
    if rules.test == "sequential":
        return sequential.blocks_needed(rules.smallest_effect / made.spread, stopping.level(rules))
    alpha = rules.alpha / family if rules.multiplicity == "holm" else rules.alpha
    return blocks_needed(rules.smallest_effect, made.spread, alpha=alpha, ratio=made.ratio or 0.0)


def _hypothesis(rules: Rules) -> tuple[Mapping[str, hypotheses.Direction], str]:
    if not rules.hypothesis:
        return {}, ""
    try:
        return hypotheses.directions(rules), ""
    except UnknownName as error:
        return {}, f"the hypothesis is not judged: {error.message}"
    except UsageError:
        return {}, "the hypothesis has no direction: its verdict is left to the reader"


def _summary(found: Grid, arm: str) -> ArmSummary:
    values = found.completed(arm)
    numbers = [value for _, value in values]
    failures = found.failures(arm)
    failed = sum(count for _, count in failures)
    mean = math.fsum(numbers) / len(numbers) if numbers else None
    sd = None
    if mean is not None and len(numbers) > 1:
        sd = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / (len(numbers) - 1))
    return ArmSummary(
        arm=arm, completed=len(numbers), planned=len(found.blocks), mean=mean, sd=sd, failures=failures,
        failure_bound=failure_bound(failed, failed + len(numbers)), values=values,
    )  # fmt: skip
