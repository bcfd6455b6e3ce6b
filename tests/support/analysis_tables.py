"""Tables of responses for tests of the analysis: a baseline and arms that share its blocks."""

from __future__ import annotations

import numpy as np

from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.runs.run import Value

NOISE = np.random.default_rng(11).normal(0, 1, (4, 12))
#: The blocks move all arms together; each arm has a little noise of its own.
BASE = 90 + 3 * NOISE[0]


def rules(*treatments, blocks=8, **changes):
    chosen = {
        "baseline": "base", "treatments": treatments, "blocks": tuple(range(blocks)), "direction": "max",
        "block_kind": "init", **changes,
    }  # fmt: skip
    return Rules(**chosen)


def value(x):
    return Value.missing() if x is None else Value.of(x)


def rows(**arms):
    return [
        Row(arm=arm, block=block, value=value(x)) for arm, xs in arms.items() for block, x in enumerate(xs)
    ]


def arms(*shifts, blocks=8):
    made = {f"t{i}": BASE[:blocks] + shift + 0.3 * NOISE[i, :blocks] for i, shift in enumerate(shifts, 1)}
    return {"base": BASE[:blocks], **made}


def only(found):
    (effect,) = found.effects
    return effect
