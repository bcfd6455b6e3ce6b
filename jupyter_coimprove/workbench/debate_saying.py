"""What people say in a debate: they open one, and take a position, which is sealed while the round is blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, RecordError, UnknownName, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import cards, debate_sealed, shelf
from jupyter_coimprove.workbench import debate_reading as reading

if TYPE_CHECKING:
    from jupyter_coimprove.activities.debate.position import Question
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

#: A position is a few paragraphs; a file is none.
_LONGEST = 20_000


def opened(
    bench: Bench,
    text: str,
    options: Sequence[str],
    claims: Sequence[str],
    about: Sequence[str],
    notebook: str | None,
) -> Item:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.record.base import Draft

    bench.require_person("to open a debate")
    title, said = " ".join(text.split()), [" ".join(one.split()) for one in options]
    if not title:
        raise UsageError(
            "there is no question",
            remedy='--open "which augmentation do we keep?" --option crop --option none',
        )
    asked = [" ".join(one.split()) for one in claims]
    for what, listed in (("option", said), ("claim", asked)):
        if len({one.lower() for one in listed}) < len(listed) or not all(listed):
            raise UsageError(
                f"an {what} is empty or said twice" if what == "option" else "a claim is empty or said twice"
            )
    if {one.lower() for one in said} & {one.lower() for one in asked}:
        raise UsageError("a claim is also an option", remedy="to choose an option is a vote on it")
    if len(said) < 2:
        raise UsageError(
            f"{len(said)} options are no choice",
            remedy="--option A --option B (yes and no, for a question of that kind)",
        )
    if any(one.lower() == "unsure" or one.isdecimal() for one in said):
        raise UsageError("an option is a word: 'unsure' can always be said, and numbers name the options")
    name = shelf.notebook_name(bench.root(), shelf.read_notebook(bench, notebook).path) if notebook else ""
    used = tuple(bench.record().get(one).id for one in about)
    card = Card(
        kind=reading.QUESTION, title=title[:500], key=title.lower(), weight=0.5, used=used,
        data={"options": said, "claims": asked},
    )  # fmt: skip
    id_ = new_id("card", bench.clock)
    data = {
        **cards.fields(card),
        "activity": reading.ACTIVITY,
        "notebook": name,
        "digest": cards.digest_of(reading.ACTIVITY, card),
    }
    bench.record().append(
        [Draft(id=id_, kind="card", event="opened", state="accepted", data=data, actor=bench.actor)]
    )
    return bench.record().get(id_)


def still_open(question: Question) -> None:
    if question.closed:
        raise DecisionError(
            f"{question.id} is closed", remedy="open a new one: coimprove debate --open QUESTION"
        )


def say(
    bench: Bench, question: Question, choose: str | None, stand: list[str], because: str | None, cite: list[str],
    action: str | None, hold: bool,
) -> None:  # fmt: skip
    """Keep what the person says: sealed in the first round, in the open afterwards."""
    from jupyter_coimprove.activities.debate.position import chosen, stood

    bench.require_person("a position is a person's own: it")
    still_open(question)
    text = (because or "").strip().encode("utf-8", "replace").decode()
    if not text:
        raise UsageError("a position has a reason", remedy="--because WHY")
    if len(text) > _LONGEST:
        raise UsageError(f"the reason has {len(text)} characters", remedy=f"at most {_LONGEST}")
    found, _ = reading.written(bench, question)
    mine = [one for one in found if reading.is_mine(bench, one.item)]
    before = mine[-1] if mine else None
    if hold and (choose is not None or stand):
        raise UsageError(
            "to hold is to stay with what you said", remedy="--hold --because WHY, or --choose OPTION"
        )
    if before is None and (hold or choose is None):
        raise UsageError("you have not chosen yet", remedy="--choose OPTION (or unsure) --because WHY")
    was = before.position if before else None
    choice = chosen(choose, question) if choose is not None else was.choice if was else ""
    stands = {**(was.stands if was else {}), **stood(stand, question)}
    cites = tuple(dict.fromkeys(_resolved(bench, one) for one in cite))
    said = {
        "choice": choice,
        "stands": stands,
        "text": text,
        "cites": cites,
        "action": " ".join((action or (was.action if was else "")).split()),
    }
    seen = reading.readable(found, before)
    if before is None:
        if reading.in_notebook(bench) and not question.open_round:
            raise DecisionError(
                "what is typed in a cell is read by whoever opens the notebook, and this round is blind",
                remedy="take your position in a terminal, or in the panel's chat: /debate",
            )
        _no_other(bench, question)
        keep(bench, question, bench.actor, said, seen=seen)
        return
    if not before.published:
        raise DecisionError(
            f"you have written in this round: {before.position.id} is sealed, and stays as it is",
            remedy=f"coimprove debate {question.id} --reveal, then revise or hold",
        )
    new = set(seen) - set(before.seen)
    if not new and not set(cites) - {id_ for one in mine for id_ in one.position.cites}:
        raise DecisionError(
            f"you have spoken in round {before.position.round}, and nobody has said anything since",
            remedy="wait for an answer, or cite evidence that you have not cited before",
        )
    assert was is not None
    change = "revised" if (choice, stands) != (was.choice, dict(was.stands)) else "held"
    keep(bench, question, bench.actor, said, number=was.round + 1, change=change, seen=seen)


def keep(
    bench: Bench, question: Question, actor: Actor, said: Mapping[str, Any], *, number: int = 1, change: str = "",
    role: str = "", origin: str = "", seen: Sequence[str] = (),
) -> str:  # fmt: skip
    """Keep a position: first words are sealed (their text stays on this machine), later ones stand in the open."""
    from jupyter_coimprove.activities.debate.position import content, seal
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench.knowing import safe

    masks = safe.scrubber(bench)
    # It will stand in a file that git shares: a key that slipped in stays here.
    said = {**said, "text": masks.text(str(said["text"])), "action": masks.text(str(said["action"]))}
    id_ = new_id("position", bench.clock)
    whole = content(
        debate=question.id, asked=question.digest, author=reading.author_of(actor.as_dict(), role), salt=bench.clock.random_bytes(16).hex(), **said
    )  # fmt: skip
    about: dict[str, Any] = {
        "debate": question.id,
        "round": number,
        "notebook": question.notebook,
        "seen": list(seen),
    }
    about |= {key: value for key, value in (("role", role), ("origin", origin), ("change", change)) if value}
    # Once everybody can read everything there is nothing left to be blind to.
    if number > 1 or question.open_round:
        bench.record().append(
            [Draft(id=id_, kind="position", event="stated", state="revealed", data={**about, "content": whole}, actor=actor)]
        )  # fmt: skip
        return id_
    debate_sealed.keep(bench, id_, whole)
    try:
        bench.record().append(
            [Draft(id=id_, kind="position", event="sealed", state="sealed", data={**about, "seal": seal(whole)}, actor=actor)]
        )  # fmt: skip
    except RecordError:
        debate_sealed.forget(bench, id_)
        raise
    return id_


def _no_other(bench: Bench, question: Question) -> None:
    """DecisionError where somebody's first words do not fit their seal any more: a second first word is not taken."""
    odd = [
        item for item in bench.record().find("position", debate=question.id) if reading.is_mine(bench, item)
    ]
    if odd and not question.open_round:
        raise DecisionError(
            f"{odd[0].id} of yours does not fit its seal any more, and a second first word is not taken",
            remedy="put its file back as it was, or speak when the round is over",
        )


def _resolved(bench: Bench, text: str) -> str:
    """The whole id where it is one here; else as it was cited, which is flagged wherever it is shown."""
    try:
        return bench.record().get(text).id
    except UnknownName:
        return text.strip()
