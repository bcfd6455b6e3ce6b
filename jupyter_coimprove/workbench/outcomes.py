"""What came of a run, as the record keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.runs.run import Outcome


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the record keeps it; NaN and infinite are kinds there, not numbers."""
    error = outcome.error
    return {
        "reason": outcome.reason,
        "error": None
        if error is None
        else {"name": error.name, "value": error.value[:2000], "cell": error.cell, "traceback": error.traceback[-4000:]},
        "metrics": [
            {"name": metric.name, "value": metric.value.as_dict(), "step": metric.step, "source": metric.source}
            for metric in outcome.metrics
        ],
        "seconds": round(outcome.seconds, 3),
        "cell_seconds": [round(seconds, 4) for seconds in outcome.cell_seconds],
        "peak_mb": outcome.peak_mb,
        "gpu_peak_mb": outcome.gpu_peak_mb,
        "written": [dict(entry) for entry in outcome.written],
        "strays": list(outcome.strays),
        "reads": list(outcome.reads),
        "defined": list(outcome.defined),
        "environment": dict(outcome.environment),
    }  # fmt: skip
