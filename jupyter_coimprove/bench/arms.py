"""Who answers: those that need no model. A model's arm is wired where providers are."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_coimprove.bench.family import Family, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, read_answer
from jupyter_coimprove.bench.rules import Instruments, rules


class Arm(Protocol):
    """Answers items; ``name`` stands in reports. ``spent`` is of the last answer, empty for none."""

    @property
    def name(self) -> str: ...

    @property
    def spent(self) -> Mapping[str, Any]: ...

    def answer(self, family: Family, item: Item) -> Answer:
        """Raises nothing for an item it has no answer to: it gives ``Answer()``."""


@dataclass
class Simply:
    """Always-pass, always-fail or random: answers without skill, which score about 0."""

    how: Simple
    spent: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "random" if self.how == "random" else f"always-{self.how}"

    def answer(self, family: Family, item: Item) -> Answer:
        return family.simple(item, self.how, random.Random(f"random/{item.id}"))


@dataclass
class Rules:
    """The built-in collaborator: the product's instruments, no model; silent where it has none."""

    instruments: Instruments
    name: str = "rules"
    spent: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = rules()

    def answer(self, family: Family, item: Item) -> Answer:
        rule = self._rules.get(family.name)
        return Answer() if rule is None else rule(item, self.instruments)


@dataclass
class Replay:
    """Recorded answers by item id; silent where none was recorded."""

    recorded: Mapping[str, Mapping[str, Any]]
    name: str = "replay"
    spent: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, family: Family, item: Item) -> Answer:
        del family
        said = self.recorded.get(item.id)
        return Answer() if said is None else read_answer(said)


class Oracle:
    """Knows the truth: for tests of the measures, no arm that a person can choose."""

    name = "oracle"

    def __init__(self, known: Mapping[str, Sample]) -> None:
        self._known = known
        self.spent: Mapping[str, Any] = {}

    def answer(self, family: Family, item: Item) -> Answer:
        return family.perfect(self._known[item.id])
