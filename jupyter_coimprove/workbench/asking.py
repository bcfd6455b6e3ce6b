"""Asking a provider for a plan: facts from the code go in, a request for the design stage comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.errors import ProviderError, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.provider import Block, Provider
    from jupyter_coimprove.workbench.bench import Bench


def provider_for(bench: Bench) -> Provider:
    """The provider of this call; without a key and a model it is the built-in one, and says so."""
    from jupyter_coimprove.providers.builtin import BuiltinProvider

    return BuiltinProvider()


def request(
    bench: Bench, notebook: Notebook, reading: Reading, wanted: Mapping[str, Any]
) -> tuple[PlanRequest, str, str]:
    """The request, why, and whose proposal it is. What the person named is taken as it is."""
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.workbench.planning import factor_requests

    rationale, label = "", "the person's own factors"
    factors = factor_requests(wanted.get("factor") or [], wanted.get("drop") or [])
    if not factors:
        names, rationale, label = _propose(bench, notebook, reading, wanted)
        factors = factor_requests(names, [])
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
            "blocks", "response", "direction", "reduction", "items", "margin", "smallest_effect",
            "hypothesis", "multiplicity", "primary", "kernel", "design", "run_seconds",
        )
        if wanted.get(key) is not None
    }  # fmt: skip
    return (
        PlanRequest(
            question=wanted.get("question") or "", factors=factors, block_numbers=numbers,
            seeds=seeds,
            exploratory=bool(wanted.get("exploratory")), **known,
        ),
        rationale, label,
    )  # fmt: skip


def _numbers(text: str | None) -> tuple[int, ...]:
    if not text:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{text!r} are not block numbers", remedy="write --block-numbers 1,2,3") from error


def _propose(
    bench: Bench, notebook: Notebook, reading: Reading, wanted: Mapping[str, Any]
) -> tuple[list[str], str, str]:
    """Factors the provider proposes, as ``NAME=LEVEL``, with its words."""
    from jupyter_coimprove.proposals.provider import Request

    provider = provider_for(bench)
    text, plan, ended = [], None, False
    for part in provider.answer(
        Request(task="plan", text=wanted.get("question") or "", context=context(notebook, reading))
    ):
        if part.type == "text":
            text.append(part.text)
        elif part.type == "block" and part.block is not None and part.block.kind == "plan":
            plan = part.block
        elif part.type == "end":
            ended = part.detail.get("stop") == "complete"
    if not ended:
        raise ProviderError(
            f"{provider.label} gave no whole answer", remedy="name factors yourself: -f NAME=LEVEL"
        )
    if plan is None or not plan.data.get("factors"):
        raise UsageError(
            f"nothing in {notebook.path.name} is a likely factor",
            remedy="`coimprove candidates NOTEBOOK --all` lists all; name one with -f NAME=LEVEL",
        )
    return [_spelled(entry) for entry in plan.data["factors"]], "".join(text).strip(), provider.label


def _spelled(entry: Mapping[str, Any]) -> str:
    levels = ",".join(str(level) for level in entry.get("levels", ()))
    return f"{entry['name']}={levels}" if levels else str(entry["name"])


def context(notebook: Notebook, reading: Reading) -> tuple[Block, ...]:
    """The facts a provider sees: candidates and measures, as data."""
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
                        "score": item.score,
                    }
                    for item in reading.candidates
                ]
            },
        ),
        Block(
            kind="measured", v=1,
            data={
                "measured": [
                    {"name": item.name, "how": item.how, "expr": item.expr, "direction": item.direction, "last": item.last}
                    for item in reading.measured
                ]
            },
        ),
    )  # fmt: skip
