"""``log("loss", 0.3, step=12)``: a number recorded where it is computed.

It travels as a display message, so it stays in the notebook's output too, and any front end
shows it as text. Standard library and IPython alone.
"""

from __future__ import annotations

import math
import sys
from typing import Any, SupportsFloat

MIME = "application/vnd.coimprove.metric+json"


def encode(value: float) -> Any:
    """A finite number as it is, else ``{"kind": "nan" | "inf" | "-inf"}``: JSON has none of these."""
    if math.isnan(value):
        return {"kind": "nan"}
    if math.isinf(value):
        return {"kind": "inf" if value > 0 else "-inf"}
    return value


def log(name: str, value: SupportsFloat, step: int | None = None) -> None:
    """Record ``value`` under ``name``, at ``step`` where it is one of a series.

    ``value`` is a number or anything with one inside (numpy, a 0-d tensor). Raises TypeError
    for what is no number.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"a metric's name is text, not {name!r}")
    if isinstance(value, (str, bytes)):
        raise TypeError(f"metric {name} is text, not a number")
    # A tensor that takes part in a gradient warns unless it is detached first.
    detach = getattr(value, "detach", None)
    number = float(detach() if callable(detach) else value)
    at = None if step is None else int(step)
    text = f"{name} = {number:.6g}" + ("" if at is None else f" (step {at})")
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        if get_ipython() is not None:
            from IPython.display import publish_display_data

            data = {"v": 1, "name": name, "value": encode(number), "step": at}
            publish_display_data({MIME: data, "text/plain": text})
            return
    sys.stdout.write(text + "\n")
