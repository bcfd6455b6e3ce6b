"""A request as the Messages protocol has it: what stays the same first, with four marks for the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.proposals.context import text
from jupyter_coimprove.proposals.provider import Block, Request, Tool
from jupyter_coimprove.providers.anthropic.prompts import FACTS, FORMS, NOW, SYSTEM, UNSAID

if TYPE_CHECKING:
    from jupyter_coimprove.providers.anthropic.provider import Settings

Item = dict[str, Any]
MARK = {"type": "ephemeral"}
#: A service compiles a grammar for each strict tool and takes so many.
_STRICT = 20


def body(request: Request, settings: Settings) -> dict[str, Any]:
    """What is sent for the first turn, without ``stream``.

    Marks for the cache: after tools and system, after the stable facts, after the question. Facts of
    this question only come after it, so that the next turn still begins with the same bytes. The
    fourth mark moves with the turns of an answer (``looping``).
    """
    out: dict[str, Any] = {
        "model": settings.model,
        "max_tokens": int(request.options.get("max_tokens") or settings.max_tokens),
        "system": [{"type": "text", "text": SYSTEM[request.task], "cache_control": MARK}],
        "messages": _messages(request),
    }
    if request.tools:
        out["tools"] = [_tool(tool, strict=len(request.tools) <= _STRICT) for tool in request.tools]
    if settings.thinking:
        out["thinking"] = {"type": "adaptive"}
    config: dict[str, Any] = {"effort": settings.effort} if settings.effort else {}
    if request.task in FORMS:
        config["format"] = {"type": "json_schema", "schema": FORMS[request.task]}
    return {**out, "output_config": config} if config else out


def _messages(request: Request) -> list[Item]:
    stable, now = request.context[: request.stable], request.context[request.stable :]
    said: list[tuple[str, list[Item]]] = [("user", _facts(FACTS, stable, mark=True))]
    for turn in request.history:
        if turn.text.strip():
            said.append(("user" if turn.role == "person" else "assistant", [_words(turn.text)]))
    question = {
        **_words(request.text if request.text.strip() else UNSAID[request.task]),
        "cache_control": MARK,
    }
    said.append(("user", [question, *_facts(NOW, now, mark=False)]))
    merged: list[Item] = []
    for role, items in said:
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += items
        elif items:
            merged.append({"role": role, "content": list(items)})
    # The protocol begins with the person; a conversation that is resumed in its middle may not.
    return (
        merged
        if merged[0]["role"] == "user"
        else [{"role": "user", "content": [_words("(earlier)")]}, *merged]
    )


def _facts(head: str, blocks: Sequence[Block], *, mark: bool) -> list[Item]:
    # Of a picture its line says which cell showed it; the pictures follow in the same order.
    items: list[Item] = [_words(head + text(blocks))] if blocks else []
    items += [image(block) for block in blocks if block.kind == "image"]
    if items and mark:
        items[-1]["cache_control"] = MARK
    return items


def _words(words: str) -> Item:
    return {"type": "text", "text": words}


def image(block: Block) -> Item:
    """A picture as the protocol shows it."""
    source = {"type": "base64", "media_type": block.data["media_type"], "data": block.data["base64"]}
    return {"type": "image", "source": source}


def _tool(tool: Tool, *, strict: bool) -> Item:
    # Reads are checked here in any case; what is proposed must have its shape.
    out: Item = {"name": tool.name, "description": tool.help, "input_schema": closed(tool.schema)}
    return {**out, "strict": True} if strict or tool.kind != "read" else out


#: Words of JSON schema that a service's grammar takes; the rest is told in the description.
_TAKEN = frozenset({
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "allOf", "$ref",
    "$defs", "description", "title",
})  # fmt: skip


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as strict tools have it: objects closed, and bounds as words."""
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            out[key] = {name: closed(inner) for name, inner in value.items()}
        elif key == "items":
            out[key] = closed(value)
        elif key in ("anyOf", "allOf"):
            out[key] = [closed(inner) for inner in value]
        elif key in _TAKEN:
            out[key] = value
    bounds = [
        f"{key}: {value}" for key, value in sorted(schema.items()) if key not in _TAKEN and key != "default"
    ]
    if bounds:
        out["description"] = " ".join(filter(None, [out.get("description", ""), f"({', '.join(bounds)})"]))
    if out.get("type") == "object":
        out["additionalProperties"] = False
    return out


def result(use: Mapping[str, Any], said: str, *, failed: bool, shown: Iterable[Block] = ()) -> Item:
    """What a tool said, as the model gets it."""
    content: list[Item] = [_words(said), *(image(block) for block in shown)]
    out: Item = {"type": "tool_result", "tool_use_id": use["id"], "content": content}
    return {**out, "is_error": True} if failed else out


def marked(messages: Sequence[Item]) -> list[Item]:
    """The messages with the fourth mark at their end: what the model read up to here it need not read again."""
    last = messages[-1]
    if last["role"] != "user":
        return list(messages)
    content = [*last["content"][:-1], {**last["content"][-1], "cache_control": MARK}]
    return [*messages[:-1], {**last, "content": content}]
