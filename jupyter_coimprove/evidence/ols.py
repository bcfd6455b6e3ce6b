"""Least squares of a crossed design's effects, with a fixed effect of each block.

Every run tells of every factor, so that an interaction rests on all of them (STATISTICS 13). The
arithmetic works on any number of leading axes, so that simulations and the analysis are one
procedure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.experiments.aliasing import Effect, aliases, product_of

if TYPE_CHECKING:
    import numpy as np

#: A variance below this share of the squared responses is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Term:
    """One effect of a crossed design: of a factor, or of two factors together.

    ``column`` has one number a run; its coefficient is the effect in response units: a
    difference of means, or a difference of differences. ``aliases`` are the other interactions
    that these runs cannot tell from it.
    """

    factors: Effect
    column: tuple[float, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Estimates and standard errors of shape (…, terms), with ``free`` degrees of freedom.

    ``exact`` is where the model leaves no residual, so that there is nothing to test by.
    """

    estimates: np.ndarray
    errors: np.ndarray
    free: int
    exact: np.ndarray


def terms(settings: Sequence[Mapping[str, str]], base: Mapping[str, str]) -> tuple[tuple[Term, ...], str]:
    """The effects that the model of these runs has, or why there is no such model.

    ``settings`` gives the level of every factor in each run, ``base`` the baseline's. The runs are
    all combinations of two-level factors, or a balanced fraction of them: main effects, and
    each two-factor interaction, or group of them that shares a column, that is aliased with none.
    """
    names = list(base)
    if len(names) < 2:
        return (), ""
    rows = [[int(run[name] != base[name]) for name in names] for run in settings]
    found = aliases(rows, names)
    if any(len({run[name] for run in settings}) != 2 for name in names) or not found.balanced:
        return (), (
            "interactions need every combination of two-level factors, each once, or a balanced fraction of them"
        )
    columns = {name: [row[at] - 0.5 for row in rows] for at, name in enumerate(names)}
    mains = [Term(factors=(name,), column=tuple(column)) for name, column in columns.items()]
    pairs = [
        Term(
            factors=(one, other),
            column=tuple(a * b for a, b in zip(columns[one], columns[other], strict=True)),
            aliases=tuple(map(product_of, same)),
        )
        for (one, other), *same in found.pairs
    ]
    return (*mains, *pairs), ""


def fit(responses: np.ndarray, of: Sequence[Term], *, ratio: float | None = None) -> Fit:
    """Least squares of responses (…, blocks, runs) on the terms ``of`` a design and a fixed effect of each block.

    Every run stands once in every block. ``ratio`` is n_test / n_train where blocks are repeated
    splits: the errors are widened by ``√(1 + blocks · ratio)`` (Nadeau, Bengio 2003).
    """
    import numpy as np

    y = np.asarray(responses, dtype=float)
    blocks, runs = y.shape[-2:]
    x = np.array([term.column for term in of]).T
    x = x - x.mean(axis=0)
    inverse = np.linalg.inv(x.T @ x)
    centred = y - y.mean(axis=-1, keepdims=True)
    mean = centred.mean(axis=-2)
    beta = mean @ x @ inverse
    free = blocks * runs - blocks - len(of)
    if free < 1:
        nothing = np.full(beta.shape, np.nan)
        return Fit(estimates=beta, errors=nothing, free=0, exact=np.ones(beta.shape[:-1], dtype=bool))
    rest = centred - (beta @ x.T)[..., None, :]
    variance = (rest**2).sum(axis=(-2, -1)) / free
    scale = np.maximum(1.0, np.abs(y).max(axis=(-2, -1)))
    widen = 1 + blocks * (ratio or 0.0)
    errors = np.sqrt(variance[..., None] * np.diag(inverse) / blocks * widen)
    return Fit(estimates=beta, errors=errors, free=free, exact=variance <= (_ROUNDING * scale) ** 2)


def p_values(found: Fit) -> np.ndarray:
    """Two-sided p that each effect is 0; NaN where there is nothing to test by."""
    import numpy as np
    from scipy import special

    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(found.estimates / found.errors)
    p = 2 * special.stdtr(max(1, found.free), -t)
    out: np.ndarray = np.where(found.exact[..., None], np.nan, p)
    return out


def half_widths(found: Fit, alpha: np.ndarray) -> np.ndarray:
    """Half the width of the intervals at ``1 − alpha`` (of shape (…, terms) or one for all)."""
    from scipy import special

    out: np.ndarray = special.stdtrit(max(1, found.free), 1 - alpha / 2) * found.errors
    return out
