"""From a notebook to a plan: what could be varied, the draft, and the same again on fresh blocks."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, PlanError, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.notebook.trees import growing
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import (
    asking,
    concluding,
    fields,
    forecasting,
    going_by,
    piloting,
    powering,
    saying,
    shelf,
    whereabouts,
)
from jupyter_coimprove.workbench.views import (
    ArmRow,
    CandidateRow,
    CandidatesView,
    MeasureRow,
    PlanView,
)

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.experiments.request import FactorRequest
    from jupyter_coimprove.notebook.candidates import Candidate, Reading
    from jupyter_coimprove.notebook.cells import Notebook, Place
    from jupyter_coimprove.notebook.dataflow import Flow
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

SHOWN = 12
BEFORE_PILOT = "no smallest effect was named before the pilot: one that is set now is set after runs, and listed as a deviation"


def read(bench: Bench, notebook: str) -> tuple[Notebook, Reading]:
    """The notebook and what can be read from its code."""
    found, reading, _ = _read(bench, notebook)
    return found, reading


def reading_of(notebook: Notebook) -> Reading:
    """What can be read from the code of a notebook, however it was come by."""
    return _reading(notebook)[0]


def _read(bench: Bench, notebook: str) -> tuple[Notebook, Reading, Flow | None]:
    """The notebook and its reading, with the dataflow where it is in Python."""
    found = shelf.read_notebook(bench, notebook)
    return found, *_reading(found)


@growing()
def _reading(found: Notebook) -> tuple[Reading, Flow | None]:
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.dataflow import analyse
    from jupyter_coimprove.notebook.reading import read_candidates

    flow = analyse(found, python_source) if found.language == "python" else None
    reading = read_candidates(found, python_source, flow)
    left_out = tuple(f"{name} {why}" for name, why in found.left_out.items())
    return dataclasses.replace(reading, warnings=(*reading.warnings, *left_out)), flow


def candidates(bench: Bench, *, notebook: str, all: bool = False) -> CandidatesView:
    """What could be varied and what is measured, likeliest first; nothing is executed."""
    found, reading, flow = _read(bench, notebook)
    factors = [candidate for candidate in reading.candidates if candidate.kind != "seed"]
    shown = factors if all else factors[:SHOWN]
    name = found.path.name
    first = f"coimprove plan {shlex.quote(notebook)}"
    if factors and reading.measured:
        first += f" -f {factors[0].name}={','.join(factors[0].levels[:1]) or 'LEVEL'} -r '{reading.measured[0].name}'"
    noted = (*reading.warnings, *(_state(found, flow) if flow else ()))
    return CandidatesView(
        summary=f"{name}: {len(factors)} candidates, {len(reading.measured)} measured,"
        f" {len(reading.candidates) - len(factors)} seed sites",
        notebook=str(found.path), kernel=found.kernel, candidates=tuple(_candidate(found, item) for item in shown),
        seeds=tuple(_candidate(found, item) for item in reading.candidates if item.kind == "seed"),
        measured=tuple(
            MeasureRow(
                name=item.name, how=item.how, expr=item.expr, cell=item.cell + 1,
                direction=item.direction, last=item.last,
                reduction=item.reduction, source=saying.of_measure(item),
            )
            for item in (reading.measured if all else reading.measured[:SHOWN])
        ),
        splits=tuple(f"cell {split.cell + 1}: {split.call}" for split in reading.splits),
        hidden=len(factors) - len(shown), next=(first,), warnings=noted,
    )  # fmt: skip


def _state(notebook: Notebook, flow: Flow) -> tuple[str, ...]:
    """What of the stored outputs is older than the code, or rests on cells that are gone."""
    from jupyter_coimprove.notebook.dataflow import stale

    old = stale(notebook, flow)
    cells = ", ".join(str(index + 1) for index in old)
    first = (f"stored outputs of cell {cells} are older than what they read",) if old else ()
    return (*first, *flow.hidden)


def _candidate(notebook: Notebook, item: Candidate) -> CandidateRow:
    return CandidateRow(
        name=item.name, kind=item.kind, value=item.source, levels=item.levels,
        cells=tuple(sorted({place.address.ordinal + 1 for place in item.places if not place.file})),
        files=tuple(sorted({place.file for place in item.places if place.file})),
        reaches=tuple(cell + 1 for cell in item.reaches), label=item.label, operator=item.operator,
        where=tuple(dict.fromkeys(_where(notebook, place) for place in item.places)),
    )  # fmt: skip


def _where(notebook: Notebook, place: Place) -> str:
    """``cell 3`` or ``models/net.py:21``: where a person finds a place."""
    if not place.file:
        return f"cell {place.address.ordinal + 1}"
    return f"{place.file}:{notebook.beside[place.file].count(chr(10), 0, place.start) + 1}"


def plan(
    bench: Bench,
    *,
    notebook: str,
    pilot: int | None = None,
    reuse: bool = False,
    because: str | None = None,
    **wanted: Any,
) -> PlanView:
    """A draft: arms, blocks, response, power and cost. It changes no file of the person's."""
    from jupyter_coimprove.experiments.design import build
    from jupyter_coimprove.kernelspace.transform import python_source

    found, reading = read(bench, notebook)
    used = (
        (shelf.own(shelf.item_of(bench.record(found.path), because, "card", "finding", "check")).id,)
        if because
        else ()
    )
    by_lessons, guided = going_by.settled(bench, found.path, wanted)
    request, rationale, provider, author = asking.request(bench, found, reading, {**wanted, **by_lessons})
    rationale = "\n".join(filter(None, (rationale, *guided)))
    with growing():
        draft = build(found, reading, request, transform=python_source)
    draft = dataclasses.replace(draft, notebook=shelf.notebook_name(bench.root(found.path), found.path))
    bench.where = dataclasses.replace(bench.where, notebook=found.path)
    if reuse:
        draft = _reusing(bench, draft)
    if pilot is not None:
        bench.require_person("a pilot runs the notebook; it")
        from jupyter_coimprove.workbench.noising import pilot_run

        if draft.smallest_effect is None:
            warned = (*draft.extra.get("warnings", ()), BEFORE_PILOT)
            draft = dataclasses.replace(draft, extra={**draft.extra, "warnings": list(warned)})
        pilot_id = pilot_run(bench, draft, pilot)
        draft = dataclasses.replace(draft, extra={**draft.extra, "pilot": pilot_id})
    return keep(bench, found, draft, rationale=rationale, provider=provider, author=author, used=used)


