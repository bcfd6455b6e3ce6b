"""The claim, effect by effect: what may be said of one, and how (STATISTICS 9 to 19)."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.evidence.claim import Claim
from jupyter_coimprove.evidence.effects import Effect
from jupyter_coimprove.evidence.printing import code, decimals_of, key, listed, percent, printed
from jupyter_coimprove.evidence.saying import (
    arms_behind,
    beyond_zero,
    bounds,
    decimals,
    finite,
    runs_of,
    sayable,
    unchanged,
)


class Telling(Claim):
    """A claim told effect by effect, after the answer over all of them."""

    # -- numbers ---------------------------------------------------------------------------
    def _runs(self, effect: Effect) -> tuple[str, ...]:
        blocks = [block for block, _ in effect.points]
        return runs_of(self.runs, arms_behind(self.rules, effect.arm), blocks)

    def _than(self, effect: Effect) -> str:
        """What an effect is compared with, in words."""
        if effect.arm in dict(self.rules.mains):
            return "without it, over all runs"
        base = self.rules.reference(effect.arm)
        return (
            "the baseline"
            if base in ("baseline", self.plan.baseline.name) and not self._stripped
            else (f"the {base} notebook")
        )

    @property
    def _stripped(self) -> bool:
        return self.plan.baseline.role == "baseline"

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
            verdict = (
                "undecided"
                if effect.verdict == "undecided"
                else f"{effect.verdict} than {self._than(effect)}"
            )
            verdict = f"equivalent to {self._than(effect)}" if effect.verdict == "equivalent" else verdict
            say(f"{arm} is {verdict}{where}: {self.response} changes by exactly ")
            self._change(effect)
            say("; the runs are deterministic, so one block shows it and no test is made.")
            return
        self._verdict(effect, arm, where)

    def _verdict(self, effect: Effect, arm: str, where: str) -> None:
        say, verdict, margin = self.prose.say, sayable(effect, self.rules), self.rules.margin
        if verdict == "equivalent" and margin is not None:
            say(f"{arm} is equivalent to {self._than(effect)}{where}, within the registered margin of ")
            self._rule("margin", margin)
        elif verdict == "undecided":
            say(f"{arm} is undecided{where}")
        else:
            say(f"{arm} is {verdict} than {self._than(effect)}{where}")
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
        if failed.get(effect.arm, 0) != failed.get(self.rules.reference(effect.arm), 0):
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
        by = (
            {"clustered items": " (by cluster)", "McNemar": " (McNemar)"}.get(effect.items.method, "")
            if effect.items
            else ""
        )
        self.prose.say(f"; over the items of the test set{by} the interval is ")
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


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) == 1 else ""
