"""One call of a tool: checked, under the policies of this computer, read or kept as a proposal.

Nothing here knows the protocol; it is called in a thread.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, UnknownName, UsageError
from jupyter_coimprove.interfaces.mcp.folder import Folder
from jupyter_coimprove.proposals import using
from jupyter_coimprove.proposals.context import about, encode
from jupyter_coimprove.proposals.provider import Block
from jupyter_coimprove.registry import Actor

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench

log = logging.getLogger(__name__)
#: What is not in the table, because a model that we ask knows its notebook.
LIST = "list_notebooks"
_INTERNAL = "this is a fault of jupyter-coimprove; nothing that was acknowledged is lost"


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who serves this, what the configuration settles, and the program whose model calls."""

    person: Actor
    configured: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""
    #: The project's folder, where it is not found from the notebook.
    root: Path | None = None

    @property
    def author(self) -> Actor:
        """The author of what is proposed: the client by the name that it gives itself."""
        name = (
            "".join(char for char in self.client if char.isprintable())[:100].strip() or "a client over MCP"
        )
        return Actor(kind="ai", id=name, display=name, auth=self.person.auth)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is answered: one line of JSON (or words of an error), and the same as data where it is whole."""

    text: str
    data: Mapping[str, Any] | None = None
    failed: bool = False
    image: Mapping[str, Any] | None = None


def table(folder: Folder) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The tools (name, kind, help, schema), each with the notebook that it is about.

    A question to the person is not among them: the client has a person of its own.
    """
    from jupyter_coimprove.workbench.tools import TABLE

    rows = [(LIST, "read", "The notebooks that are served here, by path.", _closed({}, ()))]
    for name, kind, help_, schema in TABLE:
        if kind == "ask":
            continue
        about = {
            "type": "string",
            "maxLength": 1024,
            "description": "path of the notebook, as list_notebooks gives it",
        }
        needed = () if folder.only is not None else ("notebook",)
        rows.append(
            (
                name,
                kind,
                help_,
                _closed({"notebook": about, **schema["properties"]}, (*needed, *schema["required"])),
            )
        )
    return rows


def _closed(properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False,
    }  # fmt: skip


def carry_out(
    folder: Folder, asker: Asker, name: str, given: Mapping[str, Any], cancelled: Callable[[], bool]
) -> Said:  # fmt: skip
    """The answer to one call. What went wrong is told as ``code: message; remedy``, and never raised."""
    return _mapped(folder, asker, name, cancelled, lambda bench: _called(bench, folder, asker, name, given))


def facts(folder: Folder, asker: Asker, notebook: str, cancelled: Callable[[], bool]) -> Said:
    """What a model of ours would be told of the notebook with a question, a block a line."""
    return _mapped(folder, asker, notebook, cancelled, lambda bench: _facts(bench, folder.notebook(notebook)))


def _mapped(
    folder: Folder, asker: Asker, name: str, cancelled: Callable[[], bool], work: Callable[[Bench], Said]
) -> Said:  # fmt: skip
    try:
        bench = _bench(folder, asker, cancelled)
        try:
            check_allowed(bench)
            return work(bench)
        except CoimproveError as error:
            from jupyter_coimprove.workbench.knowing import safe

            return refused(error, mask=safe.scrubber(bench).text)
        finally:
            bench.close()
    except CoimproveError as error:  # of the configuration itself, or of closing
        return refused(error)
    except Exception as error:
        log.exception("%s", name)
        return refused(CoimproveError(type(error).__name__, remedy=_INTERNAL), code="internal")


def refused(error: CoimproveError, *, code: str = "", mask: Callable[[str], str] = str) -> Said:
    """An error as a tool's answer."""
    told = {key: mask(value) for key, value in error.as_dict().items()} | ({"code": code} if code else {})
    text = f"{told['code']}: {told['message']}" + (f"; {told['remedy']}" if told["remedy"] else "")
    return Said(text=text, data={"error": told}, failed=True)


def check_allowed(bench: Bench) -> None:
    """NeedsModel where who runs this, or the person, has turned AI off: a client's model is one too."""
    from jupyter_coimprove.workbench import choosing
    from jupyter_coimprove.workbench.policy import check_ai, policy

    settled = choosing.settings(bench)
    check_ai(policy("ai", str(settled.get("ai_policy", ""))), chosen=bool(settled.get("ai", True)))


def _bench(folder: Folder, asker: Asker, cancelled: Callable[[], bool]) -> Bench:
    from jupyter_coimprove.workbench.bench import Bench, Where

    # The actor is the model: a use case that needs a person refuses it. Notebooks may be open anywhere.
    where = Where(cwd=folder.root, at_prompt=False)
    return Bench(
        where=where, root_override=asker.root, actor=asker.author, configured=asker.configured, cancelled=cancelled
    )  # fmt: skip


def _facts(bench: Bench, path: Path) -> Said:
    from jupyter_coimprove.proposals.context import arrange, text
    from jupyter_coimprove.workbench import knowing
    from jupyter_coimprove.workbench.talking import BUDGET

    blocks, _ = arrange(knowing.blocks(bench, path), BUDGET)
    return Said(text=text(blocks))


def _called(bench: Bench, folder: Folder, asker: Asker, name: str, given: Mapping[str, Any]) -> Said:
    from jupyter_coimprove.workbench import tools
    from jupyter_coimprove.workbench.knowing import Wanted

    rows = {row[0]: row for row in table(folder)}
    if name not in rows:
        raise UnknownName("tool", name, rows)
    using.check(name, rows[name][3], given)
    if name == LIST:
        return _told(
            Block(kind="notebooks", v=1, data={"of": folder.root.name, "notebooks": folder.notebooks()})
        )
    path = folder.notebook(given.get("notebook"))
    bench.where = dataclasses.replace(bench.where, notebook=path)
    rest = {key: value for key, value in given.items() if key != "notebook"}
    tool, block = using.called(tools.tools(bench, path, Wanted(no_images="")), name, rest)
    bench.check_cancelled()
    if tool.kind == "read":
        return _told(block)
    return _kept(bench, asker, path, block)


def _told(block: Block) -> Said:
    """What was read: a typed block that says what it is of."""
    if block.kind == "image":
        told = encode(about(block))
        return Said(text=told, data=json.loads(told), image=block.data)
    text = encode(block)
    short = using.short(text)
    return Said(text=short, data=json.loads(text) if short == text else None)


def _kept(bench: Bench, asker: Asker, path: Path, block: Block) -> Said:
    """Put what is proposed into the record, by the client, asked for by who serves it; it waits for a person."""
    from jupyter_coimprove.workbench import proposed

    bench.actor = asker.person
    id_ = proposed.keep_one(bench, path, block, asker.author, cell=None, prompt="")
    if not id_:
        raise UsageError(f"{block.kind} is not kept by itself")
    told = {"of": path.name, "id": id_, "proposed": block.kind, "waits": "for a person's decision; nothing was run or changed"}  # fmt: skip
    if block.kind == "prediction":
        told["waits"] = "for the runs, which score it"
    return _told(Block(kind="kept", v=1, data=told))
