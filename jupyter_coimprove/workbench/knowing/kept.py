"""What the record has about the notebook: experiments, findings, and what waits for a decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.knowing import Entry

#: So many of a kind, the newest.
MOST = 12


def entries(bench: Bench, notebook: Path) -> list[Entry]:
    """Lessons to go by, experiments with their arms and states, and findings with their claims; imported ones are
    marked, and imported lessons are none."""
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench import shelf

    record = bench.record(notebook)
    name = shelf.notebook_name(bench.root(notebook), notebook)
    found: list[Entry] = [(40.0, False, block) for block in guidance(bench, notebook)]
    for item in record.find("experiment", notebook=name)[-MOST:]:
        if shelf.compares(item):
            found.append((20.0, False, Block(kind="experiment", v=1, data=of_experiment(item))))
    for item in record.find("finding", notebook=name)[-MOST:]:
        found.append((25.0, False, Block(kind="finding", v=1, data=of_finding(item))))
    for item in record.find("check", notebook=name)[-MOST:]:
        if item.state in ("pending", "deferred", "accepted"):
            data = {"id": item.id, "state": item.state, "title": item.data.get("title"), "claim": item.data.get("claim"), "cell": item.data.get("cell")}  # fmt: skip
            found.append((15.0, False, Block(kind="check", v=1, data=_own(item, data))))
    for item in record.find("card", notebook=name)[-MOST:]:
        if item.state in ("pending", "deferred", "accepted"):
            card = {
                "id": item.id,
                "state": item.state,
                **{key: item.data.get(key) for key in ("card", "title", "evidence")},
            }
            found.append((15.0, False, Block(kind="card", v=1, data=_own(item, card))))
    return found


def guidance(bench: Bench, notebook: Path, kind: str = "") -> tuple[Block, ...]:
    """What people accepted as lessons for proposals of a kind (empty: any) in this notebook: one block, or none."""
    from jupyter_coimprove.lessons import recall
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench import remembering, shelf

    bench.record(notebook)
    name = shelf.notebook_name(bench.root(notebook), notebook)
    kept = remembering.in_force(bench, kind=kind, notebook=name)
    return (Block(kind="guidance", v=1, data={"lessons": recall.guidance(kept)}),) if kept else ()


def of_experiment(item: Item) -> dict[str, Any]:
    """An experiment in short: what is asked, how, and how far it is."""
    data = item.data
    short = {
        key: data[key] for key in ("question", "status", "response", "direction", "arms") if data.get(key)
    }
    return _own(item, {"id": item.id, "state": item.state, **short})


def of_finding(item: Item) -> dict[str, Any]:
    """A finding: its claim, its verdicts, and what was decided on it."""
    data = item.data
    said = {"id": item.id, "state": item.state, "claim": str(data.get("claim", "")), "verdicts": dict(data.get("verdicts") or {})}  # fmt: skip
    return _own(item, {**said, "experiment": data.get("experiment", "")})


def _own(item: Item, data: dict[str, Any]) -> dict[str, Any]:
    """What came with the folder is a claim of somebody else's."""
    return data if item.trust == "own" else {**data, "trust": "imported, unverified"}
