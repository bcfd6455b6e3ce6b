"""A debate out of the record, as far as the one who looks may see it.

What was written here is read as it was merged; what came with the folder is somebody else's word: it is shown under
their name, counted once, unverified, and only as far as it fits what they sealed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.debate.position import STANDS, Position, Question, seal
from jupyter_coimprove.activities.debate.study import Cited, Sight
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.workbench import debate_sealed, shelf
from jupyter_coimprove.workbench.debate_measured import measured

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item, Line
    from jupyter_coimprove.workbench.bench import Bench

ACTIVITY, QUESTION = "debate", "question"


@dataclass(frozen=True, kw_only=True)
class Written:
    """One statement in the record, its words where they may be had here. ``here``: sealed on this machine and not
    revealed yet. ``published``: its words stand in the journal. ``seen`` are the others' that stood there when it was
    written: by them, and not by clocks, is told what answers what."""

    item: Item
    position: Position
    words: bool
    here: bool
    published: bool
    seen: tuple[str, ...]


def questions(bench: Bench) -> list[Item]:
    """All debates of this project, also a colleague's, the oldest first."""
    return [
        item
        for item in bench.record().find("card", activity=ACTIVITY, card=QUESTION)
        if item.state != "rejected"
    ]


def question_item(bench: Bench, text: str) -> Item:
    """The debate meant by an id, its beginning, or ``last``; also by what came out of it."""
    found = questions(bench)
    if text in ("last", "-"):
        if not found:
            raise UnknownName(
                "debate", text, [], remedy="open one: coimprove debate --open QUESTION --option A --option B"
            )
        return found[-1]
    item = shelf.item_of(bench.record(), text, "card", "position")
    if item.kind == "position":
        item = bench.record().get(str(item.data.get("debate", "")))
    elif item.data.get("activity") == ACTIVITY and item.data.get("card") != QUESTION:
        item = bench.record().get(str(dict(item.data.get("more", {})).get("debate", "")))
    if item.data.get("activity") != ACTIVITY or item.data.get("card") != QUESTION:
        raise UsageError(f"{item.id} is no debate", remedy="`coimprove debate` lists them")
    return item


def question_of(item: Item) -> Question:
    """The question as it was opened. UsageError for a foreign one that says nothing sensible."""
    more = item.data.get("more")
    said: Mapping[str, Any] = more if isinstance(more, Mapping) else {}
    options = tuple(map(str, said.get("options") or ()))
    if len(options) < 2 or len({one.lower() for one in options}) < len(options):
        raise UsageError(
            f"{item.id} has no options to choose from", remedy="it is damaged or foreign: `coimprove verify`"
        )
    return Question(
        id=item.id, text=str(item.data.get("title", "")), options=options, claims=tuple(map(str, said.get("claims") or ())),
        about=tuple(map(str, item.data.get("used") or ())), notebook=str(item.data.get("notebook", "")),
        by=str(item.actor.get("display") or item.actor.get("id") or "somebody"), own=item.trust == "own",
        open_round=bool(item.data.get("revealed_at")), closed=bool(item.data.get("closed_at")),
    )  # fmt: skip


def is_mine(bench: Bench, item: Item) -> bool:
    """Whether the person who asks wrote this here."""
    return (
        item.trust == "own" and item.actor.get("kind") == "person" and item.actor.get("id") == bench.actor.id
    )


def written(bench: Bench, question: Question) -> tuple[list[Written], list[str]]:
    """Every statement that counts, the oldest first, and in words what does not and why."""
    record = bench.record()
    items = sorted(record.find("position", debate=question.id), key=lambda item: item.created)
    names = {str(i.actor.get("id")) for i in items if i.trust == "own"} | {bench.actor.id}
    out: list[Written] = []
    flagged: list[str] = []
    for item in items:
        who = str(item.actor.get("display") or item.actor.get("id") or "somebody")
        if item.trust != "own" and item.actor.get("kind") == "person" and str(item.actor.get("id")) in names:
            flagged.append(
                f"{item.id} is said to be by {who}, but it is not signed with the key of here: not counted"
            )
            continue
        lines = [
            line
            for line in record.follow(0, id=item.id)
            if line.trust == item.trust and line.kind == "position"
        ]
        found, why = _one(bench, question, item, lines)
        if found is None:
            flagged.append(f"{item.id} of {who} is not counted: {why}")
        elif any(
            one.position.key == found.position.key and one.position.round == found.position.round
            for one in out
        ):
            flagged.append(
                f"{item.id}: {who} has a position in round {found.position.round} already; the first one counts"
            )
        else:
            out.append(found)
    return out, flagged


def _one(bench: Bench, question: Question, item: Item, lines: Sequence[Line]) -> tuple[Written | None, str]:
    first = lines[0] if lines else None
    rest = lines[1:]
    if first is None or (first.event == "sealed") == (first.event == "stated"):
        return None, "it was neither sealed nor stated"
    if first.event == "stated":
        if rest:
            return None, "it was changed after it was stated"
        return _made(question, item, first.data, published=True)
    if len(rest) > 1 or (rest and rest[0].event != "revealed"):
        return None, "it was changed after it was sealed"
    told: Mapping[str, Any] | None = (
        rest[0].data.get("content") if rest else debate_sealed.content(bench, item.id)
    )
    here = not rest and item.trust == "own" and told is not None
    if told is None or (not rest and not here):
        author = author_of(item.actor, str(first.data.get("role", "")))
        empty = {"author": author, "debate": question.id, "asked": question.digest}
        made, why = _made(question, item, {**first.data, "content": empty}, published=False)
        return (None if made is None else dataclasses.replace(made, words=False)), why
    if not isinstance(told, Mapping) or seal(told) != first.data.get("seal"):
        return None, "what was revealed is not what was sealed"
    made, why = _made(question, item, {**first.data, "content": told}, published=bool(rest))
    return (None if made is None else dataclasses.replace(made, here=here)), why


