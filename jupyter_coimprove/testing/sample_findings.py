"""Evidence made by hand, for tests of what is said about it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.evidence.effects import ArmSummary, Effect, Evidence, Rules, Verdict
from jupyter_coimprove.evidence.finding import Finding
from jupyter_coimprove.evidence.words import finding as make_finding
from jupyter_coimprove.experiments.experiment import Arm, Experiment, Plan, Response

BASELINE = "baseline"
FINDING = "fnd_01JDCXQ7Z00000000000000001"
EXPERIMENT = "exp_01JDCXQ7Z00000000000000001"


def effect(arm: str, estimate: float | None, half: float, verdict: Verdict, **more: Any) -> Effect:
    """An effect with a symmetric interval, eight blocks and points scattered within it."""
    blocks = int(more.pop("n", 8))
    rng = random.Random(repr(arm))
    points = tuple((b, (estimate or 0.0) + rng.uniform(-half, half)) for b in range(blocks))
    given: dict[str, Any] = {
        "arm": arm, "n": blocks, "planned": 8, "estimate": estimate, "level": 0.95, "p": 0.013,
        "low": None if estimate is None else estimate - half,
        "high": None if estimate is None else estimate + half,
        "p_adjusted": 0.026, "verdict": verdict, "better": (sum(d > 0 for _, d in points), blocks),
        "points": points,
    }  # fmt: skip
    return Effect(**{**given, **more})


def arm(name: str, mean: float, *, failed: int = 0, reason: str = "error") -> ArmSummary:
    """An arm of eight blocks by itself."""
    rng = random.Random(repr(name))
    values = tuple((b, mean + rng.gauss(0, 0.004)) for b in range(8 - failed))
    return ArmSummary(
        arm=name, completed=8 - failed, planned=8, mean=mean, sd=0.0041, values=values,
        failures=((reason, failed),) if failed else (),
    )  # fmt: skip


def evidence(*effects: Effect, arms: Sequence[ArmSummary] = (), **more: Any) -> Evidence:
    """Evidence over these effects; keywords are of the rules, or of the evidence itself."""
    own = {k: more.pop(k) for k in ("interactions", "residual", "deterministic", "notes") if k in more}
    rules: dict[str, Any] = {
        "baseline": BASELINE, "treatments": tuple(e.arm for e in effects), "blocks": tuple(range(8)),
        "direction": "max", "block_kind": "init",
    }  # fmt: skip
    made = arms or (arm(BASELINE, 0.93), *(arm(e.arm, 0.93 + (e.estimate or 0.0)) for e in effects))
    return Evidence(rules=Rules(**{**rules, **more}), effects=effects, arms=tuple(made), **own)


def experiment(found: Evidence, *, question: str = "Which of these parts matter?", **more: Any) -> Experiment:
    """A registered experiment that fits the evidence; keywords are of the plan."""
    rules = found.rules
    given: dict[str, Any] = {
        "question": question, "notebook": "digits.ipynb", "notebook_digest": "raw:0", "kernel": "python3",
        "design": "one-at-a-time", "factors": (), "seeds": (), "seeding_cell": None, "blocks": len(rules.blocks),
        "arms": (Arm(name=rules.baseline), *(Arm(name=a, settings={a: "x"}) for a in rules.treatments)),
        "block_kind": rules.block_kind, "block_numbers": (), "smallest_effect": rules.smallest_effect,
        "response": Response(name="accuracy", how="variable", expr="accuracy", direction=rules.direction),
        "margin": rules.margin, "hypothesis": rules.hypothesis,
    }  # fmt: skip
    return Experiment(
        id=EXPERIMENT, plan=Plan(**{**given, **more}), digest="json:ab12", blocks=rules.blocks,
        registered_at="2026-11-20T09:00:00.000Z", snapshot="snap",
    )  # fmt: skip


def runs(found: Evidence) -> dict[tuple[str, int], str]:
    """A run of every arm in every block."""
    arms = (found.rules.baseline, *found.rules.treatments)
    return {
        (name, block): f"run_{i:02d}{block:02d}"
        for i, name in enumerate(arms)
        for block in found.rules.blocks
    }


def finding(
    found: Evidence, *, deviations: Sequence[str] = (), counts: Mapping[str, int] | None = None, **plan: Any
) -> Finding:
    """The finding card of this evidence."""
    return make_finding(
        found, experiment(found, **plan), id=FINDING, notebook="digits.ipynb", runs=runs(found),
        deviations=deviations,
        counts=counts or {"registered": 3, "reported": 1, "abandoned": 1, "same_response": 2},
    )  # fmt: skip
