"""Numbers out of messages: what a run logs or glues while it runs, and what is probed at its end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_coimprove.kernelspace.log import MIME
from jupyter_coimprove.runs.run import Metric, Probe, Value

_SCRAP = "application/scrapbook.scrap."


def metrics_of(content: Mapping[str, Any]) -> Iterator[Metric]:
    """The metrics in the content of a display message; what is malformed becomes text, never a number."""
    data = content.get("data")
    if not isinstance(data, Mapping):
        return
    for mime, bundle in data.items():
        if not isinstance(bundle, Mapping) or not isinstance(bundle.get("name"), str):
            continue
        name = bundle["name"][:200]
        if mime == MIME:
            step = bundle.get("step")
            yield Metric(
                name=name,
                value=value_of(bundle.get("value")),
                step=step if type(step) is int else None,
            )
        elif mime.startswith(_SCRAP):
            yield Metric(name=name, value=value_of(bundle.get("data")), source="scrap")


def value_of(found: Any) -> Value:
    """What stood in a message as a value: number, kind, sequence or something else."""
    if isinstance(found, (bool, int, float)):
        try:
            return Value.of(found)
        except OverflowError:
            return Value.of(math.inf if found > 0 else -math.inf)
    if isinstance(found, Mapping) and found.get("kind") in ("nan", "inf", "-inf"):
        return Value(kind=found["kind"])
    if found is None:
        return Value.missing("null")
    if isinstance(found, Sequence) and not isinstance(found, str):
        items = list(found[:100_000])
        if items and all(item is None or isinstance(item, (bool, int, float)) for item in items):
            return Value(kind="series", series=tuple(_finite(item) for item in items))
    return Value(kind="text", text=str(found)[:200])


def _finite(item: Any) -> float | None:
    if item is None:
        return None
    number = Value.of(item)
    return number.number


def probed(probes: Sequence[Probe], values: Sequence[Mapping[str, Any]]) -> tuple[Metric, ...]:
    """The kernel's answers as metrics, in the order of the probes."""
    return tuple(
        Metric(name=probe.name, value=Value.from_dict(value), source="probe")
        for probe, value in zip(probes, values, strict=True)
    )


def unread(probes: Sequence[Probe], why: str) -> tuple[Metric, ...]:
    """Probes that could not be read, each with the reason."""
    return tuple(Metric(name=p.name, value=Value.missing(why), source="probe") for p in probes)
