"""A question in a person's own words: what is known goes along, the answer streams, proposals wait.

Without a model it is what can be computed about it, or that it needs one; nothing here plays one.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, Interrupted, NothingToDo, ProviderError, UsageError
from jupyter_coimprove.workbench import conversing, picturing, spending
from jupyter_coimprove.workbench.choosing import provider_for
from jupyter_coimprove.workbench.knowing import Wanted, permitted
from jupyter_coimprove.workbench.views import AskView
from jupyter_coimprove.workbench.views_talk import StatedRow

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.answer import Answer
    from jupyter_coimprove.proposals.provider import Block, Part, Provider, Request, Tool
    from jupyter_coimprove.redaction import Scrubber
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

#: A question is a few sentences; a file is no question.
_LONGEST = 32_000
#: What of the facts goes along, in characters of ``proposals.context.encode``.
BUDGET = 60_000
#: What is computed without a model: the verb's words after ``coimprove`` (``{notebook}``: the one in front), and what for.
_COMPUTED: dict[str, tuple[str, str]] = {
    "candidates": ("candidates {notebook}", "what could be varied, and what is measured"),
    "plan": ("plan {notebook}", "an ablation with its power and cost, to edit and accept"),
    "noise": ("noise {notebook}", "the baseline's spread: what it can show"),
    "check": ("check {notebook}", "validity and leakage"),
    "results": ("results last", "effects with intervals and verdicts"),
    "status": ("status", "experiments and their runs"),
    "review": ("review", "what waits for a decision"),
    "report": ("report {notebook}", "the write-up from accepted findings"),
    "verify": ("verify", "the journal's chain and signatures"),
    "doctor": ("doctor", "what works here"),
}


def ask(
    bench: Bench, *, text: str, notebook: str | None = None, provider: str | None = None, model: str | None = None,
    cells: str | None = None, vars: str | None = None, no_context: bool = False, show_request: bool = False,
    fresh: bool = False, instead_of: str | None = None, preview: str | None = None,
) -> AskView:  # fmt: skip
    """The answer to a question, with what it proposes; of the built-in provider at most three commands.

    The same question on the same code is answered from the record. A model is asked only for a person.
    ``preview`` is a proposal: what its preview showed goes along, which nothing sends otherwise.
    ``instead_of`` is an earlier message of the conversation that is said anew: it goes on from there.
    UsageError for no question, or one that is too long; ProviderError where no usable answer came.
    """
    if not text.strip():
        raise UsageError("there is no question", remedy="`coimprove ask 'which parts matter?'`")
    if len(text) > _LONGEST:
        raise UsageError(f"the question has {len(text)} characters", remedy=f"at most {_LONGEST}")
    path = bench.path(notebook).resolve() if notebook else bench.where.notebook
    chosen = provider_for(bench, provider, model)
    if chosen.name == "builtin":
        return _computed(bench, chosen, text, path)
    if (values := bench.live.get("put_in")) and not permitted(bench, Wanted()).outputs:
        raise DecisionError(
            f"{', '.join(map(str, values))} may not be told to a model here: who runs this keeps values and outputs "
            "from it (COIMPROVE_OUTPUTS_POLICY)", remedy="ask without them",
        )  # fmt: skip
    asked = _asked(bench, chosen, text, None if no_context else path, path, cells, vars, instead_of, preview)
    if show_request:
        return _shown(chosen, asked)
    said = conversing.of(bench, path)
    asked = dataclasses.replace(asked, replies="" if instead_of else said.open_question())
    if not fresh and not instead_of and (kept := said.recorded(asked.key, asked.replies)):
        return _again(chosen, asked, kept)
    if not bench.where.at_prompt:
        return AskView(
            summary="not asked: nobody is at the prompt", text="A model is asked only when a person runs this cell.",
            commands=(), provider=chosen.label, sent="nothing", stop="not asked",
        )  # fmt: skip
    return _answered(bench, chosen, asked, path)


def over(
    bench: Bench, provider: Provider, text: str, path: Path, name: str, facts: Mapping[str, Any]
) -> AskView:
    """A model's words over facts that were computed: ``name`` says by what, and the question is about them.

    DecisionError where who runs this keeps values and outputs from models.
    """
    from jupyter_coimprove.proposals.provider import Block

    if not permitted(bench, Wanted()).outputs:
        raise DecisionError(
            f"what `{name}` computed may not be told to a model here (COIMPROVE_OUTPUTS_POLICY)",
            remedy="leave -p out",
        )
    known = path if path.suffix == ".ipynb" else None
    also = (Block(kind="activity", v=1, data={"activity": name, **facts}),)
    asked = _asked(bench, provider, text, known, path, None, None, also=also)
    if kept := conversing.of(bench, path).recorded(asked.key):
        return _again(provider, asked, kept)
    return _answered(bench, provider, asked, known)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Asked:
    """A question as it is sent; ``key`` is the same where question, choices and code are, ``state`` also what was shown."""

    text: str
    request: Request
    key: str
    state: str
    cell: str | None
    sent: str
    masks: Scrubber
    instead_of: str | None = None
    #: What the model had asked, where this replies to it.
    replies: str = ""
    #: What the person should know of what was not sent; empty where there is nothing.
    unsaved: str = ""


def _asked(
    bench: Bench, provider: Provider, text: str, known: Path | None, path: Path | None, cells: str | None, vars: str | None,
    instead_of: str | None = None, preview: str | None = None, also: tuple[Block, ...] = (),
) -> _Asked:  # fmt: skip
    """The request, redacted, with tools for the notebook that may be known; its history is the conversation's.

    ``also`` are facts that the question is about, whatever else goes along.
    """
    from jupyter_coimprove.digests import digest_json
    from jupyter_coimprove.notebook.ours import asks_us
    from jupyter_coimprove.proposals.context import arrange
    from jupyter_coimprove.proposals.context import text as lines
    from jupyter_coimprove.proposals.provider import Request
    from jupyter_coimprove.workbench import knowing, previewed, tools
    from jupyter_coimprove.workbench.knowing import safe, seen, unsaved

    wanted = knowing.Wanted(
        cells=numbers(cells), variables=_names(vars), live=bench.live, no_images=picturing.why_not(provider)
    )
    context: tuple[Block, ...] = ()
    offered: tuple[Tool, ...] = ()
    secrets: tuple[str, ...] = ()
    stable, key, state, missing = 0, "", "", ""
    if known is not None:
        found = knowing.blocks(bench, known, text, bench.where.cell_id, wanted)
        context, stable = arrange(found, BUDGET)
        offered = tools.tools(bench, known, wanted)
        read = seen.look(known)
        key = digest_json([[c.kind, c.digest] for c in read.shown])
        state = digest_json([[i, s, read.pictures.get(i, "")] for i, s in sorted(read.outputs.items()) if not asks_us(read.notebook.cells[i])])  # fmt: skip
        secrets = read.secrets
        missing = unsaved.words(read.notebook, bench.live) if permitted(bench, wanted).outputs else ""
    masks = safe.scrubber(bench, secrets)
    if preview:
        context = (
            *context,
            *(block for _, _, block in safe.scrubbed(previewed.entries(bench, preview), masks)),
        )
    context = (*context, *(safe.of_block(block, masks) for block in also))
    clean = masks.text(text.strip())
    request = Request(
        task="ask", text=clean, context=context, stable=stable, tools=offered, cancelled=bench.cancelled,
        history=[dataclasses.replace(turn, text=masks.text(turn.text)) for turn in conversing.of(bench, path).turns(before=instead_of)],
    )  # fmt: skip
    whole = [clean, key, cells or "", vars or "", known is not None, provider.name, provider.label]
    whole += [preview] if preview else []
    whole += [[block.kind, dict(block.data)] for block in also]
    size = len(lines(context))
    words = f"{len(context)} facts, {size} characters{picturing.words(context)}" if context else "no facts"
    return _Asked(
        text=clean, request=request, key=digest_json(whole), state=state, cell=bench.where.cell_id,
        sent=f"the question, {words}, {len(request.history) // 2} earlier answers", masks=masks,
        instead_of=instead_of, unsaved=missing,
    )  # fmt: skip


def numbers(text: str | None) -> tuple[int, ...] | None:
    """``3,5-7`` as cells from 0; None where nothing was said. UsageError for anything else."""
    if text is None:
        return None
    out: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = part.partition("-")
        if (
            not first.isdecimal()
            or (dash and not last.isdecimal())
            or not 1 <= int(first) <= int(last or first) <= 10_000
        ):
            raise UsageError(f"{text!r} are no cells", remedy="numbers from 1, as in --cells 3,5-7")
        out += range(int(first) - 1, int(last or first))
    return tuple(dict.fromkeys(out))


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(filter(None, (name.strip() for name in text.split(","))))


def _shown(provider: Provider, asked: _Asked) -> AskView:
    """Exactly what would be sent, and nothing is."""
    whole = provider.sent(asked.request)
    if whole is None:
        raise NothingToDo(f"{provider.label} sends nothing anywhere", remedy="choose a model with -p and -m")
    return AskView(
        summary=f"this would be sent to {provider.label}; nothing was", text="", commands=(), provider=provider.label,
        sent="nothing", stop="not asked", request=picturing.without(whole, picturing.sizes(asked.request.context)),
    )  # fmt: skip


def _again(provider: Provider, asked: _Asked, kept: Mapping[str, Any]) -> AskView:
    """The recorded answer to the same question on the same code."""
    said: Mapping[str, Any] = kept["turn"]
    changed = () if said.get("state") == asked.state else ("outputs have changed since that answer: --fresh asks again",)  # fmt: skip
    return AskView(
        summary=f"{provider.label} said this before", text=str(said.get("said", "")), commands=(), provider=str(said.get("provider")),
        sent="nothing", id=str(kept.get("id", "")), proposals=tuple(said.get("proposals") or ()), recorded=str(kept.get("at", "")),
        asked=str(said.get("asked") or ""), options=tuple(said.get("options") or ()), warnings=changed,
        numbers=tuple(StatedRow(**row) for row in (said.get("view") or {}).get("numbers") or ()),
    )  # fmt: skip


def _answered(bench: Bench, provider: Provider, asked: _Asked, path: Path | None) -> AskView:
    """Ask, show as it comes, and keep: what it used in any case, what it proposes only when it is whole."""
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.proposals.answer import gather
    from jupyter_coimprove.workbench import proposed, shelf

    model = model_of(provider)
    about = _experiments(bench, path, asked.text)
    told = spending.before(bench, provider, asked.request, model, path, about)
    for line in told:
        _progress(bench, line)
    name = shelf.notebook_name(bench.root(path), path) if path else ""

    def used(usage: Mapping[str, Any], stop: str) -> str:
        if not spending.tokens(usage) and not usage.get("requests"):
            return new_id(
                "message", bench.clock
            )  # it counts nothing: a script, or it failed before it was asked
        whole = {"model": model, **usage}
        author = _author(bench, provider, whole)
        return spending.keep(
            bench,
            path,
            whole,
            provider=provider.name,
            author=author,
            stop=stop,
            notebook=name,
            experiments=about,
        )

    try:
        answer = gather(provider.answer(asked.request), bench.say, lambda part: _step(bench, part))
    except ProviderError as error:
        used(error.usage, "failed")
        raise
    id_ = used(answer.usage, answer.stop)
    if answer.stop == "cancelled":
        raise Interrupted("stopped", remedy="nothing of this answer was proposed")
    author = _author(bench, provider, answer.usage)
    ids: list[str] = []
    failed: list[str] = []
    if path is not None:
        ids, failed = proposed.keep(bench, path, answer.blocks, author, cell=asked.cell, prompt=asked.text)
    view = dataclasses.replace(
        _view(bench, provider, asked, answer, ids, failed, id_),
        numbers=_stated(bench, path, answer.text.strip()),
    )
    said = conversing.of(bench, path)
    entry = _entry(bench, asked, view)
    said.add({**entry, "after": said.tree().before(asked.instead_of)} if asked.instead_of else entry)
    return view


def _experiments(bench: Bench, path: Path | None, text: str) -> tuple[str, ...]:
    """The experiments that a question names by id: what it takes counts towards their budgets."""
    record = bench.record(path)
    known = [item.id for item in record.find("experiment")] if "exp_" in text else []
    named = re.findall(r"\bexp_\w{4,40}", text)
    return tuple(dict.fromkeys(id_ for id_ in known if any(id_.startswith(one) for one in named)))


def _stated(bench: Bench, path: Path | None, text: str) -> tuple[StatedRow, ...]:
    """The numbers of an answer, held against the notebook as it is, its live variables and its runs."""
    from jupyter_coimprove.workbench import shelf, stated
    from jupyter_coimprove.workbench.knowing import seen

    if path is None or not any(character.isdigit() for character in text):
        return ()
    record, name = bench.record(path), shelf.notebook_name(bench.root(path), path)
    found = stated.check(
        text, seen=seen.look(path), live=bench.live, references=stated.references(record.find("finding", notebook=name))
    )  # fmt: skip
    return tuple(
        StatedRow(text=n.text, start=n.start, end=n.end, backed=n.state == "backed", why=n.why)
        for n in found.numbers
        if n.state != "ignored"
    )


def model_of(provider: Provider) -> str:
    """The model that a provider is set to; empty where it has none, or says so only in its answer."""
    return str(getattr(getattr(provider, "settings", None), "model", ""))


def _author(bench: Bench, provider: Provider, usage: Mapping[str, Any]) -> Actor:
    """The model, as the author of what it says and proposes."""
    from jupyter_coimprove.registry import Actor

    model = str(usage.get("model") or model_of(provider) or provider.name)
    return Actor(kind="ai", id=model, display=model, auth=bench.actor.auth)


#: How an answer that is not whole is told.
_ENDED = {
    "refused": "the model refused", "limit": "it was cut off: turns, tokens or time ran out", "cut": "the answer was cut off",
    "needs_model": "this needs a model",
}  # fmt: skip


def _view(
    bench: Bench, provider: Provider, asked: _Asked, answer: Answer, ids: list[str], failed: list[str], id_: str
) -> AskView:  # fmt: skip
    question = next((block.data for block in answer.blocks if block.kind == "question"), {})
    usage = {k: int(answer.usage.get(k) or 0) for k in ("input", "output", "cache_read", "cache_write", "requests") if answer.usage.get(k)}  # fmt: skip
    model = str(answer.usage.get("model") or model_of(provider))
    price = spending.limits(bench).price(model, provider.name)
    whole = answer.stop == "complete"
    many = f", {len(ids)} proposal{'s' if len(ids) > 1 else ''} to decide on" if ids else ""
    return AskView(
        summary=f"{provider.label}{many}" if whole else _ENDED.get(answer.stop, answer.stop), text=answer.text.strip(),
        commands=(), provider=provider.label, sent=asked.sent, id=id_, stop=answer.stop, proposals=tuple(ids),
        asked=str(question.get("question") or ""), options=tuple(question.get("options") or ()), usage=usage,
        cost=spending.cost(usage, price), next=tuple(f"coimprove show {one}" for one in ids),
        warnings=(*failed, *filter(None, (asked.unsaved,)), *(() if whole else filter(None, (answer.why, "it proposes nothing: only a whole answer does")))),
        exit_code=0 if whole else 1,
    )  # fmt: skip


def _entry(bench: Bench, asked: _Asked, view: AskView) -> dict[str, Any]:
    """The conversation's line: what was asked and said, and by which question it is found again."""
    from jupyter_coimprove.clock import iso

    said = {
        "said": view.text, "sent": asked.request.text, "key": asked.key, "state": asked.state, "stop": view.stop,
        "provider": view.provider, "proposals": list(view.proposals), "replies": asked.replies, "asked": view.asked, "options": list(view.options),
        "images": picturing.kept(asked.request.context),
        "view": {"view": "AskView", "v": 1, **dataclasses.asdict(view)},
    }  # fmt: skip
    entry = {"id": view.id, "text": asked.text, "at": iso(bench.clock.wall_ms()), "turn": said}
    masked: dict[str, Any] = asked.masks.data(json.loads(json.dumps(entry, allow_nan=False, default=list)))
    return masked


