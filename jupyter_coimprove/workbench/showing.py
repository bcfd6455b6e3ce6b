"""One thing whole, by its id."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.workbench import (
    cards,
    checking,
    deciding,
    first_views,
    learning,
    noticing,
    piloting,
    planning,
    proposing,
    shelf,
    whereabouts,
)
from jupyter_coimprove.workbench.views import FindingView, ShowView, View

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def show(bench: Bench, *, id: str, other: str | None = None, three_way: bool = False) -> View:
    """A plan with its diffs, a finding with its references, a run with what it died of; or two runs."""
    from jupyter_coimprove.workbench import beside_each_other

    record = bench.record()
    if other is not None:
        return beside_each_other.two_runs(bench, id, other)
    if three_way:
        return beside_each_other.three_way(
            bench, shelf.item_of(record, id, "finding", "proposal", "application")
        )
    item = shelf.experiment_item(record, id) if id in ("last", "-") else record.get(id)
    if item.kind == "experiment" and item.data.get("imported"):
        from jupyter_coimprove.workbench.reading_results import results

        return results(bench, experiment=item.id)
    if item.kind == "experiment" and item.trust == "own":
        return planning.view(bench, whereabouts.settled(bench, item))
    if item.kind == "lesson":
        return learning.one(bench, item)
    if first_views.due(bench, item):
        return _without_words(item)
    if item.kind == "proposal":
        # A model that asks what waits is not told what a person had run to see for themselves.
        return proposing.view(noticing.notice(bench, [item])[0], preview=bench.actor.kind == "person")
    if item.kind == "finding":
        return finding(item, checking.noted(record, str(item.data["notebook"])))
    if item.kind == "check":
        return checking.one(bench, item)
    if item.kind == "position" or (item.kind == "card" and item.data.get("card") == "question"):
        # A debate says who may read what of it.
        from jupyter_coimprove.workbench.debating import debate

        return debate(bench, debate=item.id, provider="builtin")
    if item.kind == "card":
        return cards.one(bench, item)
    if item.kind == "run" and piloting.blinded(record, record.get(str(item.data["experiment"]))):
        item = replace(item, data={**item.data, "metrics": [], "blinded": piloting.WHY})
    text = (
        _run_text(bench, item) if item.kind == "run" else json.dumps(item.data, indent=1, ensure_ascii=False)
    )
    foreign = (
        () if item.trust == "own" else ("foreign, unverified: it was not made here and approves nothing",)
    )
    return ShowView(
        summary=f"{item.id} is {item.state or 'kept'}", id=item.id, kind=item.kind, state=item.state,
        trust=item.trust, text=text, data=dict(item.data), warnings=foreign,
    )  # fmt: skip


def _without_words(item: Item) -> View:
    """What a model proposes before the person said their view: the code, or which experiment it is about."""
    warnings, next_ = (first_views.WITHHELD,), first_views.next_of(item)
    if item.kind == "proposal":
        bare = replace(item, data={**item.data, "why": "", "expected": ""})
        return replace(proposing.view(bare), warnings=warnings, next=next_)
    about = str(item.data.get("experiment", ""))
    also = (f"coimprove results {about}",) if about else ()
    return ShowView(
        summary=f"{item.id}: your view first", id=item.id, kind=item.kind, state=item.state, trust=item.trust,
        text=f"{first_views.asked(item)}: would you say that it shows something worth keeping?", data={"used": list(item.data.get("used") or ())},
        warnings=warnings, next=(*also, *next_),
    )  # fmt: skip


def finding(item: Item, notes: tuple[str, ...] = ()) -> FindingView:
    """The card; ``notes`` are warnings that stand beside it."""
    data = item.data
    waits = item.state in ("pending", "deferred")
    foreign = (
        () if item.trust == "own" else ("foreign, unverified: it was not made here and approves nothing",)
    )
    return FindingView(
        summary=f"{item.id} is {item.state}", id=item.id, state=item.state, experiment=str(data["experiment"]),
        notebook=str(data["notebook"]), claim=str(data["claim"]),
        markdown=str(data.get("accepted_text") or data["markdown"]), verdicts=dict(data["verdicts"]),
        references=tuple(dict(entry) for entry in data["references"]), deviations=tuple(data.get("deviations", ())),
        status=str(data.get("status", "")), digest=deciding.digest_of(item), warnings=(*foreign, *notes),
        next=(f"coimprove accept {item.id}", f"coimprove edit {item.id}", f"coimprove reject {item.id} --reason WHY")
        if waits and item.trust == "own"
        else (),
    )  # fmt: skip


def _run_text(bench: Bench, item: Item) -> str:
    data = item.data
    lines = [
        f"arm {data.get('arm')}, block {data.get('block')}, replicate {data.get('replicate')}: {item.state}"
    ]
    if data.get("reason"):
        lines.append(f"reason: {data['reason']}")
    if data.get("seconds") is not None:
        lines.append(
            f"took {data['seconds']} s" + (f", peak {data['peak_mb']:.0f} MB" if data.get("peak_mb") else "")
        )
    if data.get("blinded"):
        lines.append(str(data["blinded"]))
    for metric in data.get("metrics", ()):
        value = metric["value"]
        at = f" at step {metric['step']}" if metric.get("step") is not None else ""
        lines.append(f"{metric['name']}{at} = {value.get('number', value.get('text') or value['kind'])}")
    error = data.get("error")
    if error:
        where = f" in cell {error['cell'] + 1}" if error.get("cell") is not None else ""
        lines += [f"{error['name']}{where}: {error['value']}", error.get("traceback", "")]
    if data.get("written"):
        lines.append("wrote " + ", ".join(str(entry.get("path")) for entry in data["written"]))
    artifact = bench.layout().run(item.id) / "output.ipynb"
    if artifact.is_file():
        lines.append(f"its notebook: {artifact}")
    return "\n".join(line for line in lines if line)
