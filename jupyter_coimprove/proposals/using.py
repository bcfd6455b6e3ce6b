"""A model's use of a tool: checked against the tool's schema, and told what was wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.errors import CoimproveError, UnknownName, UsageError
from jupyter_coimprove.proposals.context import about, encode
from jupyter_coimprove.proposals.provider import Block, Part, Tool

#: What one tool may tell a model, in characters; more is cut, and the model is told so.
LONGEST = 40_000


@dataclass(frozen=True, kw_only=True)
class Used:
    """What came of it: words for the model, the block to propose (of ``propose`` and ``ask``), or a failure.

    ``image`` is what was read, where it is one: it is shown, not told.
    """

    said: str
    block: Block | None = None
    image: Block | None = None
    failed: bool = False
    ends: bool = False

    def parts(self) -> tuple[Part, ...]:
        return () if self.block is None else (Part(type="block", block=self.block),)


def use(tools: Sequence[Tool], name: str, given: Mapping[str, Any]) -> Used:
    """Call one of the tools. What the model did wrong it is told; nothing it says is taken on trust."""
    try:
        tool, block = called(tools, name, given)
    except CoimproveError as error:
        return Used(said=f"{error.message}{f' ({error.remedy})' if error.remedy else ''}", failed=True)
    if tool.kind == "read" and block.kind == "image":
        return Used(said=encode(about(block)), image=block)
    if tool.kind == "read":
        return Used(said=short(encode(block)))
    if tool.kind == "ask":
        return Used(said="The person was asked.", block=block, ends=True)
    return Used(said="It will be shown to the person, who decides. Nothing was run or changed.", block=block)


def called(tools: Sequence[Tool], name: str, given: Mapping[str, Any]) -> tuple[Tool, Block]:
    """The tool and the block that it gives. UnknownName, UsageError or what the tool itself refuses."""
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        raise UnknownName("tool", name, [tool.name for tool in tools])
    check(name, tool.schema, given)
    return tool, tool.call(given)


def step(name: str, given: Mapping[str, Any]) -> Part:
    """What is told of it while it happens: the tool, and the short values it was given."""
    about = ", ".join(
        f"{key} {value}" for key, value in given.items() if isinstance(value, (str, int, float)) and len(str(value)) <= 60
    )  # fmt: skip
    return Part(type="step", detail={"tool": name, "about": about})


def check(name: str, schema: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """UsageError that names what of the input the schema does not allow."""
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(dict(schema)).iter_errors(given))
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path)
        raise UsageError(f"{name} cannot take this{f' at {where}' if where else ''}: {error.message[:300]}")


def short(text: str) -> str:
    """As much of it as one tool may tell, and how much was cut."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n[cut: {len(text) - LONGEST} more characters; ask for less]"
