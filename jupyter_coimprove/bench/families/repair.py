"""repair: a notebook that libraries have moved away from; after the patch it runs, and gives the number it gave then.

Some end with an error under today's versions. Others run, and give another number: a default has changed since.
"""

from __future__ import annotations

import math
import random
import re
from functools import cache

from jupyter_coimprove.bench import notation, valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Patch, Sample, Truth, book, sources

_NAME = re.compile(r"\$([Xym])(?![A-Za-z])")
_NAMES = {"X": ("X", "data", "inputs"), "y": ("y", "goal", "labels"), "m": ("model", "est", "learner")}
#: The setting that the first cell gives, and where it stands in the notebook: a title, then it.
_SEED_CELL = 2
_SAME = 1e-9


@cache
def _templates() -> dict[str, str]:
    return notation.templates(__name__.rpartition(".")[0], "repair")


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    chance = random.Random(f"repair/{template}/{seed}")
    versions, _, text = _templates()[template].partition("\n%%\n")
    names = {short: chance.choice(known) for short, known in _NAMES.items()}
    first = chance.randint(0, 99)
    broken, sound = (_NAME.sub(lambda m: names[m[1]], one) for one in notation.both(text, chance))
    head = [
        f"# %% md\n# {template[0].upper()}{template[1:]}\nRan with {versions.removeprefix('# ')}.",
        f"SEED = {first}",
    ]
    cells = [*head, *broken.split("\n%%\n")]
    item = Item(
        family="repair", template=template, seed=seed, notebook=book(cells),
        ask="This notebook was written for the versions that its first cell names. Under today's it ends with an error, or gives another "
        "`result` because a default has changed. Give a patch after which it runs and `result` is what it was, for every SEED.",
    )  # fmt: skip
    clean = [head[1], *sound.split("\n%%\n")]
    return (Sample(item=item, truth=Truth(data={"clean": clean, "seeds": [first, first + 1]})),)


def same_numbers(sample: Sample, answer: Answer, execute: Execute) -> str:
    """Why the patched notebook is not as good as the old one was; empty where it is, under both seeds."""
    if not answer.patch:
        return "no patch"
    if any(one.cell <= _SEED_CELL for one in answer.patch):
        return "the patch changes the seed or the title"
    patched, clean = sources(sample.item, answer.patch), list(sample.truth.data["clean"])
    if patched == clean:
        return ""
    for seed in sample.truth.data["seeds"]:
        values = []
        for cells in (patched, clean):
            ran = execute([f"SEED = {seed}", *cells[1:]], ("result",))
            if ran.error:
                return f"cell {ran.cell}: {ran.error}"
            value = ran.values.get("result")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return "no number is called result"
            values.append(float(value))
        if not math.isclose(*values, rel_tol=_SAME, abs_tol=_SAME):
            return f"result is {values[0]:.6g} and was {values[1]:.6g}"
    return ""


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    why = same_numbers(sample, answer, execute)
    return valuing.mark(sample, float(not why), why or "it runs, with the same number")


def _perfect(sample: Sample) -> Answer:
    old, clean = sources(sample.item), sample.truth.data["clean"]
    # The first cell is the title.
    patch = [
        Patch(cell=at, source=new)
        for at, (was, new) in enumerate(zip(old, clean, strict=True), 2)
        if was != new
    ]
    return Answer(patch=tuple(patch), confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Nothing; every cell taken out; one cell taken out."""
    if how == "pass":
        return Answer()
    last = len(sources(item)) + 1
    if how == "fail":
        return Answer(patch=tuple(Patch(cell=at, source="pass") for at in range(_SEED_CELL + 1, last + 1)))
    return Answer(patch=(Patch(cell=chance.randint(_SEED_CELL + 1, last), source="pass"),))


REPAIR = Family(
    name="repair", activity=5, title="A notebook runs again with the same number", measure="share that runs with the same number",
    templates=tuple(_templates()), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.mean,
)  # fmt: skip
