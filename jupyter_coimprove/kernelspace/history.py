"""How far this kernel has come, so that what it ran after the notebook was saved can be said to be missing.

Its text also runs alone, in whatever Python the kernel has: standard library only.
"""

from __future__ import annotations

import re
from typing import Any

_ASKS = re.compile(r"\s*(?:%%?coai\b|%load_ext\b|\Z)")
#: So far back is looked for a cell that is no question to us.
_BACK = 100


def ran(shell: Any) -> dict[str, int]:
    """``{"ran": number}`` of the last cell before this one that neither asks nor loads us; empty where there is none."""
    typed = getattr(getattr(shell, "history_manager", None), "input_hist_raw", ())
    now = min(int(getattr(shell, "execution_count", 0)), len(typed))
    for number in range(now - 1, max(0, now - _BACK), -1):
        if not _ASKS.match(typed[number]):
            return {"ran": number}
    return {}


def here() -> dict[str, int]:
    """The same of the shell of this process; empty where it has none. Between two cells, the last one counts."""
    import sys

    module = sys.modules.get("IPython.core.getipython")
    return ran(module.get_ipython()) if module is not None else {}
