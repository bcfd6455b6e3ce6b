"""TensorBoard scalars from event files that a run wrote."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.run import Metric, Value

#: TensorBoard keeps every scalar up to here; more are thinned out, and so refused.
MAX_SCALARS = 100_000
NAMED = "tfevents"


def scalars(name: str, tag: str, files: Sequence[Path]) -> list[Metric]:
    """The values of a tag over these event files, by step; one missing value says why there are none.

    Raises EngineError where TensorBoard is not installed.
    """
    if not files:
        return [_missing(name, "the run wrote no event file")]
    try:
        from tensorboard.backend.event_processing.event_accumulator import (
            STORE_EVERYTHING_SIZE_GUIDANCE,
            EventAccumulator,
        )
    except ImportError as error:
        raise EngineError(
            "TensorBoard scalars cannot be read: tensorboard is not installed where coimprove runs",
            remedy='pip install "jupyter-coimprove[tensorboard]"',
        ) from error
    from tensorboard.util.tensor_util import make_ndarray

    found: list[tuple[int, float, float]] = []
    known: set[str] = set()
    for file in files:
        events = EventAccumulator(str(file), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE)
        events.Reload()
        tags = events.Tags()
        known |= {*tags["scalars"], *tags["tensors"]}
        if tag in tags["scalars"]:
            found += [(event.step, event.wall_time, event.value) for event in events.Scalars(tag)]
        elif tag in tags["tensors"]:
            for event in events.Tensors(tag):
                array = make_ndarray(event.tensor_proto)
                if array.size == 1:
                    found.append((event.step, event.wall_time, float(array.reshape(-1)[0])))
    if not found:
        close = difflib.get_close_matches(tag, known, n=3, cutoff=0.4) or sorted(known)[:8]
        return [_missing(name, f"no tag {tag!r} in the event files; there are {', '.join(close)}")]
    found.sort(key=lambda entry: (entry[0], entry[1]))
    return [
        Metric(name=name, value=Value.of(value), step=step, source="probe")
        for step, _, value in found[-MAX_SCALARS:]
    ]


def _missing(name: str, why: str) -> Metric:
    return Metric(name=name, value=Value.missing(why[:300]), source="probe")
