"""Probabilities and quantiles of effects as a person writes them, and the skill of a forecaster so far."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.prediction import Score, brier_skill, comparable

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CHANCE = re.compile(
    rf"\s*(?:P\((?P<left>.+?)\s*(?P<sign>[<>])\s*(?P<right>[^<>]+?)\)|(?P<arm>.+?))\s*=\s*(?P<p>{_NUMBER})\s*(?P<percent>%?)\s*\Z"
)
_QUANTILES = re.compile(
    rf"\s*(?P<arm>.+?)\s*=\s*(?P<all>{_NUMBER}\s*%\s*:\s*{_NUMBER}(?:\s*,\s*{_NUMBER}\s*%\s*:\s*{_NUMBER})*)\s*\Z"
)


def chance(
    text: str, arms: Sequence[str], baseline: str, direction: Literal["max", "min"]
) -> tuple[str, float]:
    """An arm and the probability that it is better, from ``P(ARM>baseline)=0.8`` or ``ARM=80%``.

    ``P(ARM>baseline)`` speaks of the response itself, so that where less is better it is the
    chance of being worse. Raises UsageError, and UnknownName for an arm that is not tested.
    """
    found = _CHANCE.match(text)
    if found is None:
        raise UsageError(
            f"{text!r} is not understood as a probability", remedy="write 'P(ARM>baseline)=0.8' or 'ARM=80%'"
        )
    p = float(found["p"]) / (100 if found["percent"] else 1)
    if not 0 <= p <= 1:
        raise UsageError(
            f"{found['p']}{found['percent']} is no probability", remedy="write 0 to 1, or 0% to 100%"
        )
    if found["arm"] is not None:
        return _arm(found["arm"], arms), p
    left, right = found["left"].strip(), found["right"].strip()
    above = found["sign"] == ">"
    if left in (baseline, "baseline"):
        left, right, above = right, left, not above
    if right not in (baseline, "baseline"):
        raise UsageError(
            f"{text!r} compares with {right}", remedy=f"each arm is predicted against the baseline {baseline}"
        )
    return _arm(left, arms), p if above is (direction == "max") else 1 - p


def quantiles(text: str, arms: Sequence[str]) -> tuple[str, dict[float, float]]:
    """An arm and quantiles of its effect in response units, from ``ARM=10%:-0.01,50%:0.02,90%:0.05``."""
    found = _QUANTILES.match(text)
    if found is None:
        raise UsageError(
            f"{text!r} is not understood as quantiles",
            remedy="write 'ARM=10%:X,50%:X,90%:X', X the effect in units of the response",
        )
    out: dict[float, float] = {}
    for part in found["all"].split(","):
        level, _, value = part.partition(":")
        at = float(level.strip().rstrip("% ")) / 100
        if not 0 < at < 1 or at in out:
            raise UsageError(
                f"{level.strip()} is no level of a quantile here",
                remedy="name levels between 0% and 100%, each once",
            )
        out[at] = float(value)
    ordered = sorted(out)
    if any(out[low] > out[high] for low, high in pairwise(ordered)):
        raise UsageError(
            f"the quantiles of {text!r} fall with their level", remedy="a higher level has no lower value"
        )
    return _arm(found["arm"], arms), {level: out[level] for level in ordered}


def _arm(text: str, arms: Sequence[str]) -> str:
    bare = {arm.replace('"', "").replace("'", ""): arm for arm in arms}
    name = text.strip()
    found = name if name in arms else bare.get(name.replace('"', "").replace("'", ""))
    if found is None:
        raise UnknownName("arm", name, arms)
    return found


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """One forecaster's prediction of one experiment, scored.

    ``said`` are (item, probability of better, whether it was), an item being an arm of an experiment.
    """

    by: str
    kind: str
    experiment: str
    score: Score
    said: tuple[tuple[str, float, bool], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Skill:
    """How a forecaster did so far; None where nothing of that kind was predicted.

    ``tau`` is (concordant − discordant) over all ordered pairs, 0 by chance. ``brier_skill`` is
    against always saying the base rate of all scored items, ``pinball_skill`` (the mean over
    experiments, each in its own units) against predicting no effect.
    """

    by: str
    kind: str
    experiments: int
    pairs: int
    agreeing: int
    tau: float | None
    items: int
    brier: float | None
    brier_skill: float | None
    pinball_skill: float | None


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Two forecasters on the items that both gave a probability for: mean Brier scores, and the words."""

    one: str
    other: str
    items: int
    briers: tuple[float, float] | None
    sentence: str


def skills(forecasts: Sequence[Forecast], base_rate: float | None) -> tuple[Skill, ...]:
    """The skill of each forecaster, in the order in which they first predicted."""
    return tuple(
        _skill([f for f in forecasts if (f.by, f.kind) == who], base_rate) for who in _who(forecasts)
    )


def _who(forecasts: Sequence[Forecast]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((f.by, f.kind) for f in forecasts))


def _skill(own: Sequence[Forecast], base_rate: float | None) -> Skill:
    pairs, agreeing = sum(f.score.pairs for f in own), sum(f.score.agreeing for f in own)
    said = [entry for f in own for entry in f.said]
    pinballs = [f.score.pinball_skill for f in own if f.score.pinball_skill is not None]
    brier = math.fsum((p - better) ** 2 for _, p, better in said) / len(said) if said else None
    skill = None
    if said and base_rate is not None:
        skill = brier_skill([p for _, p, _ in said], [better for *_, better in said], base_rate)
    return Skill(
        by=own[0].by, kind=own[0].kind, experiments=len({f.experiment for f in own}), pairs=pairs, agreeing=agreeing,
        tau=(2 * agreeing - pairs) / pairs if pairs else None, items=len(said), brier=brier, brier_skill=skill,
        pinball_skill=math.fsum(pinballs) / len(pinballs) if pinballs else None,
    )  # fmt: skip


def shared(forecasts: Sequence[Forecast]) -> tuple[Shared, ...]:
    """Every two forecasters on their shared items only; no ranking below 50 of these (STATISTICS 20)."""
    out = []
    for one, other in combinations(_who(forecasts), 2):
        mine, theirs = _said(forecasts, one), _said(forecasts, other)
        items, why = comparable(list(mine), list(theirs))
        if not items:
            continue
        briers = (_mean(mine, items), _mean(theirs, items))
        if why:
            sentence = why
        elif briers[0] == briers[1]:
            sentence = f"the same on {len(items)} shared items"
        else:
            better = one if briers[0] < briers[1] else other
            sentence = f"{better[0]} ({better[1]}) was closer on {len(items)} shared items"
        out.append(
            Shared(one=f"{one[0]} ({one[1]})", other=f"{other[0]} ({other[1]})", items=len(items),
                   briers=briers, sentence=sentence)
        )  # fmt: skip
    return tuple(out)


_Said = Mapping[str, tuple[float, bool]]


def _said(forecasts: Sequence[Forecast], who: tuple[str, str]) -> _Said:
    return {item: (p, better) for f in forecasts if (f.by, f.kind) == who for item, p, better in f.said}


def _mean(said: _Said, items: frozenset[str]) -> float:
    return math.fsum((said[item][0] - said[item][1]) ** 2 for item in items) / len(items)
