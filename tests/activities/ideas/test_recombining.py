"""What is recombined: only what is untested, from better arms, undecided ones, slices and beliefs; each says where it is from."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.activities.ideas.distance import GONE, Features
from jupyter_coimprove.activities.ideas.idea import Belief, Idea, Tried, plan_words
from jupyter_coimprove.activities.ideas.recombining import Material, mirrored, of_the_code, recombined
from jupyter_coimprove.activities.ideas.study import Rejected, card, chosen, nearest, study
from jupyter_coimprove.notebook.candidates import Candidate

SLICE = Card(
    kind="slice", title="error 60% where size ≥ 90 (5% elsewhere)", key="slice:size", goal="they do no worse"
)


def candidate(name: str, source: str, *levels: str, operator: str = "set") -> Candidate:
    return Candidate(
        name=name,
        kind="constant",
        source=source,
        value=None,
        type="",
        places=(),
        levels=levels,
        score=1.0,
        operator=operator,
    )  # type: ignore[arg-type]


def put(**settings: str) -> Features:
    return Features(
        settings=settings, operators=frozenset("drop-item" if v == GONE else "set" for v in settings.values())
    )


def tried(
    experiment: str, verdict: str, baseline: dict[str, str], accepted: str = "", **settings: str
) -> Tried:
    return Tried(
        experiment=experiment, features=put(**settings), verdict=verdict, baseline=baseline, accepted=accepted
    )


def by_source(*ideas: Idea) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for one in ideas:
        out.setdefault(one.source, []).append(one.features.text)
    return out


LR, DEPTH, SCALER = (
    candidate("lr", "0.1", "0.01", "1.0"),
    candidate("depth", "3", "6"),
    candidate("scaler", "Scaler()", operator="drop-item"),
)


def test_levels_that_were_tried_are_no_ideas_and_operators_are_told_as_such() -> None:
    found = by_source(
        *recombined(
            Material(
                candidates=[LR, DEPTH, SCALER], tried=[tried("exp_1", "worse", {"lr": "0.1"}, lr="0.010")]
            )
        )
    )
    assert found == {
        "untested level": ["lr=1.0", "depth=6"], "operator": ["without scaler"], "untested together": ["lr=1.0, depth=6"],
    }  # fmt: skip


def test_better_arms_are_put_together_and_with_what_is_untested() -> None:
    done = [
        tried("exp_1", "better", {"lr": "0.1"}, lr="0.01"),
        tried("exp_2", "better", {"depth": "3"}, depth="6"),
    ]
    found = by_source(*recombined(Material(candidates=[LR, DEPTH, SCALER], tried=done)))
    assert found["recombination"] == ["lr=0.01, depth=6", "depth=6, lr=1.0", "depth=6, without scaler"]
    both = [*done, tried("exp_3", "undecided", {}, lr="0.01", depth="6")]
    assert (
        "lr=0.01, depth=6"
        not in by_source(*recombined(Material(candidates=[LR, DEPTH], tried=both)))["recombination"]
    )


def test_what_was_left_undecided_is_tried_larger_for_its_problem() -> None:
    problem = Card(kind="problem", title="undecided", key="undecided:exp_1")
    done = [
        tried("exp_1", "undecided", {"lr": "0.1", "depth": "3"}, lr="0.2"),
        tried("exp_2", "undecided", {"depth": "3"}, depth="4"),
    ]
    ideas = [
        one
        for one in recombined(Material(candidates=[], tried=done, problems=[("crd_1", problem)]))
        if one.source == "problem"
    ]
    assert [one.features.text for one in ideas] == ["lr=0.8", "depth=7"]
    assert ideas[0].used == ("crd_1", "exp_1")


def test_a_slice_asks_whether_a_change_helps_there() -> None:
    (idea,) = [
        one
        for one in recombined(Material(candidates=[LR], slices=[("crd_9", SLICE)]))
        if one.source == "slice"
    ]
    assert idea.features.text == "lr=0.01, where size ≥ 90"
    assert idea.used == ("crd_9",)
    assert "whether lr=0.01 helps there is untested" in idea.why


def test_a_belief_is_argued_with_from_the_other_side_and_by_a_condition() -> None:
    belief = Belief(
        text="lr=1.0 is better (fnd_1, accepted)",
        features=put(lr="1.0"),
        verdict="better",
        baseline={"lr": "0.1"},
        used="fnd_1",
    )
    ideas = [one for one in recombined(Material(candidates=[LR, DEPTH], beliefs=[belief])) if one.against]
    assert [(one.features.text, one.crossed) for one in ideas] == [
        ("lr=0.01", False),
        ("lr=1.0, depth=6", True),
    ]
    assert all(one.used == ("fnd_1",) and one.against == belief.text for one in ideas)
    assert "it holds only where depth is 3" in ideas[1].why[0]
    assert (
        plan_words(ideas[1], "a b.ipynb", "score")
        == "plan 'a b.ipynb' -f lr=1.0 -f depth=6 -r score --design full-factorial --because {id}"
    )
    worse = Belief(text="w", features=put(lr="1.0"), verdict="worse", baseline={"lr": "0.1"}, used="fnd_2")
    assert [
        one.crossed for one in recombined(Material(candidates=[LR, DEPTH], beliefs=[worse])) if one.against
    ] == [True]


def test_where_nothing_is_believed_the_code_is_argued_with() -> None:
    belief = of_the_code([candidate("mode", "ask()"), LR])
    assert belief is not None
    assert belief.text.startswith("the code keeps lr at 0.1")
    ideas = [one for one in recombined(Material(candidates=[LR], beliefs=[belief])) if one.against]
    assert [one.features.text for one in ideas] == ["lr=0.01"]
    assert of_the_code([]) is None
    assert (
        plan_words(Idea(features=put(scaler=GONE), source="operator", why=()), "n.ipynb", "")
        == "plan n.ipynb --drop scaler --because {id}"
    )


@pytest.mark.parametrize(
    ("baseline", "level", "other"),
    [("0.1", "1.0", "0.01"), ("2", "4", "1"), ("-1.0", "2.0", "-4"), ("0.0", "0.5", None), ("'a'", "'b'", None), ("3", "3", None), ("1", "64", None)],
)  # fmt: skip
def test_the_other_side_is_as_far_away(baseline: str, level: str, other: str | None) -> None:
    found = mirrored(baseline, level)
    if (baseline, level) == ("1", "64"):
        assert found == "1", "a count has nothing below 1; the same as the baseline is no idea"
    else:
        assert found == other


def test_what_is_nearest_is_told_and_the_list_is_mixed_with_one_that_contradicts() -> None:
    near = nearest(
        put(lr="0.2"),
        [tried("exp_1", "worse", {}, lr="0.1")],
        [Rejected(id="crd_1", features=put(lr="0.19"), reason="no")],
    )
    assert near.text == "lr=0.19 (crd_1, rejected: no)"
    assert near.value < 0.02
    assert nearest(put(lr="1"), [], []).value == 1
    cards = [
        card(Idea(features=put(**{name: str(i + 1)}), source="untested level", why=("w",), against="b" if i == 8 else ""), near, notebook="n", response="")
        for i, name in enumerate("aaaabbbbc")
    ]  # fmt: skip
    listed = chosen(cards, 3)
    assert len(listed) == 3
    assert {next(iter(one.data["settings"])) for one in listed} == {"a", "b", "c"}, "unlike each other"
    assert any(one.data["against"] for one in chosen(cards, 1))
    told = study("n.ipynb", listed, [])
    assert told.headline.startswith("3 ideas for n.ipynb; first: try ")
    assert study("n.ipynb", [], []).headline == "no ideas for n.ipynb"