def _step(bench: Bench, part: Part) -> None:
    """What the model does now, as progress."""
    from jupyter_coimprove.workbench.planned_by import told

    _progress(bench, told(part))


def _progress(bench: Bench, text: str) -> None:
    from jupyter_coimprove.workbench.bench import Progress

    bench.progress(Progress(text=text))


def _computed(bench: Bench, provider: Provider, text: str, path: Path | None) -> AskView:
    """At most three commands that compute something about the question, or what a model would add."""
    from jupyter_coimprove.proposals.answer import gather
    from jupyter_coimprove.proposals.provider import Request

    named = shlex.quote(path.name) if path else "NOTEBOOK.ipynb"
    offered = [
        {"name": name, "help": help_, "command": f"coimprove {words.format(notebook=named)}"}
        for name, (words, help_) in _COMPUTED.items()
    ]
    answer = gather(provider.answer(Request(task="ask", text=text, options={"verbs": offered})))
    found = next((block.data["commands"] for block in answer.blocks if block.kind == "commands"), ())
    commands = tuple(str(row["command"]) for row in found)
    return AskView(
        summary="what can be computed about this" if commands else "this needs a model, and none is connected",
        text=answer.text.strip(), commands=commands, provider=provider.name, sent="nothing", next=commands, stop=answer.stop,
        exit_code=0 if commands or not bench.where.at_prompt else 3,
    )  # fmt: skip