def _reusing(bench: Bench, draft: Plan) -> Plan:
    """The same plan on the blocks of the newest experiment on this notebook, so that equal runs stand."""
    earlier = [
        item
        for item in bench.record().find("experiment", notebook=draft.notebook)
        if item.trust == "own"
        and item.data.get("blocks")
        and item.state != "cancelled"
        and shelf.compares(item)
    ]
    if not earlier:
        raise UsageError(
            "no earlier experiment on this notebook has runs to reuse", remedy="plan without --reuse"
        )
    blocks = tuple(int(block) for block in earlier[-1].data["blocks"])
    return dataclasses.replace(
        draft,
        block_numbers=blocks,
        blocks=len(blocks),
        status="post hoc",
        extra={**draft.extra, "reuse": True},
    )


@growing()
def keep(
    bench: Bench, notebook: Notebook, draft: Plan, *, rationale: str = "", provider: str = "",
    author: Actor | None = None, used: tuple[str, ...] = (),
) -> PlanView:  # fmt: skip
    """Keep a draft in the record and as a ``plan.toml`` that a person can read and edit; ``used`` is what it is planned for."""
    from jupyter_coimprove.experiments.planfile import dump
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.record.roots import init
    from jupyter_coimprove.workbench.registering import check_binding

    check_binding(notebook, draft)
    concluding.check_hypothesis(draft)
    root = bench.root()
    init(root)
    record = bench.record()
    id_ = new_id("experiment", bench.clock)
    text = dump(draft)
    actor = author or Actor(
        kind="tool", id=provider or "coimprove", display=provider or "coimprove", auth="os"
    )
    record.append(
        [
            Draft(
                id=id_, kind="experiment", event="proposed", state="draft", actor=actor,
                data={
                    "plan_toml": text, "notebook": draft.notebook, "question": draft.question,
                    "response": draft.response.expr, "rationale": rationale, "provider": provider,
                    "asked_by": bench.actor.as_dict(), "status": draft.status,
                    "replicates": draft.replicates or "", "pilot": draft.extra.get("pilot", ""),
                    "blinded": bool(draft.extra.get("blinded")), "cells": whereabouts.key_of(notebook),
                    "probe": draft.design == "probe", "used": list(used),
                },
            )
        ]
    )  # fmt: skip
    path = shelf.plan_path(root, id_)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode(), expect=None)
    return view(bench, record.get(id_), notebook)


