"""Who decided what, when, why, and how the record knows who it was; from a problem to what came of it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.workbench.rows_curation import StepRow, TrailRow
from jupyter_coimprove.workbench.views import TrailView

if TYPE_CHECKING:
    from jupyter_coimprove.activities.lineage import Node
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.workbench.bench import Bench

#: What stands on the way from a problem to a result; runs are counted at their experiment.
_KINDS = ("card", "proposal", "experiment", "prediction", "finding", "lesson")


def trail(bench: Bench, *, subject: str | None = None, last: int = 200) -> TrailView:
    """The newest decisions first, at most ``last``; of one thing where it is named, with its way."""
    record = bench.record()
    wanted = record.get(subject).id if subject else None
    found = record.find("decision", subject=wanted) if wanted else record.find("decision")
    items = sorted(found, key=lambda item: item.seq, reverse=True)[: max(0, last)]
    rows = tuple(
        TrailRow(
            id=item.id, subject=str(item.data.get("subject", "")), verb=str(item.data.get("verb", "")),
            reason=str(item.data.get("reason") or ""), by=str(item.actor.get("display") or item.actor.get("id")),
            kind=str(item.actor.get("kind", "")), auth=str(item.actor.get("auth", "")), at=item.created,
            trust=item.trust, bulk=item.data.get("bulk") is True,
        )
        for item in items
    )  # fmt: skip
    said = f"{len(rows)} of {len(found)} decision{'' if len(found) == 1 else 's'}"
    if wanted is None:
        return TrailView(summary=said, decisions=rows)
    way = _way(record, wanted)
    before, after = (sum(step.distance * sign > 0 for step in way) for sign in (-1, 1))
    return TrailView(summary=f"{said}; {before} before it, {after} came of it", decisions=rows, way=way)


def _way(record: Record, subject: str) -> tuple[StepRow, ...]:
    from jupyter_coimprove.activities.lineage import Lineage

    nodes = [_node(record, item) for kind in _KINDS for item in record.find(kind) if item.trust == "own"]
    return tuple(
        StepRow(
            id=step.node.id, kind=step.node.kind, state=step.node.state, title=step.node.title, distance=step.distance, by=step.by,
        )
        for step in Lineage.of(nodes).walk(subject)
    )  # fmt: skip


def _node(record: Record, item: Item) -> Node:
    """An item with what it rests on: what it names as used, the experiment it is of, what it replicates."""
    from jupyter_coimprove.activities.lineage import Node

    data = item.data
    told = data.get("extra")
    extra: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    named = [
        *(data.get("used") or ()),
        *(extra.get("used") or ()),
        data.get("experiment"),
        data.get("replicates"),
        data.get("supersedes"),
    ]
    used = tuple(dict.fromkeys(str(one) for one in named if one))
    title = str(
        data.get("title")
        or data.get("claim")
        or data.get("question")
        or " > ".join(map(str, data.get("ranking") or ()))
    )
    first = title.strip().splitlines()[0] if title.strip() else ""
    if item.kind == "experiment":
        runs = record.find("run", experiment=item.id)
        first += (
            f" ({sum(run.state == 'completed' for run in runs)} of {len(runs)} runs completed)"
            if runs
            else ""
        )
    return Node(
        id=item.id, kind=str(data.get("card") or item.kind), state=item.state, title=first[:160], used=used
    )
