"""Rules for collective intelligence: votes merged with views that repeat each other counted once, and one plan for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.evidence import settling, votes

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def merge_votes(item: Item, instruments: Instruments) -> Answer:
    """What the voters say together; where two labels are equally likely, the first."""
    del instruments
    labels = list(map(str, item.material["labels"]))
    merged = votes.merge(item.material["votes"], choices=labels)
    told = {name: said if said is not None else labels[0] for name, said in merged.answers.items()}
    groups = tuple(f"{', '.join(group)} repeat each other" for group in merged.groups)
    return Answer(value=told, confidence=0.8, evidence=(merged.method, *groups))


def constraint_consensus(item: Item, instruments: Instruments) -> Answer:
    """What `debate --settle` finds: no plan where none is feasible."""
    del instruments
    options, members = settling.read(item.material)
    found = settling.settle(options, members)
    if found.plan is None:
        return Answer(confidence=0.9, evidence=tuple(one.text for one in found.conflicts))
    return Answer(
        value={"plan": dict(found.plan), "dissent": list(found.dissent)}, confidence=0.95,
        evidence=(f"{found.feasible} of {found.options} plans are feasible, {found.met} of {found.wished} wishes met",),
    )  # fmt: skip


RULES = {"merge-votes": merge_votes, "constraint-consensus": constraint_consensus}
