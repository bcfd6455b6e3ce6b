"""A model of the runs: it goes where more is to be gained, knows what it does not know, and refuses what is no run."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.surrogate import next_settings

SPACE = {"lr": [0.001, 0.01, 0.1, 1.0, 10.0], "depth": [1, 2, 4, 8], "kind": ["a", "b"]}


def worth(one: dict[str, object]) -> float:
    lr = -((math.log10(float(str(one["lr"]))) + 1) ** 2)
    return lr + 0.3 * math.log2(int(str(one["depth"]))) + (1.0 if one["kind"] == "b" else 0.0)


EVERY = [
    {"lr": lr, "depth": d, "kind": k} for lr in SPACE["lr"] for d in SPACE["depth"] for k in SPACE["kind"]
]


def regret(chance: random.Random, model: bool) -> float:
    """Of the best after 8 runs by lot and 3 proposals."""
    shown = chance.sample(EVERY, 8)
    left = [one for one in EVERY if one not in shown]
    said = (
        [dict(one.settings) for one in next_settings(SPACE, [(one, worth(one)) for one in shown], 3)]
        if model
        else chance.sample(left, 3)
    )
    assert all(one in left for one in said), "nothing that ran is proposed again"
    return max(map(worth, EVERY)) - max(worth(one) for one in [*shown, *said])


def test_it_finds_more_than_lot_does() -> None:
    by_model = sum(regret(random.Random(seed), True) for seed in range(40))
    by_lot = sum(regret(random.Random(seed), False) for seed in range(40))
    assert by_model < 0.4 * by_lot


def test_less_is_better_where_that_is_said() -> None:
    runs = [(one, worth(one)) for one in random.Random(1).sample(EVERY, 8)]
    up = next_settings(SPACE, runs, 2)
    down = next_settings(SPACE, [(one, -value) for one, value in runs], 2, direction="min")
    assert [one.settings for one in up] == [one.settings for one in down]
    assert [one.expected for one in up] == pytest.approx([-one.expected for one in down])


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 1e6), st.floats(-1e6, 1e6), st.integers(0, 99))
def test_the_units_of_the_response_do_not_matter(unit: float, shift: float, seed: int) -> None:
    shown = random.Random(seed).sample(EVERY, 6)
    plain = next_settings(SPACE, [(one, worth(one)) for one in shown], 1)[0]
    other = next_settings(SPACE, [(one, shift + unit * round(worth(one), 6)) for one in shown], 1)[0]
    assert other.spread == pytest.approx(unit * plain.spread, rel=0.05)


def test_when_everything_ran_nothing_is_proposed() -> None:
    space = {"a": [1, 2], "b": ["x", "y"]}
    runs = [({"a": a, "b": b}, float(a)) for a in space["a"] for b in space["b"]]
    assert next_settings(space, runs, 3) == ()
    assert len(next_settings(space, runs[:3], 3)) == 1


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [(EVERY[0], 1.0), (EVERY[0], 2.0), (EVERY[1], 1.0)],
        [(EVERY[0], math.nan), (EVERY[1], 1.0), (EVERY[2], 1.0)],
        [({"lr": 0.5, "depth": 1, "kind": "a"}, 1.0), (EVERY[1], 1.0), (EVERY[2], 1.0)],
    ],
)
def test_what_is_no_run_or_too_few_is_refused(runs: list[tuple[dict[str, object], float]]) -> None:
    with pytest.raises(UsageError):
        next_settings(SPACE, runs, 1)


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(UsageError, match="more than are weighed"):
        next_settings({name: list(range(30)) for name in "abc"}, [], 1)
