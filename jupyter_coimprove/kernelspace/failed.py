"""The last errors of cells by their number, for ``{Err[3]}`` in a question; text alone, so that nothing is held."""

from __future__ import annotations

from typing import Any

KEPT = 100
LONGEST = 8_000
#: Of this kernel; forgotten with it.
errors: dict[int, str] = {}


def remember(result: Any) -> None:
    """What IPython calls after each cell; only a cell that failed costs anything."""
    error = getattr(result, "error_in_exec", None) or getattr(result, "error_before_exec", None)
    count = getattr(result, "execution_count", None)
    if error is None or not isinstance(count, int) or hasattr(error, "_render_traceback_"):
        return
    import traceback

    try:
        told = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-6))
    except Exception:  # noqa: BLE001 (an exception that cannot be told is told by its name)
        told = type(error).__name__
    errors[count] = told[-LONGEST:]
    while len(errors) > KEPT:
        del errors[next(iter(errors))]
