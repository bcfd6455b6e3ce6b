"""Who decided what, when, why, and how the record knows who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.workbench.rows_curation import TrailRow
from jupyter_coimprove.workbench.views import TrailView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


def trail(bench: Bench, *, subject: str | None = None, last: int = 200) -> TrailView:
    """The newest decisions first, at most ``last``; of one plan or finding where it is named."""
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
    return TrailView(
        summary=f"{len(rows)} of {len(found)} decision{'' if len(found) == 1 else 's'}", decisions=rows
    )
