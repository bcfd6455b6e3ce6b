"""What a person decides on a lesson: it is gone by, in these words, no longer, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo, UnknownName, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.lessons.lesson import IN_FORCE
from jupyter_coimprove.workbench import remembering
from jupyter_coimprove.workbench.views import DecisionView

if TYPE_CHECKING:
    from jupyter_coimprove.curation.decision import DecisionVerb
    from jupyter_coimprove.lessons.lesson import Lesson
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: What a verb makes of a lesson, by the state it is in.
_AFTER: dict[str, dict[str, str]] = {
    "accepted": {"pending": "accepted", "deferred": "accepted", "suspended": "accepted"},
    "edited": {"pending": "edited", "deferred": "edited", "suspended": "edited", "accepted": "edited", "edited": "edited"},
    "rejected": {
        "pending": "rejected", "deferred": "rejected", "suspended": "retired", "accepted": "retired", "edited": "retired",
    },
    "deferred": {"pending": "deferred"},
    "undone": dict.fromkeys(("accepted", "edited", "rejected", "retired", "deferred", "suspended"), "pending"),
}  # fmt: skip
LONGEST = 500


def decide(bench: Bench, item: Item, verb: DecisionVerb, reason: str, *, bulk: bool = False) -> DecisionView:
    """Accept, reject (of one in force: retire), defer or take back. DecisionError where it cannot be from here."""
    if bulk and verb == "accepted":
        raise DecisionError(f"{item.id} is a lesson: it is accepted by itself", remedy="read it, then accept")
    return _kept(bench, item, verb, reason, {})


def edit(bench: Bench, item: Item, *, text: str | None, sets: list[str], reason: str) -> DecisionView:
    """The lesson in the person's words, or narrowed by them: ``notebook=NAME``, ``given=FEATURE`` (one more)."""
    import dataclasses

    old = remembering.lesson(item)
    new = old
    for entry in sets:
        new = _narrowed(new, entry)
    if text is not None:
        if not text.strip() or len(text) > LONGEST:
            raise UsageError(f"a lesson is a sentence of at most {LONGEST} characters")
        new = dataclasses.replace(new, rule=" ".join(text.split()))
    elif new != old:
        new = dataclasses.replace(new, rule="")
        new = dataclasses.replace(new, rule=new.words)
    if new == old:
        raise NothingToDo("nothing was changed", remedy=f"`coimprove accept {item.id}` accepts it as it is")
    more = {**new.as_dict(), "digest": remembering.digest(new), "notebook": new.scope.notebook}
    return _kept(bench, item, "edited", reason, {**more, "was": old.words})


def _narrowed(lesson: Lesson, entry: str) -> Lesson:
    import dataclasses

    key, sep, value = (part.strip() for part in entry.partition("="))
    if not sep or not value:
        raise UsageError(
            f"{entry!r} sets nothing", remedy="write --set notebook=NAME or --set 'given=random_state=0'"
        )
    if key == "notebook":
        return dataclasses.replace(lesson, scope=dataclasses.replace(lesson.scope, notebook=value))
    if key == "given":
        given = tuple(dict.fromkeys([*lesson.scope.given, value]))
        return dataclasses.replace(lesson, scope=dataclasses.replace(lesson.scope, given=given))
    raise UnknownName("part of a lesson", key, ["notebook", "given"])


def _kept(bench: Bench, item: Item, verb: DecisionVerb, reason: str, more: dict[str, Any]) -> DecisionView:
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench import deciding

    deciding.may_decide(bench, item)
    state = _AFTER[verb].get(item.state)
    if state is None:
        raise DecisionError(
            f"what is {item.state} cannot become {verb}",
            remedy=f"`coimprove undo {item.id}` first"
            if item.state in _AFTER["undone"]
            else "it stays in the record",
        )
    decision = new_id("decision", bench.clock)
    kept = {**more, **({"decision": decision} if state in IN_FORCE else {})}
    lines = [
        deciding.decision_line(bench, decision, item, verb, reason, **({"was": more["was"]} if "was" in more else {})),
        deciding.state_line(bench, item, verb, state, **kept),
    ]  # fmt: skip
    older = str(item.data.get("supersedes") or "")
    if state in IN_FORCE and older:
        old = bench.record().get(older)
        if old.state in (*IN_FORCE, "suspended"):
            lines.append(
                Draft(
                    id=old.id, kind="lesson", event="superseded", state="superseded", actor=bench.actor,
                    data={"superseded_by": item.id},
                )
            )  # fmt: skip
    bench.record().append(lines, expect={item.id: item.seq})
    done = "is gone by from now on" if state in IN_FORCE else f"is {state}"
    return DecisionView(
        summary=f"{item.id} {done}", id=decision, subject=item.id, verb=verb, state=state, application="none",
        next=(f"coimprove undo {item.id}",) if verb != "undone" else (),
    )  # fmt: skip
