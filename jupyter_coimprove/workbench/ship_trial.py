"""A module is tried: its notebook in a fresh kernel, and itself in a fresh process in a copy of the same folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import ship_files
from jupyter_coimprove.workbench.examining import Instrument, examined

if TYPE_CHECKING:
    from jupyter_coimprove.activities.ship.module import Module
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.ship_subject import Subject

_PROBE = "ship"
_TRIED = "coimprove-shipped.json"


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A module before anything was run or written. ``copied`` are texts of modules beside the notebook by place."""

    name: str
    subject: Subject
    module: Module
    copied: Mapping[str, str]
    needs: frozenset[int]
    warnings: tuple[str, ...]


def notebooks_own(
    bench: Bench, ready: Ready, seconds: float | None, kernel: str | None
) -> tuple[float | None, dict[str, Any]]:
    """The response of the notebook in a fresh kernel, and what its tables look like there."""
    from jupyter_coimprove.activities.ship.inputs import WRITES, instrument, reads
    from jupyter_coimprove.workbench import probing

    subject = ready.subject
    look = Instrument(
        name="inputs",
        writes=WRITES,
        source=instrument(reads(subject.flow, sorted(ready.needs)), ready.module.modules),
    )
    with examined(
        bench, subject.notebook, [look], probes=probing.probes_of(subject.response, _PROBE), seconds=seconds, kernel=kernel,
        what="the notebook",
    ) as found:  # fmt: skip
        metrics = [
            {"name": m.name, "value": m.value.as_dict(), "step": m.step} for m in found.outcome.metrics
        ]
        got = probing.value_of(subject.response, metrics, _PROBE)
        inputs = json.loads(found.files["inputs"].read_text(encoding="utf-8")) if "inputs" in found.files else {
            "frames": [], "unread": dict(found.failed), "versions": {}, "python": "",
        }  # fmt: skip
    if got.kind in ("missing", "text", "series"):
        raise UsageError(
            f"the notebook gives no number as {subject.response.name}: {got.text or got.kind}",
            remedy="name one with --response, or a --reduction",
        )
    number = got.number if got.number is not None else float(got.kind)
    return number, inputs


def tried(
    bench: Bench, ready: Ready, job: bool, seconds: float | None, kernel: str | None
) -> tuple[float | None, str]:
    """What the module gives in a fresh process in a copy of the folder; or why it gives nothing. A job is its notebook."""
    if job:
        return notebooks_own(bench, ready, seconds, kernel)[0], ""
    subject = ready.subject
    empty = {key: value for key, value in subject.notebook.node.items() if key != "cells"} | {"cells": []}
    with ship_files.laid_out({f"{ready.name}.py": ready.module.text, **ready.copied}) as place:
        look = Instrument(name="module", source=ship_files.trial(place / f"{ready.name}.py"), writes=_TRIED)
        with examined(
            bench, subject.notebook, [look], node=empty, seconds=seconds, kernel=kernel, what="the module"
        ) as found:
            if "module" not in found.files:
                return None, f"the module could not be tried: {found.failed.get('module', '')}"
            said = json.loads(found.files["module"].read_text(encoding="utf-8"))
    if said["code"]:
        last = (said["err"].strip().splitlines() or [f"it ended with {said['code']}"])[-1]
        return None, f"the module fails: {last[:300]}"
    return float(json.loads(said["out"])[subject.response.name]), ""
