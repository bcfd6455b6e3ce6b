"""What makes a series one number: the grammar, and what each reduction gives."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.reduction import Reduction, parse, reduce

SERIES = [0.5, 0.75, 0.25, 0.5]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("last", 0.5), ("first", 0.5), ("mean", 0.5), ("max", 0.75), ("min", 0.25), ("at 1", 0.75), ("at 0", 0.5),
        ("mean-last 2", 0.375), ("mean-last 9", 0.5), (" mean-last   3 ", 0.5),
    ],
)  # fmt: skip
def test_each_reduction_gives_its_number(said: str, number: float) -> None:
    assert reduce(parse(said), SERIES) == number


def test_the_entry_at_the_best_validation_is_taken_and_the_earliest_of_equals() -> None:
    wanted = parse("at best val_loss")
    assert reduce(wanted, SERIES, by=[3.0, 1.0, 1.0, 2.0], way="min") == 0.75
    assert reduce(wanted, SERIES, by=[3.0, 1.0, 1.0, 2.0], way="max") == 0.5
    assert reduce(wanted, SERIES, by=[math.nan, math.inf, 1.0, math.nan], way="max") == 0.25
    assert math.isnan(reduce(wanted, SERIES, by=[math.nan] * 4))  # type: ignore[arg-type]


def test_series_of_different_lengths_are_no_pair() -> None:
    said = reduce(parse("at best history['val']"), SERIES, by=[1.0, 2.0])
    assert said == "the series has 4 entries and history['val'] 2"


def test_an_epoch_that_never_was_and_an_empty_series_say_so() -> None:
    assert "no epoch 4" in str(reduce(parse("at 4"), SERIES))
    assert reduce(parse("last"), []) == "the series is empty"
    assert "one is wanted" in str(reduce(parse("value"), SERIES))
    assert reduce(parse("value"), [0.5]) == 0.5


def test_steps_that_were_logged_are_epochs() -> None:
    assert reduce(parse("at 20"), SERIES, steps=[0, 10, 20, 30]) == 0.25
    assert reduce(parse("at 10"), SERIES, steps=[0, 10, 10, 30]) == 0.25
    assert "last step is 30" in str(reduce(parse("at 5"), SERIES, steps=[0, 10, 20, 30]))


def test_not_a_number_stays_one() -> None:
    assert reduce(parse("last"), [0.5, math.inf]) == math.inf
    for said in ("mean", "max", "min", "mean-last 2", "last"):
        assert math.isnan(reduce(parse(said), [0.5, 0.25, math.nan]))  # type: ignore[arg-type]
    assert reduce(parse("mean-last 1"), [math.nan, 0.25]) == 0.25


@pytest.mark.parametrize(
    "said", ["", "lst", "at", "at -1", "at 1.5", "mean-last", "mean-last 0", "at best", "best of", "median"]
)
def test_what_is_no_reduction_is_refused_with_the_grammar(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(said)
    assert "mean-last" in f"{caught.value.message} {caught.value.remedy}"


def test_a_close_word_is_offered() -> None:
    with pytest.raises(UsageError) as caught:
        parse("lst")
    assert "did you mean last" in caught.value.remedy


def test_best_of_says_the_same_as_at_best() -> None:
    assert parse("best of val_acc max") == parse("at best val_acc max") == Reduction(kind="at best", by="val_acc", way="max")  # fmt: skip
    assert parse("at best  h['val  loss']").by == "h['val  loss']"


@given(
    st.one_of(
        st.sampled_from(["value", "last", "first", "mean", "max", "min"]).map(lambda k: Reduction(kind=k)),
        st.integers(0, 10**6).map(lambda n: Reduction(kind="at", count=n)),
        st.integers(1, 10**6).map(lambda n: Reduction(kind="mean-last", count=n)),
        st.sampled_from(["val", "h['val acc']", "history.csv:val loss", "max(x)"]).flatmap(
            lambda by: st.sampled_from([None, "max", "min"]).map(
                lambda way: Reduction(kind="at best", by=by, way=way)  # type: ignore[arg-type]
            )
        ),
    )
)
def test_what_is_written_is_read_back(reduction: Reduction) -> None:
    assert parse(str(reduction)) == reduction
