"""The scripted person: the same for the same items, helped by evidence, harmed by confident mistakes."""

from __future__ import annotations

import math

import pytest

from jupyter_coimprove.bench import researcher
from jupyter_coimprove.bench.asking import Answered
from jupyter_coimprove.bench.detecting import mark, perfect, simple, youden
from jupyter_coimprove.bench.family import Family
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, book
from jupyter_coimprove.bench.researcher import Person, Together, Weights
from jupyter_coimprove.workbench.cell_running import Executor


def make(template: str, seed: int) -> tuple[Sample, ...]:
    out = []
    for verdict in ("flawed", "sound"):
        item = Item(
            family="made-up", template=template, seed=seed, ask="Is it right?", kinds=("leak",),
            notebook=book([f"x = {seed}", f"y = {verdict == 'flawed':d}"]),
        )  # fmt: skip
        flawed = verdict == "flawed"
        truth = Truth(verdict="flawed" if flawed else "sound", kind="leak" if flawed else "", cells=(2,))
        out.append(Sample(item=item, truth=truth))
    return tuple(out)


FAMILY = Family(
    name="made-up", activity=6, title="", measure="J", templates=tuple("abcdefghij"), make=make, perfect=perfect, simple=simple,
    mark=lambda sample, answer, execute: mark(sample, answer), total=youden,
)  # fmt: skip
SAMPLES = [sample for seed in range(60) for name in FAMILY.templates for sample in FAMILY.make(name, seed)]


def worked(execute: Executor, **said: object) -> list[Together]:
    """The person over all samples with an AI that answers so: right or wrong, with evidence or without."""
    out = []
    for sample in SAMPLES:
        right = bool(said["right"])
        verdict = (
            sample.truth.verdict
            if right
            else {"flawed": "sound", "sound": "flawed"}[sample.truth.verdict or ""]
        )
        answer = Answer(
            verdict=verdict, kind="leak" if verdict == "flawed" else "", cell=2, confidence=float(said["confidence"]),
            evidence=("cell 2",) if said["evidence"] else (),
        )  # fmt: skip
        given = Answered(
            family="made-up", sample=sample, answer=answer, mark=mark(sample, answer), seconds=0.0
        )
        out.append(researcher.together(Person(), FAMILY, given, execute))
    return out


def quality(all_: list[Together]) -> float:
    return sum(researcher.quality(one.mark) for one in all_) / len(all_)


def test_a_person_alone_is_right_about_as_often_as_their_skill_and_half_of_the_rest() -> None:
    person = Person(skill=0.6)
    right = sum(person.alone(FAMILY, s).verdict == s.truth.verdict for s in SAMPLES) / len(SAMPLES)
    assert right == pytest.approx(0.8, abs=0.04)
    assert [person.alone(FAMILY, s) for s in SAMPLES[:9]] == [person.alone(FAMILY, s) for s in SAMPLES[:9]]


def test_evidence_helps_against_a_wrong_ai_and_for_a_right_one(execute: Executor) -> None:
    wrong = {e: quality(worked(execute, right=False, confidence=0.5, evidence=e)) for e in (True, False)}
    right = {e: quality(worked(execute, right=True, confidence=0.5, evidence=e)) for e in (True, False)}
    # Against a wrong one they keep their own view either way, as its confidence convinces nobody.
    assert wrong[True] == pytest.approx(wrong[False], abs=0.02)
    assert right[True] > right[False] + 0.02


def test_confident_mistakes_are_accepted_and_cost_the_team(execute: Executor) -> None:
    shy = worked(execute, right=False, confidence=0.5, evidence=False)
    loud = worked(execute, right=False, confidence=0.95, evidence=False)
    assert researcher.decisions(loud)["accept bad"] > researcher.decisions(shy)["accept bad"]
    assert researcher.utility(loud, Weights()) < researcher.utility(shy, Weights()) - 0.1


def test_what_interrupts_is_counted_where_nothing_was_wrong(execute: Executor) -> None:
    wrong = worked(execute, right=False, confidence=0.5, evidence=True)
    assert sum(one.false_interruption for one in wrong) == len(SAMPLES) / 2
    free = researcher.utility(wrong, Weights(interruption=0.0))
    assert free - researcher.utility(wrong, Weights()) == pytest.approx(0.05 / 2)


def test_the_sweep_has_every_weight_and_nothing_is_worth_nothing() -> None:
    assert math.isnan(researcher.utility([], Weights()))
    assert math.isnan(researcher.initiative([]))
    assert len(researcher.sweep([])) == 12


def test_initiative_is_none_where_one_side_always_leads_and_high_where_both_do(execute: Executor) -> None:
    silent = [
        researcher.together(
            Person(), FAMILY, Answered(family="made-up", sample=s, answer=Answer(), mark=mark(s, Answer()), seconds=0.0), execute
        )
        for s in SAMPLES[:40]
    ]  # fmt: skip
    assert researcher.initiative(silent) == 0
    assert researcher.initiative(worked(execute, right=False, confidence=0.5, evidence=True)) > 0.5