def view(bench: Bench, item: Item, notebook: Notebook | None = None) -> PlanView:
    """A plan as it stands, with its arms as diffs, its power and its cost.

    ``notebook`` is that of a draft, where it was read just now.
    """
    from jupyter_coimprove.experiments.binding import against, arm_diff
    from jupyter_coimprove.experiments.cost import over_budget
    from jupyter_coimprove.experiments.experiment import CROSSED
    from jupyter_coimprove.experiments.factorial import structure
    from jupyter_coimprove.experiments.registration import digest
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.workbench import minding

    root = bench.root()
    draft = item.state in ("draft", "deferred")
    stands, _ = shelf.current_plan(root, item) if draft else (shelf.recorded_plan(item), "")
    if "digest" in item.data:
        notebook = shelf.snapshot_notebook(root, item)
    elif notebook is None:  # never registered, so nothing was frozen: a draft, or one that was rejected
        notebook = shelf.read_notebook(bench, shelf.notebook_path(root, stands.notebook))
    id_, cost = item.id, powering.cost(bench, stands, notebook)
    over = over_budget(stands, cost.run_seconds, cost.total_seconds)
    keys = fields.arm_keys(stands) if draft else {}
    return PlanView(
        id=id_, state=item.state, status=stands.status, notebook=stands.notebook, question=stands.question,
        design=stands.design, response=stands.response.expr, direction=stands.response.direction,
        arms=tuple(
            ArmRow(
                name=arm.name, settings=dict(arm.settings), role=arm.role,
                diff=arm_diff(notebook, stands, arm, transform=python_source),
                against=against(stands, arm), key=keys.get(arm.name, ""),
            )
            for arm in stands.arms
        ),
        blocks=stands.blocks, block_kind=stands.block_kind,
        seeds=tuple(seed.name for seed in stands.seeds if seed.varied),
        seeding_cell=stands.seeding_cell is not None,
        repeats_baseline=stands.repeat_baseline, chance=tuple(map(str, stands.extra.get("chance", ()))),
        uncontrolled=tuple(map(str, stands.extra.get("uncontrolled", ()))), smallest_effect=stands.smallest_effect,
        margin=stands.margin, multiplicity=stands.multiplicity, sequence=stands.sequence,
        hypothesis=stands.hypothesis, stopping=stands.stopping, power=powering.power(bench, stands),
        cost=cost, plan_file=str(shelf.plan_path(root, id_)),
        digest=str(item.data.get("digest") or digest(stands)), prediction=_prediction(bench, id_),
        foretold_by=forecasting.foretold_by(bench, id_), forecasts=forecasting.side_by_side(bench, id_),
        rationale=str(item.data.get("rationale", "")), provider=str(item.data.get("provider", "")),
        summary=f"{id_}: {_arms(stands)} over {'at most ' * (stands.stopping == 'sequential')}{stands.blocks} block{'s' if stands.blocks != 1 else ''}",
        also=tuple(
            f"{one.name} ({'higher' if one.direction == 'max' else 'lower'} is better): {saying.of_response(one)}"
            for one in stands.also
        ),
        test=stands.test, pilot=piloting.shown(bench, item, stands),
        aliases=structure(stands).lines if stands.design in CROSSED else (),
        source=saying.of_response(stands.response), reduction=stands.response.reduction,
        items=stands.response.items, fields=fields.fields_of(stands) if draft else (),
        warnings=(
            *(str(text) for text in stands.extra.get("warnings", ())), *([f"over budget: {over}"] if over else ()),
            *_checks(bench, notebook), *(minding.plan_notes(bench, stands, notebook) if draft else ()),
        ),
        next=_next(id_, stands) if draft else (f"coimprove status {id_}",),
    )  # fmt: skip


