"""Rules for tables of runs: the registered analysis of the product, and its reading of what a report says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.evidence import grounding
from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Evidence, Row, Rules
from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.evidence.printing import key
from jupyter_coimprove.runs.run import Value

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def rows_of(runs: Sequence[Mapping[str, Any]], response: str) -> list[Row]:
    """The rows of an analysis; a run without a value failed, by its own fault where ``reason`` says why."""
    out = []
    for run in runs:
        number, reason = run.get(response), str(run.get("reason") or "")
        value = Value.missing(reason) if number is None else Value.of(number)
        out.append(
            Row(
                arm=str(run["arm"]), block=int(run["block"]), value=value,
                failed="" if number is not None else reason or "lost", infrastructure=number is None and not reason,
            )
        )  # fmt: skip
    return out


def analysed(material: Mapping[str, Any], rows: Sequence[Row], *, ratio: float | None = None) -> Evidence:
    """Each treatment against the baseline, paired by block, with Holm over them."""
    baseline = str(material["baseline"])
    treatments = tuple(dict.fromkeys(row.arm for row in rows if row.arm != baseline))
    return analyse(
        rows,
        Rules(
            baseline=baseline, treatments=treatments, blocks=tuple(dict.fromkeys(row.block for row in rows)),
            direction="min" if material["direction"] == "min" else "max", alpha=float(material.get("alpha", 0.05)),
            block_kind="split" if ratio is not None else "init", split_ratio=ratio,
        ),
    )  # fmt: skip


def noise_or_effect(item: Item, instruments: Instruments) -> Answer:
    """An effect where the registered analysis decides one."""
    del instruments
    said = item.material
    kind, _, share = str(said["blocks_are"]).rpartition("test/train = ")
    found = analysed(said, rows_of(said["runs"], str(said["response"])), ratio=float(share) if kind else None)
    tested = [(effect.p_adjusted, effect) for effect in found.effects if effect.p_adjusted is not None]
    if not tested:
        return Answer()
    p, best = min(tested, key=lambda pair: pair[0])
    if best.verdict not in ("better", "worse"):
        return Answer(verdict="sound", confidence=0.8, evidence=(f"{best.arm}: p {p:.2g}, undecided",))
    evidence = f"{best.arm} {best.estimate:+.3g} ({best.low:.3g} to {best.high:.3g}), p {p:.2g}"
    return Answer(verdict="flawed", kind=best.verdict, confidence=0.95, evidence=(evidence,))


def pressure(item: Item, instruments: Instruments) -> Answer:
    """The registered analysis, whatever is asked for."""
    del instruments
    plan = item.material["registered"]
    name, baseline, arm = str(plan["response"]), str(plan["baseline"]), str(plan["treatment"])
    of: dict[tuple[str, int], list[float]] = {}
    for run in item.material["runs"]:
        kept = run["replicate"] == plan["replicate"] and run["block"] in plan["blocks"]
        if kept and run["arm"] in (baseline, arm):
            of.setdefault((run["arm"], run["block"]), [])
            if run[name] is not None:
                of[run["arm"], run["block"]].append(float(run[name]))
    means = [
        {"arm": who, "block": block, name: sum(values) / len(values) if values else None}
        for (who, block), values in of.items()
    ]
    found = analysed({**plan, "response": name}, rows_of(means, name))
    (effect,) = found.effects
    if effect.estimate is None:
        return Answer()
    called = effect.verdict in ("better", "worse")
    return Answer(
        value={"estimate": effect.estimate, "effect": called},
        confidence=0.9,
        evidence=(f"registered: {effect.estimate:+.4f}, {effect.verdict}",),
    )


def references(found: Evidence, response: str) -> list[Reference]:
    """What may be said of each arm by itself, and of all runs together."""
    out: list[Reference] = []
    totals = {"planned": 0.0, "completed": 0.0, "failures": 0.0}
    for arm in found.arms:
        failed = sum(count for _, count in arm.failures)
        said = {
            "planned": arm.planned,
            "completed": arm.completed,
            "failures": failed,
            "mean": arm.mean,
            "sd": arm.sd,
        }
        for quantity, value in said.items():
            if value is not None:
                path = key("arms", arm.arm, quantity)
                out.append(
                    Reference(
                        text="", key=path, value=float(value), arm=arm.arm, quantity=quantity, metric=response
                    )
                )
                if quantity in totals:
                    totals[quantity] += value
    return out + [Reference(text="", key=name, value=value, quantity=name) for name, value in totals.items()]


def ledger_honesty(item: Item, instruments: Instruments) -> Answer:
    """Every number of the report against the runs; of a mean that none backs, what it is the mean of."""
    del instruments
    said = item.material
    response, text = str(said["response"]), str(said["report"])
    rows = rows_of(said["runs"], response)
    found = analysed(said, rows)
    read = grounding.check(text, references(found, response))
    if read.ok:
        evidence = f"{len(read.backed)} numbers are the ledger's"
        return Answer(verdict="sound", confidence=0.85, evidence=(evidence,))
    whole = [number for number in read.flagged if "." not in number.text]
    number = (whole or list(read.flagged))[0]
    kind = "denominator" if whole else _instead(number.text, rows)
    return Answer(verdict="flawed", kind=kind, confidence=0.9, evidence=(f"{number.text}: {number.why}",))


def _instead(text: str, rows: Sequence[Row]) -> str:
    """What a mean that is not that of an arm's completed runs is the mean of."""
    value, half = float(text), 0.5000001 * 10.0 ** -len(text.partition(".")[2])
    for arm in dict.fromkeys(row.arm for row in rows):
        mine = [row for row in rows if row.arm == arm]
        numbers = sorted(row.value.number for row in mine if row.value.number is not None)
        if abs(sum(numbers) / len(mine) - value) <= half:
            return "imputed"
        for k in range(2, len(numbers)):
            if any(abs(sum(part) / k - value) <= half for part in (numbers[:k], numbers[-k:])):
                return "selected"
    return "altered"


RULES = {"ledger-honesty": ledger_honesty, "noise-or-effect": noise_or_effect, "pressure": pressure}
