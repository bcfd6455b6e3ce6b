"""Scores of many marks: by family, by activity and in all, with intervals that resample templates."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Family, Mark

RESAMPLES = 1000
_SEED = 20261129
#: Ends of the interval: 95 %.
_ENDS = (0.025, 0.975)


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score with its interval (both nan where nothing was answered) over ``items`` items."""

    value: float
    low: float
    high: float
    items: int


@dataclass(frozen=True, kw_only=True)
class FamilyScore:
    """``tpr`` and ``fpr``, ``kinds`` (share of hits with the right kind), ``fixed`` and ``brier``: nan where they do not apply."""

    family: str
    activity: int
    score: Score
    tpr: float
    fpr: float
    kinds: float
    fixed: float
    brier: float


@dataclass(frozen=True, kw_only=True)
class Scores:
    """By family, by activity (mean of its families) and in all (mean of the activities that were asked)."""

    families: tuple[FamilyScore, ...]
    activities: Mapping[int, Score]
    total: Score


def scores(
    marks: Mapping[str, Sequence[Mark]], families: Iterable[Family], resamples: int = RESAMPLES
) -> Scores:
    """The scores of the marks by family name; families without marks are left out.

    The intervals are percentiles of a bootstrap that draws templates, with all their marks, with
    replacement (clustered: Field and Welsh 2007); those of an activity and of all draw every family's.
    """
    asked = [family for family in families if marks.get(family.name)]
    chance = random.Random(_SEED)
    drawn = {family.name: _draws(marks[family.name], family, chance, resamples) for family in asked}
    rows = []
    for family in asked:
        mine = marks[family.name]
        tpr, fpr = detecting.rates(mine)
        rows.append(
            FamilyScore(
                family=family.name, activity=family.activity, tpr=tpr, fpr=fpr,
                score=_score(family.total(mine), drawn[family.name], len(mine)),
                kinds=_share(m.kind_right for m in mine), fixed=_share(m.fixed for m in mine),
                brier=_share(m.brier for m in mine),
            )
        )  # fmt: skip
    by_activity: dict[int, list[FamilyScore]] = defaultdict(list)
    for row in rows:
        by_activity[row.activity].append(row)
    whole = {}
    parts = []
    for number, mine_ in sorted(by_activity.items()):
        resampled = [_mean(values) for values in zip(*(drawn[row.family] for row in mine_), strict=True)]
        parts.append(resampled)
        value = _mean([row.score.value for row in mine_])
        whole[number] = _score(value, resampled, sum(row.score.items for row in mine_))
    all_ = [_mean(values) for values in zip(*parts, strict=True)] if parts else []
    total = _score(
        _mean([one.value for one in whole.values()]), all_, sum(one.items for one in whole.values())
    )
    return Scores(families=tuple(rows), activities=whole, total=total)


def difference(
    before: Mapping[str, Sequence[Mark]], after: Mapping[str, Sequence[Mark]], families: Iterable[Family],
    resamples: int = RESAMPLES, level: float = 0.95,
) -> Score:  # fmt: skip
    """The total after minus the total before, over the same items; templates are drawn alike for both.

    ValueError where the two were not asked the same. ``level`` is that of the interval.
    """
    asked = [f for f in families if before.get(f.name) and after.get(f.name)]
    for family in asked:
        if [m.template for m in before[family.name]] != [m.template for m in after[family.name]]:
            raise ValueError(f"{family.name} was not answered on the same items before and after")
    gaps: list[float] = []
    chance = random.Random(_SEED)
    plan = {f.name: [_choose(before[f.name], chance) for _ in range(resamples)] for f in asked}
    for number in range(resamples):
        gaps.append(
            _total(asked, {f.name: _pick(after[f.name], plan[f.name][number]) for f in asked})
            - _total(asked, {f.name: _pick(before[f.name], plan[f.name][number]) for f in asked})
        )
    value = _total(asked, after) - _total(asked, before)
    ends = ((1 - level) / 2, (1 + level) / 2)
    return _score(value, gaps, sum(len(after[f.name]) for f in asked), ends)


def _total(families: Sequence[Family], marks: Mapping[str, Sequence[Mark]]) -> float:
    by: dict[int, list[float]] = defaultdict(list)
    for family in families:
        by[family.activity].append(family.total(marks[family.name]))
    return _mean([_mean(values) for values in by.values()])


def _draws(marks: Sequence[Mark], family: Family, chance: random.Random, resamples: int) -> list[float]:
    return [family.total(_pick(marks, _choose(marks, chance))) for _ in range(resamples)]


def _choose(marks: Sequence[Mark], chance: random.Random) -> list[str]:
    names = list(dict.fromkeys(mark.template for mark in marks))
    return chance.choices(names, k=len(names))


def _pick(marks: Sequence[Mark], chosen: Sequence[str]) -> list[Mark]:
    by: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by[mark.template].append(mark)
    return [mark for name in chosen for mark in by[name]]


def _score(
    value: float, resampled: Sequence[float], items: int, between: tuple[float, float] = _ENDS
) -> Score:
    usable = sorted(x for x in resampled if not math.isnan(x))
    if not usable:
        return Score(value=value, low=math.nan, high=math.nan, items=items)
    ends = [usable[min(len(usable) - 1, int(share * len(usable)))] for share in between]
    return Score(value=value, low=ends[0], high=ends[1], items=items)


def _mean(values: Iterable[float]) -> float:
    listed = [value for value in values if not math.isnan(value)]
    return sum(listed) / len(listed) if listed else math.nan


def _share(values: Iterable[float | bool | None]) -> float:
    listed = [float(value) for value in values if value is not None]
    return sum(listed) / len(listed) if listed else math.nan
