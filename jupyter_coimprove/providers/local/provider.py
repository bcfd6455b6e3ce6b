"""The provider that asks a model on this computer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_coimprove.errors import CoimproveError, ProviderError
from jupyter_coimprove.proposals.provider import Block, Part, Request
from jupyter_coimprove.proposals.using import called
from jupyter_coimprove.providers.candidates import NOTHING
from jupyter_coimprove.providers.local.asking import body, choice, only_tool
from jupyter_coimprove.providers.local.finding import is_small, label
from jupyter_coimprove.providers.local.process import Process, Stopped

MAX_TOKENS = 800
#: A small model has said what it can in a few sentences, and repeats itself.
BRIEF_TOKENS = 200
SECONDS = 300.0


class LocalProvider:
    """Answers in words, plans in a form it cannot leave; it is given facts and no tools, except the one that is an answer."""

    name = "local"
    images = False

    def __init__(self, process: Process) -> None:
        self._process = process
        self.label = label(process.model)
        self._small = is_small(process.model)

    def close(self) -> None:
        """End the model's process."""
        self._process.close()

    def sent(self, request: Request) -> dict[str, Any]:
        """What the model's process gets; it stays on this computer."""
        most = (
            BRIEF_TOKENS
            if self._small and request.task == "ask" and only_tool(request) is None
            else MAX_TOKENS
        )
        wanted = int(request.options.get("max_tokens") or most)
        return body(
            request, context=self._process.context, max_tokens=min(wanted, self._process.context // 2),
            candidates=choice(request) if request.task == "plan" else (), brief=self._small,
        )  # fmt: skip

    def count(self, request: Request) -> None:
        """Unknown: they cost nothing."""

    def answer(self, request: Request) -> Iterator[Part]:
        """The answer, part by part. Raises ProviderError."""
        if request.cancelled():
            yield _end("cancelled", {}, "stopped")
        elif request.task == "plan" and not choice(request):
            yield Part(type="text", text=NOTHING)
            yield _end("complete", {})
        else:
            yield from self._answer(request)

    def _answer(self, request: Request) -> Iterator[Part]:
        began, seconds = time.monotonic(), float(request.options.get("seconds") or SECONDS)
        written: list[str] = []
        ended, usage = "", {"requests": 1, "model": self._process.model.stem}

        def stopped() -> bool:
            return request.cancelled() or time.monotonic() - began > seconds

        try:
            for event in self._process.events(self.sent(request), stopped):
                piece, reason = _taken(event, usage)
                ended = reason or ended
                if piece:
                    written.append(piece)
                    if request.task == "ask" and only_tool(request) is None:
                        yield Part(type="text", text=piece)
        except Stopped:
            late = not request.cancelled()
            yield _end(
                "limit" if late else "cancelled",
                usage,
                f"{seconds:g} s were not enough" if late else "stopped",
            )
            return
        if ended == "stop":
            yield from _formed(request, "".join(written))
            yield _end("complete", usage)
        elif ended == "length":
            yield _end("limit", usage, "the answer reached its longest; nothing was proposed")
        else:
            yield _end("cut", usage, "the model's process ended before its answer; nothing was proposed")


def _taken(event: Mapping[str, Any], usage: dict[str, Any]) -> tuple[str, str]:
    """Text and reason of the end in an event, and what it says was used."""
    choices = event.get("choices") or [{}]
    timings = event.get("timings") or {}
    for ours, theirs in (("input", "prompt_n"), ("cache_read", "cache_n"), ("output", "predicted_n")):
        if theirs in timings:
            usage[ours] = int(timings[theirs])
    delta = choices[0].get("delta") or {}
    return str(delta.get("content") or ""), str(choices[0].get("finish_reason") or "")


def _formed(request: Request, written: str) -> Iterator[Part]:
    tool = only_tool(request)
    if request.task == "ask" and tool is None:
        return
    try:
        data = json.loads(written)
    except ValueError:
        raise ProviderError(
            "the local model left its form", remedy="ask again; nothing was proposed"
        ) from None
    if tool is not None:
        try:
            _, block = called(request.tools, tool.name, data)
        except CoimproveError as error:
            raise ProviderError(
                f"the local model's answer cannot be taken: {error.message}", remedy="ask again"
            ) from error
        yield Part(type="block", block=block)
        return
    if request.task == "words":
        yield Part(type="text", text=data["claim"])
    else:
        data["factors"] = list({factor["name"]: factor for factor in data["factors"]}.values())
        for factor in data["factors"]:
            factor["levels"] = list(dict.fromkeys(factor["levels"]))
        yield Part(type="text", text=f"{data['rationale']}\n\nExpected: {data['expected']}\n")
    yield Part(type="block", block=Block(kind=request.task, v=1, data=data))


def _end(stop: str, usage: Mapping[str, Any], why: str = "") -> Part:
    detail: dict[str, Any] = {"stop": stop, "usage": dict(usage)}
    return Part(type="end", detail={**detail, "why": why} if why else detail)
