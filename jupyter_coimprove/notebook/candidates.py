"""What could be varied and what is measured: read from the code, nothing executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from jupyter_coimprove.notebook.cells import Place

CandidateKind = Literal["parameter", "constant", "literal", "config", "default", "seed", "item"]
Direction = Literal["max", "min", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something a researcher might vary.

    ``name`` is unique in the notebook and what a person types: ``lr``, ``cfg.lr``,
    ``train_test_split.test_size``. ``source`` is the baseline as it stands in the code,
    ``value`` the same as JSON (None with ``source != "None"`` when JSON cannot say it).
    ``levels`` are other levels worth a try, as source. An ``item`` is a member of a list
    display that can be dropped. ``reaches`` are the indices of cells whose results depend
    on it; ``places`` all the addresses it binds to. ``score`` ranks: higher is likelier.
    """

    name: str
    kind: CandidateKind
    source: str
    value: Any
    type: str
    places: tuple[Place, ...]
    levels: tuple[str, ...] = ()
    reaches: tuple[int, ...] = ()
    label: str = ""
    score: float = 0.0
    #: A name of the cell tagged ``parameters`` (a seed may be one too): set the papermill way.
    parameter: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Something the notebook measures, that could be a response.

    ``how``: ``variable`` (assigned at top level), ``printed`` or ``displayed`` (an expression
    in a print call, an f-string or as last line), ``logged`` (``coimprove.log``), ``scrap``.
    ``expr`` evaluates to it in the namespace after the last cell; ``last`` is the value a
    stored output shows, if one does.
    """

    name: str
    how: Literal["variable", "printed", "displayed", "logged", "scrap"]
    expr: str
    cell: int
    direction: Direction = "unknown"
    last: float | None = None
    score: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Split:
    """A call that splits or resamples the data (STATISTICS 9).

    ``train_size`` and ``test_size`` are expressions that give the two sizes after the last
    cell, or None when only ``ratio`` (n_test / n_train, from folds or a literal) is known.
    ``seed`` names the candidate that seeds it, None when it is fixed or unseeded.
    """

    cell: int
    call: str
    train_size: str | None
    test_size: str | None
    ratio: float | None
    seed: str | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that was read: candidates by rank (seeds among them, ``kind="seed"``), measures, splits."""

    candidates: tuple[Candidate, ...]
    measured: tuple[Measured, ...]
    splits: tuple[Split, ...]
    warnings: tuple[str, ...] = ()
