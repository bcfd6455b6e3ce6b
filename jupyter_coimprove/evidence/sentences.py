"""The claim, sentence by sentence: what may be said of an effect, and how (STATISTICS 9 to 19)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jupyter_coimprove.evidence.effects import ArmSummary, Effect, Evidence, Rules, Verdict
from jupyter_coimprove.evidence.printing import Prose, clean, code, decimals_of, key, listed, percent, printed
from jupyter_coimprove.experiments.experiment import Experiment

Runs = Mapping[tuple[str, int], str]

#: How far a verdict reaches, by what the blocks vary (STATISTICS 9).
SCOPE = {
    "split": "over repeated splits of this data set",
    "init": "on this split",
    "order": "on this split",
    "none": "on this split",
    "unknown": "in these blocks",
}
_STATUS = {
    "confirmatory": "Confirmatory: arms, blocks and analysis were registered before the first run.",
    "exploratory": "Exploratory: this suggests and does not confirm; a confirmatory experiment on fresh "
    "blocks would.",
    "post hoc": "Post hoc: looked for after results existed; a confirmatory experiment on fresh blocks is "
    "needed before it is claimed.",
}


def finite(value: float | None) -> float | None:
    """The number, or None when it is missing, NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


def bounds(effect: Effect) -> tuple[float, float] | None:
    """The interval, when it has two finite ends; an exact difference has none."""
    low, high = finite(effect.low), finite(effect.high)
    if low is None or high is None or effect.method == "exact difference":
        return None
    return (low, high)


def decimals(effect: Effect) -> int:
    """Decimals in which this effect is printed: two significant digits of the half width."""
    ends = bounds(effect)
    return decimals_of((ends[1] - ends[0]) / 2 if ends else None, effect.estimate)


def unchanged(effect: Effect) -> bool:
    """Whether every paired difference is zero (STATISTICS 10)."""
    return bool(effect.points) and all(difference == 0 for _, difference in effect.points)


def beyond_zero(effect: Effect) -> bool:
    """Whether the interval leaves zero out."""
    ends = bounds(effect)
    return ends is not None and (ends[0] > 0 or ends[1] < 0)


def sayable(effect: Effect, rules: Rules) -> Verdict:
    """The verdict that may be said: equivalence only with a registered margin (STATISTICS 5)."""
    return "undecided" if effect.verdict == "equivalent" and rules.margin is None else effect.verdict


def runs_of(runs: Runs, arms: Sequence[str], blocks: Sequence[int] | None = None) -> tuple[str, ...]:
    """Ids of the runs of these arms (in these blocks), each once, in the order of the mapping."""
    return tuple(
        dict.fromkeys(
            run
            for (arm, block), run in runs.items()
            if run and arm in arms and (blocks is None or block in blocks)
        )
    )


