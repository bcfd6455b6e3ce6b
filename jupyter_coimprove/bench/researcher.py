"""The scripted researcher: answers by a skill of their own, and decides on what an AI says by a known policy.

The same for the same items: whether they know an answer, see through one, or are taken in by confidence is drawn
from the item alone. They see the truth only as a person does who sometimes knows better.
"""

from __future__ import annotations

import difflib
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.bench.asking import Answered
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Sample

Decided = Literal["accepted", "edited", "rejected", "own"]
#: A value is good from here on (1 is perfect, 0 no skill); of a verdict: right or not.
GOOD = 0.5


@dataclass(frozen=True, kw_only=True)
class Person:
    """``skill``: how often they know the answer by themselves. ``sight``: how often they see whether a claim with
    evidence at the right place holds; without it they see through half as much again as they miss, at best.
    ``trust``: the confidence from which they follow a claim that they cannot judge. ``patience``: questions they answer.
    """

    skill: float = 0.6
    sight: float = 0.85
    blind: float = 0.55
    trust: float = 0.75
    patience: int = 3

    def alone(self, family: Family, sample: Sample) -> Answer:
        """Their own answer: the truth where they know it, else what no skill would say."""
        chance = random.Random(f"alone/{sample.item.id}")
        knows = chance.random() < self.skill
        return family.perfect(sample) if knows else family.simple(sample.item, "random", chance)


@dataclass(frozen=True, kw_only=True)
class Together:
    """What a person and an AI answered: ``decided`` on what the AI said, and what that cost."""

    answer: Answer
    mark: Mark
    decided: Decided
    good: bool
    questions: int
    false_interruption: bool
    edit_distance: float


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What the team's utility takes off quality for: fixed before anything was measured (COBENCH)."""

    question: float = 0.02
    interruption: float = 0.05
    edit: float = 0.2
    bad_accepted: float = 0.5


def together(person: Person, family: Family, said: Answered, execute: Execute) -> Together:
    """The person has a view of their own, looks at the AI's, and decides; what was decided stands."""
    sample = said.sample
    own = person.alone(family, sample)
    good = is_good(said.mark)
    questions = min(said.answer.asked, person.patience)
    interrupts = sample.truth.verdict == "sound" and said.answer.verdict == "flawed"
    decided = _decide(person, family, said, own, good, execute)
    final = said.answer if decided == "accepted" else own
    distance = _distance(said.answer, final) if decided == "edited" else 0.0
    mark = said.mark if decided == "accepted" else family.mark(sample, final, execute)
    return Together(
        answer=final, mark=mark, decided=decided, good=good, questions=questions, false_interruption=interrupts,
        edit_distance=distance,
    )  # fmt: skip


def _decide(
    person: Person, family: Family, said: Answered, own: Answer, good: bool, execute: Execute
) -> Decided:
    answer, sample = said.answer, said.sample
    if answer.verdict is None and answer.value is None:
        return "own"
    if _view(answer) == _view(own):
        return "accepted"
    chance = random.Random(f"decide/{sample.item.id}")
    shown = bool(answer.evidence) and (
        not sample.truth.cells or answer.cell is None or answer.cell in sample.truth.cells
    )
    if chance.random() < (person.sight if shown else person.blind):
        if good:
            return "accepted"
        # What they see to be wrong they mend where they know better, and reject where they do not.
        return "edited" if is_good(family.mark(sample, own, execute)) else "rejected"
    return "accepted" if answer.confidence >= person.trust else "rejected"


def is_good(mark: Mark) -> bool:
    """Whether an answer with this mark is right (a verdict) or worth half of the perfect one (a value)."""
    if mark.part == "all":
        return mark.value >= GOOD
    return (mark.value == 1.0) == (mark.part == "flawed")


def _view(answer: Answer) -> str:
    return json.dumps(
        [answer.verdict, answer.kind if answer.verdict == "flawed" else "", answer.value], sort_keys=True
    )


def _distance(one: Answer, other: Answer) -> float:
    """Share of the text of two answers that is not common, 0 to 1."""
    mine, theirs = (json.dumps(answer.as_dict(), sort_keys=True) for answer in (one, other))
    return 1.0 - difflib.SequenceMatcher(None, mine, theirs, autojunk=False).ratio()


def quality(mark: Mark) -> float:
    """0 to 1 of one answer: right or not for a verdict, the corrected value otherwise (never under 0)."""
    return float(is_good(mark)) if mark.part != "all" else max(0.0, min(1.0, mark.value))


def utility(all_: Sequence[Together], weights: Weights) -> float:
    """Mean of quality less what was asked, interrupted, edited and wrongly accepted (COBENCH's U); nan of none."""
    if not all_:
        return math.nan
    return sum(
        quality(one.mark)
        - weights.question * one.questions
        - weights.interruption * one.false_interruption
        - weights.edit * one.edit_distance
        - weights.bad_accepted * (one.decided == "accepted" and not one.good)
        for one in all_
    ) / len(all_)


def sweep(all_: Sequence[Together], weights: Weights | None = None) -> list[tuple[str, float, float]]:
    """The utility with each weight at 0, half and twice its value: (name, factor, utility)."""
    base = weights or Weights()
    out = []
    for name in ("question", "interruption", "edit", "bad_accepted"):
        for factor in (0.0, 0.5, 2.0):
            changed = {**vars(base), name: getattr(base, name) * factor}
            out.append((name, factor, utility(all_, Weights(**changed))))
    return out


def decisions(all_: Iterable[Together]) -> Mapping[str, int]:
    """How often good and bad answers were accepted and rejected (edited counts as rejected)."""
    counts: Counter[str] = Counter(
        {f"{did} {what}": 0 for did in ("accept", "reject") for what in ("good", "bad")}
    )
    for one in all_:
        if one.decided != "own":
            counts[
                f"{'accept' if one.decided == 'accepted' else 'reject'} {'good' if one.good else 'bad'}"
            ] += 1
    return counts


def initiative(all_: Iterable[Together]) -> float:
    """Entropy (0 to 1) of whose answer stood: the AI's, the person's, or one that both worked on; nan of none."""
    counts = Counter({"accepted": "ai", "edited": "both"}.get(one.decided, "person") for one in all_)
    n = sum(counts.values())
    if not n:
        return math.nan
    return sum(k / n * math.log(n / k, 3) for k in counts.values() if k)
