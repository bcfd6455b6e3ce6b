"""A model takes part in a debate in roles: blind like everybody, sealed like everybody, and one view in the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import (
    DecisionError,
    Interrupted,
    NeedsModel,
    ProviderError,
    UnknownName,
    UsageError,
)
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import debate_reading as reading
from jupyter_coimprove.workbench import debate_saying, shelf, spending
from jupyter_coimprove.workbench.debate_measured import measured

if TYPE_CHECKING:
    from jupyter_coimprove.activities.debate.position import Position, Question
    from jupyter_coimprove.proposals.provider import Block, Provider, Request
    from jupyter_coimprove.workbench.bench import Bench

#: An answer may take so many requests and seconds.
_OPTIONS = {"max_turns": 4, "max_tokens": 4000, "seconds": 180.0}


def ask(
    bench: Bench, question: Question, roles: Sequence[str], provider: str | None, model: str | None
) -> None:
    """A position of each role, kept as soon as it is whole. NeedsModel without one: nobody plays a model here.

    DecisionError for a role that has spoken in this round, or where values may not be told to a model.
    """
    from jupyter_coimprove.activities.debate.roles import ROLES
    from jupyter_coimprove.workbench.choosing import provider_for
    from jupyter_coimprove.workbench.knowing import Wanted, permitted

    bench.require_person("to ask a model for a position")
    for role in roles:
        if role not in ROLES:
            raise UnknownName("role", role, ROLES)
    if len(set(roles)) < len(roles):
        raise UsageError("a role is named twice", remedy="once a role")
    chosen = provider_for(bench, provider, model)
    if chosen.name == "builtin":
        raise NeedsModel(
            "a role needs a model, and none answers here: no position is made up",
            remedy="people take positions with --choose and --because; or name a model with -p",
        )
    if not permitted(bench, Wanted()).outputs:
        raise DecisionError(
            "what was computed may not be told to a model here (COIMPROVE_OUTPUTS_POLICY)",
            remedy="people take positions",
        )
    found, _ = reading.written(bench, question)
    said = [one for one in found if one.item.trust == "own" and one.item.actor.get("kind") == "ai"]
    for role in roles:
        before = [one for one in said if one.item.data.get("role") == role]
        last = before[-1] if before else None
        seen = reading.readable(found, last)
        if last is not None and (not last.published or not set(seen) - set(last.seen)):
            raise DecisionError(
                f"the {role} has spoken in round {last.position.round}, and nothing has been said since that it could answer",
                remedy=f"coimprove debate {question.id}",
            )
        # Before the reveal a role hears nobody, whatever stands in the journal.
        others = [one.position for one in found if one.item.id in seen] if last else []
        _one(bench, chosen, question, role, last.position if last else None, others)


def _one(
    bench: Bench, provider: Provider, question: Question, role: str, own: Position | None, others: Sequence[Position]
) -> None:  # fmt: skip
    from jupyter_coimprove.proposals.answer import gather
    from jupyter_coimprove.workbench.bench import Progress
    from jupyter_coimprove.workbench.talking import model_of

    path = shelf.notebook_path(bench.root(), question.notebook) if question.notebook else None
    near = path if path is not None and path.is_file() else None
    request = _request(bench, question, role, own, others, near)
    named = model_of(provider)
    for line in spending.before(bench, provider, request, named, near):
        bench.progress(Progress(text=line))
    bench.progress(Progress(text=f"{provider.label}: {role}"))
    usage: Mapping[str, Any] = {}
    stop = "failed"
    try:
        told = gather(provider.answer(request))
        usage, stop = told.usage, told.stop
    except ProviderError as error:
        usage = error.usage
        raise
    finally:
        actor = _actor(bench, provider, usage, role)
        if spending.tokens(usage) or usage.get("requests"):
            spending.keep(
                bench, near, {"model": named, **usage}, provider=provider.name, author=actor, stop=stop, notebook=question.notebook
            )  # fmt: skip
    if told.stop == "cancelled":
        raise Interrupted("stopped", remedy=f"the {role} has taken no position")
    given = next((block.data for block in told.blocks if block.kind == "position"), None)
    if given is None:
        raise ProviderError(
            f"{provider.label} took no position as {role} ({told.stop}{f': {told.why}' if told.why else ''})", remedy="ask again"
        )  # fmt: skip
    said = dict(given)
    change = (
        ""
        if own is None
        else "revised"
        if said["choice"] != own.choice or said["stands"] != dict(own.stands)
        else "held"
    )
    debate_saying.keep(
        bench, question, actor, said, number=own.round + 1 if own else 1, change=change, role=role, origin=actor.id,
        seen=[one.id for one in others],
    )  # fmt: skip


def _actor(bench: Bench, provider: Provider, usage: Mapping[str, Any], role: str) -> Actor:
    from jupyter_coimprove.workbench.talking import model_of

    model = str(usage.get("model") or model_of(provider) or provider.name)
    return Actor(kind="ai", id=model, display=f"{role} ({model})", auth=bench.actor.auth)


def _request(
    bench: Bench, question: Question, role: str, own: Position | None, others: Sequence[Position], path: Path | None
) -> Request:  # fmt: skip
    """The role's words, with the question, its evidence and the notebook; others' words only after the reveal."""
    from jupyter_coimprove.activities.debate import roles
    from jupyter_coimprove.proposals.context import arrange
    from jupyter_coimprove.proposals.provider import Block, Request, Tool
    from jupyter_coimprove.workbench import knowing
    from jupyter_coimprove.workbench.knowing import safe
    from jupyter_coimprove.workbench.talking import BUDGET

    masks = safe.scrubber(bench)
    cited = [
        reading.cited(bench, id_)
        for id_ in dict.fromkeys([*question.about, *(id_ for one in others for id_ in one.cites)])
    ]
    ids = [one.id for one in cited if one.kind]
    asked = {
        "question": question.text, "options": list(question.options), "claims": list(question.claims),
        "evidence": [{"id": one.id, "kind": one.kind, "says": one.says, "state": one.state} for one in cited if one.kind],
        "measured": [dataclasses.asdict(one) for one in measured(bench, question)],
    }  # fmt: skip
    also: list[Block] = [Block(kind="debate", v=1, data=asked)]
    if others:
        rows = [
            {"who": one.who, "choice": one.choice, "text": one.text, "cites": list(one.cites)}
            for one in others
        ]
        also.append(Block(kind="positions", v=1, data={"positions": rows}))
    known, stable = (
        arrange(knowing.blocks(bench, path, question.text), BUDGET) if path is not None else ((), 0)
    )
    words = roles.asks(role, question) if own is None else roles.asks_again(role, question, own, others)

    def take(given: Mapping[str, Any]) -> Block:
        return Block(kind="position", v=1, data=_checked(bench, question, given, ids))

    tool = Tool(
        name="take_position", help="Your position in this debate; call it once.", schema=roles.schema(question, ids), kind="ask",
        call=take,
    )  # fmt: skip
    return Request(
        task="ask", text=masks.text(words), context=(*known, *(safe.of_block(block, masks) for block in also)), stable=stable, tools=[tool],
        options=_OPTIONS, cancelled=bench.cancelled,
    )  # fmt: skip


def _checked(
    bench: Bench, question: Question, given: Mapping[str, Any], ids: Sequence[str]
) -> dict[str, Any]:
    """What the model says as a position. UsageError for evidence that is none and numbers that nothing backs."""
    from jupyter_coimprove.activities.debate.position import chosen

    text = str(given["because"]).strip().encode("utf-8", "replace").decode()
    cites = tuple(dict.fromkeys(map(str, given.get("cites") or ())))
    if not text:
        raise UsageError("a position has a reason", remedy="say why")
    if strange := [one for one in cites if one not in ids]:
        raise UsageError(
            f"{', '.join(strange)} is no evidence here", remedy=f"cite {', '.join(ids) or 'nothing'}"
        )
    if numbers := reading.unbacked(bench, question, text, cites):
        raise UsageError(
            f"numbers in it are backed by nothing here: {', '.join(numbers)}",
            remedy="leave them out, or quote what the facts say",
        )
    stands = {
        str(one["claim"]): str(one["stand"])
        for one in given.get("stands") or ()
        if one["claim"] in question.claims
    }
    action = " ".join(str(given.get("action") or "").split())
    return {
        "choice": chosen(str(given["choice"]), question), "stands": stands, "text": text, "cites": cites, "action": action,
    }  # fmt: skip
