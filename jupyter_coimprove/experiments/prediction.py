"""What was expected before a result was seen, and how it did (STATISTICS 20)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.arms import unquoted

#: Below this many shared items people are not ranked against each other.
ENOUGH = 50


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Arms from best to worst, as one person or AI expects them; the baseline may be among them.

    ``p_better`` is P(estimate > 0) an arm, with > 0 meaning better than the baseline;
    ``quantiles`` of the effect in response units, level by value.
    """

    experiment: str
    ranking: tuple[str, ...]
    by: Mapping[str, Any]
    p_better: Mapping[str, float] = field(default_factory=dict)
    quantiles: Mapping[str, Mapping[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a prediction did; None where there was nothing to score.

    ``tau`` is Kendall's tau-b with the observed order (1: as predicted, 0: as by chance) on
    ``pairs`` comparable pairs, ``agreeing`` of them in the predicted order. ``brier`` and
    ``brier_skill`` are over P(better), skill against always saying one half; ``pinball``
    is the mean quantile loss in response units, ``pinball_skill`` against predicting no effect.
    """

    items: int
    tau: float | None
    pairs: int
    agreeing: int
    brier: float | None = None
    brier_skill: float | None = None
    pinball: float | None = None
    pinball_skill: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def skill(self) -> float | None:
        """Skill of the order against a random one, whose expected tau is 0: tau itself."""
        return self.tau

    @property
    def sentence(self) -> str:
        """The score in plain words."""
        if self.tau is None:
            return "nothing to score: fewer than two arms differ"
        text = f"{self.agreeing} of {self.pairs} pairs in the predicted order (tau {self.tau:.2f})"
        if self.brier is not None:
            text += f"; Brier {self.brier:.3f}"
        return text


def parse_ranking(ranking: str | Sequence[str], arms: Sequence[str]) -> tuple[str, ...]:
    """Arms from best to worst, from ``"a > b > c"`` (or commas) or a list.

    Quotes around a level may be left out. Raises UnknownName for an arm that is not there,
    UsageError for one that is named twice or when fewer than two are.
    """
    known = {arm: arm for arm in arms}
    known |= {unquoted(arm): arm for arm in arms if unquoted(arm) not in known}
    parts = _split(ranking, known) if isinstance(ranking, str) else [part.strip() for part in ranking]
    out: list[str] = []
    for part in parts:
        found = known.get(part) or known.get(unquoted(part))
        if found is None:
            raise UnknownName("arm", part, arms, remedy="rank the arms from best to worst: 'A > B > C'")
        if found in out:
            raise UsageError(f"arm {found} is ranked twice", remedy="name each arm once")
        out.append(found)
    if len(out) < 2:
        raise UsageError("a ranking orders at least two arms", remedy="write 'A > B' with the best first")
    return tuple(out)


def score(prediction: Prediction, effects: Mapping[str, float], direction: Literal["max", "min"]) -> Score:
    """Score a prediction by the observed effects (treatment minus baseline, in response units).

    The baseline takes part in the order when ``effects`` has it (as 0). Arms that were not
    predicted or have no finite effect are left out.
    """
    sign = 1.0 if direction == "max" else -1.0
    gains = {arm: sign * value for arm, value in effects.items() if math.isfinite(value)}
    ranked = [arm for arm in prediction.ranking if arm in gains]
    tau, pairs, agreeing = _tau_b([gains[arm] for arm in ranked])
    notes = []
    left_out = [arm for arm in prediction.ranking if arm not in gains]
    if left_out:
        notes.append(f"without an observed effect: {', '.join(left_out)}")
    if len(ranked) < ENOUGH:
        notes.append(f"{len(ranked)} items: people are not ranked against each other below {ENOUGH}")
    said = {arm: p for arm, p in prediction.p_better.items() if arm in gains}
    brier = _mean([(p - (gains[arm] > 0)) ** 2 for arm, p in said.items()])
    pinball, pinball_skill = _pinball(prediction.quantiles, effects, gains)
    return Score(
        items=len(ranked), tau=tau, pairs=pairs, agreeing=agreeing, brier=brier,
        brier_skill=None if brier is None else 1 - brier / 0.25,
        pinball=pinball, pinball_skill=pinball_skill, notes=tuple(notes),
    )  # fmt: skip


def brier_skill(said: Sequence[float], happened: Sequence[bool], base_rate: float) -> float | None:
    """Brier skill over many items against always predicting ``base_rate``; None where that is perfect."""
    if len(said) != len(happened) or not said:
        raise UsageError("each probability needs its outcome")
    own = sum((p - h) ** 2 for p, h in zip(said, happened, strict=True))
    reference = sum((base_rate - h) ** 2 for h in happened)
    return None if reference == 0 else 1 - own / reference


def comparable(one: Sequence[str], other: Sequence[str]) -> tuple[frozenset[str], str]:
    """The items that both predicted, and why no ranking follows from them (empty: enough)."""
    shared = frozenset(one) & frozenset(other)
    if len(shared) < ENOUGH:
        return shared, f"{len(shared)} shared items; no ranking below {ENOUGH}"
    return shared, ""


def _tau_b(gains: Sequence[float]) -> tuple[float | None, int, int]:
    """Kendall's tau-b of a strict predicted order with observed gains, ties among the latter.

    Kendall (1945): (C - D) / sqrt((n0 - n1)(n0 - n2)), with no ties in the prediction n1 = 0.
    """
    total = concordant = discordant = 0
    for i, better in enumerate(gains):
        for worse in gains[i + 1 :]:
            total += 1
            concordant += better > worse
            discordant += better < worse
    untied = concordant + discordant
    if untied == 0:
        return None, 0, 0
    return (concordant - discordant) / math.sqrt(total * untied), untied, concordant


def _pinball(
    quantiles: Mapping[str, Mapping[float, float]], effects: Mapping[str, float], known: Mapping[str, float]
) -> tuple[float | None, float | None]:
    own, none = [], []
    for arm, levels in quantiles.items():
        for level, value in levels.items() if arm in known else ():
            own.append(_loss(level, value, effects[arm]))
            none.append(_loss(level, 0.0, effects[arm]))
    loss, reference = _mean(own), _mean(none)
    skill = 1 - loss / reference if loss is not None and reference else None
    return loss, skill


def _loss(level: float, predicted: float, observed: float) -> float:
    return (observed - predicted) * (level - (observed < predicted))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _split(text: str, known: Mapping[str, str]) -> list[str]:
    """Parts at ``>``, or at commas where there is none; names that hold commas are kept whole."""
    if ">" in text:
        return [part.strip() for part in re.split(r"\s*>\s*", text) if part.strip()]
    parts: list[str] = []
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    while pieces:
        # The longest run of pieces that is an arm: ``a=1, b=2`` is one arm of a factorial.
        for size in range(len(pieces), 0, -1):
            name = ", ".join(pieces[:size])
            if name in known or unquoted(name) in known or size == 1:
                parts.append(name)
                pieces = pieces[size:]
                break
    return parts
