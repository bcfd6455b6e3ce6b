"""Rules for validity: the product's checks of which rows reach which statistic, model and score, and its metrics beside their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.bench.item import Answer, Item, Patch, notebook_of
from jupyter_coimprove.bench.playbook import value_of
from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.evidence.checks.finding import counts
from jupyter_coimprove.evidence.checks.mending import mended
from jupyter_coimprove.evidence.metrics.trying import metrics

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments

#: What the checks tell apart and the benchmark calls by one name.
_CALLED = {
    "selection": "preprocessing", "encoding": "preprocessing", "categories": "preprocessing", "neighbours": "preprocessing",
    "oversampling": "overlap", "trainscore": "overlap", "identifier": "target", "shuffled": "target",
}  # fmt: skip
_SURE = {"high": 0.95, "medium": 0.85, "low": 0.6}


def flaw_pairs(item: Item, instruments: Instruments) -> Answer:
    """The surest finding of the static checks, and its mechanical repair where there is one; faint ones are no verdict."""
    notebook = notebook_of(item)
    found, whole = check(notebook, instruments.transform)
    least = str(value_of(instruments.playbook, "checks.least"))
    said = [one for one in found if counts(one.confidence, least)]
    if not said:
        return Answer(verdict="sound", confidence=0.7 if whole else 0.5)
    one = said[0]
    patch = tuple(
        Patch(cell=index + 1, source=source)
        for index, source in mended(notebook, one, instruments.transform).items()
    )
    return Answer(
        verdict="flawed", kind=_CALLED.get(one.kind, one.kind), cell=one.where.cell + 1, confidence=_SURE[one.confidence],
        evidence=(one.evidence,), patch=patch,
    )  # fmt: skip


def eval_mutants(item: Item, instruments: Instruments) -> Answer:
    """What `benchmark --metrics` finds: a metric that differs from its definition, by the one change that makes it equal.

    One that no single change makes equal may be another convention: that is no verdict.
    """
    found = metrics(notebook_of(item), instruments.transform, instruments.execute)
    wrong = next((one for one in found if one.change is not None), None)
    if wrong is None or wrong.change is None:
        return Answer(verdict="sound", confidence=0.9 if found and all(one.equal for one in found) else 0.5)
    gave, wanted = wrong.example
    return Answer(
        verdict="flawed", kind=wrong.change.kind, cell=wrong.index + 1, confidence=0.95,
        evidence=(f"{wrong.function} gives {gave:.6g} where the {wrong.known.name} is {wanted:.6g}",),
        patch=(Patch(cell=wrong.index + 1, source=wrong.mended),),
    )  # fmt: skip


RULES = {"flaw-pairs": flaw_pairs, "eval-mutants": eval_mutants}
