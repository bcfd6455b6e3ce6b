"""The leak test: what an item looks like from outside does not tell whether it is flawed."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from jupyter_coimprove.bench.family import Family, samples
from jupyter_coimprove.bench.item import Item
from jupyter_coimprove.bench.table import families

DRAWS = 60
pytestmark = pytest.mark.slow


def surface(item: Item) -> list[float]:
    """Lengths and counts of what is shown; not what the words say."""
    cells = [str(cell["source"]) for cell in (item.notebook or {}).get("cells", ())]
    outputs = json.dumps([cell.get("outputs", []) for cell in (item.notebook or {}).get("cells", ())])
    material = json.dumps(dict(item.material), sort_keys=True)
    text = "\n".join(cells)
    out: list[float] = [float(len(cells)), float(len(outputs)), float(len(item.ask))]
    for part in (text, material):
        words = re.findall(r"\w+", part)
        out += [
            len(part), part.count("\n"), len(words), len(set(words)), sum(map(len, words)) / max(1, len(words)),
            len(re.findall(r"\d", part)), len(re.findall(r"[^\w\s]", part)), len(re.findall(r"\bimport\b", part)),
        ]  # fmt: skip
    return [float(x) for x in out]


def accuracy(family: Family) -> tuple[float, int]:
    """Share right of a classifier on the surface, tested on templates it was not trained on; over how many items."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict

    drawn = [s for s in samples(family, DRAWS) if s.truth.verdict is not None]
    if not drawn:
        return 0.5, 0
    x = np.array([surface(s.item) for s in drawn])
    y = np.array([s.truth.verdict == "flawed" for s in drawn])
    groups = np.array([s.item.template for s in drawn])
    # Twins are compared within their template: what differs between templates tells nothing.
    for name in set(groups):
        x[groups == name] -= x[groups == name].mean(axis=0)
    model = RandomForestClassifier(n_estimators=30, random_state=0, min_samples_leaf=3)
    told = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(5))
    return float((told == y).mean()), len(y)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_the_surface_of_an_item_does_not_tell_whether_it_is_flawed(family: Family) -> None:
    right, n = accuracy(family)
    # Twins are drawn together, so a fair coin's spread over n / 2 pairs; 2.6 of it is 1 % by chance.
    assert right <= 0.5 + 2.6 * (0.25 / max(1, n / 2)) ** 0.5


def test_the_leak_test_finds_a_leak() -> None:
    """A family whose flawed twins have one word more is found out."""
    from dataclasses import replace

    from jupyter_coimprove.bench.item import Sample, Truth, book

    def make(template: str, seed: int) -> tuple[Sample, ...]:
        extra = {"flawed": "z = 1", "sound": ""}
        return tuple(
            Sample(
                item=Item(
                    family="leaky",
                    template=template,
                    seed=seed,
                    ask="?",
                    notebook=book([f"x = {seed}\n{extra[v]}"]),
                ),
                truth=Truth(verdict=v),
            )
            for v in ("flawed", "sound")
        )

    leaky = replace(families()[0], name="leaky", templates=tuple("abcdefghij"), make=make)
    right, n = accuracy(leaky)
    assert n == 2 * DRAWS
    assert right > 0.9
