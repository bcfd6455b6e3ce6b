"""How far ideas are apart: 0 for the same change, 1 for nothing in common, by numbers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.activities.ideas.distance import GONE, Features, distance, level_distance


def changed(*slices: str, **settings: str) -> Features:
    operators = frozenset("drop-item" if level == GONE else "set" for level in settings.values())
    return Features(settings=settings, operators=operators, slices=frozenset(slices))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("0.1", "0.10", 0), ("1", "1.0", 0), ("0.1", "1.0", 1), ("0.1", "0.01", 1), ("10", "100000", 1), ("0.1", "0.2", 0.30103),
        ("0.0", "0.5", 1), ("-1", "-2", 0.5), ("True", "False", 1), ("True", "1", 1), ("'adam'", '"adam"', 0), ("'adam'", "'sgd'", 1),
        ("nn.ReLU()", " nn.ReLU() ", 0), ("None", "0", 1), ("1e999", "2", 1),
    ],
)  # fmt: skip
def test_levels_are_apart_by_their_ratio_their_difference_or_not_at_all(
    one: str, other: str, apart: float
) -> None:
    assert level_distance(one, other) == pytest.approx(apart, abs=1e-5)
    assert level_distance(other, one) == pytest.approx(apart, abs=1e-5)


def test_the_parts_are_weighted_over_those_that_either_has() -> None:
    lr = changed(lr="0.1")
    assert distance(lr, changed(lr="0.10")) == 0
    assert distance(lr, changed(lr="1.0")) == pytest.approx(0.6 / 0.8), "the operator is the same, no slice in either"  # fmt: skip
    assert distance(lr, changed(depth="3")) == pytest.approx(0.6 / 0.8)
    assert distance(lr, changed(lr="0.1", depth="3")) == pytest.approx(0.6 * 0.5 / 0.8)
    assert distance(lr, changed("size ≥ 90", lr="0.1")) == pytest.approx(0.2 / 1.0)
    assert distance(lr, changed(scaler=GONE)) == 1


LEVEL = st.one_of(st.integers(-50, 50).map(str), st.floats(1e-6, 1e3).map(repr), st.sampled_from(["True", "'a'", "None", GONE]))  # fmt: skip
IDEAS = st.builds(
    lambda settings, slices: changed(*slices, **settings),
    st.dictionaries(st.sampled_from("abcd"), LEVEL, max_size=3),
    st.sets(st.sampled_from(["x ≥ 1", "x ≤ 0", "y is 2"]), max_size=2),
)


@given(one=IDEAS, other=IDEAS)
def test_it_is_symmetric_from_0_to_1_and_0_only_for_the_same(one: Features, other: Features) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert 0 <= found <= 1
    assert distance(one, one) == 0
    if found == 0:
        assert (set(one.settings), one.operators, one.slices) == (set(other.settings), other.operators, other.slices)  # fmt: skip
        assert all(level_distance(one.settings[name], other.settings[name]) == 0 for name in one.settings)
