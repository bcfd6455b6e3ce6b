"""Which combinations of a grid were never run to an end: a table of runs with holes that have to be told from noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth
from jupyter_coimprove.evidence.gaps import level

_Run = dict[str, Any]
_Cell = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """``turn`` makes of the run that would fill a cell what stands there for a missing one (None: nothing stands there)."""

    words: str
    factors: Mapping[str, tuple[Any, ...]]
    counts: str
    turn: Callable[[_Run, random.Random], _Run | None]
    seeds: int = 1
    spelt: bool = False
    lines: bool = False
    declared: bool = True
    impossible: Callable[[Mapping[str, Any]], bool] = field(default=lambda settings: False)
    rule: str = ""


def _none(run: _Run, chance: random.Random) -> _Run | None:
    del run, chance
    return None


def _with(**changes: Any) -> Callable[[_Run, random.Random], _Run | None]:
    return lambda run, chance: {**run, **changes} if chance.random() < 0.75 else None


_RATES, _SIZES = (0.001, 0.01, 0.1), (16, 32, 64)
_TABLES = {
    "iris-svm": _Table(
        words="support vector machines on iris", factors={"C": (0.1, 1, 10, 100), "gamma": (0.01, 0.1, 1)},
        counts="a run of it is in the table", turn=_none,
    ),
    "digits-mlp": _Table(
        words="multilayer perceptrons on digits", factors={"rate": _RATES, "width": _SIZES, "dropout": (0, 0.5)},
        counts="a run of it finished", turn=_with(state="failed", score=None),
    ),
    "wine-forest": _Table(
        words="random forests on wine", factors={"trees": (10, 50, 200), "depth": (2, 4, 8), "features": ("sqrt", "log2")},
        counts="a run of it has a score that is a number", turn=_with(score=None),
    ),
    "diabetes-ridge": _Table(
        words="ridge regressions on diabetes", factors={"alpha": (0.001, 0.01, 0.1, 1), "degree": (1, 2, 3)},
        counts="a run of it is in the table, however its numbers are written", turn=_none, spelt=True,
    ),
    "cancer-seeds": _Table(
        words="logistic regressions on breast_cancer", factors={"C": (0.1, 1, 10), "penalty": ("l1", "l2", "none")},
        counts="every seed of it finished", turn=_with(state="failed", score=None), seeds=3,
    ),
    "cancer-code": _Table(
        words="gradient boosting on breast_cancer", factors={"rate": _RATES, "depth": (1, 2, 3)},
        counts="a run of it was made with the newest code", turn=_with(code="v1"),
    ),
    "two-data": _Table(
        words="nearest neighbours on wine, kept with runs on iris", factors={"k": (1, 3, 5, 9), "weights": ("uniform", "distance")},
        counts="a run of it used the data set wine", turn=_with(data="iris"),
    ),
    "kernels": _Table(
        words="support vector machines on make_moons", factors={"kernel": ("linear", "rbf"), "gamma": (0.1, 1, 10), "C": (1, 10)},
        counts="a run of it is in the table", turn=_none,
        impossible=lambda settings: settings["kernel"] == "linear" and settings["gamma"] != 0.1,
        rule="with kernel linear, gamma has no meaning and is always written as 0.1: other combinations with linear are not missing",
    ),
    "log": _Table(
        words="trees on make_classification", factors={"depth": (2, 4, 8), "leaf": (1, 5, 20), "criterion": ("gini", "entropy")},
        counts="its run ended with a score", turn=_with(state="killed", score=None), lines=True,
    ),
    "not-declared": _Table(
        words="elastic nets on make_regression", factors={"alpha": (0.01, 0.1, 1), "ratio": (0.1, 0.5, 0.9), "scaler": ("standard", "minmax")},
        counts="a run of it finished", turn=_with(state="running", score=None), declared=False,
    ),
    "retried": _Table(
        words="perceptrons on digits, failed runs started again", factors={"rate": _RATES, "momentum": (0, 0.9), "batch": _SIZES},
        counts="at least one of its runs finished", turn=_with(state="failed", score=None),
    ),
    "seeds-code": _Table(
        words="bagged trees on make_friedman1", factors={"trees": (5, 20, 80), "share": (0.5, 1.0)},
        counts="every seed of it finished with the newest code", turn=_with(code="v1"), seeds=2,
    ),
}  # fmt: skip


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    table = _TABLES[template]
    chance = random.Random(f"gap-in-grid/{template}/{seed}")
    names = list(table.factors)
    chance.shuffle(names)
    levels = {name: chance.sample(list(table.factors[name]), len(table.factors[name])) for name in names}
    cells = [
        cell
        for cell in product(*levels.values())
        if not table.impossible(dict(zip(names, cell, strict=True)))
    ]
    missing = _holes(cells, chance)
    runs: list[_Run] = []
    for cell in cells:
        bad = chance.randrange(table.seeds) if cell in missing else None
        for number in range(table.seeds):
            good: _Run = {
                "params": {name: _spelt(value, chance) if table.spelt else value for name, value in zip(names, cell, strict=True)},
                "seed": number, "state": "finished", "score": round(chance.uniform(0.6, 0.97), 4), "code": "v2",
                "data": "iris" if template == "iris-svm" else "wine" if "wine" in table.words else "the same",
            }  # fmt: skip
            gone = table.turn(good, chance)
            if bad == number:
                runs += [gone] if gone is not None else []
                continue
            runs.append(good)
            # What fills a hole elsewhere also stands beside runs that are whole, so that it tells nothing by itself.
            if gone is not None and chance.random() < (0.5 if template == "retried" else 0.15):
                runs.append(gone)
    chance.shuffle(runs)
    for number, run in enumerate(runs):
        run["id"] = f"r{number:02d}"
    material: dict[str, Any] = {"runs": [_line(run) for run in runs] if table.lines else runs}
    if table.declared:
        material["factors"] = levels
    if table.seeds > 1:
        material["seeds"] = list(range(table.seeds))
    ask = (
        f"A grid of {table.words}: every combination of {', '.join(names)} was to be run. "
        + ("" if table.declared else "Its levels are those that occur in the table. ")
        + f"A combination counts as filled where {table.counts}. {table.rule + '. ' if table.rule else ''}"
        "Which combinations are missing? Answer with a list of objects that give each factor's level as value."
    )
    schema = {
        "type": "array",
        "items": {"type": "object", "required": names, "properties": {name: {} for name in names}},
    }
    item = Item(family="gap-in-grid", template=template, seed=seed, ask=ask, material=material, schema=schema)
    truth = Truth(data={"names": names, "missing": [list(cell) for cell in missing], "cells": len(cells)})
    return (Sample(item=item, truth=truth),)


def _holes(cells: list[_Cell], chance: random.Random) -> list[_Cell]:
    """Two to a third of the cells; every level keeps a cell that is filled, so that the grid can be seen."""
    for _ in range(200):
        missing = chance.sample(cells, chance.randint(2, len(cells) // 3))
        whole = [cell for cell in cells if cell not in missing]
        if all({cell[i] for cell in whole} == {cell[i] for cell in cells} for i in range(len(cells[0]))):
            return [cell for cell in cells if cell in missing]
    raise ValueError("the grid is too small for holes")


def _spelt(value: Any, chance: random.Random) -> Any:
    return chance.choice([f"{value:.1e}", f"{value:.4f}", f"{value:g}"])


def _line(run: _Run) -> str:
    settings = " ".join(f"{name}={value}" for name, value in run["params"].items())
    end = f"score {run['score']}" if run["score"] is not None else run["state"]
    return f"{run['id']} [{settings}] -> {end}"


def _cell(said: object, names: list[str]) -> tuple[str, ...] | None:
    if not isinstance(said, Mapping) or any(name not in said for name in names):
        return None
    return tuple(level(said[name]) for name in names)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    data = sample.truth.data
    true = {tuple(map(level, cell)) for cell in data["missing"]}
    listed = answer.value if isinstance(answer.value, list) else []
    said = [_cell(one, data["names"]) or ("no combination", number) for number, one in enumerate(listed)]
    # To name the whole grid needs no look at the runs, and no other answer without one does better.
    chance = 2 * len(true) / (len(true) + data["cells"])
    right = valuing.f1(said, true)
    return valuing.mark(
        sample,
        valuing.corrected(right, chance),
        f"{len(set(said) & true)} of {len(true)} holes, {len(said)} named",
    )


def _perfect(sample: Sample) -> Answer:
    data = sample.truth.data
    return Answer(
        value=[dict(zip(data["names"], cell, strict=True)) for cell in data["missing"]], confidence=1.0
    )


def _grid(item: Item) -> list[dict[str, Any]]:
    """All combinations of the levels that the item shows."""
    levels = item.material.get("factors")
    if levels is None:
        runs = [run["params"] for run in item.material["runs"]]
        levels = {
            name: list(dict.fromkeys(run[name] for run in runs)) for name in item.schema["items"]["required"]
        }
    return [dict(zip(levels, cell, strict=True)) for cell in product(*levels.values())]  # fmt: skip


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Nothing is missing, everything is, or each combination by a coin."""
    if how == "pass":
        return Answer(value=[])
    every = _grid(item)
    return Answer(value=every if how == "fail" else [one for one in every if chance.random() < 0.5])


GAP_IN_GRID = Family(
    name="gap-in-grid", activity=1, title="Holes of a grid", measure="F1 of the missing combinations, above naming all",
    templates=tuple(_TABLES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(0.0),
)  # fmt: skip
