"""A group that has to settle on one plan: what nobody's conditions rule out, the most wishes met, and who dissents."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

Plan = dict[str, Any]
#: What no skill at all gets, from draws of every template (a test measures it again).
FLOOR = 0.05
#: Share of all plans that may be feasible.
_FEW = (0.02, 0.2)


@dataclass(frozen=True, kw_only=True)
class _Topic:
    """What is decided: ``options`` by name, those of numbers in rising order; ``cost`` is a sum over numbers with a bound."""

    words: str
    options: Mapping[str, tuple[Any, ...]]
    members: int = 5
    cost: tuple[str, ...] = ()


_TOPICS = {
    "ablation": _Topic(words="an ablation of the tagger", options={"seeds": (3, 5, 10, 20), "arms": (2, 4, 6, 8), "data": ("news", "mail", "both"), "metric": ("F1", "accuracy", "loss")}, cost=("seeds", "arms")),
    "annotation": _Topic(words="who labels what", options={"annotators": (2, 3, 5, 7), "items": (200, 500, 1000, 2000), "scale": ("binary", "five", "free"), "guide": ("short", "long")}, cost=("annotators",)),
    "benchmark": _Topic(words="a benchmark of parsers", options={"splits": (1, 3, 5, 10), "languages": (2, 5, 9, 14), "metric": ("LAS", "UAS"), "licence": ("open", "closed", "mixed")}, members=6, cost=("splits", "languages")),
    "compute": _Topic(words="how the cluster is shared", options={"nodes": (1, 2, 4, 8), "hours": (2, 6, 12, 24), "queue": ("day", "night", "any"), "preempt": ("yes", "no")}, cost=("nodes", "hours")),
    "paper": _Topic(words="what the paper reports", options={"pages": (4, 6, 8, 12), "figures": (1, 2, 3, 5), "venue": ("workshop", "journal", "conference"), "code": ("released", "on request")}, members=4),
    "release": _Topic(words="when the model is released", options={"weeks": (1, 2, 4, 8), "size": (1, 3, 7, 13), "weights": ("open", "gated", "closed"), "card": ("short", "full")}, members=6),
    "sensors": _Topic(words="where sensors are put", options={"sensors": (4, 8, 12, 16), "rate": (1, 5, 10, 50), "site": ("roof", "hall", "yard"), "power": ("battery", "grid")}, cost=("sensors",)),
    "survey": _Topic(words="a survey of users", options={"questions": (5, 10, 20, 40), "people": (50, 100, 200, 400), "mode": ("phone", "web", "post"), "pay": ("none", "voucher")}, members=7, cost=("questions",)),
    "tuning": _Topic(words="a search for settings", options={"budget": (10, 25, 50, 100), "folds": (3, 5, 8, 10), "method": ("random", "grid", "bayes"), "stop": ("early", "never")}, cost=("budget", "folds")),
    "trial": _Topic(words="a trial of the assistant", options={"teams": (2, 4, 8, 12), "days": (3, 5, 10, 15), "control": ("none", "waiting", "crossed"), "blind": ("yes", "no")}, members=6, cost=("teams", "days")),
}  # fmt: skip


def holds(plan: Mapping[str, Any], condition: Sequence[Any]) -> bool:
    """Whether a plan meets ``[names, relation, value]``: of several names their product, of ``in`` a list."""
    names, relation, value = condition
    product: Any = plan[names[0]]
    for name in names[1:]:
        product = product * plan[name]
    found: dict[str, bool] = {
        "=": product == value,
        "not": product != value,
        "in": isinstance(value, (list, tuple)) and product in value,
        "at least": isinstance(value, int) and product >= value,
        "at most": isinstance(value, int) and product <= value,
    }
    return found[str(relation)]


def plans(options: Mapping[str, Sequence[Any]]) -> list[Plan]:
    """Every plan there is."""
    return [dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())]


def _condition(topic: _Topic, chance: random.Random, *, wish: bool) -> list[Any]:
    if topic.cost and not wish and chance.random() < 0.35:
        bound = 1
        for name in topic.cost:
            bound *= chance.choice(topic.options[name][1:])
        return [list(topic.cost), "at most", bound]
    name = chance.choice(list(topic.options))
    values = topic.options[name]
    if isinstance(values[0], int):
        return [
            [name],
            *chance.choice(
                (
                    ("at least", values[1]),
                    ("at least", values[2]),
                    ("at most", values[2]),
                    ("at most", values[1]),
                )
            ),
        ]
    if wish:
        return [[name], "=", chance.choice(values)]
    return [[name], "not", chance.choice(values)] if len(values) > 2 else [[name], "in", list(values)]


def _drawn(topic: _Topic, chance: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "member": f"member{i + 1}", "must": [_condition(topic, chance, wish=False) for _ in range(chance.choice((1, 1, 2)))],
            "wishes": [_condition(topic, chance, wish=True) for _ in range(2)],
        }
        for i in range(topic.members)
    ]  # fmt: skip


def _unmet(plan: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> list[str]:
    """Who does not get all that they wish."""
    return [str(m["member"]) for m in members if not all(holds(plan, wish) for wish in m["wishes"])]


def _met(plan: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> int:
    return sum(holds(plan, wish) for m in members for wish in m["wishes"])


def _feasible(plan: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> bool:
    return all(holds(plan, one) for m in members for one in m["must"])


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    topic = _TOPICS[template]
    chance = random.Random(f"constraint-consensus/{template}/{seed}")
    every = plans(topic.options)
    while True:
        members = _drawn(topic, chance)
        feasible = [plan for plan in every if _feasible(plan, members)]
        worth = [_met(plan, members) for plan in feasible]
        if _FEW[0] <= len(feasible) / len(every) <= _FEW[1] and len(set(worth)) > 1:
            best = feasible[worth.index(max(worth))]
            if _unmet(best, members):
                break
    item = Item(
        family="constraint-consensus", template=template, seed=seed,
        material={"options": {name: list(values) for name, values in topic.options.items()}, "members": members},
        ask=f"A group decides {topic.words}. A plan takes one option of each. A condition is [names, relation, value], of several names about "
            "their product. `must` is what a member cannot do without, `wishes` what they would like. Give a plan that breaks nobody's `must` "
            "and meets as many wishes as can be, and list as dissent the members who do not get all that they wish.",
        schema={
            "type": "object", "required": ["plan", "dissent"],
            "properties": {"plan": {"type": "object"}, "dissent": {"type": "array", "items": {"type": "string"}}},
        },
    )  # fmt: skip
    data = {"best": best, "most": max(worth), "middle": sum(worth) / len(worth)}
    return (Sample(item=item, truth=Truth(data=data)),)


def raw(sample: Sample, answer: Answer) -> float:
    """0 for a plan that somebody's conditions rule out; else half for wishes met (over a feasible plan taken blindly), half
    for F1 of the dissent of that plan."""
    said = answer.value if isinstance(answer.value, dict) else {}
    plan, dissent = said.get("plan"), said.get("dissent")
    options, members = sample.item.material["options"], sample.item.material["members"]
    if (
        not isinstance(plan, dict)
        or set(plan) != set(options)
        or any(plan[n] not in options[n] for n in options)
    ):
        return 0.0
    if not _feasible(plan, members):
        return 0.0
    told = [str(one) for one in dissent] if isinstance(dissent, list) else []
    most, middle = sample.truth.data["most"], sample.truth.data["middle"]
    met = max(0.0, float((_met(plan, members) - middle) / (most - middle)))
    return 0.5 * met + 0.5 * valuing.f1(told, _unmet(plan, members))


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return valuing.mark(sample, raw(sample, answer), f"plan {answer.value}")


def _perfect(sample: Sample) -> Answer:
    best = sample.truth.data["best"]
    return Answer(
        value={"plan": dict(best), "dissent": _unmet(best, sample.item.material["members"])}, confidence=1.0
    )


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No plan; the first of each option and everybody dissents; or any plan and any dissent."""
    options, members = item.material["options"], [m["member"] for m in item.material["members"]]
    if how == "pass":
        return Answer()
    if how == "fail":
        return Answer(
            value={"plan": {name: values[0] for name, values in options.items()}, "dissent": members}
        )
    plan = {name: chance.choice(values) for name, values in options.items()}
    return Answer(value={"plan": plan, "dissent": [m for m in members if chance.random() < 0.5]})


CONSTRAINT_CONSENSUS = Family(
    name="constraint-consensus", activity=11, title="One plan, and who dissents", measure="feasible, wishes met and dissent listed, above chance",
    templates=tuple(_TOPICS), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(FLOOR),
)  # fmt: skip
