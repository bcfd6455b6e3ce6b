"""What the built-in collaborator answers: the product's own instruments, one function a family, no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_coimprove.bench.family import Execute
from jupyter_coimprove.bench.item import Answer, Item


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What the rules may use: IPython's transformer, and execution of cells (a person would have asked for it).

    ``playbook`` holds what people may change by accepted proposals: names of rules with their settings.
    """

    transform: Callable[[str], str]
    execute: Execute
    playbook: Mapping[str, object]


Rule = Callable[[Item, Instruments], Answer]


def rules() -> dict[str, Rule]:
    """The rule of each family that has one, by the family's name; the others are answered by silence."""
    from jupyter_coimprove.bench.rules import (
        benchmarks,
        communication,
        debating,
        design,
        gate,
        ideas,
        learning,
        problems,
        repairing,
        runs,
        shipping,
        systems,
        validity,
    )

    return {
        **benchmarks.RULES,
        **communication.RULES,
        **debating.RULES,
        **design.RULES,
        **gate.RULES,
        **ideas.RULES,
        **learning.RULES,
        **problems.RULES,
        **repairing.RULES,
        **runs.RULES,
        **shipping.RULES,
        **systems.RULES,
        **validity.RULES,
    }
