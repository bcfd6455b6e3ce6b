"""The constitution as the record has it: what is in force, what is only proposed, and how an amendment is accepted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo, UnknownName
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import cards, patterns

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.values.amendment import Measured
    from jupyter_coimprove.activities.values.constitution import Constitution
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.rows_activities import CardRow, SectionRow
    from jupyter_coimprove.workbench.views import DecisionView

#: Where cards about the constitution are kept, as if it were a notebook.
NAME = "coimprove/values.toml"
#: The words for a first constitution and for a change of one.
FIRST, CHANGE = "constitution", "amendment"


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What a person accepted here last: ``version`` counts what was ever proposed and accepted."""

    constitution: Constitution
    version: int
    item: Item

    def cite(self, principle: str) -> str:
        """A principle as findings cite it."""
        return f"{principle!r} (values version {self.version})"


def path(bench: Bench) -> Path:
    """The file that people read and edit."""
    return bench.layout().visible / "values.toml"


def in_force(bench: Bench) -> InForce | None:
    """The constitution that binds here: what a person accepted last with this user's own key, whatever the file says."""
    from jupyter_coimprove.activities.values.constitution import parse

    found = [item for item in _kept(bench) if item.state == "accepted"]
    if not found:
        return None
    item = max(found, key=lambda one: (_version(one), one.seq))
    return InForce(constitution=parse(str(_more(item)["text"])), version=_version(item), item=item)


def _kept(bench: Bench) -> list[Item]:
    return [item for item in cards.of(bench, NAME, "values") if item.data["card"] in (FIRST, CHANGE)]


def _more(item: Item) -> Mapping[str, Any]:
    more: Mapping[str, Any] = item.data["more"]
    return more


def _version(item: Item) -> int:
    return int(_more(item).get("version", 0))


def written(bench: Bench) -> str | None:
    """What the file says now; None where there is none. UsageError where it cannot be read."""
    file = path(bench)
    return bench.text_of(str(file)) if file.exists() else None


def init(bench: Bench) -> None:
    """Write a constitution to begin with. NothingToDo where there is one: an edited one is not overwritten."""
    from jupyter_coimprove.activities.values.starting import STARTING
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.roots import init as make

    bench.require_person("a constitution")
    file = path(bench)
    if file.exists():
        raise NothingToDo(
            f"{file} is there already", remedy="edit it; `coimprove values` shows what that changes"
        )
    make(bench.root())
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, STARTING.encode(), expect=None)


def noticed(bench: Bench, now: InForce | None) -> tuple[CardRow | None, tuple[str, ...]]:
    """The card of what the file says where that is not in force, and warnings; an older edit is let go of.

    UsageError for a file that is no constitution (what is in force stays in force).
    """
    text = written(bench)
    if text is None:
        return None, ("the file is gone; what was accepted is in force all the same",) if now else ()
    if now is not None and text == now.constitution.text:
        cards.keep(bench, "values", NAME, [], looked=frozenset({FIRST, CHANGE}))
        return None, ()
    row = _proposed(bench, text, now, author=TOOL, why="", looked=True)
    if row.state == "rejected":
        return None, (f"the file says what was rejected ({row.id}); it is not in force",)
    if row.state == "accepted":
        return None, (f"the file says what was in force before ({row.id}); `coimprove undo {now.item.id if now else row.id}` goes back to it",)  # fmt: skip
    return row, ()


def propose(bench: Bench, text: str, why: str, author: Actor) -> CardRow:
    """A change of the whole text, by a person or a model, as what waits for a decision; the file stays as it is."""
    now = in_force(bench)
    if now is not None and text == now.constitution.text:
        raise NothingToDo("that is what is in force", remedy="change something in it")
    return _proposed(bench, text, now, author=author, why=why, looked=False)


def with_case(text: str, principle: str, case: Mapping[str, Any]) -> str:
    """The constitution's text with one case more, all else as it was written. UnknownName for a principle that is not there."""
    import tomlkit

    document: Any = tomlkit.parse(text)
    listed = {str(one["name"]).strip(): one for one in document["principle"]}
    if principle not in listed:
        raise UnknownName("principle", principle, listed)
    table = tomlkit.table()
    for key in ("name", "of", "violates"):
        table[key] = case[key]
    table["text"] = tomlkit.string(str(case["text"]), multiline="\n" in str(case["text"]))
    found = listed[principle]
    if "case" not in found:
        found["case"] = tomlkit.aot()
    found["case"].append(table)
    return tomlkit.dumps(document)


