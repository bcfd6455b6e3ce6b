"""How a notebook would write the full name of something, and the import it lacks for that."""

from __future__ import annotations

from jupyter_coimprove.notebook.failures.situation import Situation


def spelled(s: Situation, full: str) -> tuple[str, str]:
    """How this notebook would write a full name, and the import that it lacks for that (or nothing)."""
    if full == "numpy":
        alias = next((n for n, m in s.imported.items() if m == full), None)
        return (alias, "") if alias else ("np", "import numpy as np")
    if "." not in full:
        return full, f"import {full}" if full in (
            "math",
            "json",
            "six",
            "joblib",
            "errno",
        ) and full not in s.imported else ""
    parts = full.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module, rest = ".".join(parts[:length]), ".".join(parts[length:])
        alias = next((n for n, m in s.imported.items() if m == module), None)
        if alias is not None:
            return f"{alias}.{rest}", ""
    usual = {"numpy": "np", "pandas": "pd", "matplotlib.pyplot": "plt"}
    module, last = ".".join(parts[:-1]), parts[-1]
    if parts[0] == "numpy" and len(parts) > 2:
        return f"np.{'.'.join(parts[1:])}", "import numpy as np"
    if module in usual:
        return f"{usual[module]}.{last}", f"import {module} as {usual[module]}"
    return last, f"from {module} import {last}"