class Telling:
    """One claim being told: the evidence, its names, and the prose so far."""

    def __init__(self, evidence: Evidence, experiment: Experiment, runs: Runs) -> None:
        self.evidence, self.rules, self.plan, self.runs = evidence, evidence.rules, experiment.plan, runs
        self.metric = self.plan.response.name
        self.response = code(self.metric)
        self.scope = SCOPE.get(self.rules.block_kind, "in these blocks")
        self.prose = Prose(self.metric)

    # -- numbers ---------------------------------------------------------------------------
    def _runs(self, effect: Effect) -> tuple[str, ...]:
        blocks = [block for block, _ in effect.points]
        return runs_of(self.runs, (self.rules.baseline, effect.arm), blocks)

    def _effect(self, effect: Effect, quantity: str, value: float, text: str, at: str = "") -> None:
        path = key("effects", effect.arm, at + quantity)
        self.prose.number(text, value, path, runs=self._runs(effect), arm=effect.arm, quantity=quantity)

    def _rule(self, quantity: str, value: float) -> None:
        self.prose.number(f"{value:g}", value, key("rules", quantity), quantity=quantity)

    def _change(self, effect: Effect) -> None:
        """``+0.012 (95 % interval +0.004 to +0.020, 8 blocks)``."""
        say, places = self.prose.say, decimals(effect)
        estimate, ends = finite(effect.estimate), bounds(effect)
        if estimate is not None:
            self._effect(effect, "estimate", estimate, printed(estimate, places, sign=True))
            say(" (")
        if ends is not None:
            self._effect(effect, "level", effect.level, percent(effect.level))
            say(" interval ")
            self._ends(effect, ends, places)
            say(", ")
        self._blocks(effect)
        if estimate is not None:
            say(")")

    def _ends(self, effect: Effect, ends: tuple[float, float], places: int, at: str = "") -> None:
        self._effect(effect, "low", ends[0], printed(ends[0], places, sign=True), at)
        self.prose.say(" to ")
        self._effect(effect, "high", ends[1], printed(ends[1], places, sign=True), at)

    def _blocks(self, effect: Effect) -> None:
        self._effect(effect, "blocks", effect.n, str(effect.n))
        if effect.n < effect.planned:
            self.prose.say(" of ")
            self._effect(effect, "planned", effect.planned, str(effect.planned))
        self.prose.say(" block" if effect.planned == 1 else " blocks")

    def _group(self, effect: Effect) -> str:
        if unchanged(effect):
            return "unchanged"  # also after a sequence stopped: there was nothing to test
        return "untested" if not effect.tested and effect.n else sayable(effect, self.rules)

    # -- sentences -------------------------------------------------------------------------
    def lead(self) -> None:
        """The answer over all treatments, without numbers."""
        groups: dict[str, list[str]] = {}
        for effect in self.evidence.effects:
            groups.setdefault(self._group(effect), []).append(code(effect.arm))
        parts = []
        if worse := groups.get("worse"):
            parts.append(f"{listed(worse)} worsen{_s(worse)} {self.response}")
        if better := groups.get("better"):
            parts.append(f"{listed(better)} improve{_s(better)} {'it' if parts else self.response}")
        if same := groups.get("equivalent"):
            verb = "makes" if len(same) == 1 else "make"
            parts.append(f"{listed(same)} {verb} no difference beyond the registered margin")
        if still := groups.get("unchanged"):
            parts.append(f"no change was observed with {listed(still)}")
        if parts:
            text = "; ".join(parts)
            self.prose.say(f"{self.scope[0].upper()}{self.scope[1:]}, {text}.")
        if unknown := groups.get("undecided"):
            start = " This experiment" if parts else "This experiment"
            changes = f"{listed(unknown)} change{_s(unknown)} {self.response}"
            self.prose.say(f"{start} does not decide whether {changes}{'' if parts else ' ' + self.scope}.")
        if skipped := groups.get("untested"):
            was = "was" if len(skipped) == 1 else "were"
            self.prose.say(f" {listed(skipped)} {was} not tested.")

    def treatment(self, effect: Effect, *, scope: bool) -> None:
        """One sentence: estimate, interval, its level, blocks and verdict of a treatment."""
        say, arm = self.prose.say, code(effect.arm)
        where = f" {self.scope}" if scope else ""
        if effect.n == 0 or finite(effect.estimate) is None:
            say(f"{arm} is undecided{where}: no pair of runs gave {self.response} (")
            self._blocks(effect)
            say(").")
            return
        if not effect.tested and not unchanged(effect):
            estimate = effect.estimate or 0.0
            primary = self.rules.multiplicity == "primary"
            untested = "is not the primary contrast and was not tested" if primary else "was not tested"
            say(f"{arm} {untested}{where}: {self.response} changed by ")
            self._effect(effect, "estimate", estimate, printed(estimate, decimals(effect), sign=True))
            say(" (")
            self._blocks(effect)
            say(f"){self._stopped(effect)}.")
            return
        if unchanged(effect):
            say(f"{arm}: no change observed{where}: {self.response} equals the baseline's in ")
            self._blocks(effect)
            say(", so no test was made.")
            return
        if effect.method == "exact difference":
            verdict = "undecided" if effect.verdict == "undecided" else f"{effect.verdict} than the baseline"
            verdict = "equivalent to the baseline" if effect.verdict == "equivalent" else verdict
            say(f"{arm} is {verdict}{where}: {self.response} changes by exactly ")
            self._change(effect)
            say("; the runs are deterministic, so one block shows it and no test is made.")
            return
        self._verdict(effect, arm, where)

    def _verdict(self, effect: Effect, arm: str, where: str) -> None:
        say, verdict, margin = self.prose.say, sayable(effect, self.rules), self.rules.margin
        if verdict == "equivalent" and margin is not None:
            say(f"{arm} is equivalent to the baseline{where}, within the registered margin of ")
            self._rule("margin", margin)
        elif verdict == "undecided":
            say(f"{arm} is undecided{where}")
        else:
            say(f"{arm} is {verdict} than the baseline{where}")
        say(f": {self.response} changes by ")
        self._change(effect)
        if verdict == "equivalent" and effect.equivalence is not None:
            say("; the interval of the equivalence test, ")
            self._ends(effect, effect.equivalence, decimals(effect), "equivalence_")
            say(", lies within the margin")
        if verdict == "equivalent" and beyond_zero(effect):
            say("; different, but below the margin")
        if verdict == "undecided":
            self._needed(effect)
        self._items(effect)
        say(".")

    def _needed(self, effect: Effect) -> None:
        """The blocks for the registered smallest effect, never for the observed one."""
        say, smallest = self.prose.say, self.rules.smallest_effect
        failed = {arm.arm: sum(n for _, n in arm.failures) for arm in self.evidence.arms}
        if failed.get(effect.arm, 0) != failed.get(self.rules.baseline, 0):
            say("; its runs fail at another rate than the baseline's, which alone leaves it undecided")
            return
        if smallest is None or effect.needed is None:
            return
        if effect.needed == 0:
            say("; no number of blocks decides the registered smallest effect of ")
            self._rule("smallest_effect", smallest)
            say(", it takes more data")
            return
        say("; the registered smallest effect of ")
        self._rule("smallest_effect", smallest)
        say(" takes about ")
        self._effect(effect, "needed", effect.needed, str(effect.needed))
        say(" blocks to decide")

    def _items(self, effect: Effect) -> None:
        """Item sampling of a fixed test set: general claims need its interval too (STATISTICS 11)."""
        if effect.item_interval is None:
            return
        low, high = effect.item_interval
        places = decimals_of((high - low) / 2, low, high)
        covers = low <= 0 <= high
        self.prose.say("; over the items of the test set the interval is ")
        self._effect(effect, "item_low", low, printed(low, places, sign=True))
        self.prose.say(" to ")
        self._effect(effect, "item_high", high, printed(high, places, sign=True))
        self.prose.say(
            ", so this is about these items and not in general" if covers else ", which leaves zero out too"
        )

    def _stopped(self, effect: Effect) -> str:
        """Where the fixed sequence stopped, in words."""
        rules = self.rules
        if rules.multiplicity != "fixed-sequence":
            return ""
        order = [*rules.sequence, *(arm for arm in rules.treatments if arm not in rules.sequence)]
        by_name = {e.arm: e for e in self.evidence.effects}
        before = order[: order.index(effect.arm)] if effect.arm in order else []
        last = next((arm for arm in reversed(before) if arm in by_name and by_name[arm].tested), None)
        if last is None:
            return ""
        return f"; the fixed sequence had stopped at {code(last)}, the first where no difference was shown"

    def baseline_only(self) -> None:
        """A claim about the baseline's spread when nothing was compared."""
        arm = next((a for a in self.evidence.arms if a.arm == self.rules.baseline), None)
        mean = finite(arm.mean) if arm else None
        if arm is None or mean is None:
            self.prose.say(f"No treatment was compared, and no run of the baseline gave {self.response}.")
            return
        places = decimals_of(finite(arm.sd), mean)
        self.prose.say(f"No treatment was compared. The baseline's {self.response} is ")
        self._arm(arm, "mean", mean, printed(mean, places))
        self.prose.say(" on average over ")
        self._arm(arm, "completed", arm.completed, str(arm.completed))
        self.prose.say(" block" if arm.completed == 1 else " blocks")
        if (sd := finite(arm.sd)) is not None:
            self.prose.say(", with a standard deviation of ")
            self._arm(arm, "sd", sd, printed(sd, places))
        self.prose.say(f" {self.scope}.")

    def _arm(self, arm: ArmSummary, quantity: str, value: float, text: str, *more: str) -> None:
        runs = runs_of(self.runs, (arm.arm,))
        path = key("arms", arm.arm, quantity, *more)
        self.prose.number(text, value, path, runs=runs, arm=arm.arm, quantity=quantity)

    def interactions(self) -> None:
        """Interactions that the registered level finds, one sentence each."""
        for found in self.evidence.interactions:
            if found.p_adjusted > self.rules.alpha:
                continue
            one, other = (code(name) for name in found.factors)
            places = decimals_of((found.high - found.low) / 2, found.estimate)
            path, runs = (
                "interactions/" + key("×".join(found.factors)),
                runs_of(self.runs, [a.arm for a in self.evidence.arms]),
            )
            self.prose.say(
                f" {one} and {other} interact: with both changed, {self.response} differs from the sum of the two changes by "
            )
            for quantity, value, after in (
                ("estimate", found.estimate, " (interval "), ("low", found.low, " to "), ("high", found.high, ")."),
            ):  # fmt: skip
                self.prose.number(
                    printed(value, places, sign=True), value, f"{path}/{quantity}",
                    runs=runs, arm="×".join(found.factors), quantity=quantity,
                ).say(after)  # fmt: skip

    def failures(self) -> None:
        """Failed runs by arm: how many of how many, and of what."""
        for arm in self.evidence.arms:
            if not arm.failures:
                continue
            total = sum(count for _, count in arm.failures)
            self.prose.say(" Of the ")
            self._arm(arm, "planned", arm.planned, str(arm.planned))
            self.prose.say(f" runs of {code(arm.arm)}, ")
            self._arm(arm, "failures", total, str(total))
            self.prose.say(f" failed ({listed([_reason(reason) for reason, _ in arm.failures])}).")

    def residual(self) -> None:
        """How much the baseline differs from itself in the same block."""
        value = finite(self.evidence.residual)
        if value:
            self.prose.say(" The baseline repeated in the same block differs from itself by ")
            runs = runs_of(self.runs, (self.rules.baseline,))
            self.prose.number(
                f"{value:.2g}", value, "residual", runs=runs, arm=self.rules.baseline, quantity="residual"
            )
            self.prose.say(", so the runs are not fully determined by their seeds.")

    def hypothesis(self) -> None:
        """The registered directional hypothesis and what came of it."""
        text = self.rules.hypothesis
        verdict = next((e.hypothesis for e in self.evidence.effects if e.hypothesis), "")
        if text and verdict:
            self.prose.say(f" The registered hypothesis {code(text)} is {verdict}.")

    def closing(self, deviations: Sequence[str]) -> None:
        """How far this reaches: limits, method and the status of the experiment."""
        say, rules = self.prose.say, self.rules
        undecided = any(
            e.verdict == "undecided" and e.tested and not unchanged(e) for e in self.evidence.effects
        )
        if undecided and rules.smallest_effect is None:
            say(
                " No smallest effect of interest was registered, so the blocks that would decide are not given."
            )
        if rules.block_kind == "unknown" and self.evidence.effects:
            say(" What the blocks vary is not known from the code.")
        say(" " + _STATUS.get(self.plan.status, f"Status: {self.plan.status}."))
        if deviations:
            say(" Deviations from the plan are listed with it.")


def _reason(reason: str) -> str:
    return clean(reason).replace("_", " ")


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) == 1 else ""
