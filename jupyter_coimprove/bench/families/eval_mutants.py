"""eval-mutants: a metric written by hand; does it compute what its docstring says? Golden cases that nobody sees tell."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cache

from jupyter_coimprove.bench import detecting, notation
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Patch, Sample, Truth, book, sources

KINDS = ("offbyone", "average", "swapped", "axis", "sign", "divisor", "comparison")
#: Cells by number: a title, the seed, the function, its use.
_FUNCTION = 3
_SEEDS = (1, 2)


@cache
def kinds_and_texts() -> dict[str, tuple[str, str]]:
    """Template to (kind, text); an item names its template alone."""
    found = notation.templates(__name__.rpartition(".")[0], "eval_mutants")
    return {name.partition(": ")[2]: (name.partition(": ")[0], text) for name, text in found.items()}


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    kind, text = kinds_and_texts()[template]
    chance = random.Random(f"eval-mutants/{template}/{seed}")
    number = chance.randint(0, 99)
    versions = notation.both(text, chance)
    clean = versions[1].partition("\n%%!\n")[0].split("\n%%\n")
    out = []
    for verdict, version in zip(("flawed", "sound"), versions, strict=True):
        shown, _, golden = version.partition("\n%%!\n")
        item = Item(
            family="eval-mutants", template=template, seed=seed, kinds=KINDS,
            notebook=book(
                [f"# %% md\n# {template[0].upper()}{template[1:]}", f"SEED = {number}", *shown.split("\n%%\n")]
            ),
            ask="Does the metric compute what its docstring says? If not: the kind (offbyone; average: over the wrong things; swapped: one "
            "thing in place of another; axis; sign; divisor; comparison: ties and limits), the cell, and a patch of that cell.",
        )  # fmt: skip
        flawed = verdict == "flawed"
        truth = Truth(
            verdict="flawed" if flawed else "sound", kind=kind if flawed else "", cells=(_FUNCTION,) if flawed else (),
            data={"clean": clean[0], "golden": golden},
        )  # fmt: skip
        out.append(Sample(item=item, truth=truth))
    return detecting.twins(seed, *out)


def golden(function: str, sample: Sample, execute: Execute, name: str = "golden") -> list[float]:
    """What the function of this source gives on the golden cases; empty where it fails."""
    out: list[float] = []
    for seed in _SEEDS:
        ran = execute([f"SEED = {seed}", function, sample.truth.data["golden"]], (name,))
        values = ran.values.get(name)
        if ran.error or not isinstance(values, list):
            return []
        out += [float(value) if isinstance(value, (int, float)) else math.nan for value in values]
    return out


def _same(one: Sequence[float], two: Sequence[float]) -> bool:
    return len(one) == len(two) > 0 and all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(one, two, strict=True)
    )


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    fixed = None
    if sample.truth.verdict == "flawed" and answer.verdict == "flawed":
        clean = str(sample.truth.data["clean"])
        patched = next((one.source for one in answer.patch if one.cell == _FUNCTION), "")
        fixed = patched == clean or (
            bool(patched) and _same(golden(patched, sample, execute), golden(clean, sample, execute))
        )
    return detecting.mark(sample, answer, fixed=fixed)


def _perfect(sample: Sample) -> Answer:
    if sample.truth.verdict == "sound":
        return detecting.perfect(sample)
    patch = Patch(cell=_FUNCTION, source=str(sample.truth.data["clean"]))
    return Answer(verdict="flawed", kind=sample.truth.kind, cell=_FUNCTION, confidence=1.0, patch=(patch,))


def function_of(sample: Sample) -> str:
    """The source of the metric as the item shows it."""
    return sources(sample.item)[_FUNCTION - 2]


EVAL_MUTANTS = Family(
    name="eval-mutants", activity=6, title="Does the metric compute what it says", measure="J x kind accuracy",
    templates=tuple(kinds_and_texts()), make=_make, mark=_mark, perfect=_perfect, simple=detecting.simple, total=detecting.youden_kinds,
)  # fmt: skip
