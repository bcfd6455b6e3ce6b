"""`learn`: lessons from decisions, figures of both sides, and training data; a person accepts what is gone by."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.workbench import acting, changing, decided, first_views, foretold, remembering, shelf
from jupyter_coimprove.workbench.rows_activities import CardRow

if TYPE_CHECKING:
    from jupyter_coimprove.lessons.decided import Decided
    from jupyter_coimprove.lessons.recall import Kept
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: Where it is kept, beside the index, when each person last looked: it is nobody else's.
LOOKED = "looked.json"
_FORCE = ("accepted", "edited")
#: Activities whose cards challenge a model or a benchmark.
_CHALLENGES = frozenset({"activity benchmark", "activity ideas", "activity errors"})


def learn(
    bench: Bench, *, notebook: str | None = None, since: str | None = None, table: bool = False, add: str | None = None,
    export: str | None = None, format: str | None = None, licence: str | None = None, provider: str | None = None,
    model: str | None = None,
) -> ActivityView:  # fmt: skip
    """What the record teaches, over all notebooks or of one. ``since`` is a date; else what is new since the last look.

    NothingToDo where nothing verified could be exported; UsageError for a date or a format that is none.
    """
    from jupyter_coimprove.activities.learn import Sight
    from jupyter_coimprove.activities.learn import learn as stage
    from jupyter_coimprove.activities.table import LEARN
    from jupyter_coimprove.workbench import learning_export

    if export is None and (format is not None or licence is not None):
        raise UsageError(
            "that is said of training data, and none was asked for", remedy="add --export FILE.jsonl"
        )
    path = shelf.read_notebook(bench, notebook).path if notebook else bench.root()
    name = shelf.notebook_name(bench.root(path), path) if notebook else ""
    if add is not None:
        _add(bench, name, add)
    after = _since(bench, since)
    kept = remembering.learn(bench)
    decisions = [one for one in decided.of(bench) if not name or one.notebook == name]
    shown = [one for one in kept if not name or one.lesson.scope.notebook in ("", name)]
    files = learning_export.write(bench, decisions, export, format or "sft", licence or "") if export else ()
    study = stage(
        Sight(
            decisions=decisions, kept=shown, said=foretold.said(bench, name or None), orders=foretold.orders(bench, name or None),
            undone=decided.undone(bench),
            ways=_ways(bench, decisions, kept), since=after[:16].replace("T", " "), news=news(bench, after, name),
            share=first_views.share(bench), table=table,
        )
    )  # fmt: skip
    answer = acting.answer(
        bench, LEARN, path, study, files=files, provider=provider, model=model, next=_next(shown)
    )
    _looked(bench)
    waiting = tuple(row(bench, one) for one in shown if one.lesson.state in remembering.WAITS)
    return dataclasses.replace(answer, cards=waiting)


def _next(kept: Sequence[Kept]) -> tuple[str, ...]:
    first = next((one for one in kept if one.lesson.state in remembering.WAITS and one.lesson.id), None)
    if first is None:
        return ("coimprove review",)
    if first.lesson.state == "suspended":
        return (
            f"coimprove reject {first.lesson.id} --reason WHY",
            f"coimprove accept {first.lesson.id} --reason WHY",
        )
    return (f"coimprove accept {first.lesson.id}", f"coimprove reject {first.lesson.id} --reason WHY")


def row(bench: Bench, one: Kept) -> CardRow:
    """A lesson as it waits for a decision: what it is drawn from, what stands against it, and how it did."""
    lesson = one.lesson
    evidence = [f"drawn from {len(lesson.drawn_from)} decisions; {len(lesson.against) or 'none'} against it"]
    if one.tally.helpful or one.tally.harmful:
        evidence.append(
            f"since it is gone by: {len(one.tally.helpful)} helped, {len(one.tally.harmful)} harmed"
        )
    if lesson.state == "suspended":
        evidence.append(remembering.why(one))
    if lesson.against:
        evidence.append(f"counter-examples: {', '.join(lesson.against[:5])}")
    used = (*lesson.drawn_from[:8], *((lesson.supersedes,) if lesson.supersedes else ()))
    return CardRow(
        id=lesson.id, state=lesson.state, kind="lesson", title=remembering.title({"rule": lesson.words}, lesson.state),
        goal="proposals that you need not edit or reject", evidence=tuple(evidence),
        known=(f"narrows {lesson.supersedes}",) if lesson.supersedes else (), untried=(), weight=0.5, cells=(), used=used,
        next=(), data={"avoid": lesson.avoid, "prefer": lesson.prefer, "scope": lesson.scope.words},
        **_author(bench, lesson.id),
    )  # fmt: skip


def _author(bench: Bench, id_: str) -> dict[str, str]:
    actor = bench.record().get(id_).actor if id_ else {"kind": "tool", "display": "coimprove"}
    return {
        "author": str(actor.get("display") or actor.get("id") or ""),
        "author_kind": str(actor.get("kind", "")),
    }


def one(bench: Bench, item: Item) -> ActivityView:
    """One lesson by its id."""
    from jupyter_coimprove.activities.table import LEARN
    from jupyter_coimprove.lessons.recall import Kept as Made
    from jupyter_coimprove.workbench.views_activities import ActivityView as View

    foreign = () if item.trust == "own" else ("foreign, unverified: it was not made here and guides nobody",)
    found = next((k for k in remembering.kept(bench) if k.lesson.id == item.id), None)
    kept = found or Made(lesson=remembering.lesson(item), own=False)
    waits = item.state in remembering.WAITS and item.trust == "own"
    return View(
        summary=f"{item.id} is {item.state}", activity=LEARN.name, number=LEARN.number, title=LEARN.title,
        notebook=str(item.data.get("notebook", "")), sections=(), cards=(row(bench, kept),), warnings=foreign,
        next=(f"coimprove accept {item.id}", f"coimprove edit {item.id}", f"coimprove reject {item.id} --reason WHY") if waits else (),
    )  # fmt: skip


def _add(bench: Bench, name: str, text: str) -> None:
    """A person's own lesson, in their words; it is gone by at once, since they said it."""
    from jupyter_coimprove.lessons.lesson import Lesson, Scope
    from jupyter_coimprove.workbench import deciding_lessons

    words = " ".join(text.split())
    if not words or len(words) > deciding_lessons.LONGEST:
        raise UsageError(
            f"a lesson is a sentence of at most {deciding_lessons.LONGEST} characters",
            remedy='--add "no accuracy on the plant data"',
        )
    bench.require_person("your own lesson")
    made = remembering.keep(bench, Lesson(scope=Scope(notebook=name), rule=words), bench.actor)
    deciding_lessons.decide(bench, bench.record().get(made), "accepted", "my own words")