def propose_case(bench: Bench, data: Mapping[str, Any], author: Actor | None) -> str:
    """A model's red-team case as an amendment of what is in force: nothing else of it changes. Its id once kept.

    ``author`` None: it is only checked. NothingToDo where nothing is in force.
    """
    from jupyter_coimprove.activities.values.constitution import parse
    from jupyter_coimprove.activities.values.redteam import subject_of

    now = in_force(bench)
    if now is None:
        raise NothingToDo(
            "no values are in force here",
            remedy="a person writes and accepts them: `coimprove values --init`",
        )
    text = with_case(now.constitution.text, str(data["principle"]), data)
    known = [case for _, case in now.constitution.cases]
    for _, case in parse(text).cases:
        if case not in known:
            subject_of(case)
    return "" if author is None else propose(bench, text, str(data["why"]).strip(), author).id


def _proposed(
    bench: Bench, text: str, now: InForce | None, *, author: Actor, why: str, looked: bool
) -> CardRow:
    from jupyter_coimprove.activities.values.constitution import parse

    made = parse(text)
    tried(made)
    measured = measure(bench, now, made)
    same = next((item for item in _kept(bench) if item.data["key"] == made.digest), None)
    version = _version(same) if same else 1 + max((_version(i) for i in _kept(bench) if i.state == "accepted"), default=0)  # fmt: skip
    made_card = card(made, measured, version, now, why)
    (row,) = cards.keep(bench, "values", NAME, [made_card], looked=frozenset({FIRST, CHANGE}) if looked else None, author=author)  # fmt: skip
    return row


def tried(made: Constitution) -> None:
    """UsageError for a pattern that takes too long; it is tried on texts that would show it."""
    from jupyter_coimprove.activities.values.constitution import PATTERNS
    from jupyter_coimprove.activities.values.personal import FORMS

    patterns.tried(
        [
            pattern for principle in made.principles for check in principle.checks for kind, key in sorted(PATTERNS)
            if kind == check.kind for pattern in check.listed(key) if pattern not in FORMS
        ]
    )  # fmt: skip


def measure(bench: Bench, now: InForce | None, made: Constitution) -> Measured:
    """What is in force and what is proposed, on the cases of both."""
    from jupyter_coimprove.activities.values import amendment
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.workbench import licensing

    return amendment.measure(
        now.constitution if now else None, made, transform=python_source, search=patterns.search,
        licences=lambda subject: licensing.licensed(made, subject, None),
    )  # fmt: skip


def card(made: Constitution, measured: Measured, version: int, now: InForce | None, why: str) -> Card:
    """What waits for a decision: the whole text, what it changes, and what it does on the red-team set."""
    from jupyter_coimprove.activities.activity import Card

    after = measured.after
    evidence = [*([why] if why else []), *measured.changed]
    evidence.append(measured.sentence if now else f"on its red-team set: caught {after.caught.text}; false alarms {after.alarms.text}")  # fmt: skip
    evidence += [f"breaks {one}: a regression, which is refused" for one in measured.broken]
    evidence += [f"still wrong: {one.principle}: {one.case.name}" for one in after.outcomes if not one.right]
    was = now.version if now else 0
    return Card(
        kind=CHANGE if now else FIRST, key=made.digest, weight=0.95, evidence=tuple(evidence),
        title=f"values version {version}, proposed: {measured.changed[0].partition(': ')[0] if now is None else measured.changed[0]}" + (f" and {len(measured.changed) - 1} more" if len(measured.changed) > 1 else ""),
        goal="it is in force once a person accepts exactly this text", used=(now.item.id,) if now else (), next=("accept {id}", "show {id}"),
        data={
            "text": made.text, "digest": made.digest, "version": version, "amends": was, "broken": list(measured.broken), "fixed": list(measured.fixed),
            "gives_up": list(measured.given_up), "before": measured.before.right.value, "after": after.right.value, "cases": after.right.n,
        },
    )  # fmt: skip


def is_ours(item: Item) -> bool:
    """Whether to accept it puts a constitution in force."""
    return item.kind == "card" and item.data.get("activity") == "values" and item.data.get("card") in (FIRST, CHANGE)  # fmt: skip