def _checks(bench: Bench, notebook: Notebook) -> tuple[str, ...]:
    """One line when checks of this notebook stand open."""
    from jupyter_coimprove.workbench import checking

    return checking.open_findings(bench, notebook) if notebook.language == "python" else ()


def _arms(plan: Plan) -> str:
    """The arms in words: ``3 treatments and the baseline``, ``16 arms for 5 main effects``."""
    from jupyter_coimprove.experiments.arms import main_effects

    if effects := main_effects(plan):
        return f"{len(plan.treatments) + 1} arms for {len(effects)} main effects"
    beside = [f"{arm.name}" for arm in plan.controls]
    n = len(plan.treatments)
    text = f"{n} treatment{'s' if n != 1 else ''} and the baseline"
    return text + (f", beside them {', '.join(beside)}" if beside else "")


def _next(id_: str, plan: Plan) -> tuple[str, ...]:
    from jupyter_coimprove.experiments.arms import contrasts

    ranking = " > ".join((plan.baseline.name, *contrasts(plan)))
    return (f"coimprove edit {id_}", f"coimprove predict {id_} '{ranking}'", f"coimprove run {id_}")


def _prediction(bench: Bench, experiment: str) -> tuple[str, ...]:
    # A model's is not shown before the person's own: each is made without the other.
    found = [
        p for p in bench.record().find("prediction", experiment=experiment) if p.actor.get("kind") != "ai"
    ]
    return tuple(str(arm) for arm in found[-1].data["ranking"]) if found else ()


def replicate(bench: Bench, *, finding: str, blocks: int | None = None) -> PlanView:
    """The same experiment as a new draft on fresh blocks (an experiment is never extended in place)."""
    record = bench.record()
    card = shelf.own(shelf.item_of(record, finding, "finding", "experiment"))
    item = record.get(str(card.data["experiment"])) if card.kind == "finding" else card
    if "digest" not in item.data:
        raise DecisionError(f"{item.id} was never registered", remedy=f"`coimprove run {item.id}`")
    if blocks is not None and blocks < 2:
        raise UsageError(f"{blocks} blocks give no spread", remedy="use --blocks 2 or more")
    if item.data.get("imported"):
        raise DecisionError(
            f"{item.id} was imported: there is no code of it here that could run again",
            remedy=f"plan a confirmatory experiment: `coimprove plan {shlex.quote(str(item.data.get('notebook', 'NOTEBOOK')))}`",
        )
    path = whereabouts.path_of(bench, str(item.data["notebook"]))
    first = shelf.recorded_plan(item)
    if path is not None:
        first = dataclasses.replace(first, notebook=shelf.notebook_name(bench.root(), path))
    again = dataclasses.replace(
        first, blocks=blocks or first.blocks, block_numbers=(), replicates=item.id,
        status="confirmatory" if first.status != "exploratory" else first.status,
    )  # fmt: skip
    now = shelf.read_notebook(bench, shelf.notebook_path(bench.root(), first.notebook))
    frozen = shelf.snapshot_notebook(bench.root(), item)
    if now.key != frozen.key or dict(now.beside) != dict(frozen.beside):
        raise PlanError(
            f"{now.path.name} or a file beside it has changed since {item.id} was registered",
            remedy="a replication runs the same code: put it back, or plan a new experiment on it as it is now",
        )
    return keep(
        bench, now, again, rationale=f"replicates {item.id} on fresh blocks", provider="built-in, no model"
    )


def factor_requests(factors: list[str], drops: list[str]) -> tuple[FactorRequest, ...]:
    """``NAME=LEVEL,LEVEL`` and dropped names as the design stage takes them. UsageError otherwise."""
    from jupyter_coimprove.experiments.request import FactorRequest

    named = [FactorRequest.parse(text) for text in factors]
    return tuple(named + [FactorRequest.parse(name, drop=True) for name in drops])
