"""How many blocks a comparison needs: a known spread and effect, an answer that reaches the power asked for."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

#: How far the power at the answer may be from the power asked for.
NEAR = 0.1
#: Most blocks that an answer may name.
MOST = 400
_FLOOR = 0.2


@dataclass(frozen=True, kw_only=True)
class _Design:
    """``arms`` share the level by Bonferroni; ``pilot`` gives differences to take the spread from, instead of it."""

    words: str
    alpha: float = 0.05
    power: float = 0.8
    arms: int = 1
    pilot: bool = False
    scale: float = 1.0


_DESIGNS = {
    "accuracy": _Design(words="test accuracy of two models on the same splits"),
    "loss": _Design(words="validation loss with and without dropout", scale=0.3),
    "strict": _Design(words="F1 with another tokenizer", alpha=0.01),
    "sure": _Design(words="AUC with class weights", power=0.9),
    "three": _Design(words="accuracy of three ablations against one baseline", arms=3),
    "five": _Design(words="error rate of five optimisers against SGD", arms=5),
    "pilot": _Design(words="R2 with standardised inputs", pilot=True),
    "pilot-two": _Design(words="perplexity of two schedules against a constant rate", pilot=True, arms=2, scale=8.0),
    "seconds": _Design(words="seconds an epoch takes with another loader", scale=20.0, power=0.9),
    "reward": _Design(words="mean episode reward with a larger buffer", scale=60.0, alpha=0.1),
}  # fmt: skip


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    design = _DESIGNS[template]
    chance = random.Random(f"sample-size/{template}/{seed}")
    spread = design.scale * chance.uniform(0.01, 0.05)
    effect = spread * chance.uniform(0.25, 1.1)
    material: dict[str, Any] = {
        "measured": design.words, "treatments": design.arms, "alpha": design.alpha, "power": design.power,
        "correction": "bonferroni" if design.arms > 1 else "none", "test": "two-sided paired t",
    }  # fmt: skip
    if design.pilot:
        raw = [chance.gauss(0.0, 1.0) for _ in range(12)]
        centre = sum(raw) / len(raw)
        sd = math.sqrt(sum((x - centre) ** 2 for x in raw) / (len(raw) - 1))
        # Drawn so that the pilot's own standard deviation is the spread: nothing is left to guess.
        material["pilot_differences"] = [round((x - centre) / sd * spread, 6) for x in raw]
    else:
        material["spread_of_paired_differences"] = round(spread, 6)
    material["smallest_effect"] = round(effect, 6)
    ask = (
        f"How many blocks does a comparison of {design.words} need, so that an effect as large as "
        f"smallest_effect is found with the given power? Answer with the number of blocks as value."
    )
    item = Item(
        family="sample-size", template=template, seed=seed, ask=ask, material=material,
        schema={"type": "integer", "minimum": 2, "maximum": MOST},
    )  # fmt: skip
    data = {
        "effect": round(effect, 6),
        "spread": spread,
        "alpha": design.alpha / design.arms,
        "power": design.power,
    }
    return (Sample(item=item, truth=Truth(data=data)),)


def power_at(blocks: int, truth: Truth) -> float:
    """Power of the two-sided paired t at so many blocks, by the noncentral t distribution."""
    from scipy import stats

    data = truth.data
    centre = data["effect"] / data["spread"] * math.sqrt(blocks)
    critical = stats.t.ppf(1 - data["alpha"] / 2, blocks - 1)
    return float(stats.nct.sf(critical, blocks - 1, centre) + stats.nct.cdf(-critical, blocks - 1, centre))


def _right(blocks: object, truth: Truth) -> bool:
    if isinstance(blocks, bool) or not isinstance(blocks, int) or not 2 <= blocks <= MOST:
        return False
    return bool(abs(power_at(blocks, truth) - truth.data["power"]) <= NEAR)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    right = _right(answer.value, sample.truth)
    return valuing.mark(
        sample, float(right), f"{answer.value} blocks, power {sample.truth.data['power']} was asked for"
    )


def _perfect(sample: Sample) -> Answer:
    """The fewest blocks that reach the power."""
    blocks = 2
    while power_at(blocks, sample.truth) < sample.truth.data["power"]:
        blocks += 1
    return Answer(value=blocks, confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Silence, as many as may be, or a number drawn evenly on the scale of logarithms."""
    del item
    if how == "pass":
        return Answer()
    return Answer(
        value=MOST if how == "fail" else round(math.exp(chance.uniform(math.log(2), math.log(MOST))))
    )


SAMPLE_SIZE = Family(
    name="sample-size", activity=4, title="How many blocks are enough", measure="power within 0.1, above chance",
    templates=tuple(_DESIGNS), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(_FLOOR),
)  # fmt: skip
