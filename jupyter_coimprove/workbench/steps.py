"""The things on the way from a problem to what came of it, as rows: what happened to each, and where it is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.workbench import waiting
from jupyter_coimprove.workbench.rows_curation import MarkRow, StepRow

if TYPE_CHECKING:
    from jupyter_coimprove.activities.lineage import Node, Step
    from jupyter_coimprove.record.base import Item, Record

#: What stands on the way from a problem to a result; decisions, runs and evidence are marks of it.
KINDS = ("check", "card", "proposal", "experiment", "prediction", "finding", "lesson")
#: Still in the record, and nothing stands on it any more.
_GONE = frozenset({"rejected", "undone", "superseded", "abandoned", "cancelled", "retired"})
_WAITS = frozenset({"pending", "deferred", "stale", "orphaned"})
#: So much of a text fits beside a line.
_LONG = 160


def way(record: Record, subject: str) -> tuple[StepRow, ...]:
    """All that led to ``subject`` and all that came of it; claims of others are on nobody's way here."""
    from jupyter_coimprove.activities.lineage import Lineage

    items = {item.id: item for kind in KINDS for item in record.find(kind) if item.trust == "own"}
    decided: dict[str, list[Item]] = {}
    for decision in record.find("decision"):
        decided.setdefault(str(decision.data.get("subject", "")), []).append(decision)
    about = {one.id: subject for subject, found in decided.items() for one in found}
    steps = Lineage.of([_node(item, about) for item in items.values()]).walk(subject)
    return tuple(_row(record, step, items[step.node.id], decided) for step in steps)


def _row(record: Record, step: Step, item: Item, decided: Mapping[str, Sequence[Item]]) -> StepRow:
    node = step.node
    opens, target = _seen(item)
    at = waiting.about(item, words=False)
    return StepRow(
        id=node.id, kind=node.kind, state=node.state, title=node.title, distance=step.distance, by=step.by,
        after=step.after, also=step.also, gone=node.state in _GONE, marks=_marks(record, item, decided),
        opens=opens, target=target, cell=at["cell"], cell_id=at["cell_id"],
    )  # fmt: skip


def _node(item: Item, about: Mapping[str, str]) -> Node:
    """An item with what it rests on: what it names as used, the experiment it is of, what it replicates.

    ``about`` has what each decision is about: who rests on a decision rests on that.
    """
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
    used = tuple(dict.fromkeys(about.get(str(one), str(one)) for one in named if one))
    kind = str(data.get("card") or item.kind)
    return Node(id=item.id, kind=kind, state=item.state, title=title(item), used=used)


def title(item: Item) -> str:
    """A line of what something is about; empty where nothing of it is kept."""
    data = item.data
    ranking = " > ".join(map(str, data.get("ranking") or ()))
    said = (data.get(key) for key in ("title", "claim", "question", "rule", "why"))
    return _line(str(next(filter(None, said), ranking)))


def _marks(record: Record, item: Item, decided: Mapping[str, Sequence[Item]]) -> tuple[MarkRow, ...]:
    """Evidence, decisions and runs, in the order of the research: a finding is shown before it is decided on."""
    marks = [MarkRow(kind="evidence", text=text) for text in _evidence(item)]
    marks += _decisions(decided.get(item.id, ()))
    if item.kind == "experiment" and (runs := record.find("run", experiment=item.id)):
        states = Counter(run.state for run in runs)
        others = "".join(f", {states[state]} {state}" for state in sorted(states) if state != "completed")
        text = f"{states['completed']} of {len(runs)} runs completed{others}"
        marks.append(MarkRow(kind="runs", text=text))
    return tuple(marks)


def _evidence(item: Item) -> list[str]:
    verdicts = item.data.get("verdicts")
    if item.kind == "finding" and isinstance(verdicts, Mapping) and verdicts:
        return [_line("; ".join(f"{arm}: {verdict}" for arm, verdict in verdicts.items()))]
    if item.kind == "card":
        return [_line(str(text)) for text in (item.data.get("evidence") or ())[:1]]
    return []


def _decisions(found: Iterable[Item]) -> list[MarkRow]:
    """Decisions in their order; one that was taken back is gone, that it was taken back is not."""
    rows: list[MarkRow] = []
    for one in sorted(found, key=lambda item: item.seq):
        verb, reason = (
            str(one.data.get("verb", "")),
            str(one.data.get("reason") or one.data.get("despite") or ""),
        )
        if verb == "undone" and rows:
            rows[-1] = MarkRow(kind="decision", text=rows[-1].text, gone=True)
        by = one.actor.get("display") or one.actor.get("id", "")
        foreign = "" if one.trust == "own" else " [foreign, unverified]"
        text = _line(f"{verb} by {by}{foreign}" + (f": {reason}" if reason else ""))
        rows.append(MarkRow(kind="decision", text=text))
    return rows


_Opens = Literal["experiment", "inbox", "notebook", "file", ""]


def _seen(item: Item) -> tuple[_Opens, str]:
    """Where it is seen: in which part of a door, and what there."""
    data = item.data
    if item.kind == "experiment":
        return "experiment", item.id
    if item.kind in ("finding", "prediction") and data.get("experiment"):
        return "experiment", str(data["experiment"])
    if item.state in _WAITS:
        return "inbox", item.id
    if file := _file(data):
        return "file", file
    notebook = str(data.get("notebook") or "")
    return ("notebook" if notebook else ""), notebook


def _file(data: Mapping[str, Any]) -> str:
    """What a card wrote, by its name below the root: the report, the module."""
    more = data.get("more")
    if data.get("card") == "report":
        return str(data.get("key", ""))
    files = more.get("files") if isinstance(more, Mapping) else None
    return str(files[0]) if isinstance(files, list | tuple) and files else ""


def _line(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= _LONG else f"{first[: _LONG - 1]}…"