def news(bench: Bench, after: str, name: str = "") -> tuple[str, ...]:
    """What is believed since then that was not before: findings and lessons that people accepted, and what they no
    longer hold. All of it where ``after`` is empty."""
    record = bench.record()
    told: list[tuple[int, str]] = []
    latest = {
        str(item.data.get("subject")): item
        for item in record.find("decision")
        if item.trust == "own" and item.created > after
    }
    for id_, decision in latest.items():
        try:
            item = record.get(id_)
        except UnknownName:
            continue  # erased, or of a journal that is not here any more
        if item.trust != "own" or (name and item.data.get("notebook") not in ("", name)):
            continue
        said = _believed(item, str(decision.data.get("verb")))
        if said:
            told.append((decision.seq, said))
    return tuple(said for _, said in sorted(told, reverse=True))[:30]


def _believed(item: Item, verb: str) -> str:
    if item.kind == "finding":
        claim = str(item.data.get("edited_text") or item.data.get("claim", "")).strip().splitlines()
        first = claim[0] if claim else ""
        if item.state in _FORCE:
            return f"{item.id}: {first}"
        return f"{item.id} is no longer held ({verb}): {first}" if verb == "undone" else ""
    if item.kind == "lesson":
        rule = str(item.data.get("rule", ""))
        if item.state in _FORCE:
            return f"{item.id}: {rule}"
        return f"{item.id} is no longer gone by: {rule}" if item.state in ("retired", "superseded") else ""
    if item.kind in ("check", "card") and verb == "accepted" and item.state == "accepted":
        return f"{item.id}: {item.data.get('title', '')}"
    return ""


def _since(bench: Bench, given: str | None) -> str:
    """An ISO time: as given, else of this person's last look here, else empty."""
    import datetime as dt

    if given is not None:
        try:
            at = dt.datetime.fromisoformat(given.strip())
        except ValueError as error:
            raise UsageError(f"{given!r} is no date", remedy="write --since 2026-01-31") from error
        return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _looks(bench).get(bench.actor.id, "")


def _looks(bench: Bench) -> dict[str, str]:
    file = bench.layout().hidden / LOOKED
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # nobody has looked yet, or the file was spoilt: then all is new
    return {str(who): str(at) for who, at in found.items()} if isinstance(found, dict) else {}


def _looked(bench: Bench) -> None:
    from jupyter_coimprove.notebook.io import write_atomic

    hidden = bench.layout().hidden
    if bench.looks or bench.actor.kind != "person" or bench.record().read_only or not hidden.is_dir():
        return
    found = {**_looks(bench), bench.actor.id: iso(bench.clock.wall_ms())}
    write_atomic(hidden / LOOKED, json.dumps(found, sort_keys=True).encode(), expect=None)


def _ways(bench: Bench, decisions: Sequence[Decided], kept: Sequence[Kept]) -> dict[str, tuple[int, int]]:
    """Table 2's figures: (hits, of how many)."""
    from jupyter_coimprove.lessons.export import why_not

    record = bench.record()
    verdicts: Counter[str] = Counter()
    for item in record.find("finding"):
        if item.trust == "own" and not item.data.get("worded_by"):
            verdicts.update(str(said) for said in dict(item.data.get("verdicts") or {}).values())
    checks = [one for one in decisions if one.kind == "check"]
    challenges = [one for one in decisions if one.kind == "card" and one.features & _CHALLENGES]
    force = [one for one in kept if one.lesson.state in _FORCE]
    measured = [
        item
        for item in record.find("card", activity=changing.ACTIVITY)
        if item.trust == "own"
        and item.data.get("card") == changing.KIND
        and dict(item.data["more"]).get("verdict")
    ]
    better = [
        item for item in measured if item.state == "accepted" and item.data["more"]["verdict"] == "better"
    ]
    return {
        "parameter optimisation": (verdicts["better"], verdicts.total()),
        "self-training": (sum(not why_not(one) for one in decisions), len(decisions)),
        "self-challenging": (sum(one.verdict != "rejected" for one in challenges), len(challenges)),
        "self-evaluation": (sum(one.verdict != "rejected" for one in checks), len(checks)),
        "self-modification": (sum(one.own for one in force) + len(better), len(force) + len(better)),
        "recursive": (len(better), len(measured)),
    }
