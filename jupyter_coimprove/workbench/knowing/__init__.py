"""What a provider may know of a notebook: facts as blocks, each with its value, redacted in one place.

``blocks`` gives (value, stable, block). What is stable is the same while the notebook and the record
are; it does not depend on the question, so that a conversation reads it from a cache. Cells tagged
``coimprove-exclude`` are never among them, nor what only they define.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench.bench import Bench

Entry = tuple[float, bool, "Block"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the person chose: cells by number from 0 (None: all), variables by name (None: all), and what
    the door knows of the live ones (``kernelspace.snapshot``; empty where no kernel was asked)."""

    cells: tuple[int, ...] | None = None
    variables: tuple[str, ...] | None = None
    live: Mapping[str, Any] = field(default_factory=dict)
    #: Whether what cells showed and variables hold may be told at all (``COIMPROVE_OUTPUTS_POLICY``).
    outputs: bool = True
    #: Why no picture goes along: who is asked takes none, or none may be sent. Empty: they do.
    no_images: str = "none was asked for"


def permitted(bench: Bench, wanted: Wanted) -> Wanted:
    """What of it may be told here: who runs the server may keep all outputs and values from every model."""
    from jupyter_coimprove.workbench.choosing import settings
    from jupyter_coimprove.workbench.policy import allowed

    settled = settings(bench)
    if not wanted.no_images and not allowed("images", bool(settled.get("images", True)), settled):
        wanted = replace(wanted, no_images="pictures are not sent from here")
    if allowed("outputs", wanted.outputs, settled):
        return replace(wanted, outputs=True)
    return replace(wanted, outputs=False, live={})


def blocks(
    bench: Bench, notebook: Path | None, question: str = "", cell: str | None = None, wanted: Wanted | None = None
) -> list[Entry]:  # fmt: skip
    """The facts about the notebook around a question asked at ``cell`` (its id). NotebookError as in reading."""
    from jupyter_coimprove.workbench.knowing import cells, flows, kept, live, pictures, safe, seen

    wanted = permitted(bench, wanted or Wanted())
    if notebook is None:
        return safe.scrubbed(
            live.entries(wanted.live, wanted.variables, question, frozenset()), safe.scrubber(bench)
        )
    read = seen.look(notebook, outputs=wanted.outputs)
    masks = safe.scrubber(bench, read.secrets)
    key = (masks.fingerprint, wanted.cells)
    if key not in read.made:
        read.made[key] = safe.scrubbed(cells.entries(read, wanted.cells), masks)
    around: list[Entry] = [
        *kept.entries(bench, notebook), *cells.here(read, cell), *flows.entries(read, question, cell),
        *live.entries(wanted.live, wanted.variables, question, read.withheld),
        *pictures.entries(read, question, cell, wanted),
    ]  # fmt: skip
    return [*read.made[key], *safe.scrubbed(around, masks)]
