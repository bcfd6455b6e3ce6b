"""The events of a stream, read strictly: what is not whole is a failure, never half an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.errors import ProviderError

_AGAIN = "ask again; nothing was proposed"


def garbled(what: str) -> ProviderError:
    return ProviderError(f"what came is no whole answer: {what}", remedy=_AGAIN)


class Reading:
    """One answer as it comes. ``whole`` once it has ended in order; ``content`` can then be sent back."""

    def __init__(self) -> None:
        self.content: list[dict[str, Any]] = []
        self.stop_reason: str | None = None
        self.stop_details: Mapping[str, Any] = {}
        self.usage: dict[str, int] = {}
        self.model = ""
        self.begun = False
        self.whole = False
        self._open: int | None = None
        self._json: list[str] = []

    def take(self, event: Mapping[str, Any]) -> str:
        """The text in this event that can be shown. Raises ProviderError where it does not fit."""
        kind = event.get("type")
        if kind == "message_start":
            self._start(event)
        elif not self.begun or self.whole:
            raise garbled(f"{kind} out of order")
        elif kind == "content_block_start":
            if self._open is not None or event.get("index") != len(self.content):
                raise garbled("a block begins inside another")
            self._open, self._json = len(self.content), []
            self.content.append(dict(event["content_block"]))
        elif kind == "content_block_delta":
            return self._delta(event)
        elif kind == "content_block_stop":
            self._close(event)
        elif kind == "message_delta":
            self.stop_reason = event["delta"].get("stop_reason")
            self.stop_details = event["delta"].get("stop_details") or {}
            self._count(event.get("usage") or {})
        elif kind == "message_stop":
            if self._open is not None or self.stop_reason is None:
                raise garbled("it ends inside a block")
            self.whole = True
        # Events of other kinds may be added to the protocol at any time.
        return ""

    def _start(self, event: Mapping[str, Any]) -> None:
        if self.begun:
            raise garbled("it begins twice")
        self.begun = True
        self.model = str(event["message"].get("model") or "")
        self._count(event["message"].get("usage") or {})

    def _delta(self, event: Mapping[str, Any]) -> str:
        if self._open is None or event.get("index") != self._open:
            raise garbled("a piece of no block")
        block, delta = self.content[self._open], event["delta"]
        kind = delta.get("type")
        if kind == "text_delta":
            block["text"] = block.get("text", "") + delta["text"]
            return str(delta["text"]) if block["type"] == "text" else ""
        if kind == "thinking_delta":
            block["thinking"] = block.get("thinking", "") + delta["thinking"]
        elif kind == "signature_delta":
            block["signature"] = delta["signature"]
        elif kind == "input_json_delta":
            self._json.append(delta["partial_json"])
        return ""

    def _close(self, event: Mapping[str, Any]) -> None:
        if self._open is None or event.get("index") != self._open:
            raise garbled("a block ends that did not begin")
        block, written = self.content[self._open], "".join(self._json)
        if block["type"] == "tool_use" and written:
            try:
                block["input"] = json.loads(written)
            except ValueError:
                # Told to nobody but the person: a tool that gets half its input would do half of it.
                block["input"] = None
        if block["type"] == "tool_use" and not isinstance(block.get("input"), dict):
            block["broken"] = True
        self._open = None

    def _count(self, usage: Mapping[str, Any]) -> None:
        for ours, theirs in (
            ("input", "input_tokens"), ("output", "output_tokens"), ("cache_read", "cache_read_input_tokens"),
            ("cache_write", "cache_creation_input_tokens"),
        ):  # fmt: skip
            if isinstance(usage.get(theirs), int):
                self.usage[ours] = usage[theirs]

    def uses(self) -> list[dict[str, Any]]:
        """The tools that are to be used. Raises ProviderError where the input of one is no whole JSON."""
        uses = [block for block in self.content if block["type"] == "tool_use"]
        for use in uses:
            if use.get("broken"):
                raise garbled(f"the input of {use.get('name')} is cut")
        return uses

    def text(self) -> str:
        return "".join(block.get("text", "") for block in self.content if block["type"] == "text")

    def said(self) -> list[dict[str, Any]]:
        """The content as it is sent back: pieces without words are refused by the service."""
        return [block for block in self.content if block["type"] != "text" or block.get("text", "").strip()]
