"""Who decided what, when, why, and how the record knows who it was; from a problem to what came of it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UnknownName
from jupyter_coimprove.workbench import shelf, steps
from jupyter_coimprove.workbench.rows_curation import TrailRow
from jupyter_coimprove.workbench.views import TrailView

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.workbench.bench import Bench


def trail(bench: Bench, *, subject: str | None = None, last: int = 200) -> TrailView:
    """The newest decisions first, at most ``last``; of one thing where it is named, with its way.

    ``last`` as ``subject`` is the newest finding, else the newest experiment, else the newest card or proposal;
    a run or a decision means what it is of.
    """
    record = bench.record()
    wanted = _meant(record, subject).id if subject else None
    found = record.find("decision", subject=wanted) if wanted else record.find("decision")
    items = sorted(found, key=lambda item: item.seq, reverse=True)[: max(0, last)]
    titles = {one: _title(record, one) for one in {str(item.data.get("subject", "")) for item in items}}
    rows = tuple(
        TrailRow(
            id=item.id, subject=str(item.data.get("subject", "")), verb=str(item.data.get("verb", "")),
            reason=str(item.data.get("reason") or item.data.get("despite") or ""), by=str(item.actor.get("display") or item.actor.get("id")),
            kind=str(item.actor.get("kind", "")), auth=str(item.actor.get("auth", "")), at=item.created,
            trust=item.trust, bulk=item.data.get("bulk") is True, title=titles[str(item.data.get("subject", ""))],
        )
        for item in items
    )  # fmt: skip
    said = f"{len(rows)} of {len(found)} decision{'' if len(found) == 1 else 's'}"
    if wanted is None:
        return TrailView(summary=said, decisions=rows)
    way = steps.way(record, wanted)
    before, after = (sum(step.distance * sign > 0 for step in way) for sign in (-1, 1))
    return TrailView(summary=f"{said}; {before} before it, {after} came of it", decisions=rows, way=way)


def _title(record: Record, subject: str) -> str:
    """A line of what was decided on; empty where the record has not got it (a clone's decision on what did not come along)."""
    try:
        return steps.title(record.get(subject)) if subject else ""
    except UnknownName:
        return ""


def _meant(record: Record, subject: str) -> Item:
    if subject not in ("last", "-"):
        item = record.get(subject)
        of = item.data.get({"run": "experiment", "decision": "subject"}.get(item.kind, ""))
        return record.get(str(of)) if of else item
    newest = next((kind for kind in ("finding", "experiment") if record.find(kind)), None)
    return shelf.item_of(record, subject, *((newest,) if newest else ("card", "proposal", "experiment")))
