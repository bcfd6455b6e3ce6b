"""The ranking from pairs: a published fit, few comparisons, ties, and what to ask next."""

from __future__ import annotations

import random
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.activities.ideas.pairs import Vote, next_pair, strengths

#: Games won in the American League of 1987, row against column, and the fit (Agresti, Categorical Data Analysis, 10.6).
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WON = (
    (0, 7, 9, 7, 7, 9, 11), (6, 0, 7, 5, 11, 9, 9), (4, 6, 0, 7, 7, 8, 12), (6, 8, 6, 0, 6, 7, 10), (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6), (2, 4, 1, 3, 1, 7, 0),
)  # fmt: skip
PUBLISHED = (1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0)


def test_without_a_prior_to_speak_of_it_is_the_published_fit() -> None:
    votes = [Vote(better=TEAMS[i], other=TEAMS[j]) for i, row in enumerate(WON) for j, n in enumerate(row) for _ in range(n)]  # fmt: skip
    found = {one.name: one.value for one in strengths(TEAMS, votes, spread=1e3)}
    assert [found[team] - found["Baltimore"] for team in TEAMS] == pytest.approx(PUBLISHED, abs=0.006)


def test_three_comparisons_rank_with_wide_intervals_and_the_rest_stays_in_the_middle() -> None:
    found = strengths("abcd", [Vote(better="a", other="b"), Vote(better="a", other="c"), Vote(better="b", other="c")])  # fmt: skip
    assert [one.name for one in found] == ["a", "b", "d", "c"] or [one.name for one in found] == ["a", "d", "b", "c"]  # fmt: skip
    by = {one.name: one for one in found}
    assert by["d"].value == 0
    assert by["d"].compared == 0
    assert by["a"].low < 0 < by["a"].value < 2, "one that always won is not infinitely good"
    assert by["a"].high - by["a"].low < by["d"].high - by["d"].low, "a comparison narrows"


def test_ties_draw_together_and_an_empty_ballot_ranks_nothing() -> None:
    tied = strengths("ab", [Vote(better="a", other="b", tie=True)] * 4)
    assert [one.value for one in tied] == pytest.approx([0, 0])
    assert tied[0].compared == 4
    apart = strengths("ab", [Vote(better="a", other="b")] * 4)
    mixed = strengths("ab", [Vote(better="a", other="b")] * 4 + [Vote(better="b", other="a", tie=True)] * 4)
    assert 0 < mixed[0].value < apart[0].value
    assert {one.value for one in strengths("abc", [])} == {0.0}
    assert strengths("", []) == ()
    assert strengths("ab", [Vote(better="a", other="z"), Vote(better="b", other="b")])[0].compared == 0


@settings(max_examples=40)
@given(
    votes=st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.booleans()).filter(
            lambda v: v[0] != v[1]
        ),
        max_size=25,
    )
)
def test_each_fit_is_a_top_of_the_posterior(votes: list[tuple[str, str, bool]]) -> None:
    cast = [Vote(better=a, other=b, tie=tie) for a, b, tie in votes]
    s = {one.name: one.value for one in strengths("abcde", cast)}
    for name in s:
        slope = -s[name] / 1.4**2
        for vote in cast:
            if name in (vote.better, vote.other):
                other = vote.other if name == vote.better else vote.better
                share = 0.5 if vote.tie else float(name == vote.better)
                slope += share - 1 / (1 + exp(s[other] - s[name]))
        assert slope == pytest.approx(0, abs=1e-6)


def test_intervals_hold_the_true_strengths_about_as_often_as_they_say() -> None:
    rng, held, of = random.Random(8), 0, 0
    for _ in range(150):
        true = {name: rng.gauss(0, 1.4) for name in "abcdef"}
        votes = []
        for _ in range(30):
            a, b = rng.sample("abcdef", 2)
            won = rng.random() < 1 / (1 + exp(true[b] - true[a]))
            votes.append(Vote(better=a if won else b, other=b if won else a))
        for one in strengths("abcdef", votes):
            held += one.low <= true[one.name] <= one.high
            of += 1
    assert 0.92 <= held / of <= 0.98


def test_what_is_asked_next_was_not_asked_and_is_close() -> None:
    votes = [Vote(better="a", other="b"), Vote(better="a", other="b"), Vote(better="a", other="c")]
    pair = next_pair(strengths("abc", votes), votes)
    assert pair is not None
    assert set(pair) == {"b", "c"}
    assert next_pair(strengths("a", []), []) is None
