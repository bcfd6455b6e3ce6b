"""Arms that were tuned, or are tuned in the run, with unequal budgets are confounded with them (STATISTICS 18)."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from jupyter_coimprove.experiments.experiment import Factor

#: Calls that search for settings, by the end of their name.
_SEARCH = re.compile(
    r"\w*SearchCV|\w+CV|cross_validate|create_study|optimize|fmin|BayesianOptimization|Tuner|RandomSearch|Hyperband"
)
#: Names of how many settings are tried.
_BUDGET = re.compile(
    r"n_iter|n_trials|num_trials|max_trials|max_evals|num_samples|n_candidates|n_configs|search_iter\w*",
    re.IGNORECASE,
)


def unequal(factors: Sequence[Factor]) -> list[str]:
    """A sentence for each factor whose levels differ in how much they search for settings."""
    out = []
    for factor in factors:
        if _BUDGET.fullmatch(factor.name.rpartition(".")[2]):
            out.append(
                f"{factor.name} is a budget of tuning: arms that are tuned more are confounded with it, so that a "
                "difference shows what the budget buys and not what the model is worth"
            )
            continue
        searching = [level for level in factor.levels if _searches(level)]
        if searching and len(searching) < len(factor.levels):
            out.append(
                f"confounded: {factor.name} = {searching[0]} searches for its settings and another level does not; "
                "give every level the same budget of tuning"
            )
    return out


def _searches(level: str) -> bool:
    try:
        tree = ast.parse(level, mode="eval")
    except (SyntaxError, ValueError):
        return False
    names = [
        n.id if isinstance(n, ast.Name) else n.attr
        for n in ast.walk(tree)
        if isinstance(n, (ast.Name, ast.Attribute))
    ]
    return any(_SEARCH.fullmatch(name) for name in names)