def author_of(actor: Mapping[str, str], role: str) -> str:
    """Who is meant by a seal: nobody can take another's sealed words for their own."""
    return ":".join(filter(None, (str(actor.get("kind")), str(actor.get("id")), role)))


def _made(
    question: Question, item: Item, data: Mapping[str, Any], *, published: bool
) -> tuple[Written | None, str]:
    said = data.get("content")
    role, origin = str(data.get("role", "")), str(data.get("origin", ""))
    author = author_of(item.actor, role)
    if not isinstance(said, Mapping) or said.get("author") != author:
        return None, "it is somebody else's"
    if said.get("debate") != question.id or said.get("asked") != question.digest:
        return None, "it answers other words than the question has now"
    choice, stands = str(said.get("choice", "")), said.get("stands") or {}
    if choice and choice not in question.options:
        return None, f"{choice!r} is no option"
    if not isinstance(stands, Mapping) or not all(
        c in question.claims and s in STANDS for c, s in stands.items()
    ):
        return None, "it votes on what was not asked"
    number = data.get("round", 1)
    told = data.get("seen")
    seen = tuple(map(str, told)) if isinstance(told, list | tuple) else ()
    position = Position(
        id=item.id, key=f"{item.trust}:{author}", who=str(item.actor.get("display") or item.actor.get("id") or "somebody"),
        kind=str(item.actor.get("kind", "")), choice=choice, stands={str(c): str(s) for c, s in stands.items()},
        text=str(said.get("text", "")), cites=tuple(map(str, said.get("cites") or ())), action=str(said.get("action", "")),
        round=number if isinstance(number, int) and 1 <= number < 1000 else 1, change=str(data.get("change", "")), origin=origin,
        verified=item.trust == "own", late=bool(seen) and number == 1,
    )  # fmt: skip
    return Written(item=item, position=position, words=True, here=False, published=published, seen=seen), ""


def readable(found: Sequence[Written], author: Written | None) -> list[str]:
    """What of others stands in the journal, so that this author could have read it."""
    return [
        one.item.id
        for one in found
        if one.published and (author is None or one.position.key != author.position.key)
    ]


def may_see(bench: Bench, question: Question, found: Sequence[Written]) -> bool:
    """Whether the one who looks has written, or the blind round is over for all; no program has.

    What a notebook shows is read by whoever opens it, so that there the round has to be over.
    """
    over = question.open_round or question.closed
    return over or (not in_notebook(bench) and any(is_mine(bench, one.item) for one in found))


def in_notebook(bench: Bench) -> bool:
    """Whether what is typed and shown stands in a notebook."""
    return bench.actor.auth == "kernel"


def sight(bench: Bench, question: Question) -> tuple[Sight, list[Written]]:
    """What may be seen, and all that was written (for the use case alone)."""
    found, flagged = written(bench, question)
    seen = may_see(bench, question, found)
    shown = [one for one in found if one.words] if seen else []
    sealed = list(dict.fromkeys(
        (one.position.who, one.position.verified) for one in found if one not in shown
    ))  # fmt: skip
    ids = dict.fromkeys([*question.about, *(id_ for one in shown for id_ in one.position.cites)])
    return Sight(
        question=question, positions=[_numbers(bench, question, one.position) for one in shown], sealed=sealed, withheld=not seen, in_notebook=in_notebook(bench),
        cited={id_: cited(bench, id_) for id_ in ids}, flagged=tuple(flagged), measured=measured(bench, question),
    ), found  # fmt: skip


def _numbers(bench: Bench, question: Question, one: Position) -> Position:
    """The numbers that a model names and nothing here backs; a person's prose is their own."""
    if one.kind != "ai" or not any(character.isdigit() for character in one.text):
        return one
    return dataclasses.replace(one, unbacked=unbacked(bench, question, one.text, one.cites))


def unbacked(bench: Bench, question: Question, text: str, cites: Sequence[str]) -> tuple[str, ...]:
    """Numbers of a text that neither the notebook nor a finding of it, or one that is cited, backs."""
    from jupyter_coimprove.errors import NotebookError
    from jupyter_coimprove.workbench import stated
    from jupyter_coimprove.workbench.knowing import seen

    record = bench.record()
    findings = (
        {item.id: item for item in record.find("finding", notebook=question.notebook)}
        if question.notebook
        else {}
    )
    for id_ in (*question.about, *cites):
        try:
            item = record.get(id_)
        except UnknownName:
            continue
        if item.kind == "finding":
            findings[item.id] = item
    path = shelf.notebook_path(bench.root(), question.notebook) if question.notebook else None
    try:
        read = seen.look(path) if path is not None and path.is_file() else None
    except NotebookError:
        read = None  # what cannot be read backs nothing
    found = stated.check(text, seen=read, live={}, references=stated.references(list(findings.values())))
    return found.unbacked


def cited(bench: Bench, id_: str) -> Cited:
    """What an id is here: its kind, a line of it, and how far it can be trusted."""
    try:
        item = bench.record().get(id_)
    except UnknownName:
        return Cited(id=id_)
    data = item.data
    says = str(
        data.get("accepted_text") or data.get("claim") or data.get("title") or data.get("question")
        or " > ".join(map(str, data.get("ranking") or ())) or (f"arm {data['arm']}, block {data.get('block')}" if "arm" in data else "")
    )  # fmt: skip
    first = says.strip().splitlines()[0][:160] if says.strip() else ""
    state = (item.state or "kept") if item.trust == "own" else "foreign, unverified"
    return Cited(id=item.id, kind=item.kind, says=first, state=state)
