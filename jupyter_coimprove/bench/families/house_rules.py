"""House rules of a scripted lab, learnt from its decisions alone, and carried to a lab that shares some of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth
from jupyter_coimprove.bench.lab import Lab, Offer, lab

#: How many decisions are seen before the questions: the mean over them is the area under the curve of acceptance.
SEEN = (8, 30, 90)
#: Questions of an item, and cells to choose from in each.
QUESTIONS, CHOICES = 12, 4
#: Where the questions' offers lie in the lab's stream: far behind all that is seen.
_BEHIND = 1000


@dataclass(frozen=True, kw_only=True)
class _Lab:
    """How many rules the lab has, what share of its decisions gives no reason, and which kinds of cell come up.

    ``turns`` says that one rule is turned around half way through what is seen.
    """

    rules: int = 6
    silent: float = 0.15
    moody: float = 0.03
    kinds: tuple[str, ...] = ("evaluation", "training", "split")
    turns: bool = False


_LABS = {
    "six": _Lab(), "few": _Lab(rules=3), "many": _Lab(rules=9), "quiet": _Lab(silent=0.6), "silent": _Lab(silent=1.0, rules=5),
    "moody": _Lab(moody=0.15), "evaluations": _Lab(rules=7, kinds=("evaluation",)), "trainings": _Lab(rules=8, kinds=("training", "split")),
    "turning": _Lab(turns=True), "strict": _Lab(rules=12, silent=0.0), "two-kinds": _Lab(kinds=("evaluation", "split")),
}  # fmt: skip


def _lab(seed: int, form: _Lab, seen: int, shares: Lab | None = None) -> Lab:
    made = lab(
        seed, rules=form.rules, silent=form.silent, moody=form.moody, turns_at=seen // 2 if form.turns else None, shares=shares
    )  # fmt: skip
    return replace(made, kinds=form.kinds)


def _seen(one: Lab, places: Sequence[int]) -> list[dict[str, Any]]:
    """Decisions as anybody in the lab sees them: what was proposed, what became of it, and the reason if there is one."""
    out = []
    for place in places:
        offer = one.offers(place)[0]
        ruling = one.decide(offer, place)
        out.append(
            {
                "proposed": offer.source,
                "verdict": ruling.verdict,
                "stands": ruling.source,
                "reason": ruling.why,
            }
        )
    return out


def _questions(one: Lab, wanted: int) -> list[tuple[Offer, ...]]:
    """Choices of which some would be accepted as they are and some not."""
    out: list[tuple[Offer, ...]] = []
    for place in range(_BEHIND, _BEHIND + 4000):
        offers = one.offers(place, CHOICES)
        good = sum(_good(one, offer) for offer in offers)
        if 0 < good < CHOICES:
            out.append(offers)
        if len(out) == wanted:
            break
    return out


def _good(one: Lab, offer: Offer) -> bool:
    """Whether it breaks no rule that holds after all that was seen."""
    return not any(rule.broken(offer) for rule in one.rules_at(_BEHIND))


def _sample(family: str, template: str, seed: int, home: Lab, lines: dict[str, Any], ask: str) -> Sample:
    questions = _questions(home, QUESTIONS)
    item = Item(
        family=family, template=template, seed=seed, ask=ask,
        material={**lines, "questions": [[offer.source for offer in offers] for offers in questions]},
        schema={"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": CHOICES - 1}, "minItems": len(questions), "maxItems": len(questions)},
    )  # fmt: skip
    accepted = [[_good(home, offer) for offer in offers] for offers in questions]
    return Sample(item=item, truth=Truth(data={"accepted": accepted}))


_ASK = "For each question choose the cell (counted from 0) that this person would accept as it is."


def _make_rules(template: str, seed: int) -> tuple[Sample, ...]:
    """One lab asked after few, some and many of its decisions."""
    form, out = _LABS[template], []
    for seen in SEEN:
        home = _lab(seed, form, seen)
        lines = {"decisions": _seen(home, range(seen))}
        out.append(
            _sample(
                "lab-rules",
                template,
                seed,
                home,
                lines,
                f"These are decisions of one person on cells that were proposed. {_ASK}",
            )
        )
    return tuple(out)


def _make_transfer(template: str, seed: int) -> tuple[Sample, ...]:
    """Many decisions of one lab and few of another that has half of its rules; what is asked is of the other."""
    form = _LABS[template]
    first = _lab(seed, form, SEEN[2])
    chance = random.Random(f"transfer/{template}/{seed}")
    other = _lab(chance.randrange(10**6), form, SEEN[1], shares=first)
    lines = {"elsewhere": _seen(first, range(SEEN[2])), "decisions": _seen(other, range(SEEN[1]))}
    ask = (
        "`elsewhere` are decisions of another lab: some of what was wanted there is wanted here, some is not. `decisions` are of the person "
        f"who is asked here. {_ASK}"
    )
    return (_sample("transfer", template, seed, other, lines, ask),)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    """How many are accepted, where 0 is what choosing blindly gives and 1 is all; no answer chooses blindly."""
    del execute
    accepted: list[list[bool]] = sample.truth.data["accepted"]
    blind = sum(sum(row) / len(row) for row in accepted)
    said = answer.value
    if not isinstance(said, list) or len(said) != len(accepted):
        return valuing.mark(sample, 0.0, "no choice for each question")
    got = sum(
        bool(row[one])
        if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < len(row)
        else sum(row) / len(row)
        for one, row in zip(said, accepted, strict=True)
    )
    return valuing.mark(
        sample,
        (got - blind) / (len(accepted) - blind),
        f"{got:g} of {len(accepted)} accepted, {blind:.1f} blindly",
    )


def _perfect(sample: Sample) -> Answer:
    return Answer(value=[row.index(True) for row in sample.truth.data["accepted"]], confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No choice, always the first, or any."""
    if how == "pass":
        return Answer()
    many = len(item.material["questions"])
    return Answer(value=[0 if how == "fail" else chance.randrange(CHOICES) for _ in range(many)])


LAB_RULES = Family(
    name="lab-rules", activity=12, title="What this person wants", measure="area under the curve of acceptance, above blind choice",
    templates=tuple(_LABS), make=_make_rules, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.mean,
)  # fmt: skip
TRANSFER = Family(
    name="transfer", activity=12, title="What holds elsewhere and here", measure="acceptance in the other lab, above blind choice",
    templates=tuple(_LABS), make=_make_transfer, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.mean,
)  # fmt: skip
