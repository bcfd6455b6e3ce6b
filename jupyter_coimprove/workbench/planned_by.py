"""A plan by a provider: what it is told, what it costs, and only what the notebook has comes back.

A model gets what it may know (no excluded cell, no secret, no output where that is settled), is asked
only for a person, within their budgets, and what it used is kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import Interrupted, NeedsModel, ProviderError, UnknownName, UsageError
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench.bench import Progress
from jupyter_coimprove.workbench.choosing import choose, provider_for

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.request import FactorRequest
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.answer import Answer
    from jupyter_coimprove.proposals.provider import Part, Provider, Request
    from jupyter_coimprove.workbench.bench import Bench

#: A model is shown so many candidates and measures, likeliest first.
MOST = 80


def propose(
    bench: Bench, notebook: Notebook, reading: Reading, wanted: Mapping[str, Any]
) -> tuple[tuple[FactorRequest, ...], str, str, Actor | None]:
    """Factors a provider proposes, its words and label, and the author where it is a model.

    Raises ProviderError for an answer that is not whole or names what is not there, UsageError where
    nothing could be varied, NeedsModel for a model that is named where nobody is at the prompt.
    """
    named, model = wanted.get("provider"), wanted.get("model")
    choice = choose(bench, named, model, asked=False)
    if choice.provider != "builtin" and not bench.where.at_prompt:
        if named or model:
            raise NeedsModel(
                "a model is asked only for a person",
                remedy="run this cell yourself, or name factors: -f NAME=LEVEL",
            )
        named = "builtin"  # a notebook that is executed plans from the code, and calls nobody
    provider = provider_for(bench, named, model, asked=False)
    if provider.name == "builtin":
        from jupyter_coimprove.workbench import going_by
        from jupyter_coimprove.workbench.asking import context

        facts, guided = going_by.candidates(bench, notebook.path, context(notebook, reading))
        asked = _request(bench, facts, wanted.get("question") or "")
        answer, by = _gathered(bench, provider, asked), None
        said = [*guided, *([f"{choice.unasked}."] if choice.unasked else [])]
        if said:
            answer = dataclasses.replace(answer, text="\n".join([answer.text.rstrip(), *said]))
    else:
        by = Actor(kind="ai", id=choice.model, display=choice.model, auth=bench.actor.auth)
        answer = _by_model(bench, provider, notebook, reading, wanted, by)
    if answer.stop == "cancelled":
        raise Interrupted("stopped", remedy="nothing was proposed")
    if answer.stop != "complete":
        raise ProviderError(
            f"{provider.label} gave no whole answer{f': {answer.why}' if answer.why else ''}",
            remedy="ask again, or name factors yourself: -f NAME=LEVEL",
        )
    plan = next((block for block in answer.blocks if block.kind == "plan"), None)
    if plan is None or not plan.data.get("factors"):
        if by is not None and plan is not None:
            raise ProviderError(
                f"{provider.label} proposes no factor: {' '.join(answer.text.split())[:300]}",
                remedy="ask otherwise (-q), or name factors yourself: -f NAME=LEVEL",
            )
        raise UsageError(
            f"nothing in {notebook.path.name} is a likely factor",
            remedy="`coimprove candidates NOTEBOOK --all` lists all; name one with -f NAME=LEVEL",
        )
    factors = tuple(_checked(entry, reading, provider.label) for entry in plan.data["factors"])
    return factors, answer.text.strip(), provider.label, by


def _request(bench: Bench, facts: Any, question: str) -> Request:
    from jupyter_coimprove.proposals.provider import Request

    return Request(task="plan", text=question, context=facts, stable=len(facts), cancelled=bench.cancelled)


def _gathered(bench: Bench, provider: Provider, asked: Request) -> Answer:
    from jupyter_coimprove.proposals.answer import gather

    return gather(provider.answer(asked), tell=lambda step: bench.progress(Progress(text=told(step))))


def _by_model(
    bench: Bench,
    provider: Provider,
    notebook: Notebook,
    reading: Reading,
    wanted: Mapping[str, Any],
    by: Actor,
) -> Answer:
    """The answer of a model to what it may know, within the budgets; what it used is kept."""
    from jupyter_coimprove.workbench import asking, shelf, spending
    from jupyter_coimprove.workbench.knowing import Wanted, permitted, safe, seen
    from jupyter_coimprove.workbench.knowing.kept import guidance

    outputs = permitted(bench, Wanted()).outputs
    read = seen.look(notebook.path, outputs=outputs)
    shown, masks = {cell.index for cell in read.shown}, safe.scrubber(bench, read.secrets)
    able = [c for c in reading.candidates if all(p.file or p.address.ordinal in shown for p in c.places)]
    measured = [m for m in reading.measured if m.cell in shown]
    known = dataclasses.replace(reading, candidates=tuple(able[:MOST]), measured=tuple(measured[:MOST]))
    told = (*asking.context(notebook, known, outputs=outputs), *guidance(bench, notebook.path, "plan"))
    facts = tuple(safe.of_block(block, masks) for block in told)
    asked = _request(bench, facts, masks.text(wanted.get("question") or ""))
    for line in spending.before(bench, provider, asked, by.id, notebook.path):
        bench.progress(Progress(text=line))

    def used(usage: Mapping[str, Any], stop: str) -> None:
        if usage.get("requests"):
            name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
            spending.keep(
                bench,
                notebook.path,
                {"model": by.id, **usage},
                provider=provider.name,
                author=by,
                stop=stop,
                notebook=name,
            )

    try:
        answer = _gathered(bench, provider, asked)
    except ProviderError as error:
        used(error.usage, "failed")
        raise
    used(answer.usage, answer.stop)
    return answer


def told(step: Part) -> str:
    """What a provider does now, in a few words."""
    if "retry_s" in step.detail:
        return f"{step.detail['about']}; again in {step.detail['retry_s']:g} s"
    return " ".join(
        filter(None, [str(step.detail["tool"]).replace("_", " "), str(step.detail.get("about", ""))])
    )


def _checked(entry: Mapping[str, Any], reading: Reading, label: str) -> FactorRequest:
    """What a provider proposed, as the design stage takes it. ProviderError where the notebook has no such thing."""
    from jupyter_coimprove.experiments.request import FactorRequest

    name, levels = str(entry["name"]), [str(level) for level in entry.get("levels", ())]
    again = "ask again, or name factors yourself: -f NAME=LEVEL"
    found = next((item for item in reading.candidates if item.name == name and item.kind != "seed"), None)
    if found is None:
        close = UnknownName("candidate", name, [item.name for item in reading.candidates]).close
        near = f" (close: {', '.join(close)})" if close else ""
        raise ProviderError(f"{label} proposed {name!r}, which is no candidate here{near}", remedy=again)
    taken_away = found.operator != "set" or found.kind == "item"
    if taken_away and levels:
        raise ProviderError(f"{label} proposed levels for {name!r}, which can only be left out", remedy=again)
    if not taken_away and not levels and not found.levels:
        raise ProviderError(f"{label} proposed no level for {name!r}", remedy=again)
    if found.source in levels:
        raise ProviderError(f"{label} proposed for {name!r} what it is already: {found.source}", remedy=again)
    return FactorRequest(name=name, levels=tuple(levels) or None)
