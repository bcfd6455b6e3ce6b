"""noise-or-effect: a table of paired runs; is there an effect, or noise alone? The twins share every draw of noise."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

KINDS = ("better", "worse")
#: How many standard errors an effect is: power of about 0.95 at the level of a treatment, with margin for few blocks.
_ERRORS = 3.9


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """Blocks (from, to), one block's spread and that of the differences around it, and what is special.

    ``shape`` is that of the noise. ``arms`` are treatments, of which one may have the effect. ``lost`` blocks
    ended with the machine. ``ratio`` is test to training rows where the blocks split the same data again.
    """

    response: str
    direction: str
    level: float
    spread: float
    noise: float
    blocks: tuple[int, int] = (10, 16)
    shape: str = "normal"
    arms: int = 1
    lost: int = 0
    ratio: float = 0.0
    places: int = 4


_SETTINGS = {
    "seeds": _Setting(response="accuracy", direction="max", level=0.84, spread=0.01, noise=0.008),
    "few": _Setting(response="f1", direction="max", level=0.71, spread=0.02, noise=0.01, blocks=(6, 8)),
    "many": _Setting(response="rmse", direction="min", level=3.4, spread=0.2, noise=0.15, blocks=(36, 48)),
    "hard-blocks": _Setting(response="auc", direction="max", level=0.75, spread=0.09, noise=0.006),
    "tails": _Setting(response="mean_reward", direction="max", level=140, spread=20, noise=9, blocks=(18, 26), shape="tails", places=1),
    "skewed": _Setting(response="seconds_per_epoch", direction="min", level=30, spread=4, noise=2, blocks=(18, 26), shape="skewed", places=2),
    "counted": _Setting(response="exact_match", direction="max", level=0.62, spread=0.04, noise=0.03, blocks=(14, 20), shape="counted"),
    "three-arms": _Setting(response="bleu", direction="max", level=27.5, spread=0.6, noise=0.5, arms=3, places=2),
    "five-arms": _Setting(response="val_loss", direction="min", level=0.52, spread=0.02, noise=0.012, arms=5, blocks=(12, 18)),
    "lost": _Setting(response="accuracy", direction="max", level=0.9, spread=0.015, noise=0.01, blocks=(14, 20), lost=3),
    "one-outlier": _Setting(response="perplexity", direction="min", level=22, spread=1.2, noise=0.7, blocks=(18, 26), shape="outlier", places=2),
    "resplit": _Setting(response="r2", direction="max", level=0.55, spread=0.05, noise=0.02, blocks=(18, 26), ratio=0.25),
}  # fmt: skip
_NAMES = (
    "dropout",
    "warmup",
    "augment",
    "wider",
    "label-smoothing",
    "ema",
    "no-bias",
    "cosine",
    "mixup",
    "deeper",
)


def _noise(shape: str, blocks: int, chance: random.Random) -> list[float]:
    """Differences without an effect, of about unit spread and mean zero in the long run."""
    if shape == "tails":
        return [chance.gauss(0, 1) / math.sqrt(chance.gammavariate(2.0, 0.5)) / 1.4 for _ in range(blocks)]
    if shape == "skewed":
        return [chance.expovariate(1.0) - 1.0 for _ in range(blocks)]
    out = [chance.gauss(0, 1) for _ in range(blocks)]
    if shape == "outlier":
        out[chance.randrange(blocks)] += chance.choice((-1, 1)) * chance.uniform(4.0, 6.0)
    return out


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    setting = _SETTINGS[template]
    chance = random.Random(f"noise-or-effect/{template}/{seed}")
    blocks = chance.randint(*setting.blocks)
    names = chance.sample(_NAMES, setting.arms)
    own = [setting.level + setting.spread * chance.gauss(0, 1) for _ in range(blocks)]
    # Splits of the same rows share what they learn from: part of their differences is common to all of them.
    common = (
        [math.sqrt(setting.ratio) * chance.gauss(0, 1) for _ in names]
        if setting.ratio
        else [0.0] * len(names)
    )
    differences = [
        [setting.noise * (shared + e) for e in _noise(setting.shape, blocks, chance)] for shared in common
    ]
    lost = frozenset(chance.sample(range(blocks), setting.lost))
    carrier, kind = chance.randrange(setting.arms), chance.choice(KINDS)
    sign = 1 if (kind == "better") == (setting.direction == "max") else -1
    spread = math.sqrt(sum(d * d for d in differences[carrier]) / blocks)
    error = spread * math.sqrt(1 / (blocks - setting.lost) + setting.ratio)
    more = 1.0 + 0.12 * (setting.arms - 1) + (0.35 if blocks < 10 else 0.0)
    effect = sign * _ERRORS * more * error

    def sample(flawed: bool) -> Sample:
        rows: list[dict[str, Any]] = []
        for block in range(blocks):
            values = {"baseline": own[block]}
            for place, name in enumerate(names):
                planted = effect if flawed and place == carrier else 0.0
                values[name] = own[block] + differences[place][block] + planted
            for arm, value in values.items():
                shown = None if block in lost else _shown(value, setting)
                rows.append({"block": block + 1, "arm": arm, setting.response: shown})
        material: dict[str, Any] = {
            "response": setting.response, "direction": setting.direction, "baseline": "baseline",
            "blocks_are": "random splits of the same data, test/train = 0.25" if setting.ratio else "seeds",
            "alpha": 0.05, "runs": rows,
        }  # fmt: skip
        if setting.lost:
            material["note"] = "a block without values: the machine was restarted, for all its runs"
        truth = Truth(
            verdict="flawed" if flawed else "sound", kind=kind if flawed else "",
            data={"effect": effect if flawed else 0.0, "arm": names[carrier]},
        )  # fmt: skip
        ask = (
            f"Runs paired by block. Does a treatment change {setting.response} against the baseline, or is all that "
            "differs noise? Verdict `flawed`, with the kind better or worse, says that there is an effect; `sound` that there is none."
        )
        item = Item(
            family="noise-or-effect", template=template, seed=seed, ask=ask, material=material, kinds=KINDS
        )
        return Sample(item=item, truth=truth)

    return detecting.twins(seed, sample(True), sample(False))


def _shown(value: float, setting: _Setting) -> float:
    """As a run would print it; a share of 200 questions comes in steps."""
    if setting.shape == "counted":
        return round(round(value * 200) / 200, setting.places)
    return round(value, setting.places)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


NOISE_OR_EFFECT = Family(
    name="noise-or-effect", activity=6, title="Is it an effect or noise", measure="J x direction accuracy",
    templates=tuple(_SETTINGS), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple,
    total=detecting.youden_kinds,
)  # fmt: skip
