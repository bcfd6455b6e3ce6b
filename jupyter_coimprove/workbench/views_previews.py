"""The answer to `preview`: what proposed code showed in a locked copy of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.workbench.view import View


@dataclass(frozen=True, kw_only=True)
class PreviewedCell:
    """One cell's outputs as in nbformat; ``ended`` is ok, error or stopped (it had not ended)."""

    source: str
    ended: str
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """A preview as it is kept with its proposal, of exactly ``digest``.

    ``state`` is ``ran`` or ``off`` (nothing was run, ``why`` says the reason); ``ended`` completed, error,
    timed_out, killed or cancelled. ``seconds`` are those from the request to the result, in the kernel.
    """

    decision: str
    digest: str
    by: str
    at: str
    state: str
    ended: str = ""
    why: str = ""
    seconds: float = 0.0
    cells: tuple[PreviewedCell, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PreviewView(View):
    """``request`` is for the kernel that asked, which runs it and then says what came of it; empty once it has."""

    id: str
    state: str
    title: str
    notebook: str
    digest: str
    decision: str = ""
    preview: PreviewRow | None = None
    request: Mapping[str, Any] | None = None
