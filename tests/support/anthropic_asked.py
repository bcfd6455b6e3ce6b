"""Requests to a provider that asks a model, with tools that keep what they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.proposals.provider import Block, Request, Tool

_SOURCE = {
    "type": "object", "properties": {"source": {"type": "string"}}, "required": ["source"],
    "additionalProperties": False,
}  # fmt: skip
_CELL = {
    "type": "object", "properties": {"cell": {"type": "integer", "minimum": 1}}, "required": ["cell"],
    "additionalProperties": False,
}  # fmt: skip


def tools(used: list[tuple[str, Mapping[str, Any]]] | None = None) -> list[Tool]:
    """One of each kind; ``used`` gets what they are called with."""
    kept = used if used is not None else []

    def read(given: Mapping[str, Any]) -> Block:
        kept.append(("read_cell", given))
        if given["cell"] > 9:
            raise CoimproveError("there is no cell 12", remedy="it has 9")
        return Block(kind="cell", v=1, data={"cell": given["cell"], "source": "x = 1"})

    def propose(given: Mapping[str, Any]) -> Block:
        kept.append(("propose_cells", given))
        return Block(kind="cells", v=1, data={"edits": [dict(given)]})

    def ask(given: Mapping[str, Any]) -> Block:
        kept.append(("ask_person", given))
        return Block(kind="question", v=1, data={"text": given["source"]})

    return [
        Tool(name="read_cell", help="Read a cell.", schema=_CELL, kind="read", call=read),
        Tool(name="propose_cells", help="Propose a cell.", schema=_SOURCE, kind="propose", call=propose),
        Tool(name="ask_person", help="Ask the person.", schema=_SOURCE, kind="ask", call=ask),
    ]


def asked(**more: Any) -> Request:
    """A question about a small notebook."""
    given: dict[str, Any] = {"task": "ask", "text": "does dropout matter?", "tools": tools(), **more}
    return Request(**given)
