"""Pilots: baseline runs before the experiment that show spread and cost only (STATISTICS 3, 6)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from jupyter_coimprove.workbench import concluding, sharing, shelf
from jupyter_coimprove.workbench.views import PilotRow

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.workbench.bench import Bench

WHY = "blinded: a pilot shows spread and cost; the response's level is shown when its experiment has ended"
_ENDED = frozenset({"completed", "cancelled", "abandoned"})


def blinded(record: Record, item: Item) -> bool:
    """Whether an experiment is a pilot whose own experiment has not ended yet."""
    if not shelf.is_pilot(item):
        return False
    return not any(other.state in _ENDED for other in record.find("experiment", pilot=item.id))


def shown(bench: Bench, item: Item, plan: Plan) -> PilotRow | None:
    """What a plan's pilot showed; None where it has none."""
    import math

    from jupyter_coimprove.experiments.power import spread_upper

    name = plan.extra.get("pilot")
    if not name:
        return None
    record = bench.record()
    pilot = record.get(str(name))
    registered, runs = shelf.registered(pilot), shelf.runs_of(record, pilot.id)
    values = [row.value.number for row in concluding.rows(registered, runs) if row.value.number is not None]
    n = len(values)
    sd = None
    if n > 1:
        mean = math.fsum(values) / n
        sd = math.sqrt(math.fsum((x - mean) ** 2 for x in values) / (n - 1))
    seconds = sorted(sharing.whole_seconds(run) for run in runs if run.data.get("seconds"))
    return PilotRow(
        experiment=pilot.id, runs=len(runs), sd=sd, sd_upper=None if sd is None else spread_upper(sd, n),
        run_seconds=seconds[len(seconds) // 2] if seconds else None, when=_when(record, item, pilot),
    )  # fmt: skip


def _when(record: Record, item: Item, pilot: Item) -> str:
    predictions = record.find("prediction", experiment=item.id)
    if not predictions:
        return "no prediction yet"
    return "before the prediction" if pilot.created < predictions[0].created else "after the prediction"


def moved(bench: Bench, plan: Plan) -> list[str]:
    """What was fixed with the pilot and is another now: deviations, since runs were there."""
    name = plan.extra.get("pilot")
    if not name:
        return []
    first = shelf.recorded_plan(bench.record().get(str(name)))
    out = []
    for field, words in (
        ("smallest_effect", "smallest effect of interest"),
        ("margin", "equivalence margin"),
    ):
        before, after = getattr(first, field), getattr(plan, field)
        if before != after:
            said = "not given" if before is None else f"{before:g}"
            now = "not given" if after is None else f"{after:g}"
            out.append(f"the {words} was {said} before the pilot and is {now} since")
    return out


def keep(bench: Bench, experiment: str, pilot: str) -> None:
    """Write the pilot into the draft, in the record and in its file; it is no edit by the person."""
    from jupyter_coimprove.experiments.planfile import dump
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.base import Draft

    root = bench.root()
    item = bench.record().get(experiment)
    plan, _ = shelf.current_plan(root, item)
    proposed = shelf.recorded_plan(item)
    noted = dataclasses.replace(proposed, extra={**proposed.extra, "pilot": pilot})
    bench.record().append(
        [
            Draft(
                id=experiment, kind="experiment", event="piloted", actor=bench.actor,
                data={"plan_toml": dump(noted), "pilot": pilot},
            )
        ]
    )  # fmt: skip
    plan = dataclasses.replace(plan, extra={**plan.extra, "pilot": pilot})
    write_atomic(shelf.plan_path(root, experiment), dump(plan).encode(), expect=None)
