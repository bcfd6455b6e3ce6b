"""What a window decided, as it has it: claimed for it with the decision."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views import View


def claimed_at_once(bench: Bench, view: View) -> dict[str, Any]:
    """``{claimed: application}`` where the decision queued one that the window which asked has now; else nothing.

    A decision stands, whoever carries it out: a window that does not have it hears of it and claims it then.
    """
    from jupyter_coimprove.workbench import queueing
    from jupyter_coimprove.workbench.views import DecisionView

    if not bench.window or not isinstance(view, DecisionView) or view.application != "queued":
        return {}
    rows = [queueing.row(bench, item) for item in bench.record().find("application", decision=view.id)]
    return next(({"claimed": dataclasses.asdict(row)} for row in rows if row.window == bench.window), {})
