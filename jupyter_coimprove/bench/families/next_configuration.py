"""Which settings to run next: a few of a grid have been run, all of it is known, and proposals are worth their regret."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.families.tuning_notebooks import SEARCHES, SPLITS, Configuration, Search, table
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, book

#: Runs that are shown, and proposals that are asked for.
SHOWN, ASKED = 8, 3
#: What is shown is drawn from this share of the grid, the worst of it: something is left to find.
_WORST = 0.8


def of_chance(values: Sequence[float], seen: float, proposals: int) -> float:
    """Expected regret of so many different proposals by lot from ``values``, with ``seen`` the best that is known.

    The largest of k of n drawn without replacement is the i-th smallest with chance C(i−1, k−1) / C(n, k).
    """
    ordered = sorted(values)
    best, n = max(ordered[-1], seen), len(ordered)
    return sum(
        (best - max(value, seen)) * comb(place, proposals - 1) / comb(n, proposals)
        for place, value in enumerate(ordered)
    )


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    search, values = SEARCHES[template], table(template)
    chance = random.Random(f"next-configuration/{template}/{seed}")
    every = search.configurations
    order = sorted(range(len(every)), key=lambda place: (values[place], place))
    # Of configurations that are equally good, none of the best.
    open_ = [place for place in order[: int(_WORST * len(order))] if values[place] < max(values)]
    shown = chance.sample(open_, SHOWN)
    names = list(search.space)
    material: dict[str, Any] = {
        "space": {name: list(search.space[name]) for name in names},
        "runs": [{**dict(zip(names, every[place], strict=True)), "right": values[place]} for place in shown],
        "proposals": ASKED, "response": f"right: test items that are right over {SPLITS} splits; higher is better",
    }  # fmt: skip
    ask = (
        f"Settings of {search.words} are searched on a grid. Which {ASKED} configurations should run next, so that the best "
        f"one known after them is as good as can be? Answer with a list of {ASKED} objects that set every name of the space as value."
    )
    one = {
        "type": "object",
        "required": names,
        "properties": {name: {"enum": list(search.space[name])} for name in names},
    }
    item = Item(
        family="next-configuration", template=template, seed=seed, ask=ask, notebook=book(search.sources()),
        material=material, schema={"type": "array", "items": one, "maxItems": ASKED},
    )  # fmt: skip
    return (Sample(item=item, truth=Truth(data={"shown": shown})),)


def _places(value: object, search: Search) -> list[int]:
    """The first so many different configurations of an answer that the grid has."""
    names, known = list(search.space), {_key(one): place for place, one in enumerate(search.configurations)}
    out: list[int] = []
    for said in value if isinstance(value, list) else ():
        if isinstance(said, Mapping) and all(name in said for name in names):
            place = known.get(_key(tuple(said[name] for name in names)))
            if place is not None and place not in out:
                out.append(place)
    return out[:ASKED]


def _key(configuration: Configuration) -> str:
    return json.dumps([float(x) if type(x) in (int, float) else x for x in configuration], default=str)


def worth(sample: Sample, proposals: Sequence[int]) -> float:
    """1 − regret / regret of proposals by lot: 1 where the best of all is found, 0 for chance."""
    values, shown = table(sample.item.template), sample.truth.data["shown"]
    seen = max(values[place] for place in shown)
    left = [value for place, value in enumerate(values) if place not in shown]
    regret = max(values) - max([seen, *(values[place] for place in proposals)])
    return 1 - float(regret) / of_chance(left, seen, ASKED)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    said = _places(answer.value, SEARCHES[sample.item.template])
    values = table(sample.item.template)
    return valuing.mark(
        sample, worth(sample, said), f"{[values[place] for place in said]}, the best is {max(values)}"
    )


def _perfect(sample: Sample) -> Answer:
    search, values = SEARCHES[sample.item.template], table(sample.item.template)
    place = max(range(len(values)), key=values.__getitem__)
    return Answer(value=[dict(zip(search.space, search.configurations[place], strict=True))], confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Nothing, what was run before, or configurations that were not, by lot."""
    if how == "pass":
        return Answer(value=[])
    names = list(item.material["space"])
    runs = [{name: run[name] for name in names} for run in item.material["runs"]]
    if how == "fail":
        return Answer(value=runs[:ASKED])
    search = SEARCHES[item.template]
    left = [dict(zip(names, one, strict=True)) for one in search.configurations]
    return Answer(value=chance.sample([one for one in left if one not in runs], ASKED))


NEXT_CONFIGURATION = Family(
    name="next-configuration", activity=3, title="Settings to run next", measure="1 − regret / regret of chance",
    templates=tuple(SEARCHES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(0.0),
)  # fmt: skip
