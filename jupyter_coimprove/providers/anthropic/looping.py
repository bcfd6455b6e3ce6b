"""An answer from its first request to its end: attempts, tools, and the bounds that hold."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.provider import Block, Part, Request
from jupyter_coimprove.proposals.using import step, use
from jupyter_coimprove.providers.anthropic.failing import (
    ATTEMPTS,
    is_broken_line,
    retry_in,
    translated,
    why,
)
from jupyter_coimprove.providers.anthropic.line import Broken, Line, Stopped
from jupyter_coimprove.providers.anthropic.prompts import FORMS
from jupyter_coimprove.providers.anthropic.reading import Reading, garbled
from jupyter_coimprove.providers.anthropic.translating import marked, result
from jupyter_coimprove.redaction import Secret

TURNS = 8
#: Long thinking over several turns takes minutes; the person can stop it at any time.
SECONDS = 900.0


class Answering:
    """One answer to one request. ``parts`` streams it."""

    def __init__(
        self, line: Line, request: Request, body: Mapping[str, Any], *, host: str, key: Secret
    ) -> None:
        self._line, self._request, self._body = line, request, dict(body)
        self._host, self._key = host, key
        self._turns = int(request.options.get("max_turns") or TURNS)
        self._seconds = float(request.options.get("seconds") or SECONDS)
        self._began = time.monotonic()
        self._usage: dict[str, Any] = {
            "input": 0,
            "output": 0,
            "cache_read": 0,
            "cache_write": 0,
            "requests": 0,
        }
        self._form = FORMS.get(request.task)
        # Words of one turn stand apart from those of the turn before.
        self._gap = ""

    def parts(self) -> Iterator[Part]:
        try:
            yield from self._turn_by_turn()
        except Stopped:
            late = not self._request.cancelled()
            words = f"{self._seconds:g} s were not enough" if late else "stopped"
            yield self._end("limit" if late else "cancelled", words)
        except ProviderError as error:
            error.usage = dict(self._usage)
            raise

    def _stopped(self) -> bool:
        return self._request.cancelled() or time.monotonic() - self._began > self._seconds

    def _turn_by_turn(self) -> Iterator[Part]:
        messages = list(self._body["messages"])
        for turn in range(1, self._turns + 1):
            body = {**self._body, "messages": marked(messages) if turn > 1 else messages}
            if turn == self._turns and turn > 1 and "tools" in body:
                body["tool_choice"] = {"type": "none"}  # what was read is enough now: answer
            reading = Reading()
            yield from self._read(body, reading)
            if not reading.whole:
                yield self._end("cut", "the line broke before the answer's end; nothing was proposed")
                return
            stop = reading.stop_reason
            if stop == "tool_use" and reading.uses():
                self._gap = "\n\n" if reading.text().strip() else self._gap
                ends, results = False, list[dict[str, Any]]()
                for used in self._use(reading, results):
                    ends = ends or used is True
                    if isinstance(used, Part):
                        yield used
                if ends:
                    yield self._end("complete")
                    return
                messages += [
                    {"role": "assistant", "content": reading.said()},
                    {"role": "user", "content": results},
                ]
            elif stop == "pause_turn":
                messages.append({"role": "assistant", "content": reading.said()})
            else:
                yield from self._last(reading)
                return
        yield self._end("limit", f"{self._turns} turns were not enough")

    def _use(self, reading: Reading, results: list[dict[str, Any]]) -> Iterator[Part | bool]:
        """Each tool the model asked for: the step, then what it proposes, then whether the answer ends."""
        for wanted in reading.uses():
            yield step(wanted["name"], wanted["input"])
            used = use(self._request.tools, wanted["name"], wanted["input"])
            shown = [used.image] if used.image is not None else []
            results.append(result(wanted, used.said, failed=used.failed, shown=shown))
            yield from used.parts()
            yield used.ends
            if self._stopped():
                raise Stopped

    def _last(self, reading: Reading) -> Iterator[Part]:
        stop = reading.stop_reason
        if stop in ("end_turn", "stop_sequence"):
            if self._form is not None:
                yield from self._formed(reading.text())
            yield self._end("complete")
        elif stop == "refusal":
            words = str(reading.stop_details.get("explanation") or "the model declined to answer this")
            yield self._end("refused", words)
        elif stop in ("max_tokens", "model_context_window_exceeded"):
            words = "its longest answer" if stop == "max_tokens" else "what the model can hold at once"
            yield self._end("limit", f"the answer reached {words}; nothing was proposed")
        else:
            raise garbled(f"it stopped for {stop!r}")

    def _formed(self, written: str) -> Iterator[Part]:
        """A structured answer: its words to show, and the block it proposes."""
        import jsonschema

        try:
            data = json.loads(written)
            jsonschema.validate(data, self._form)
        except (ValueError, jsonschema.ValidationError):
            raise garbled(f"not a {self._request.task} in the form that was asked for") from None
        if self._request.task == "words":
            yield Part(type="text", text=data["claim"])
        else:
            yield Part(type="text", text=f"{data['rationale']}\n\nExpected: {data['expected']}\n")
        yield Part(type="block", block=Block(kind=self._request.task, v=1, data=data))

    def _read(self, body: Mapping[str, Any], reading: Reading) -> Iterator[Part]:
        """One request, with its attempts, into ``reading``; what can be shown comes as text."""
        for attempt in range(1, ATTEMPTS + 1):
            self._usage["requests"] += 1
            try:
                yield from self._attempt(body, reading)
            except Broken as broken:
                # Not kept here: the SDK's error may quote what was sent, and a traceback shows variables.
                cut = reading.begun and is_broken_line(broken.error)
                wait = None if reading.begun or attempt == ATTEMPTS else retry_in(broken.error, attempt)
                words = why(broken.error)
                failure = translated(broken.error, host=self._host, key=self._key)
            else:
                return
            if cut:
                return  # what had come stays, and proposes nothing
            if wait is None:
                raise failure
            yield Part(type="step", detail={"retry_s": round(wait, 3), "about": words})
            self._sleep(wait)

    def _attempt(self, body: Mapping[str, Any], reading: Reading) -> Iterator[Part]:
        before = dict(self._usage)
        try:
            for event in self._line.events(body, self._stopped):
                shown = _taken(reading, event)
                self._add(before, reading)
                if shown and self._form is None:
                    yield Part(type="text", text=self._gap + shown)
                    self._gap = ""
        finally:
            self._add(before, reading)

    def _add(self, before: Mapping[str, Any], reading: Reading) -> None:
        for name, number in reading.usage.items():
            self._usage[name] = before[name] + number
        if reading.model:
            self._usage["model"] = reading.model

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stopped():
                raise Stopped
            time.sleep(min(left, 0.05))

    def _end(self, stop: str, words: str = "") -> Part:
        detail: dict[str, Any] = {"stop": stop, "usage": dict(self._usage)}
        return Part(type="end", detail={**detail, "why": words} if words else detail)


def _taken(reading: Reading, event: Mapping[str, Any]) -> str:
    """The text in an event; one whose fields are not there is garbage like any other."""
    try:
        return reading.take(event)
    except (KeyError, TypeError, AttributeError):
        raise garbled(f"{event.get('type')} lacks what it should have") from None
