"""Rules for benchmarks: whether a split can be believed, by the product's checks and then by its probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.activities.benchmark import agreement
from jupyter_coimprove.bench.item import Answer, Item, notebook_of
from jupyter_coimprove.bench.rules import probing
from jupyter_coimprove.evidence.checks.check import check

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments
    from jupyter_coimprove.evidence.checks.finding import CheckFinding

#: What checks and probes call what a split can have.
#: Where no equal rows were counted and labels are known that were shuffled, rows belong together.
_CALLED = {
    "overlap": "duplicates", "oversampling": "duplicates", "groups": "groups", "shuffled": "groups", "temporal": "time",
}  # fmt: skip
_SURE = {"high": 0.95, "medium": 0.85}


def split_audit(item: Item, instruments: Instruments) -> Answer:
    """What the code gives away of the split; where it gives nothing away, what running it shows."""
    read, whole = check(notebook_of(item), instruments.transform)
    one = _first(read) or _first(probing.found(item, instruments))
    if one is None:
        return Answer(verdict="sound", confidence=0.8 if whole else 0.5)
    return Answer(
        verdict="flawed",
        kind=_CALLED[one.kind],
        cell=one.where.cell + 1,
        confidence=_SURE[one.confidence],
        evidence=(one.evidence,),
    )


def _first(found: tuple[CheckFinding, ...]) -> CheckFinding | None:
    return next((one for one in found if one.kind in _CALLED and one.confidence in _SURE), None)


def metric_choice(item: Item, instruments: Instruments) -> Answer:
    """The scores by how they agree with the use (Kendall's W of the two rankings); costs in words it cannot read."""
    del instruments
    costs = item.material.get("cost_of_each")
    if costs is None:
        return Answer()
    systems = item.material["systems"]
    use = {name: -sum(costs[kind] * one["outcomes"][kind] for kind in costs) for name, one in systems.items()}
    found = {
        score: agreement({name: {0: use[name], 1: one["scores"][score]} for name, one in systems.items()})
        for score in item.material["scores"]
    }
    order = sorted(found, key=lambda score: -(found[score] or (0.0, 0))[0])
    return Answer(
        value=order, confidence=0.9, evidence=(f"{order[0]} agrees most with what the outcomes cost",)
    )


RULES = {"split-audit": split_audit, "metric-choice": metric_choice}
