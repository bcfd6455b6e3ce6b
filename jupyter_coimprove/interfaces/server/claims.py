"""What a window decided, claimed for it while its decision is answered."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views import View


def claimed_at_once(bench: Bench, view: View, notebook: Path | None, window: str) -> dict[str, Any]:
    """``{claimed: application}`` where the decision queued one that this window may carry out; else nothing."""
    from jupyter_coimprove.workbench import claiming
    from jupyter_coimprove.workbench.views import DecisionView

    if not window or notebook is None or not isinstance(view, DecisionView):
        return {}
    if view.verb not in ("accepted", "edited") or view.application != "queued":
        return {}
    try:
        return {"claimed": dataclasses.asdict(claiming.claim(bench, view.id, path=notebook, window=window))}
    except CoimproveError:
        # The decision stands, whoever carries it out: the window hears of it, claims it, and is told why not.
        return {}
