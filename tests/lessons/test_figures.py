"""Figures of people and the AI: shares and means with intervals, skill on shared items, and the paper's open issues."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.experiments.prediction import ENOUGH
from jupyter_coimprove.lessons import figures, issues
from jupyter_coimprove.lessons.counting import mean, share
from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.figures import Said


def decided(place: int, verdict: str = "accepted", **more: object) -> Decided:
    known: dict[str, object] = {
        "kind": "cells", "features": frozenset({"a()", f"x={place}"}), "distance": {"accepted": 0.0, "edited": 0.3}.get(verdict),
    }  # fmt: skip
    return Decided(
        id=f"dec_{place}", subject=f"prp_{place}", notebook="a.ipynb", verdict=verdict, **{**known, **more},  # type: ignore[arg-type]
    )  # fmt: skip


def said(
    item: int, p: float, happened: bool, *, by: str = "Ann", kind: str = "person", aided: bool = False
) -> Said:
    return Said(
        item=f"exp_{item}/a",
        by=by,
        kind=kind,
        p=p,
        happened=happened,
        at=f"2026-01-{1 + item % 28:02d}",
        aided=aided,
    )


@given(n=st.integers(1, 300), data=st.data())
def test_a_share_lies_in_its_interval_and_more_items_make_it_shorter(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    one, more = share(hits, n), share(10 * hits, 10 * n)
    assert one.low is not None and one.high is not None and more.low is not None and more.high is not None  # noqa: PT018
    assert 0 <= one.low <= hits / n <= one.high <= 1
    assert more.high - more.low < one.high - one.low


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998, table I: 81 of 263.
    found = share(81, 263)
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (0.2553, 0.3662)


def test_without_items_there_is_no_figure_and_it_says_so() -> None:
    assert share(0, 0).words == mean([]).words == "nothing to count yet"
    assert mean([1.0, 2.0]).low is None


def test_decisions_are_counted_by_kind_and_over_time() -> None:
    some = [
        decided(i, "rejected" if i < 10 else "accepted", reason="why" if i < 5 else "") for i in range(20)
    ]
    (part,) = figures.by_kind(some)
    assert (part.name, part.decisions, part.rejected, part.accepted.value) == ("cells", 20, 10, 0.5)
    assert part.reasons.value == 0.25
    assert [p.accepted.value for p in figures.over_time(some)] == [0, 0, 1, 1]
    assert [p.name for p in figures.over_time(some[:6])] == ["all"]


def test_the_edit_distance_is_of_what_was_kept() -> None:
    (part,) = figures.by_kind([decided(1), decided(2, "edited"), decided(3, "rejected")])
    assert part.distance.value == pytest.approx(0.15)


def test_skill_is_against_the_base_rate_and_calibration_is_how_far_what_is_said_misses() -> None:
    certain = [said(i, 0.9 if i % 2 else 0.1, bool(i % 2)) for i in range(40)]
    found = figures.skill("Ann", certain)
    assert found is not None
    assert (found.skill, found.off) == (pytest.approx(1 - 0.01 / 0.25), pytest.approx(0.1))
    guess = figures.skill("Ann", [replace(one, p=0.5) for one in certain])
    assert guess is not None
    assert (guess.skill, guess.off) == (pytest.approx(0), pytest.approx(0))
    assert figures.skill("Ann", []) is None


def test_together_against_alone_counts_shared_items_only_and_ranks_nobody_under_fifty() -> None:
    chance = random.Random(0)

    def items(many: int) -> list[Said]:
        out = []
        for i in range(many):
            happened = chance.random() < 0.5
            out += [
                said(i, 0.4 if happened else 0.6, happened), said(i, 0.6 if happened else 0.4, happened, by="m", kind="ai"),
                said(i, 0.8 if happened else 0.2, happened, aided=True),
            ]  # fmt: skip
        return out

    few = figures.uplift([*items(20), said(99, 0.9, True)])
    assert few is not None
    assert few.items == 20
    assert not few.enough
    assert "ranks nobody" in few.words
    many = figures.uplift(items(ENOUGH))
    assert many is not None
    assert many.enough
    assert (many.alone, many.ai, many.team) == (pytest.approx(0.36), pytest.approx(0.16), pytest.approx(0.04))
    assert many.gain.value == pytest.approx(0.12)
    assert figures.uplift([said(1, 0.5, True)]) is None


def test_two_forecasters_are_compared_on_what_both_said_without_the_other() -> None:
    some = [
        *(said(i, 0.9, True) for i in range(60)), *(said(i, 0.6, True, by="m", kind="ai") for i in range(10, 70)),
        said(1, 1.0, True, aided=True), said(99, 0.1, False, by="Bo"),
    ]  # fmt: skip
    (found,) = figures.side_by_side(some)
    assert (found.one, found.other, found.items, found.words) == (
        "Ann (person)",
        "m (ai)",
        50,
        "Ann (person) was closer",
    )
    assert found.briers == (pytest.approx(0.01), pytest.approx(0.16))
    (few,) = figures.side_by_side(some[:-20])
    assert few.words == "no ranking under 50 items"
    assert figures.base_rate(some) == pytest.approx(70 / 71)


def test_deskilling_shows_between_the_halves_of_what_was_said_without_the_ai() -> None:
    good = [replace(said(i, 0.9 if i % 2 else 0.1, bool(i % 2)), at=f"2025-{i:02d}") for i in range(20)]
    bad = [replace(said(i, 0.1 if i % 2 else 0.9, bool(i % 2)), at=f"2026-{i:02d}") for i in range(20)]
    older, newer = figures.unaided([*bad, *good, said(3, 0.9, True, aided=True)])
    assert older is not None and newer is not None  # noqa: PT018
    assert (older.skill or 0) > 0.9
    assert (newer.skill or 0) < 0


def test_what_people_said_first_shows_whether_words_move_them() -> None:
    some = [
        decided(1, "accepted", view="yes"), decided(2, "accepted", view="no"), decided(3, "rejected", view="yes"),
        decided(4, "rejected", view="no"), decided(5, "edited", view="yes"), decided(6),
    ]  # fmt: skip
    found = figures.swayed(some)
    assert (found.items, found.towards, found.away, found.agreed.value) == (5, 1, 1, 0.6)


def test_acceptance_that_does_not_stand_is_a_figure() -> None:
    some = [decided(1, confirmed=True), decided(2, confirmed=False), decided(3), decided(4, "rejected")]
    found = issues.hacking(some, undone=1)
    assert found.figure.value == pytest.approx(2 / 4)
    assert found.says.startswith("1 contradicted by runs, 1 undone, 0 accepted in bulk")


def test_drift_is_told_from_chance() -> None:
    steady = [decided(i, random.Random(i).choice(["accepted", "rejected"])) for i in range(60)]
    turned = [decided(i, "accepted" if i < 30 else "rejected") for i in range(60)]
    same, other = issues.drift(steady), issues.drift(turned)
    assert "have changed" not in same.says
    assert "have changed" in other.says
    assert other.figure.value == pytest.approx(1)
    assert issues.drift(steady[:6]).figure.value is None


def test_self_judgement_is_held_against_runs() -> None:
    assert issues.judgement([said(1, 0.5, True)]).figure.value is None
    found = issues.judgement([said(i, 0.9, i % 2 == 0, by="m", kind="ai") for i in range(10)])
    assert found.figure.value == pytest.approx((0.01 + 0.81) / 2)
    assert "misses what happens by 0.40" in found.says


def test_proposals_that_become_alike_lose_diversity() -> None:
    alike = [
        decided(i, features=frozenset({"a()", "b()"}) if i >= 10 else frozenset({f"x{i}"})) for i in range(20)
    ]
    found = issues.diversity(alike)
    assert found.figure.value == 0
    assert "it was 1.00" in found.says


def test_all_four_issues_are_told_of_an_empty_record_too() -> None:
    found = issues.issues([], [], undone=0)
    assert [one.figure.value for one in found] == [None] * 4
    assert len({one.name for one in found}) == 4


def test_verdicts_of_checks_are_held_against_peoples_by_how_sure_they_were() -> None:
    def check(place: int, sure: str, verdict: str, **more: object) -> Decided:
        return decided(
            place, verdict, kind="check", features=frozenset({"rule x", f"confidence {sure}"}), **more
        )

    some = [
        check(1, "high", "accepted"), check(2, "high", "rejected"), check(3, "medium", "rejected"),
        check(4, "high", "accepted", bulk=True), decided(5, kind="finding", author="Claude", author_kind="ai"), decided(6),
    ]  # fmt: skip
    assert [(one.name, one.items, one.agreed.value) for one in figures.verdicts(some)] == [
        ("check, high confidence", 2, 0.5), ("check, medium confidence", 1, 0.0), ("finding by Claude", 1, 1.0),
    ]  # fmt: skip


def test_probabilities_are_told_by_tenths_with_how_often_they_came_so() -> None:
    rows = figures.tenths([said(1, 0.72, True), said(2, 0.78, False), said(3, 1.0, True)])
    assert [(row.low, row.items, row.said, row.happened.value) for row in rows] == [
        (0.7, 2, pytest.approx(0.75), 0.5), (0.9, 1, 1.0, 1.0),
    ]  # fmt: skip
