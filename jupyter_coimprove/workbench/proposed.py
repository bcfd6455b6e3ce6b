"""What a model proposes: checked while it answers, kept once the answer is whole, decided on by a person."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

#: The block that each tool gives.
KINDS = {
    "propose_cells": "cells",
    "propose_plan": "plan",
    "predict": "prediction",
    "propose_finding": "finding",
    "propose_idea": "idea",
    "propose_case": "case",
    "propose_lesson": "lesson",
    "ask_person": "question",
}


def block(bench: Bench, notebook: Path, tool: str, given: Mapping[str, Any]) -> Block:
    """What would be proposed. A CoimproveError says what cannot be carried out; nothing is kept."""
    from jupyter_coimprove.proposals.provider import Block as Made
    from jupyter_coimprove.workbench import amending, ideas, lessons_proposed, wording

    data = dict(given)
    if tool == "propose_cells":
        check_cells(notebook, data)
    elif tool == "propose_plan":
        drafted(bench, notebook, data)
    elif tool == "predict":
        _ranked(bench, notebook, data)
    elif tool == "propose_finding":
        wording.checked(bench, notebook, data)
    elif tool == "propose_idea":
        ideas.propose(bench, notebook, data, None)
    elif tool == "propose_case":
        amending.propose_case(bench, data, None)
    elif tool == "propose_lesson":
        lessons_proposed.checked(bench, notebook, data)
    return Made(kind=KINDS[tool], v=1, data=data)


def check_cells(notebook: Path, data: Mapping[str, Any]) -> None:
    """Whether these edits can be carried out on the notebook as it is now; an excluded cell is not touched."""
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.proposals import drafting
    from jupyter_coimprove.workbench import queueing
    from jupyter_coimprove.workbench.knowing.seen import EXCLUDE

    book = read(notebook)
    edits = drafting.edits_of(book, data["edits"])
    for edit in edits:
        cell = book.find(edit.address) if edit.address is not None and edit.kind != "insert" else None
        if cell is not None and EXCLUDE in cell.tags:
            raise UsageError(f"cell {cell.index + 1} is excluded", remedy="leave it out")
    apply_edits(book, edits, metadata={}, new_id=queueing.cell_ids("app_0"))


def drafted(bench: Bench, notebook: Path, data: Mapping[str, Any]) -> tuple[Notebook, Plan]:
    """The draft of a plan that these factors make. PlanError or UsageError where they make none."""
    from jupyter_coimprove.experiments.design import build
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.trees import growing
    from jupyter_coimprove.workbench import planning, shelf

    found, reading = planning.read(bench, str(notebook))
    named = [
        str(f["name"]) + ("=" + ",".join(f["levels"]) if f.get("levels") else "") for f in data["factors"]
    ]
    known: dict[str, Any] = {
        key: data[key] for key in ("response", "direction", "design", "blocks") if data.get(key)
    }
    request = PlanRequest(
        question=str(data.get("question") or ""), factors=planning.factor_requests(named, []), block_numbers=(),
        seeds="all", seeding=None, **known,
    )  # fmt: skip
    with growing():
        draft = build(found, reading, request, transform=python_source)
    name = shelf.notebook_name(bench.root(found.path), found.path)
    return found, dataclasses.replace(draft, notebook=name)


def _ranked(bench: Bench, notebook: Path, data: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The experiment and the arms in their order. DecisionError once anything was seen of it."""
    from jupyter_coimprove.experiments.arms import contrasts
    from jupyter_coimprove.experiments.prediction import parse_ranking
    from jupyter_coimprove.workbench import shelf

    record = bench.record(notebook)
    item = shelf.own(shelf.experiment_item(record, str(data["experiment"])))
    seen = any(run.state not in ("queued", "running", "lost") for run in shelf.runs_of(record, item.id))
    if item.data.get("peeked") or seen:
        raise DecisionError(f"{item.id} has results already", remedy="a prediction is made before the first run ends")  # fmt: skip
    draft = item.state in ("draft", "deferred")
    plan = shelf.current_plan(bench.root(notebook), item)[0] if draft else shelf.recorded_plan(item)
    arms = parse_ranking(" > ".join(data["ranking"]), [plan.baseline.name, *contrasts(plan)])
    unknown = [name for name in _chances(data) if name not in contrasts(plan)]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no arm of {item.id}", remedy=", ".join(contrasts(plan)))
    return item.id, arms


def _chances(data: Mapping[str, Any]) -> dict[str, float]:
    """By arm, the chance that it is better than the baseline."""
    return {str(row["arm"]): float(row["chance"]) for row in data.get("p_better") or ()}


def keep(
    bench: Bench, notebook: Path, blocks: Sequence[Block], author: Actor, *, cell: str | None, prompt: str
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Put what a whole answer proposes into the record, by its ``author``; ids, and what could not be kept.

    What is said of a notebook that has changed meanwhile is told, and the rest is kept.
    """
    from jupyter_coimprove.errors import CoimproveError

    ids, failed = [], []
    for one in blocks:
        try:
            id_ = keep_one(bench, notebook, one, author, cell=cell, prompt=prompt)
        except CoimproveError as error:
            failed.append(f"what was proposed could not be kept: {error.message}")
            continue
        if id_:
            ids.append(id_)
    return list(dict.fromkeys(ids)), failed


def keep_one(
    bench: Bench, notebook: Path, one: Block, author: Actor, *, cell: str | None, prompt: str
) -> str:
    """Put one thing that is proposed into the record; its id, empty for a question. Raises as ``block`` does."""
    data = dict(one.data)
    why, expected = str(data.get("why") or data.get("rationale") or ""), str(data.get("expected") or "")
    if one.kind == "cells":
        from jupyter_coimprove.workbench import proposing

        item = proposing.propose(
            bench, notebook, data["edits"], why=why, expected=expected, author=author, cell=cell,
            extra={"prompt": prompt[:500], "model": author.id},
        )  # fmt: skip
        return item.id
    if one.kind == "plan":
        from jupyter_coimprove.workbench import planning

        found, draft = drafted(bench, notebook, data)
        words = "\n\n".join(filter(None, (why, f"Expected: {expected}" if expected else "")))
        bench.where = dataclasses.replace(bench.where, notebook=found.path)
        return planning.keep(bench, found, draft, rationale=words, provider=author.display, author=author).id
    if one.kind == "finding":
        from jupyter_coimprove.workbench import wording

        return wording.keep(bench, notebook, data, author)
    if one.kind == "case":
        from jupyter_coimprove.workbench import amending

        return amending.propose_case(bench, data, author)
    if one.kind == "idea":
        from jupyter_coimprove.workbench import ideas

        return ideas.propose(bench, notebook, data, author)[1]
    if one.kind == "lesson":
        from jupyter_coimprove.workbench import lessons_proposed

        return lessons_proposed.keep(bench, notebook, data, author)
    if one.kind == "prediction":
        return _predicted(bench, notebook, data, author)
    return ""


def _predicted(bench: Bench, notebook: Path, data: Mapping[str, Any], author: Actor) -> str:
    """A model's own prediction; it orders no tests and is not shown before the person's."""
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft

    experiment, arms = _ranked(bench, notebook, data)
    id_ = new_id("prediction", bench.clock)
    told = {
        "experiment": experiment,
        "ranking": list(arms),
        "p_better": _chances(data),
        "quantiles": {},
    }
    line = Draft(id=id_, kind="prediction", event="predicted", actor=author, data=told)
    bench.record(notebook).append([line])
    return id_
