"""Conversations as a person keeps them: told as Markdown, or forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NothingToDo
from jupyter_coimprove.workbench import conversing
from jupyter_coimprove.workbench.views import ChecksView, ShowView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


def reset(bench: Bench, *, notebook: str | None = None) -> ChecksView:
    """Forget the conversation about a notebook; proposals and usage stay in the record."""
    path = bench.path(notebook) if notebook else bench.where.notebook
    said = conversing.of(bench, path)
    count = len(said.entries())
    said.clear()
    return ChecksView(
        summary=f"{count or 'no'} entr{'y' if count == 1 else 'ies'} forgotten", ok=True, checks=()
    )


def conversation(
    bench: Bench, *, notebook: str | None = None, output: str | None = None, branch: str | None = None
) -> ShowView:
    """The conversation about a notebook as Markdown, or into a file; ``branch`` puts the one with that message in front.

    UnknownName where no message is called so.
    """
    from jupyter_coimprove.notebook.io import write_atomic

    path = bench.path(notebook) if notebook else bench.where.notebook
    if branch:
        conversing.of(bench, path).show(branch)
    entries = conversing.of(bench, path).entries()
    if not entries:
        raise NothingToDo("nothing was said here yet", remedy="`coimprove ask 'which parts matter?'`")
    name = path.name if path else "no notebook"
    text = conversing.markdown(entries, f"Conversation about {name}")
    target = bench.path(output) if output else None
    if target is not None:
        write_atomic(target, text.encode("utf-8", "replace"), expect=None)
    return ShowView(
        summary=f"{len(entries)} entr{'y' if len(entries) == 1 else 'ies'}" + (f", written to {target}" if target else ""), id="", kind="message", state="",
        trust="own", text="" if target else text, data={},
    )  # fmt: skip
