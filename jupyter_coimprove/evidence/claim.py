"""A claim being told, and what is said beside its effects: interactions, controls, failures, how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.evidence.effects import ArmSummary, Evidence, Interaction
from jupyter_coimprove.evidence.printing import Prose, clean, code, decimals_of, key, listed, printed
from jupyter_coimprove.evidence.saying import SCOPE, Runs, finite, runs_of, unchanged
from jupyter_coimprove.experiments.experiment import Experiment

_STATUS = {
    "confirmatory": "Confirmatory: arms, blocks and analysis were registered before the first run.",
    "exploratory": "Exploratory: this suggests and does not confirm; a confirmatory experiment on fresh "
    "blocks would.",
    "post hoc": "Post hoc: looked for after results existed; a confirmatory experiment on fresh blocks is "
    "needed before it is claimed.",
}


class Claim:
    """One claim being told: the evidence, its names, and the prose so far."""

    def __init__(self, evidence: Evidence, experiment: Experiment, runs: Runs) -> None:
        self.evidence, self.rules, self.plan, self.runs = evidence, evidence.rules, experiment.plan, runs
        self.metric = self.plan.response.name
        self.response = code(self.metric)
        self.scope = SCOPE.get(self.rules.block_kind, "in these blocks")
        self.prose = Prose(self.metric)

    def _arm(self, arm: ArmSummary, quantity: str, value: float, text: str, *more: str) -> None:
        runs = runs_of(self.runs, (arm.arm,))
        path = key("arms", arm.arm, quantity, *more)
        self.prose.number(text, value, path, runs=runs, arm=arm.arm, quantity=quantity)

    def interactions(self) -> None:
        """Interactions that the registered level finds, one sentence each."""
        for found in self.evidence.interactions:
            if found.alone is not None:
                self._alone(found)
                continue
            if found.p_adjusted > self.rules.alpha:
                continue
            one, other = (code(name) for name in found.factors)
            also = f" (not told from {listed([code(a) for a in found.aliases])})" if found.aliases else ""
            places = decimals_of((found.high - found.low) / 2, found.estimate)
            path, runs = (
                "interactions/" + key("×".join(found.factors)),
                runs_of(self.runs, [a.arm for a in self.evidence.arms]),
            )
            self.prose.say(
                f" {one} and {other} interact{also}: with both changed, {self.response} differs from the sum of the two changes by "
            )
            for quantity, value, after in (
                ("estimate", found.estimate, " (interval "), ("low", found.low, " to "), ("high", found.high, ")."),
            ):  # fmt: skip
                self.prose.number(
                    printed(value, places, sign=True), value, f"{path}/{quantity}",
                    runs=runs, arm="×".join(found.factors), quantity=quantity,
                ).say(after)  # fmt: skip

    def _alone(self, found: Interaction) -> None:
        """A factor that does one thing alone and another with the others (STATISTICS 1)."""
        decided = found.p_adjusted <= self.rules.alpha
        if found.alone is None or not (decided or found.opposed):
            return
        factor = found.factors[0]
        arms = [arm for name, *arms in self.rules.opposed for arm in arms if name == factor]
        runs = runs_of(self.runs, [*arms, *(self.rules.reference(arm) for arm in arms)])
        path, places = "interactions/" + key("×".join(found.factors)), decimals_of(*found.alone)

        def number(value: float, quantity: str) -> None:
            self.prose.number(
                printed(value, places, sign=True), value, f"{path}/{quantity}", runs=runs, arm=factor,
                quantity=quantity,
            )  # fmt: skip

        verb = "interacts with the others" if decided else "may interact with the others"
        self.prose.say(
            f" {code(factor)} {verb}: put into the stripped notebook alone it changes {self.response} by "
        )
        number(found.alone[0], "alone")
        self.prose.say(", put in last of all by ")
        number(found.alone[1], "last")
        if found.opposed:
            self.prose.say(", so leave-one-out and add-one-in disagree in sign")
        self.prose.say("." if decided else "; these runs do not decide whether that is chance.")

    def controls(self) -> None:
        """What the arms beside the comparison say, where it is something to worry about."""
        for control in self.evidence.controls:
            if control.alarm and control.role == "reseed":
                self.prose.say(
                    " The reseed arm, where nothing was changed but the seeds, shows an effect: it is repeated on "
                    "fresh blocks before anything is claimed."
                )
            elif control.alarm:
                self.prose.say(" The baseline is not shown to be better than a model that knows nothing.")

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
            spread = next((finite(a.sd) for a in self.evidence.arms if a.arm == self.rules.baseline), None)
            if spread:
                share = value / spread
                self.prose.say(" (").number(
                    f"{share:.2g}", share, "residual/spread", runs=runs, arm=self.rules.baseline,
                    quantity="residual",
                ).say(" times its spread over blocks)")  # fmt: skip
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
        if about := self._about():
            say(f" This is about {about}.")
        if rules.block_kind == "unknown" and self.evidence.effects:
            say(" What the blocks vary is not known from the code.")
        say(" " + _STATUS.get(self.plan.status, f"Status: {self.plan.status}."))
        if deviations:
            say(" Deviations from the plan are listed with it.")

    def _about(self) -> str:
        """The data, the split and the model, as the code names them (STATISTICS 11)."""
        named = self.plan.extra.get("about", {})
        parts = []
        for part, words in (("data", ""), ("split", "split by "), ("model", "with ")):
            if names := [code(str(name)) for name in named.get(part, ())]:
                parts.append(words + listed(names))
        return ", ".join(parts)


def _reason(reason: str) -> str:
    return clean(reason).replace("_", " ")
