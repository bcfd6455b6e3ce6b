"""The end of a debate's rounds: seals are revealed, it is closed, and what came out waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import DecisionError, NotebookError, UsageError
from jupyter_coimprove.registry import TOOL, Actor
from jupyter_coimprove.workbench import cards, debate_sealed, shelf
from jupyter_coimprove.workbench import debate_reading as reading
from jupyter_coimprove.workbench.debate_saying import still_open

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.debate.position import Question
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.debate_reading import Written

_BLIND = "who has not written yet could read it in the journal from now on"


def reveal(bench: Bench, item: Item, question: Question) -> None:
    """Publish what is sealed on this machine; where the debate was opened here, the blind round is over for all."""
    bench.require_person("to reveal")
    still_open(question)
    found, _ = reading.written(bench, question)
    _took_part(bench, item, question, found)
    if len({one.position.key for one in found}) < 2:
        raise DecisionError(
            f"a debate of one: nobody else has written yet, and {_BLIND}",
            remedy="wait for a second position (git pull), or close the debate: --close",
        )
    here = [one for one in found if one.here]
    if not here and (question.open_round or not question.own):
        raise DecisionError(
            "nothing is sealed here that could be revealed", remedy=f"coimprove debate {question.id}"
        )
    _publish(bench, item, question, here, closing=False)


def _took_part(bench: Bench, item: Item, question: Question, found: Sequence[Written]) -> None:
    """DecisionError unless they have written, or opened it: who has not has not earned to see."""
    took_part = any(reading.is_mine(bench, one.item) for one in found)
    if not took_part and not (question.own and item.actor.get("id") == bench.actor.id):
        raise DecisionError(
            "who ends a round has written, or opened the debate", remedy="--choose OPTION --because WHY first"
        )


def _publish(bench: Bench, item: Item, question: Question, here: Sequence[Written], *, closing: bool) -> None:
    from jupyter_coimprove.record.base import Draft

    now = iso(bench.clock.wall_ms())
    lines: list[Draft] = []
    for one in here:
        told = debate_sealed.content(bench, one.item.id)
        lines.append(
            Draft(
                id=one.item.id, kind="position", event="revealed", state="revealed", actor=_author(one.item),
                data={"content": told, "revealed_by": bench.actor.as_dict()},
            )
        )  # fmt: skip
    data = (
        {"revealed_at": now, "revealed_by": bench.actor.as_dict()}
        if question.own and not question.open_round
        else {}
    )
    if closing:
        data |= {"closed_at": now, "closed_by": bench.actor.as_dict()}
    if data:
        event = "closed" if closing else "revealed"
        lines.append(Draft(id=item.id, kind="card", event=event, data=data, actor=bench.actor))
    bench.record().append(lines)
    for one in here:
        debate_sealed.forget(bench, one.item.id)


def _author(item: Item) -> Actor:
    said = item.actor
    return Actor(kind=said["kind"], id=said["id"], display=said["display"], auth=said["auth"])  # type: ignore[arg-type]


def close(bench: Bench, item: Item, question: Question) -> tuple[str, ...]:
    """Reveal what is sealed here, take nothing more, and put what came out before people; what could not be looked at."""
    from jupyter_coimprove.activities.debate import cards as stage
    from jupyter_coimprove.activities.debate.agreement import agreement, outcome

    bench.require_person("to close a debate")
    if not question.own:
        raise DecisionError(
            f"{question.id} was opened by {question.by} elsewhere: it is closed there", remedy="open one of your own here"
        )  # fmt: skip
    found, _ = reading.written(bench, question)
    _took_part(bench, item, question, found)
    _publish(bench, item, question, [one for one in found if one.here], closing=True)
    question = reading.question_of(bench.record().get(item.id))
    sight, _ = reading.sight(bench, question)
    agreed = agreement(question, sight.positions)
    tests, unseen = _tests(bench, question)
    made = stage.cards(question, agreed, outcome(question, agreed), sight.cited, tests)
    _supersede(bench, question, made)
    cards.keep(bench, reading.ACTIVITY, question.notebook, made)
    return unseen


def _supersede(bench: Bench, question: Question, made: Sequence[Card]) -> None:
    """What came out before and does not any more no longer waits; what a person decided on stays."""
    from jupyter_coimprove.record.base import Draft

    now = {cards.digest_of(reading.ACTIVITY, card) for card in made}
    gone = [
        Draft(id=one.id, kind="card", event="gone", state="superseded", actor=TOOL)
        for one in outcomes(bench, question) if one.state in ("pending", "deferred") and one.data["digest"] not in now
    ]  # fmt: skip
    if gone:
        bench.record().append(gone)


def _tests(bench: Bench, question: Question) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """Options that name a level of the notebook (``lr=0.3``): factor and level, which is empty for the baseline's."""
    from jupyter_coimprove.workbench import planning

    named = [option for option in question.options if "=" in option]
    if not question.notebook or not named:
        return {}, ()
    try:
        _, read = planning.read(bench, str(shelf.notebook_path(bench.root(), question.notebook)))
    except (NotebookError, UsageError) as error:
        return {}, (f"what the options name in {question.notebook}: {error.message}",)
    known = {one.name: one for one in read.candidates}
    pairs = ((option, *(part.strip() for part in option.split("=", 1))) for option in named)
    return {
        option: (name, "" if level == known[name].source else level)
        for option, name, level in pairs
        if name in known and level
    }, ()


def outcomes(bench: Bench, question: Question) -> list[Item]:
    """What came out of it so far, the oldest first."""
    return [
        item for item in cards.of(bench, question.notebook, reading.ACTIVITY)
        if dict(item.data.get("more", {})).get("debate") == question.id
    ]  # fmt: skip
