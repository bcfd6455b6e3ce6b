"""Votes of several: who is good is found out, who repeats another counts once, and with little nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.evidence.votes import Ballots, merge


def panel(
    seed: int, items: int, skill: list[float], *, copies: int = 0, kinds: int = 2, copied: float = 0.95
) -> tuple[dict[str, str], Ballots]:
    """Right answers, and the votes of people of this skill, the first of whom ``copies`` others repeat."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(kinds, size=items)

    def votes(right: float) -> np.ndarray:
        wrong = (truth + rng.integers(1, kinds, size=items)) % kinds
        return np.where(rng.random(items) < right, truth, wrong)

    said = {f"v{i}": votes(one) for i, one in enumerate(skill)}
    for i in range(copies):
        said[f"copy{i}"] = np.where(rng.random(items) < copied, said["v0"], votes(skill[0]))
    name = [f"item{i:03}" for i in range(items)]
    return dict(zip(name, map(str, truth), strict=True)), {
        voter: dict(zip(name, map(str, row), strict=True)) for voter, row in said.items()
    }


def majority(ballots: Ballots) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for votes in ballots.values():
        for item, choice in votes.items():
            out.setdefault(item, {}).setdefault(choice, 0.0)
            out[item][choice] += 1
    return out


def right(answers: dict[str, dict[str, float]], truth: dict[str, str]) -> float:
    """Share of right answers; of tied ones each is taken equally often."""
    total = 0.0
    for item, true in truth.items():
        best = max(answers[item].values())
        first = [choice for choice, share in answers[item].items() if share > best - 1e-9]
        total += (true in first) / len(first)
    return total / len(truth)


def compare(panels: list[tuple[dict[str, str], Ballots]]) -> tuple[np.ndarray, np.ndarray]:
    mine = [right({k: dict(v) for k, v in merge(votes).shares.items()}, truth) for truth, votes in panels]
    return np.array(mine), np.array([right(majority(votes), truth) for truth, votes in panels])


def test_the_skill_of_each_voter_is_recovered() -> None:
    planted = [0.95, 0.85, 0.75, 0.65, 0.55]
    found = [merge(panel(seed, 300, planted, kinds=3)[1]).skill for seed in range(4)]
    mean = [float(np.mean([one[f"v{i}"] for one in found])) for i in range(5)]
    assert mean == pytest.approx(planted, abs=0.05)


def test_four_who_repeat_one_bad_voter_do_not_outvote_four_good_ones() -> None:
    panels = [panel(seed, 40, [0.6, 0.8, 0.8, 0.8, 0.8], copies=4) for seed in range(8)]
    mine, plain = compare(panels)
    assert plain.mean() < 0.7
    assert mine.mean() > 0.85


@pytest.mark.parametrize("kinds", [2, 3])
def test_they_are_found_and_weigh_as_about_one_view(kinds: int) -> None:
    clique = {"v0", "copy0", "copy1", "copy2", "copy3"}
    sizes, views = [], []
    for seed in range(5):
        found = merge(panel(seed, 60, [0.6, 0.8, 0.8, 0.8, 0.8], copies=4, kinds=kinds)[1])
        sizes.append(max((len(clique & set(group)) for group in found.groups), default=0))
        views.append(found.views)
    assert np.mean(sizes) > 4.5
    assert np.mean(views) == pytest.approx(5, abs=0.7)


@pytest.mark.slow
@pytest.mark.parametrize(
    "skill", [[0.7] * 7, [0.9] * 6, [0.6] * 9, [0.8, 0.7, 0.6], [0.9, 0.8, 0.6, 0.6, 0.55]]
)
def test_independent_voters_lose_little_against_their_majority(skill: list[float]) -> None:
    mine, plain = compare([panel(seed, 40, skill) for seed in range(40)])
    assert mine.mean() > plain.mean() - 0.02


def test_a_few_independent_voters_lose_little_against_their_majority() -> None:
    mine, plain = compare([panel(seed, 30, [0.7] * 5) for seed in range(15)])
    assert mine.mean() > plain.mean() - 0.02


def test_voters_of_unequal_skill_gain_over_their_majority() -> None:
    mine, plain = compare(
        [panel(seed, 120, [0.95, 0.6, 0.6, 0.55, 0.55, 0.55, 0.55], kinds=3) for seed in range(5)]
    )
    assert mine.mean() > plain.mean() + 0.03


def test_independent_voters_are_seldom_taken_for_copies() -> None:
    grouped = [bool(merge(panel(seed, 60, [0.75] * 6)[1]).groups) for seed in range(15)]
    assert np.mean(grouped) < 0.15


