"""What families about people say is true is: what the lab accepts, what voters copy, which plans are feasible, what no skill gets."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from jupyter_coimprove.bench.families import constraint_consensus as consensus
from jupyter_coimprove.bench.families import house_rules, merge_votes
from jupyter_coimprove.bench.item import Answer
from jupyter_coimprove.bench.lab import Lab
from jupyter_coimprove.workbench.cell_running import Executor

NOTHING = Executor()  # these marks execute nothing


@pytest.mark.parametrize("family", [house_rules.LAB_RULES, house_rules.TRANSFER], ids=lambda f: f.name)
def test_what_is_said_to_be_accepted_the_person_accepts(family, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Lab, tuple]] = []
    made = house_rules._questions
    monkeypatch.setattr(
        house_rules, "_questions", lambda home, many: asked.append((home, found := made(home, many))) or found
    )
    samples = [s for template in family.templates for s in family.make(template, 4)]
    assert len(samples) == len(asked)
    for sample, (home, questions) in zip(samples, asked, strict=True):
        calm = Lab(seed=home.seed, rules=home.rules, later=home.later, turns_at=home.turns_at, moody=0.0)
        said = [[calm.decide(offer, 5000).verdict == "accepted" for offer in offers] for offers in questions]
        assert said == sample.truth.data["accepted"]
        assert sample.item.material["questions"] == [
            [offer.source for offer in offers] for offers in questions
        ]


def test_who_has_seen_more_of_a_lab_is_asked_the_same() -> None:
    few, some, many = house_rules.LAB_RULES.make("six", 9)
    assert [len(s.item.material["decisions"]) for s in (few, some, many)] == list(house_rules.SEEN)
    assert few.item.material["questions"] == many.item.material["questions"]
    assert some.item.material["decisions"] == many.item.material["decisions"][: house_rules.SEEN[1]]


def test_choosing_blindly_is_worth_nothing_on_average() -> None:
    samples = [
        s
        for template in house_rules.LAB_RULES.templates
        for seed in range(12)
        for s in house_rules.LAB_RULES.make(template, seed)[:1]
    ]
    for how in ("fail", "random"):
        chance = random.Random(1)
        marks = [
            house_rules.LAB_RULES.mark(s, house_rules.LAB_RULES.simple(s.item, how, chance), NOTHING).value
            for s in samples
        ]
        assert abs(mean(marks)) < 0.1


def test_voters_of_a_group_agree_more_than_their_skill_explains_and_the_majority_has_something_to_gain() -> (
    None
):
    for template in merge_votes.MERGE_VOTES.templates:
        (sample,) = merge_votes.MERGE_VOTES.make(template, 2)
        votes, truth = sample.item.material["votes"], sample.truth.data["truth"]
        said = merge_votes.majority(votes, list(truth), sample.item.material["labels"])
        right = mean(said[name] == label for name, label in truth.items())
        assert right == pytest.approx(sample.truth.data["majority"])
        assert 0.4 < right < 0.95
        answer = Answer(value=said)
        assert merge_votes.MERGE_VOTES.mark(sample, answer, NOTHING).value == pytest.approx(0.0)
        wrong = {v: {n for n, x in row.items() if x != truth[n]} for v, row in votes.items()}
        shared = max(
            len(wrong[a] & wrong[b]) / len(wrong[a] | wrong[b]) for a in wrong for b in wrong if a < b
        )
        assert shared > 0.4, template


def test_the_best_plan_is_the_best_of_all_that_nobody_rules_out() -> None:
    for template in consensus.CONSTRAINT_CONSENSUS.templates:
        (sample,) = consensus.CONSTRAINT_CONSENSUS.make(template, 3)
        members = sample.item.material["members"]
        best = sample.truth.data["best"]
        assert all(consensus.holds(best, one) for m in members for one in m["must"])
        for plan in consensus.plans(sample.item.material["options"]):
            if all(consensus.holds(plan, one) for m in members for one in m["must"]):
                met = sum(consensus.holds(plan, one) for m in members for one in m["wishes"])
                assert met <= sample.truth.data["most"]
        broken = next(
            plan for plan in consensus.plans(sample.item.material["options"])
            if not all(consensus.holds(plan, one) for m in members for one in m["must"])
        )  # fmt: skip
        assert consensus.raw(sample, Answer(value={"plan": broken, "dissent": []})) == 0.0


def test_the_floor_of_a_consensus_is_what_no_skill_gets() -> None:
    got: dict[str, list[float]] = {"pass": [], "fail": [], "random": []}
    for template in consensus.CONSTRAINT_CONSENSUS.templates:
        for seed in range(20):
            (sample,) = consensus.CONSTRAINT_CONSENSUS.make(template, seed)
            for how, values in got.items():
                for again in range(10 if how == "random" else 1):
                    chance = random.Random(f"{template}{seed}{again}")
                    values.append(
                        consensus.raw(sample, consensus.CONSTRAINT_CONSENSUS.simple(sample.item, how, chance))
                    )  # type: ignore[arg-type]
    assert max(mean(values) for values in got.values()) == pytest.approx(consensus.FLOOR, abs=0.015)
