"""Responses beside the primary one: read of every run, shown, and never what an experiment decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from jupyter_coimprove.errors import PlanError, UsageError
from jupyter_coimprove.experiments import responding
from jupyter_coimprove.experiments.code import Trees
from jupyter_coimprove.experiments.experiment import Plan, Response
from jupyter_coimprove.notebook.candidates import Reading

#: What every run is measured by, whatever its notebook measures.
OF_RUNS = ("seconds", "peak_mb")


def also(reading: Reading, trees: Trees, texts: Sequence[str], primary: Response) -> tuple[Response, ...]:
    """Secondary responses from ``NAME[; max|min][; REDUCTION]``; ``seconds`` and ``peak_mb`` are of the run.

    Raises UnknownName and UsageError as for the primary one, and for a name that comes twice.
    """
    out: list[Response] = []
    for text in texts:
        found = _one(reading, trees, text)
        if found.name in (primary.name, *(other.name for other in out)):
            raise UsageError(f"the response {found.name} comes twice", remedy="name each response once")
        out.append(found)
    return tuple(out)


def _one(reading: Reading, trees: Trees, text: str) -> Response:
    name, *rest = (part.strip() for part in text.split(";"))
    direction: Literal["max", "min"] | None = None
    if rest and rest[0] in ("max", "min"):
        direction = "max" if rest.pop(0) == "max" else "min"
    if len(rest) > 1:
        raise UsageError(
            f"the response {text!r} is not understood",
            remedy="write 'NAME', 'NAME; min' or 'NAME; min; REDUCTION'",
        )
    if name in OF_RUNS and not any(measured.name == name for measured in reading.measured):
        if rest:
            raise UsageError(f"{name} of a run is one number and takes no reduction")
        return Response(name=name, how="run", expr=name, direction=direction or "min", reduction="value")
    try:
        found = responding.resolve(
            reading, trees, response=name, direction=direction, reduction=rest[0] if rest else None
        ).response
    except UsageError as error:
        if "is better" in error.message:
            raise UsageError(error.message, remedy=f"write '{name}; min' or '{name}; max'") from error
        raise
    return replace(found, items=None, clusters=None)


def check_also(plan: Plan) -> None:
    """PlanError for secondary responses that could not be told apart, or a rule over none."""
    names = [plan.response.name, *(response.name for response in plan.also)]
    if len(set(names)) < len(names):
        raise PlanError("two responses have the same name", remedy="rename one under [[also]]")
    for response in (plan.response, *plan.also):
        if response.how == "run" and response.expr not in OF_RUNS:
            raise PlanError(
                f"a run is measured by {' or '.join(OF_RUNS)}, not by {response.expr}", remedy="change expr"
            )
    if plan.secondary == "holm" and not plan.also:
        raise PlanError(
            "secondary responses are to be tested, and there are none", remedy="add one: --also-response NAME"
        )
