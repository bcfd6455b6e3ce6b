"""Asking a provider for a plan: facts from the code go in, a request for the design stage comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import planned_by

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench


def request(
    bench: Bench, notebook: Notebook, reading: Reading, wanted: Mapping[str, Any]
) -> tuple[PlanRequest, str, str, Actor | None]:
    """The request, why, what it came from, and its author where that is a model.

    What the person named is taken as it is.
    """
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.workbench.planning import factor_requests

    rationale, label, by = "", "the person's own factors", None
    factors = factor_requests(wanted.get("factor") or [], wanted.get("drop") or [])
    from jupyter_coimprove.experiments.experiment import WITHOUT

    # What a design takes away, or crosses in a fraction, the design stage knows better than a provider.
    own = wanted.get("design") in (*WITHOUT, "fractional-factorial")
    if not factors and own:
        label = "suggested from the code"
    elif not factors:
        factors, rationale, label, by = planned_by.propose(bench, notebook, reading, wanted)
    numbers = _numbers(wanted.get("block_numbers"))
    named = str(wanted.get("seeds") or "all")
    seeds: Literal["all", "none"] | tuple[str, ...]
    if named == "all" or named == "none":
        seeds = "all" if named == "all" else "none"
    else:
        seeds = tuple(name.strip() for name in named.split(","))
    known: dict[str, Any] = {
        key: wanted[key]
        for key in (
            "blocks", "response", "direction", "reduction", "items", "clusters", "margin", "smallest_effect",
            "hypothesis", "multiplicity", "primary", "kernel", "design", "resolution", "run_seconds", "test", "secondary",
            "keep_mb", "disk_mb",
        )
        if wanted.get(key) is not None
    }  # fmt: skip
    return (
        PlanRequest(
            question=wanted.get("question") or "", factors=factors, block_numbers=numbers,
            seeds=seeds, seeding=False if wanted.get("no_seeding") else None,
            sequential=bool(wanted.get("sequential")),
            also=tuple(wanted.get("also_response") or ()),
            repeat=bool(wanted.get("repeat")), reseed=bool(wanted.get("reseed")), dummy=bool(wanted.get("dummy")),
            exploratory=bool(wanted.get("exploratory")), **known,
        ),
        rationale, label, by,
    )  # fmt: skip


def _numbers(text: str | None) -> tuple[int, ...]:
    if not text:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{text!r} are not block numbers", remedy="write --block-numbers 1,2,3") from error


def context(notebook: Notebook, reading: Reading, *, outputs: bool = True) -> tuple[Block, ...]:
    """The facts a provider sees: candidates and measures, as data; with what outputs show, where that may be told."""
    from jupyter_coimprove.proposals.provider import Block

    return (
        Block(kind="notebook", v=1, data={"name": notebook.path.name, "cells": len(notebook.cells)}),
        Block(
            kind="candidates", v=1,
            data={
                "candidates": [
                    {
                        "name": item.name, "kind": item.kind, "source": item.source, "type": item.type,
                        "levels": list(item.levels), "reaches": list(item.reaches), "label": item.label,
                        "score": item.score, "operator": item.operator,
                        "spans": [[p.file or p.address.ordinal, p.start, p.end] for p in item.places],
                    }
                    for item in reading.candidates
                ]
            },
        ),
        Block(
            kind="measured", v=1,
            data={
                "measured": [
                    {"name": item.name, "how": item.how, "expr": item.expr, "direction": item.direction, "last": item.last if outputs else None}
                    for item in reading.measured
                ]
            },
        ),
    )  # fmt: skip
