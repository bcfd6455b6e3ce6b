"""Lessons as they are kept: drafted once, gone by where a person accepted them, suspended where they harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.ids import new_id
from jupyter_coimprove.lessons.drafting import Bars, drafts, narrower
from jupyter_coimprove.lessons.lesson import IN_FORCE, Lesson
from jupyter_coimprove.lessons.recall import Kept, recall
from jupyter_coimprove.lessons.tallying import Tally, tally
from jupyter_coimprove.registry import TOOL, Actor
from jupyter_coimprove.workbench import decided

if TYPE_CHECKING:
    from jupyter_coimprove.lessons.decided import Decided
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench


#: So many of the newest decisions say whether a lesson guides.
RECENT = 300


def items(bench: Bench) -> list[Item]:
    """Lessons that were made here, oldest first. Those that came with a folder are claims and guide nobody."""
    return [item for item in bench.record().find("lesson") if item.trust == "own"]


def lesson(item: Item) -> Lesson:
    """A lesson as it is kept now; where its notebook was moved, it is about the new name."""
    import dataclasses

    found = Lesson.from_dict(item.data, id=item.id, state=item.state)
    old, new = found.scope.notebook, str(item.data.get("notebook", ""))
    if not old or old == new:
        return found
    scope = dataclasses.replace(found.scope, notebook=new)
    return dataclasses.replace(found, scope=scope, rule=found.rule.replace(f" of {old}", f" of {new}"))


def kept(bench: Bench, numbered: Sequence[tuple[Decided, int]] | None = None) -> list[Kept]:
    """All lessons with how they did since a person last accepted them. Nothing is written."""
    found = items(bench)
    if not found:
        return []
    counted = any(item.state in (*IN_FORCE, "suspended") for item in found)
    rows = (decided.numbered(bench) if numbered is None else numbered) if counted else ()
    return [
        Kept(lesson=lesson(item), tally=_tally(bench, item, rows), own=_accepted(bench, item))
        for item in found
    ]


def _accepted(bench: Bench, item: Item) -> bool:
    """Whether a person's decision here stands behind a lesson that is in force."""
    if item.state not in IN_FORCE:
        return True
    named = str(item.data.get("decision", ""))
    found = bench.record().find("decision", subject=item.id) if named else []
    return any(one.id == named and one.trust == "own" and one.actor.get("kind") == "person" for one in found)


def _tally(bench: Bench, item: Item, rows: Sequence[tuple[Decided, int]]) -> Tally:
    """Its counts over what was decided after the decision that put it in force."""
    decision = str(item.data.get("decision", ""))
    if item.state not in (*IN_FORCE, "suspended") or not decision:
        return Tally()
    since = bench.record().get(decision).seq
    later = [one for one, seq in rows if seq > since]
    return tally(lesson(item), later, [one for one, seq in rows if seq <= since])


def in_force(bench: Bench, *, kind: str = "", notebook: str = "") -> tuple[Kept, ...]:
    """What guides proposals of a kind in a notebook now; a lesson that harms is left out before anybody retired it.

    It is asked for with every question, so that only the ``RECENT`` decisions are counted.
    """
    if not any(item.state in IN_FORCE for item in items(bench)):
        return ()
    return recall(kept(bench, decided.numbered(bench, RECENT)), kind=kind, notebook=notebook)


def _bars(bench: Bench) -> Bars:
    """When decisions that repeat are drafted: settings of the playbook, which people change."""
    from jupyter_coimprove.bench.playbook import value_of
    from jupyter_coimprove.workbench.changing import in_force

    playbook = in_force(bench)
    least, share = (float(value_of(playbook, f"lessons.{name}")) for name in ("after", "share"))
    return Bars(least=round(least), share=share)


def learn(bench: Bench) -> list[Kept]:
    """Draft what repeats, count what was decided since, suspend what harms and ask for it to be narrowed or retired.

    Each is a small line of its own. Nothing of it guides anybody before a person accepted it. Where nothing may be
    written, the lessons are told as they would be, without ids.
    """
    rows = decided.numbered(bench)
    decisions = [one for one, _ in rows]
    known = kept(bench, rows)
    lines: list[Draft] = []
    out: list[Kept] = []
    for one in known:
        out.append(_counted(bench, one, lines))
    keys = {one.lesson.key for one in known}
    bars = _bars(bench)
    fresh = list(drafts(decisions, [one.lesson for one in known], bars))
    for one in out:
        narrow = narrower(one.lesson, decisions, bars) if one.lesson.state == "suspended" else None
        fresh += [narrow] if narrow is not None else []
    for draft in fresh:
        if draft.key in keys:
            continue
        keys.add(draft.key)
        out.append(Kept(lesson=_new(bench, draft, lines, TOOL)))
    record = bench.record()
    if lines and not record.read_only and not bench.looks:
        record.append(lines)
    return out


def _counted(bench: Bench, one: Kept, lines: list[Draft]) -> Kept:
    """The lesson with its counts written where they moved; suspended where they say that it harms."""
    import dataclasses

    from jupyter_coimprove.record.base import Draft

    item = bench.record().get(one.lesson.id)
    told = {"helpful": list(one.tally.helpful), "harmful": list(one.tally.harmful)}
    if item.state in IN_FORCE and one.tally.doubted:
        lines.append(
            Draft(
                id=item.id, kind="lesson", event="suspended", state="suspended", actor=TOOL,
                data={**told, "suspended_why": why(one)},
            )
        )  # fmt: skip
        return dataclasses.replace(one, lesson=dataclasses.replace(one.lesson, state="suspended"))
    if item.state in IN_FORCE and any(list(item.data.get(key, ())) != value for key, value in told.items()):
        lines.append(Draft(id=item.id, kind="lesson", event="counted", data=told, actor=TOOL))
    return one


def why(one: Kept) -> str:
    """Why a lesson is doubted, in a sentence."""
    bad, all_ = one.tally.lately.count(False), len(one.tally.lately)
    return f"{bad} of the newest {all_} decisions on it went against it; nobody goes by it until you decide"


def _new(bench: Bench, draft: Lesson, lines: list[Draft], author: Actor, **more: Any) -> Lesson:
    import dataclasses

    from jupyter_coimprove.record.base import Draft

    id_ = new_id("lesson", bench.clock)
    data = {
        **draft.as_dict(),
        "digest": digest(draft),
        "notebook": draft.scope.notebook,
        "used": list(draft.drawn_from),
        **more,
    }
    lines.append(Draft(id=id_, kind="lesson", event="drafted", state="pending", data=data, actor=author))
    written = not bench.record().read_only and not bench.looks
    return dataclasses.replace(draft, id=id_ if written else "", rule=draft.words)


def digest(one: Lesson) -> str:
    """What a decision on a lesson is pinned to: the rule, its words and where it holds."""
    from jupyter_coimprove.digests import digest_json

    return digest_json({"key": one.key, "rule": one.words})


def keep(bench: Bench, draft: Lesson, author: Actor, **more: Any) -> str:
    """Put a lesson into the record as somebody proposes it, pending; the same that waits is the one that is there."""
    same = [item for item in items(bench) if item.state in WAITS and lesson(item).key == draft.key]
    if same:
        return same[0].id
    lines: list[Draft] = []
    made = _new(bench, draft, lines, author, **more)
    bench.record().append(lines)
    return made.id


#: States in which a lesson waits for a person.
WAITS = ("pending", "deferred", "suspended")


def title(data: Mapping[str, Any], state: str) -> str:
    """A line for a list: the rule, or that it is asked to be retired."""
    rule = str(data.get("rule", ""))
    return f"retire? {rule}" if state == "suspended" else rule
