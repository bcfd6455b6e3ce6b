"""A response as probes for an engine, and what they brought as one value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.runs.run import Value

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Response
    from jupyter_coimprove.runs.run import Probe

#: Behind a response's own probe name: that of its validation series.
BY = "/by"
#: Behind the probe name of a value that is read in full: that of what was printed of it.
PRINTED = "/printed"
_LOGGED = ("logged", "scrap")
#: Read by nobody in the kernel: of what is logged, and of the run itself.
_UNPROBED = (*_LOGGED, "run")


def probes_of(response: Response, name: str) -> list[Probe]:
    """What is read for one response, under names that begin with ``name``; nothing for what is logged."""
    from jupyter_coimprove.experiments.reduction import parse
    from jupyter_coimprove.runs.run import Probe

    out = []
    if response.how in ("variable", "expression"):
        # A number is its own last value; only ``value`` refuses a series.
        shape = "number" if parse(response.reduction).kind == "value" else "series"
        out.append(Probe(name=name, expr=response.expr, shape=shape))  # type: ignore[arg-type]
        if response.pattern:
            out.append(
                Probe(
                    name=name + PRINTED, expr=response.expr, shape="series", how="printed",
                    pattern=response.pattern, cells=response.cells,
                )
            )  # fmt: skip
    elif response.how not in _UNPROBED:
        out.append(
            Probe(
                name=name, expr=response.expr, shape="series", how=response.how,  # type: ignore[arg-type]
                pattern=response.pattern, cells=response.cells, file=response.file,
            )
        )  # fmt: skip
    return out + (probes_of(response.by, name + BY) if response.by is not None else [])


def shifted(probes: Sequence[Probe], seeding: int | None) -> tuple[Probe, ...]:
    """The probes of a bound notebook: from the inserted seeding cell on, cells stand one further."""
    if seeding is None:
        return tuple(probes)
    return tuple(
        replace(probe, cells=tuple(cell + (cell >= seeding) for cell in probe.cells)) for probe in probes
    )


def value_of(response: Response, metrics: Sequence[Mapping[str, Any]], name: str) -> Value:
    """The response of one run, reduced as registered; missing, with the reason, when it never gave it."""
    from jupyter_coimprove.experiments.reduction import parse, reduce

    found = _metrics(response, metrics, name)
    if isinstance(found, Value):
        return found
    series, steps, single = found
    reduction = parse(response.reduction)
    if single is not None and reduction.kind not in ("at", "at best"):
        return single
    by: Sequence[float] = ()
    if response.by is not None:
        other = _metrics(response.by, metrics, name + BY)
        if isinstance(other, Value):
            return Value.missing(f"{response.by.name}, by which the epoch is chosen: {_why(other)}")
        if all(step is not None for step in (*steps, *other[1])) and steps and other[1]:
            series, steps, by = _aligned(series, steps, other)
        else:
            by = other[0]
    way = response.by.direction if response.by is not None else response.direction
    number = reduce(reduction, series, by=by, way=way, steps=steps)
    return Value.missing(number) if isinstance(number, str) else Value.of(number)


def same_number(one: Response, other: Response) -> bool:
    """Whether two responses are one number of a run: read in the same place, reduced in the same way."""
    alike = ("how", "expr", "reduction", "pattern", "cells", "file", "by")
    return all(getattr(one, name) == getattr(other, name) for name in alike)


def disagreement(
    response: Response, runs: Sequence[Sequence[Mapping[str, Any]]], name: str
) -> tuple[str, ...]:
    """A note where what runs printed of a response is not what its expression gives in the end."""
    if response.how not in ("variable", "expression") or not response.pattern:
        return ()
    differ, compared, example = 0, 0, ""
    for metrics in runs:
        value = value_of(response, metrics, name).number
        shown = [Value.from_dict(m["value"]) for m in metrics if m["name"] == name + PRINTED]
        last = (shown[-1].series[-1] if shown[-1].series else shown[-1].number) if shown else None
        if value is None or last is None:
            continue
        compared += 1
        if not _same(value, last, response):
            differ += 1
            example = example or f"{value:.6g} in the end, {last:.6g} printed"
    if not differ:
        return ()
    return (
        f"{response.name} is not what was printed of it in {differ} of {compared} runs ({example}): "
        "its names were given other values after the print",
    )


def _same(value: float, shown: float, response: Response) -> bool:
    """Whether a number may have been printed like this; a percentage shows a hundred times as much."""
    near = 0.51 * 10.0**-response.decimals if response.decimals is not None else 6e-3 * abs(shown) + 1e-12
    return abs(value - shown) <= near or ("%" in response.pattern and abs(100 * value - shown) <= near)


_Series = tuple[Sequence[float], Sequence[int | None], Value | None]


def _metrics(response: Response, metrics: Sequence[Mapping[str, Any]], name: str) -> Value | _Series:
    """(numbers, steps, the one number that was no series), or the value that is none."""
    wanted = response.expr if response.how in _LOGGED else name
    found = [metric for metric in metrics if metric["name"] == wanted]
    if not found:
        return Value.missing(f"{response.expr} was never recorded")
    values = [Value.from_dict(metric["value"]) for metric in found]
    for value in values:
        if value.kind in ("missing", "text"):
            return _explained(value)
    if len(values) == 1 and values[0].kind != "series":
        return [_float(values[0])], [found[0].get("step")], values[0]
    numbers: list[float] = []
    steps: list[int | None] = []
    for metric, value in zip(found, values, strict=True):
        if value.kind == "series":
            numbers += [math.nan if entry is None else entry for entry in value.series]
            steps += [None] * len(value.series)
        else:
            numbers.append(_float(value))
            steps.append(metric.get("step"))
    return numbers, steps, None


def _aligned(series: Sequence[float], steps: Sequence[int | None], other: _Series) -> tuple[Any, Any, Any]:
    """Both series at the steps that both were logged at; what was said last at a step counts."""
    mine, theirs = dict(zip(steps, series, strict=True)), dict(zip(other[1], other[0], strict=True))
    common = [step for step in mine if step in theirs]
    if not common:
        # No step in common: lengths that differ say so.
        return series, steps, ()
    return [mine[step] for step in common], common, [theirs[step] for step in common]


def _float(value: Value) -> float:
    if value.number is not None:
        return value.number
    return {"inf": math.inf, "-inf": -math.inf}.get(value.kind, math.nan)


def _why(value: Value) -> str:
    return value.text or f"it is {value.kind}"


def _explained(value: Value) -> Value:
    """What stands where a number should: said with what a person can do about it."""
    from jupyter_coimprove.experiments.reduction import OF_SERIES

    if re.search(r" (of shape|of \d+ items).*, not one number$", value.text):
        return replace(value, text=f"{value.text}: plan with --reduction {OF_SERIES}")
    return value