def accept(bench: Bench, item: Item, reason: str, *, bulk: bool) -> DecisionView:
    """Put it in force: measured again on the cases of both, and refused (and that recorded) where it regresses.

    Its effect is a card of its own, a finding about the constitution, which waits for a decision.
    """
    from jupyter_coimprove.activities.values.constitution import parse
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench import deciding

    if bulk:
        raise DecisionError(f"{item.id} binds everything that comes after it", remedy="read it, and accept it by itself")  # fmt: skip
    deciding.may_decide(bench, item)
    now = in_force(bench)
    made = parse(str(_more(item)["text"]))
    tried(made)
    measured = measure(bench, now, made)
    if measured.regresses:
        told = {"broken": list(measured.broken), "before": measured.before.right.value, "after": measured.after.right.value}  # fmt: skip
        bench.record().append(
            [Draft(id=item.id, kind="card", event="refused", data={"refused": told}, actor=bench.actor)],
            expect={item.id: item.seq},
        )
        many = len(measured.broken)
        raise DecisionError(
            f"{item.id} is refused: {many} case{'' if many == 1 else 's'} that came out right no longer would ({'; '.join(measured.broken[:3])})",
            remedy="widen the check again, or give the principle up by name; the refusal is recorded",
        )  # fmt: skip
    decided = deciding.decide(bench, item, "accepted", reason, accepted_by=bench.actor.display)
    effect = _effect(bench, item, measured)
    warned = _written(bench, made, now)
    return dataclasses.replace(
        decided, summary=f"{item.id} is accepted: values version {_version(item)} is in force", warnings=warned,
        next=(f"coimprove show {effect}", *decided.next) if effect else decided.next,
    )  # fmt: skip


def _effect(bench: Bench, item: Item, measured: Measured) -> str:
    """What the amendment did, as a finding; a first constitution has nothing before it to compare with."""
    from jupyter_coimprove.activities.activity import Card

    if item.data["card"] != CHANGE:
        return ""
    made = Card(
        kind="finding", title=f"values version {_version(item)}: {len(measured.fixed)} cases fixed, {len(measured.broken)} broken",
        key=f"effect:{item.id}", goal="it is known what the amendment did", weight=0.5, used=(item.id,),
        evidence=(measured.sentence, *(f"fixed: {one}" for one in measured.fixed), *(f"given up: {one}" for one in measured.given_up)),
        data={"before": measured.before.right.value, "after": measured.after.right.value, "cases": measured.after.right.n, "p": measured.p},
    )  # fmt: skip
    (row,) = cards.keep(bench, "values", NAME, [made])
    return row.id


def _written(bench: Bench, made: Constitution, now: InForce | None) -> tuple[str, ...]:
    """The file says what was accepted: written where nobody edited it, left alone (and said so) where somebody did."""
    from jupyter_coimprove.notebook.io import write_atomic

    text = written(bench)
    if text == made.text:
        return ()
    if text is not None and (now is None or text != now.constitution.text):
        return (f"{path(bench)} says something else, which somebody edited; it was left alone",)
    path(bench).parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path(bench), made.text.encode(), expect=None)
    return ()


def shown(bench: Bench, item: Item) -> tuple[SectionRow, ...]:
    """The whole text that a decision is about, and how it differs from what is in force."""
    from jupyter_coimprove.notebook.diff import unified
    from jupyter_coimprove.workbench.rows_activities import SectionRow

    text = str(_more(item)["text"])
    now = in_force(bench) if item.trust == "own" else None
    whole = SectionRow(title="The whole text", code=text, language="toml")
    if now is None or now.constitution.text == text:
        return (whole,)
    diff = unified(now.constitution.text, text, name=path(bench).name)
    return (SectionRow(title=f"Against version {now.version}, in force", code=diff, language="diff"), whole)


def claims(bench: Bench) -> tuple[str, ...]:
    """Constitutions that others accepted elsewhere: told, and binding nobody here."""
    out = []
    for item in bench.record().find("card", notebook=NAME):
        if item.trust != "own" and item.data.get("card") in (FIRST, CHANGE) and item.state == "accepted":
            by = item.data.get("accepted_by") or "somebody"
            out.append(f"{by} accepted {item.id} elsewhere (an imported claim); here it binds once you accept it")  # fmt: skip
    return tuple(out)


def require_known(bench: Bench) -> None:
    """NothingToDo where there is neither a file nor anything in force."""
    if written(bench) is None and in_force(bench) is None:
        raise NothingToDo(
            "no values are written down here", remedy="`coimprove values --init` proposes some to edit"
        )
