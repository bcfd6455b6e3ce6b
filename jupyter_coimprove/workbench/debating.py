"""`debate`: a question is opened, everybody writes blind, seals are revealed, people revise or hold, and it is closed.

What comes out waits for a person: a consensus with its dissent, and actions that lead to plans.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import acting, cards, debate_closing, debate_saying, shelf
from jupyter_coimprove.workbench import debate_reading as reading

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Entry
    from jupyter_coimprove.activities.debate.position import Question
    from jupyter_coimprove.activities.debate.study import Sight
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.debate_reading import Written
    from jupyter_coimprove.workbench.views_activities import ActivityView


def debate(
    bench: Bench, *, debate: str | None = None, open: str | None = None, option: list[str] | None = None,
    claim: list[str] | None = None, about: list[str] | None = None, notebook: str | None = None, choose: str | None = None,
    stand: list[str] | None = None, because: str | None = None, cite: list[str] | None = None, action: str | None = None,
    hold: bool = False, role: list[str] | None = None, reveal: bool = False, close: bool = False,
    settle: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """A debate as far as the one who looks may see it, after what was asked for was done; all debates without one.

    UsageError for what does not fit together, DecisionError where the round does not allow it.
    """
    says = choose is not None or hold or bool(stand) or because is not None
    asked = {
        "--open": open is not None,
        "--choose": says,
        "--role": bool(role),
        "--reveal": reveal,
        "--close": close,
        "--settle": settle is not None,
    }
    if sum(asked.values()) > 1:
        both = " and ".join(name for name, given in asked.items() if given)
        raise UsageError(f"{both} are two things", remedy="one after the other")
    if not says and (cite or action):
        raise UsageError(
            "evidence and actions belong to a position", remedy="--choose OPTION --because WHY --cite ID"
        )
    if settle is not None:
        if debate is not None:
            raise UsageError("what is settled is a file's", remedy="leave the debate out")
        from jupyter_coimprove.workbench import debate_settling

        return debate_settling.settle(bench, settle)
    if open is None and (option or claim or about or notebook):
        raise UsageError(
            "that is said where a question is opened", remedy="--open QUESTION --option A --option B"
        )
    if open is not None:
        if debate is not None:
            raise UsageError(f"{debate} is open already", remedy="leave it out, or leave --open out")
        item = debate_saying.opened(bench, open, option or [], claim or [], about or [], notebook)
    elif debate is None:
        if any(asked.values()):
            raise UsageError("which debate?", remedy="`coimprove debate` lists them; `last` is the newest")
        return _listed(bench)
    else:
        item = reading.question_item(bench, debate)
    question = reading.question_of(item)
    if says:
        debate_saying.say(bench, question, choose, stand or [], because, cite or [], action, hold)
    elif role:
        from jupyter_coimprove.workbench import debate_roles

        debate_saying.still_open(question)
        debate_roles.ask(bench, question, role, provider, model)
    elif reveal:
        debate_closing.reveal(bench, item, question)
    notes = debate_closing.close(bench, item, question) if close else ()
    return view(
        bench,
        reading.question_of(bench.record().get(item.id)),
        provider=provider,
        model=model,
        asks=not role,
        notes=notes,
    )


def view(
    bench: Bench, question: Question, *, provider: str | None = None, model: str | None = None, asks: bool = True,
    notes: tuple[str, ...] = (),
) -> ActivityView:  # fmt: skip
    """The debate with its cards; a model is asked over it only once there is something to read."""
    from jupyter_coimprove.activities.debate import study as stage
    from jupyter_coimprove.activities.table import DEBATE

    sight, found = reading.sight(bench, question)
    # A model's words are kept in the conversation, where everybody reads them.
    over = question.open_round or question.closed
    enough = asks and over and len({one.key for one in sight.positions}) > 1
    study = stage.debate(sight)
    study = dataclasses.replace(study, unseen=(*study.unseen, *notes))
    answer = acting.answer(
        bench, DEBATE, _path(bench, question), study, provider=provider if enough else "builtin", model=model if enough else None
    )  # fmt: skip
    rows = tuple(
        cards.row(item) for item in debate_closing.outcomes(bench, question) if item.state in acting.SHOWN
    )
    return dataclasses.replace(answer, cards=rows, next=_next(bench, question, sight, found, rows))


def listed(bench: Bench, notebook: str) -> list[dict[str, Any]]:
    """The debates about a notebook as a model reads them: words only where the blind round is over for everybody."""
    out = []
    for item in reading.questions(bench):
        try:
            question = reading.question_of(item)
        except UsageError:
            continue
        if question.notebook not in ("", notebook):
            continue
        found, _ = reading.written(bench, question)
        over = question.open_round or question.closed
        out.append(
            {
                "debate": question.id, "question": question.text, "options": list(question.options), "claims": list(question.claims),
                "state": "closed" if question.closed else "revealed" if over else "blind: no position can be read yet",
                "wrote": sorted({one.position.who for one in found}),
                "positions": [
                    {
                        "who": one.position.who, "kind": one.position.kind, "round": one.position.round, "choice": one.position.choice or "unsure",
                        "stands": dict(one.position.stands), "text": one.position.text, "cites": list(one.position.cites),
                        "verified": one.position.verified,
                    }
                    for one in found if over and one.published
                ],
            }
        )  # fmt: skip
    return out


def _path(bench: Bench, question: Question) -> Path:
    path = shelf.notebook_path(bench.root(), question.notebook) if question.notebook else bench.root()
    return path if path.exists() else bench.root()


def _listed(bench: Bench) -> ActivityView:
    from jupyter_coimprove.activities.activity import Section, Study
    from jupyter_coimprove.activities.table import DEBATE

    rows: list[tuple[Entry, ...]] = []
    odd: list[str] = []
    for item in reversed(reading.questions(bench)):
        try:
            question = reading.question_of(item)
        except UsageError as error:
            odd.append(error.message)
            continue
        found, _ = reading.written(bench, question)
        many = len({one.position.key for one in found})
        mine = "written" if any(reading.is_mine(bench, one.item) for one in found) else "not written yet"
        state = "closed" if question.closed else "revealed" if question.open_round else "blind"
        rows.append(
            (
                question.id,
                question.text,
                state,
                many,
                mine,
                question.by if question.own else f"{question.by} (unverified)",
            )
        )
    parts = (
        (
            Section(
                title="Debates",
                columns=("id", "question", "round", "wrote", "you", "opened by"),
                rows=tuple(rows),
            ),
        )
        if rows
        else ()
    )
    said = f"{len(rows)} debate{'' if len(rows) == 1 else 's'}" if rows else "no debate is recorded here"
    answer = acting.answer(
        bench, DEBATE, bench.root(), Study(headline=said, sections=parts, warnings=tuple(odd)), provider="builtin"
    )  # fmt: skip
    first = (
        f"coimprove debate {rows[0][0]}"
        if rows
        else 'coimprove debate --open "QUESTION" --option A --option B'
    )
    return dataclasses.replace(answer, next=(first,))


def _next(
    bench: Bench, question: Question, sight: Sight, found: Sequence[Written], rows: Sequence[Any]
) -> tuple[str, ...]:
    this = f"coimprove debate {question.id}"
    if question.closed:
        return tuple(f"coimprove accept {row.id}" for row in rows if row.state == "pending")[:4]
    if not any(reading.is_mine(bench, one.item) for one in found):
        return (f'{this} --choose 1 --because "WHY" --cite ID',)
    steps = []
    if any(one.here for one in found) and len({one.position.key for one in found}) > 1:
        steps.append(f"{this} --reveal")
    if any(one.published and not reading.is_mine(bench, one.item) for one in found):
        steps += [f'{this} --hold --because "WHY"', f'{this} --choose 1 --because "WHY" --cite ID']
    return (*steps, *((f"{this} --close",) if question.own else ()))