def test_people_who_all_agree_are_not_taken_for_copies_of_each_other() -> None:
    said = {f"q{i}": "for" if i % 3 else "against" for i in range(12)}
    assert merge({name: dict(said) for name in ("ann", "bo", "cy", "di", "ed")}).views == pytest.approx(5)


def test_with_few_items_each_view_counts_once_and_it_is_said() -> None:
    ballots = {"ann": {"q": "a"}, "bo": {"q": "b"}, "model 1": {"q": "b"}, "model 2": {"q": "b"}}
    plain = merge(ballots)
    assert plain.answers == {"q": "b"}
    found = merge(ballots, alike=[("bo", "model 1", "model 2")])
    assert found.method == "each view once"
    assert "1 item" in found.why
    assert found.answers == {"q": None}, "one view against one"
    assert found.weights["bo"] == pytest.approx(1 / 3)
    assert found.groups == (("bo", "model 1", "model 2"),)
    assert not found.skill, "nothing tells it"


def test_one_voter_is_no_panel() -> None:
    found = merge({"ann": {f"q{i}": "a" if i % 2 else "b" for i in range(20)}})
    assert found.why.startswith("1 voter;")
    assert found.answers["q1"] == "a"


def test_groups_that_share_a_voter_are_one() -> None:
    found = merge({name: {"q": "a"} for name in "vwxyz"}, alike=[("v", "w"), ("y", "z"), ("w", "z")])
    assert found.groups == (("v", "w", "y", "z"),)
    assert found.views == pytest.approx(2)


def test_known_copies_are_one_view_in_the_estimate_too() -> None:
    _, votes = panel(3, 40, [0.6, 0.8, 0.8, 0.8, 0.8], copies=4)
    clique = ("v0", "copy0", "copy1", "copy2", "copy3")
    assert merge(votes, alike=[clique]).weights["v0"] == pytest.approx(1 / 5)


def test_a_vote_for_nothing_that_could_be_chosen_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        merge({"ann": {"q": "perhaps"}}, choices=("yes", "no"))


def test_a_voter_who_left_items_out_is_no_obstacle() -> None:
    truth, votes = panel(5, 40, [0.8] * 5)
    some = {voter: dict(list(row.items())[i::2]) for i, (voter, row) in enumerate(votes.items()) if i < 2}
    found = merge({**votes, **some, "silent": {}})
    assert set(found.answers) == set(truth)
    assert "silent" not in found.skill


_BALLOTS = st.dictionaries(
    st.sampled_from(["ann", "bo", "cy", "di", "ed"]),
    st.dictionaries(st.sampled_from([f"q{i}" for i in range(12)]), st.sampled_from(["a", "b", "c"])),
)


@settings(max_examples=40, deadline=None)
@given(_BALLOTS)
def test_shares_are_probabilities_and_no_voter_counts_more_than_once(ballots: Ballots) -> None:
    found = merge(ballots, choices=("a", "b", "c"))
    for row in found.shares.values():
        assert sum(row.values()) == pytest.approx(1)
        assert min(row.values()) >= 0
    assert all(0 < weight <= 1 for weight in found.weights.values())
    assert set(found.weights) == set(ballots)


@settings(max_examples=30, deadline=None)
@given(_BALLOTS, st.permutations(["a", "b", "c"]), st.permutations(range(12)))
def test_neither_the_names_of_choices_nor_of_items_matter(
    ballots: Ballots, choices: list[str], items: list[int]
) -> None:
    new = dict(zip("abc", choices, strict=True))
    renamed = {
        voter: {f"q{items[int(item[1:])]}": new[choice] for item, choice in votes.items()}
        for voter, votes in ballots.items()
    }
    first, second = merge(ballots, choices="abc"), merge(renamed, choices="abc")
    for item, row in first.shares.items():
        other = second.shares[f"q{items[int(item[1:])]}"]
        assert {new[choice]: share for choice, share in row.items()} == pytest.approx(other, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(_BALLOTS.filter(bool), st.integers(1, 4))
def test_repeating_a_known_view_changes_nothing(ballots: Ballots, times: int) -> None:
    voter = sorted(ballots)[0]
    more = {**ballots, **{f"{voter} again {i}": ballots[voter] for i in range(times)}}
    found = merge(
        more, choices="abc", alike=[[name for name in more if name.startswith(voter)]], least_items=99
    )
    once = merge(ballots, choices="abc", least_items=99)
    assert found.views == pytest.approx(once.views)
    for item, row in once.shares.items():
        assert dict(found.shares[item]) == pytest.approx(dict(row))
