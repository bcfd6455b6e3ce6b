"""Rules for scientific communication: every number of a claim against the ledger, and what its words say beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.evidence import grounding, overclaims, words
from jupyter_coimprove.evidence.effects import ArmSummary, Effect, Evidence, Rules
from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.evidence.numerals import NUMBER, value_of
from jupyter_coimprove.evidence.printing import key
from jupyter_coimprove.experiments.experiment import Arm, Experiment, Plan, Response

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def references(material: dict[str, Any]) -> tuple[Reference, ...]:
    """The ledger's numbers as a finding's references."""
    metric = str(material["response"])
    out = []
    for row in material["ledger"]:
        arm, points = str(row["arm"]), [float(x) for x in row["differences"]]
        quantities = {
            "estimate": row["estimate"], "low": row["low"], "high": row["high"], "level": row["level"], "blocks": row["blocks"],
            "completed": row["blocks"], "smallest": min(points), "largest": max(points),
        }  # fmt: skip
        out += [
            Reference(
                text="",
                key=key("effects", arm, name),
                value=float(value),
                arm=arm,
                quantity=name,
                metric=metric,
            )
            for name, value in quantities.items()
        ]
    return tuple(out)


def claim_check(item: Item, instruments: Instruments) -> Answer:
    """Numbers that no run backs first (a sign where the size is right), then effects without interval, then words."""
    del instruments
    material = dict(item.material)
    known, text = references(material), str(material["claim"])
    found = grounding.check(text, known)
    if found.flagged:
        turned = [number for number in found.flagged if _turned(number, known)]
        number = (turned or list(found.flagged))[0]
        return Answer(
            verdict="flawed",
            kind="sign" if turned else "number",
            confidence=0.9,
            evidence=(f"{number.text}: {number.why}",),
        )
    verdicts = {str(row["arm"]): str(row["verdict"]) for row in material["ledger"]}
    said = overclaims.beyond(text, known, verdicts, found)
    bare = [one for one in said if one.kind == "no interval"]
    if said:
        one = (bare or list(said))[0]
        return Answer(
            verdict="flawed",
            kind="interval" if bare else "overclaim",
            confidence=0.85,
            evidence=(f"{one.text}: {one.why}",),
        )
    return Answer(
        verdict="sound", confidence=0.85, evidence=(f"{len(found.backed)} numbers are the ledger's",)
    )


def _turned(number: grounding.Number, known: tuple[Reference, ...]) -> bool:
    """Whether a ledger's number is this one with the other sign."""
    match = NUMBER.search(number.text)
    if match is None:
        return False
    value, step = value_of(match, match["sign"] or "")
    return any(r.quantity == "estimate" and abs(r.value + value) <= step / 2 * (1 + 1e-9) for r in known)


def write_up(item: Item, instruments: Instruments) -> Answer:
    """The finding as the product words it from this evidence, with the reference behind each number."""
    del instruments
    material = item.material
    numbers = material["numbers"]
    effects = tuple(_effect(row) for row in material["ledger"])
    most = max(effect.n for effect in effects)
    rules = Rules(
        baseline="baseline", treatments=tuple(effect.arm for effect in effects), blocks=tuple(range(most)),
        direction="max" if material["better"] == "larger" else "min", smallest_effect=numbers.get("rules/smallest_effect"),
    )  # fmt: skip
    arms = (
        ArmSummary(
            arm="baseline", completed=most, planned=most, mean=numbers[key("arms", "baseline", "mean")], sd=numbers[key("arms", "baseline", "sd")]
        ),
        *(
            ArmSummary(
                arm=effect.arm, completed=effect.n, planned=int(numbers.get(key("arms", effect.arm, "planned"), effect.n)), mean=None, sd=None,
                failures=(("error", int(material["failed"][effect.arm])),) if effect.arm in material["failed"] else (),
            )
            for effect in effects
        ),
    )  # fmt: skip
    evidence = Evidence(rules=rules, effects=effects, arms=arms)
    made = words.finding(
        evidence,
        _registered(evidence, str(material["response"])),
        id="fnd_0",
        notebook="notebook.ipynb",
        runs={},
        deviations=(),
        counts={},
    )
    told = [
        {"text": r.text, "key": r.key} for r in sorted(made.references, key=lambda r: r.start) if r.start >= 0
    ]
    return Answer(value={"text": made.claim, "numbers": told}, confidence=0.9)


def _effect(row: Mapping[str, Any]) -> Effect:
    points = tuple(enumerate(float(x) for x in row["differences"]))
    return Effect(
        arm=str(row["arm"]), n=int(row["blocks"]), planned=int(row["blocks"]), estimate=float(row["estimate"]), low=float(row["low"]),
        high=float(row["high"]), level=float(row["level"]), p=None, p_adjusted=None, verdict=row["verdict"], points=points,
    )  # fmt: skip


def _registered(evidence: Evidence, response: str) -> Experiment:
    """The experiment that such evidence is of, as far as words need it."""
    rules = evidence.rules
    plan = Plan(
        question="What does each part change?", notebook="notebook.ipynb", notebook_digest="", kernel=None, design="one-at-a-time",
        factors=(), arms=(Arm(name=rules.baseline), *(Arm(name=arm, settings={arm: "x"}) for arm in rules.treatments)), seeds=(),
        seeding_cell=None, blocks=len(rules.blocks), block_kind="unknown", block_numbers=(),
        response=Response(name=response, how="variable", expr=response, direction=rules.direction), smallest_effect=rules.smallest_effect,
    )  # fmt: skip
    return Experiment(id="exp_0", plan=plan, digest="", blocks=rules.blocks, registered_at="", snapshot="")


RULES = {"claim-check": claim_check, "write-up": write_up}
