"""What the service would refuse: the rules of the protocol that a client easily breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_coimprove.testing.messages.caching import blocks
from jupyter_coimprove.testing.messages.script import Fail

#: A request's body may hold so many bytes.
LARGEST = 32 * 1024 * 1024


def refusal(body: Mapping[str, Any], *, counting: bool = False) -> Fail | None:
    """The failure a request earns, or None."""
    wrong = next(_wrong(body, counting), None)
    return Fail(status=400, message=wrong) if wrong else None


def _wrong(body: Mapping[str, Any], counting: bool) -> Iterator[str]:
    for name in ("model", "messages") if counting else ("model", "messages", "max_tokens"):
        if not body.get(name):
            yield f"{name}: Field required"
    if any(name in body for name in ("temperature", "top_p", "top_k")):
        yield "temperature, top_p and top_k are not taken by this model"
    if sum(marked for _, marked in blocks(body)) > 4:
        yield "A maximum of 4 blocks with cache_control may be provided"
    messages = body.get("messages") or [{"role": "user", "content": "x"}]
    if messages[0]["role"] != "user":
        yield "messages: first message must use the user role"
    for number, message in enumerate(messages):
        content = message["content"]
        if not content:
            yield f"messages.{number}: content must be non-empty"
        for item in [] if isinstance(content, str) else content:
            if item["type"] == "text" and not item["text"].strip():
                yield f"messages.{number}: text content blocks must contain non-whitespace text"
            if item["type"] == "thinking" and not str(item.get("signature", "")).startswith("signed-"):
                yield f"messages.{number}: thinking blocks must keep their signature"
    yield from _tools(messages)
    for tool in body.get("tools") or ():
        if tool.get("strict") and tool["input_schema"].get("additionalProperties") is not False:
            yield f"tools.{tool['name']}: additionalProperties must be false in a strict schema"
    form = (body.get("output_config") or {}).get("format")
    if form and form["schema"].get("additionalProperties") is not False:
        yield "output_config.format.schema: additionalProperties must be false"


def _tools(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    """Every use has its result in the next message, and every result a use before it."""
    open_uses: set[str] = set()
    for number, message in enumerate(messages):
        content = [] if isinstance(message["content"], str) else message["content"]
        results = {item["tool_use_id"] for item in content if item["type"] == "tool_result"}
        if open_uses - results:
            yield f"messages.{number}: tool_use ids without tool_result: {', '.join(sorted(open_uses - results))}"
        if results - open_uses:
            yield f"messages.{number}: tool_result without tool_use: {', '.join(sorted(results - open_uses))}"
        open_uses = {item["id"] for item in content if item["type"] == "tool_use"}
