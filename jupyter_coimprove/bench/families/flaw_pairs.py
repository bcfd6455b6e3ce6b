"""flaw-pairs: a notebook that claims a number; is there a flaw in how it came about, of which kind, where, and what mends it?"""

from __future__ import annotations

import math
import random
from functools import cache

from jupyter_coimprove.bench import detecting, notation
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Patch, Sample, Truth, book, sources

KINDS = (
    "preprocessing", "overlap", "groups", "temporal", "target", "tuned", "multitest", "metric", "labelnoise",
    "seeds", "offbyone", "survivorship",
)  # fmt: skip
#: Those in which rows, answers or times that a model should not see reach it.
LEAKAGE = ("preprocessing", "overlap", "groups", "temporal", "target", "tuned")
_WORDS = (
    "preprocessing (learnt from test rows), overlap (tested rows are fitted on), groups (one group on both sides), temporal (the future is "
    "known), target (the answer among the inputs), tuned (chosen and reported on the same rows), multitest (the best of many tests as if it "
    "were one), metric (it does not measure what is said), labelnoise (labels of other rows), seeds (the best seed or split alone), offbyone "
    "(one place too early, late or few), survivorship (what failed or left is not counted)"
)
#: A patch is right where the number comes so near to the sound one, as a share of how far the flaw moved it.
NEAR = 0.02


@cache
def kinds_and_texts() -> dict[str, tuple[str, str]]:
    """Template to (kind, text). The item names its template alone: what kind it is stands in the truth."""
    found = notation.templates(__name__.rpartition(".")[0], "flaw_pairs")
    return {name.partition(": ")[2]: (name.partition(": ")[0], text) for name, text in found.items()}


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    key = f"flaw-pairs/{template}/{seed}"
    kind, text = kinds_and_texts()[template]
    made = {flawed: notation.render(text, random.Random(key), flawed) for flawed in (True, False)}
    # A planted line that one twin lacks is told by where the other has it: both have the same cells.
    clean = list(made[False].cells)
    out = []
    for flawed, one in made.items():
        item = Item(
            family="flaw-pairs", template=template, seed=seed, kinds=KINDS,
            notebook=book([f"# %% md\n# {one.title}", *one.cells]),
            ask=f"Is the number `result`, as the notebook calls it, obtained soundly? If not: the kind ({_WORDS}), the cell, and a patch after "
            "which `result` is the sound number.",
        )  # fmt: skip
        truth = Truth(
            verdict="flawed" if flawed else "sound", kind=kind if flawed else "",
            cells=tuple(index + 2 for index in one.planted) if flawed else (), data={"clean": clean},
        )  # fmt: skip
        out.append(Sample(item=item, truth=truth))
    return detecting.twins(seed, *out)


def restored(sample: Sample, patch: tuple[Patch, ...], execute: Execute) -> bool:
    """Whether the patched notebook runs and gives the sound twin's number."""
    patched, clean = sources(sample.item, patch), list(sample.truth.data["clean"])
    if patched == clean:
        return True
    values = []
    for cells in (patched, clean, sources(sample.item)):
        ran = execute(cells, ("result",))
        value = ran.values.get("result")
        if ran.error or not isinstance(value, (int, float)) or math.isnan(value):
            return False
        values.append(float(value))
    mended, sound, flawed = values
    return abs(mended - sound) <= NEAR * abs(flawed - sound) + 1e-9 * abs(sound)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    fixed = None
    if sample.truth.verdict == "flawed" and answer.verdict == "flawed":
        fixed = bool(answer.patch) and restored(sample, answer.patch, execute)
    return detecting.mark(sample, answer, fixed=fixed)


def _perfect(sample: Sample) -> Answer:
    truth = sample.truth
    if truth.verdict == "sound":
        return detecting.perfect(sample)
    # The first cell is the title.
    patch = tuple(Patch(cell=at, source=truth.data["clean"][at - 2]) for at in truth.cells)
    return Answer(verdict="flawed", kind=truth.kind, cell=truth.cells[0], confidence=1.0, patch=patch)


FLAW_PAIRS = Family(
    name="flaw-pairs", activity=6, title="Is there a flaw in how the number came about", measure="J x kind accuracy",
    templates=tuple(kinds_and_texts()), make=_make, mark=_mark, perfect=_perfect, simple=detecting.simple, total=detecting.youden_kinds,
)  # fmt: skip
