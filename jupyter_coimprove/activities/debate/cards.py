"""What comes out of a debate: a consensus with its dissent, and actions; each waits for a person."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.activities.debate.agreement import Agreement, Outcome
from jupyter_coimprove.activities.debate.position import Position, Question
from jupyter_coimprove.activities.debate.study import Cited
from jupyter_coimprove.digests import digest_json


def cards(
    question: Question, found: Agreement, came: Outcome, cited: Mapping[str, Cited], tests: Mapping[str, tuple[str, str]]
) -> tuple[Card, ...]:  # fmt: skip
    """The consensus, what participants want done, and what would put a disputed option to the test.

    ``tests`` are (factor, level) of the notebook by the option that names them (``lr=0.3``), the level empty where it is
    the baseline's.
    """
    made = [
        *_consensus(question, found, came, cited),
        *_wanted(question, found),
        *_tests(question, found, tests),
    ]
    return tuple(made)


def _consensus(
    question: Question, found: Agreement, came: Outcome, cited: Mapping[str, Cited]
) -> Iterator[Card]:
    if came.kind != "consensus":
        return
    dissent = [_said(one) for one in came.dissent]
    unverified = [one.who for one in found.last if not one.verified]
    evidence = [
        f"{came.share:.0%} of {found.views:.3g} views: {', '.join(one.who for one in came.supporters)}"
    ]
    evidence += [f"{one.who}: {one.text}" for one in came.supporters if one.text]
    evidence += list(found.repeats)
    if unverified:
        evidence.append(f"unverified here: {', '.join(unverified)}")
    used = tuple(
        dict.fromkeys(id_ for one in found.last for id_ in one.cites if id_ in cited and cited[id_].kind)
    )
    # Accepting is of exactly this outcome with exactly these words.
    said = digest_json({"option": came.option, "last": [_said(one) for one in found.last]})
    yield Card(
        kind="consensus", title=f"{question.text} {came.option}"[:200], key=f"{question.id}:{said}", goal="what we hold until evidence says otherwise",
        evidence=tuple(evidence), known=tuple(f"dissent, {one['who']} ({one['choice'] or 'unsure'}): {one['text']}" for one in dissent),
        weight=0.8, used=(question.id, *used), data={"debate": question.id, "option": came.option, "dissent": dissent, "share": came.share},
    )  # fmt: skip


def _wanted(question: Question, found: Agreement) -> Iterator[Card]:
    """Actions that participants named, each once, in their words."""
    by: dict[str, list[str]] = {}
    for one in found.last:
        if one.action:
            by.setdefault(" ".join(one.action.split()), []).append(one.who)
    for action, who in by.items():
        yield Card(
            kind="action", title=action[:200], key=f"{question.id}:{action.lower()}", evidence=(f"wanted by {', '.join(who)}",),
            goal=question.text, weight=0.6, used=(question.id,), next=_plan(question, ()), data={"debate": question.id, "by": who},
        )  # fmt: skip


def _tests(question: Question, found: Agreement, tests: Mapping[str, tuple[str, str]]) -> Iterator[Card]:
    """A disputed option that names a level of the notebook is put to the test: the runs decide, not the votes."""
    disputed = [option for option in question.options if option in tests and option in found.disputed]
    levels: dict[str, list[str]] = {}
    for name, level in (tests[option] for option in disputed):
        levels.setdefault(name, []).extend([level] if level else [])
    factors = tuple(f"{name}={','.join(listed)}" for name, listed in levels.items() if listed)
    if factors:
        yield Card(
            kind="action", title=f"put it to the test: {', '.join(disputed)}", key=f"{question.id}:test:{','.join(sorted(disputed))}",
            goal=question.text, evidence=(f"disputed: {', '.join(disputed)}",), weight=0.7, used=(question.id,),
            next=_plan(question, factors), data={"debate": question.id},
        )  # fmt: skip


def _plan(question: Question, factors: tuple[str, ...]) -> tuple[str, ...]:
    if not question.notebook:
        return ()
    words = ["plan", question.notebook, *(word for factor in factors for word in ("-f", factor))]
    return (f"{shlex.join([*words, '--question', question.text])} --because {{id}}",)


def _said(one: Position) -> dict[str, Any]:
    return {"who": one.who, "position": one.id, "choice": one.choice, "text": one.text}
