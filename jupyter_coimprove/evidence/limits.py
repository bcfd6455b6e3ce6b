"""What limits the evidence, in short notes beside each effect and beside all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jupyter_coimprove.evidence.contrasts import Contrast
from jupyter_coimprove.evidence.effects import Effect
from jupyter_coimprove.evidence.noise import noise
from jupyter_coimprove.evidence.paired import p_value
from jupyter_coimprove.evidence.pairing import Grid, residual_share, split_ratio
from jupyter_coimprove.evidence.ranks import worst_rank_p

#: What blocks that leave the data alone vary (STATISTICS 9).
_SEEDS = {"init": "the initialisation", "order": "the order of the data", "none": "nothing"}


def effect_notes(
    found: Grid, made: Contrast, effect: Effect, *, different: bool, stopped: str
) -> tuple[str, ...]:
    """What to keep in mind with this effect; ``stopped`` is the arm that ended a fixed sequence."""
    notes = [*_failures(found, made), *_procedure(found, made, effect, stopped)]
    if effect.verdict == "equivalent" and different:
        notes.append("different, but below the margin")
    if effect.verdict in ("better", "worse") and effect.item_interval is not None:
        low, high = effect.item_interval
        if low <= 0 <= high:
            notes.append(
                f"{effect.verdict} on these items, not in general: over other items of the kind the "
                f"difference lies between {low:.3g} and {high:.3g}, which covers 0"
            )
    rules = found.rules
    smallest = rules.smallest_effect
    if (
        effect.verdict in ("better", "worse")
        and smallest is not None
        and abs(effect.estimate or 0) < smallest
    ):
        notes.append(f"a difference, but its estimate is below the smallest effect of interest, {smallest:g}")
    if effect.needed == 0 and rules.smallest_effect is not None and made.spread:
        floor = 1.96 * math.sqrt(made.ratio or 0.0) * made.spread
        could = "with 80% probability" if rules.smallest_effect > floor else "at all"
        notes.append(
            f"no number of splits decides {rules.smallest_effect:g} {could}: splits of the same data cannot "
            f"tell effects under {floor:.3g} from none; more data can"
        )
    return tuple(notes)


def _failures(found: Grid, made: Contrast) -> list[str]:
    notes, (failed, base) = [], made.failed
    if failed or base:
        kinds = ", ".join(f"{kind} {count}" for kind, count in found.failures(made.arm))
        of = len(found.pairs(made.arm))
        text = f"{failed} of {of} runs failed{f' ({kinds})' if kinds else ''}, {base} of the baseline's"
        if made.forced:
            text += ": unequal failures leave it undecided, whatever the completed runs show"
        ranked = worst_rank_p(found.pairs(made.arm), made.sign)
        if ranked is not None:
            side = {1: " for the treatment", -1: " for the baseline", 0: ""}[ranked[1]]
            text += f"; with every failure ranked worst, p = {ranked[0]:.2g}{side}"
        notes.append(text)
    absent = len(found.blocks) - len(found.pairs(made.arm))
    if absent:
        notes.append(
            f"{absent} of {len(found.blocks)} planned blocks lack{'s' if absent == 1 else ''} a run of it or "
            "of the baseline"
        )
    return notes


def _procedure(found: Grid, made: Contrast, effect: Effect, stopped: str) -> list[str]:
    import numpy as np

    rules, notes = found.rules, []
    d = [difference for _, difference in made.points]
    if d and not any(d):
        notes.append("no change observed: all differences are zero, so none was tested")
    elif made.method == "sign-flip" and rules.test != "sign-flip":
        notes.append(
            f"the difference is the same in all {made.n} blocks: with no spread to compare it with, only its "
            f"sign is tested, for which {made.n} blocks give p = {2.0 ** (1 - made.n):.3g}"
        )
    elif made.method == "none" and made.n > 1:
        notes.append("the difference is the same in all splits: with no spread there is nothing to test by")
    elif made.n == 1 and made.method == "none":
        notes.append("one block has no spread: nothing can be tested")
    numbers = {value for _, value in found.completed(made.arm)}
    if len(numbers) == 1 and made.n > 1 and made.method != "exact difference":
        notes.append(f"its response is the same in all {made.n} blocks: check that the blocks reach it")
    # All differences zero: there was nothing to test, wherever it stands in the sequence.
    skipped = not effect.tested and (not d or any(d))
    if skipped and rules.multiplicity == "primary":
        notes.append("secondary: not tested; its interval is descriptive and not adjusted")
    elif skipped:
        notes.append(
            f"not tested, as the sequence stopped at {stopped}; its interval is descriptive and not adjusted"
        )
    flips = effect.sign_flip_p
    decided = effect.p_adjusted is not None and effect.p_adjusted <= rules.alpha
    least = 2.0 ** (1 - made.n)
    if decided and flips is not None and flips > max(1 - effect.level, 1.001 * least):
        notes.append(f"sensitivity: without assuming normal differences, exact sign-flip p = {flips:.2g}")
    if decided and made.method == "bca":
        plain = float(p_value(np.array(d), test="paired t"))
        if plain > 1 - effect.level:
            notes.append(
                f"sensitivity: the paired t, which is safer where a few blocks lie far out, has p = {plain:.2g}"
            )
    return notes


def _residual(found: Grid) -> list[str]:
    """How much chance is left that the blocks do not hold, beside the spread that they do, and its likely causes."""
    causes = "; ".join(found.rules.uncontrolled)
    if not found.residual:
        quiet = found.residual is not None and causes
        return (
            [f"the baseline repeated in the same block gives the same, in spite of {causes}"] if quiet else []
        )
    text = f"the baseline repeated in the same block differs by up to {found.residual:.3g}"
    share = residual_share(found)
    if share is not None:
        text += f", {share:.2g} times its standard deviation over blocks"
    text += ": the runs are not determined by their seeds"
    if share is not None and share >= 0.5:
        text += ", and pairing can take out only what they share"
    return [
        f"{text}; it may come from {causes}"
        if causes
        else f"{text}; threads or devices that add up in no fixed "
        "order may do that, or chance that is not seen in the code"
    ]


def evidence_notes(found: Grid, effects: Sequence[Effect], *, exact: bool) -> tuple[str, ...]:
    """What to keep in mind with all effects: how far they reach, and what is odd about the runs."""
    rules, notes = found.rules, list(found.notes)
    base = [value for _, value in found.completed(rules.baseline)]
    if not base:
        notes.append(f"no run of the baseline {rules.baseline} gave a response: nothing can be compared")
    if exact:
        notes.append(
            "deterministic: every arm gives the same response in all blocks, so the differences are exact on "
            "this data and code, and nothing is tested"
        )
    elif rules.block_kind == "unknown" and effects:
        notes.append("what the blocks vary is not known, so it is not known what the verdicts extend to")
    elif rules.block_kind == "split" and effects:
        ratio = split_ratio(found)[0]
        notes.append(
            f"blocks are repeated splits of the same data: intervals are corrected for it "
            f"(Nadeau and Bengio, n_test/n_train = {ratio:.3g})"
        )
    elif rules.block_kind == "folds" and effects:
        notes.append(
            "blocks reshuffle the folds of the same rows, so that every block tests them all: the verdicts are on "
            "these data and say nothing of others (no correction for that exists; a split drawn anew has one)"
        )
    elif rules.block_kind in _SEEDS and effects:
        notes.append(
            f"blocks vary {_SEEDS[rules.block_kind]}: the verdicts are on this split and say nothing of others"
        )
    if len(base) > 1 and len(set(base)) == 1 and not exact:
        notes.append(
            f"the baseline's response is the same in all {len(base)} blocks: check that the blocks reach it"
        )
    notes += _residual(found)
    if not rules.treatments and len(base) > 1:
        notes.append(noise(base, blocks=len(base), alpha=rules.alpha).sentence)
    return tuple(notes)
