"""Whether a split lets a score be believed: rows, groups or times on both sides of it, or not."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping

from jupyter_coimprove.bench import detecting, notation
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, Verdict, book

KINDS = ("duplicates", "groups", "time")
_ASK = (
    "Does the split of this notebook give a score that new data would give? It is flawed where the same rows stand on both "
    "sides (duplicates), rows of one group do (groups), or rows of a later time are learnt from (time). Answer with a "
    "verdict, its kind and the cell."
)


@functools.cache
def _templates() -> Mapping[str, str]:
    return notation.templates(__package__, "split_audit")


def _twin(template: str, seed: int, verdict: Verdict) -> Sample:
    drawn = notation.render(
        _templates()[template], random.Random(f"split-audit/{template}/{seed}"), verdict == "flawed"
    )
    # The last cell proves the flaw: an expression that counts what stands on both sides. No arm sees it.
    *cells, proof = drawn.cells
    item = Item(
        family="split-audit", template=template, seed=seed, ask=_ASK, notebook=book([f"# %% md\n# {drawn.title}", *cells]), kinds=KINDS
    )  # fmt: skip
    truth = Truth(
        verdict=verdict, kind=template.partition(":")[0] if verdict == "flawed" else "",
        cells=tuple(place + 2 for place in drawn.planted if place < len(cells)), data={"proof": proof.removeprefix("#?").strip()},
    )  # fmt: skip
    return Sample(item=item, truth=truth)


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    return detecting.twins(seed, _twin(template, seed, "flawed"), _twin(template, seed, "sound"))


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


SPLIT_AUDIT = Family(
    name="split-audit", activity=2, title="Splits that cannot be believed", measure="J = true alarms − false alarms",
    templates=tuple(_templates()), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple, total=detecting.youden,
)  # fmt: skip
