"""An answer of the script as the protocol has it: one message, or the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_coimprove.testing.messages.caching import tokens
from jupyter_coimprove.testing.messages.script import Answer, Data, Piece, Text, Thinking, UseTool

Event = dict[str, Any]


def block(piece: Piece, number: int) -> dict[str, Any]:
    """The content block that a piece is in the end."""
    if isinstance(piece, Text):
        return {"type": "text", "text": piece.text}
    if isinstance(piece, Data):
        return {"type": "text", "text": json.dumps(piece.value, ensure_ascii=False)}
    if isinstance(piece, UseTool):
        return {"type": "tool_use", "id": _id(piece, number), "name": piece.name, "input": dict(piece.given)}
    if piece.redacted:
        return {"type": "redacted_thinking", "data": f"sealed-{len(piece.text)}"}
    return {"type": "thinking", "thinking": piece.text, "signature": f"signed-{len(piece.text)}"}


def _id(piece: UseTool, number: int) -> str:
    return piece.id or f"toolu_{number:04d}"


def message(answer: Answer, *, model: str, number: int, usage: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer, for a request that wants no stream."""
    content = [block(piece, 100 * number + at) for at, piece in enumerate(answer.content)]
    return {
        "id": f"msg_{number:04d}", "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": answer.stop_reason, "stop_sequence": None, "stop_details": answer.stop_details,
        "usage": {**usage, "output_tokens": tokens(content)},
    }  # fmt: skip


def events(answer: Answer, *, model: str, number: int, usage: Mapping[str, Any]) -> Iterator[Event]:
    """The events of the stream, in order, as a whole answer has them."""
    whole = message(answer, model=model, number=number, usage=usage)
    start = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    yield {"type": "ping"}
    for at, piece in enumerate(answer.content):
        final = whole["content"][at]
        yield {"type": "content_block_start", "index": at, "content_block": _begun(final)}
        for delta in _deltas(piece, final):
            yield {"type": "content_block_delta", "index": at, "delta": delta}
        yield {"type": "content_block_stop", "index": at}
    delta = {"stop_reason": answer.stop_reason, "stop_sequence": None, "stop_details": answer.stop_details}
    yield {
        "type": "message_delta",
        "delta": delta,
        "usage": {"output_tokens": whole["usage"]["output_tokens"]},
    }
    yield {"type": "message_stop"}


def _begun(final: Mapping[str, Any]) -> dict[str, Any]:
    empty = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {key: empty.get(key, value) for key, value in final.items()}


def _deltas(piece: Piece, final: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(piece, UseTool):
        # As the service does: the JSON comes in pieces that are no JSON by themselves.
        for part in _cut(json.dumps(final["input"], ensure_ascii=False)[: piece.cut], 9):
            yield {"type": "input_json_delta", "partial_json": part}
    elif isinstance(piece, Thinking):
        if not piece.redacted:
            yield {"type": "thinking_delta", "thinking": piece.text}
            yield {"type": "signature_delta", "signature": final["signature"]}
    else:
        for part in _cut(final["text"], piece.piece if isinstance(piece, Text) else 12):
            yield {"type": "text_delta", "text": part}


def _cut(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]
