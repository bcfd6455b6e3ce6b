"""Plans from words, for tests of the design."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook


def plan(training: tuple[Notebook, Reading], *factors: str, **more: Any) -> Plan:
    asked = tuple(FactorRequest.parse(text) for text in factors)
    return build(*training, PlanRequest(factors=asked, **more))


def names(plan: Plan) -> list[str]:
    return [arm.name for arm in plan.arms]
