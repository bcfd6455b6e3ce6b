"""What could be varied and what is measured: read from the code, nothing executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.notebook.cells import Place

CandidateKind = Literal[
    "parameter", "constant", "literal", "config", "default", "seed", "item", "term", "step", "statement"
]
#: What an arm does to the code at a candidate's places (experiments/operators).
OperatorName = Literal["set", "drop-item", "drop-term", "identity", "drop-statement"]
Direction = Literal["max", "min", "unknown"]
MeasuredHow = Literal["variable", "printed", "displayed", "series", "file", "scalar", "logged", "scrap"]
#: A candidate with a lower score is what nobody would vary: it reports, draws, or changes what comes back.
WORTH = 0.1


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something a researcher might vary.

    ``name`` is unique in the notebook and what a person types: ``lr``, ``cfg.lr``,
    ``train_test_split.test_size``. ``source`` is the baseline as it stands in the code,
    ``value`` the same as JSON (None with ``source != "None"`` when JSON cannot say it).
    ``levels`` are other levels worth a try, as source. An ``item`` is a member of a list
    display that can be dropped, a ``term`` an operand of a sum, a ``step`` a call that could pass
    its input on unchanged, a ``statement`` one that could be left out; ``operator`` says how.
    ``reaches`` are the indices of cells whose results depend
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
    operator: OperatorName = "set"
    #: A name of the cell tagged ``parameters`` (a seed may be one too): set the papermill way.
    parameter: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Something the notebook measures, that could be a response.

    ``how``: ``variable`` (assigned at top level), ``printed`` or ``displayed`` (an expression
    in a print call, an f-string or as last line), ``series`` (one entry an epoch, fold or item),
    ``file`` (column ``expr`` of ``file``, which the notebook writes), ``scalar`` (TensorBoard's
    tag), ``logged`` (``coimprove.log``), ``scrap``. ``expr`` evaluates to it in the namespace after
    the last cell, unless it is not ``reachable``: then ``pattern`` finds it in what ``cells`` print
    (else what they print is there to compare with).
    ``last`` is the value a stored output shows, known to ``decimals``. ``reduction`` is what
    suggests itself for a series; ``notes`` is what must be told with such a result.
    """

    name: str
    how: MeasuredHow
    expr: str
    cell: int
    direction: Direction = "unknown"
    last: float | None = None
    score: float = 0.0
    reachable: bool = True
    pattern: str = ""
    cells: tuple[int, ...] = ()
    decimals: int | None = None
    file: str = ""
    reduction: str = ""
    notes: tuple[str, ...] = ()


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


DrawKind = Literal["split", "order", "init", "data"]


@dataclass(frozen=True, kw_only=True)
class Draw:
    """A place where chance enters: the call, the generator it draws from, what for, and what drives it.

    ``generator`` is ``random``, ``numpy``, ``torch`` or ``tensorflow``, or ``own`` for one that is made or
    seeded there. ``kind``: a ``split`` or resampling of the data, their ``order``, ``init`` (start values,
    dropout and other noise of training), or the ``data`` themselves. ``seeds`` name the
    candidates that drive it; ``seeded`` says that something does. ``reaches`` are the cells that depend on it.
    """

    cell: int
    call: str
    generator: str
    kind: DrawKind
    seeds: tuple[str, ...]
    seeded: bool
    reaches: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Chance:
    """All draws in the order they run; what no seed controls; loops over seeds.

    ``imported`` is the cell that imports a library first, ``seeded`` the cell that seeds a global
    generator first.
    """

    draws: tuple[Draw, ...]
    uncontrolled: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    imported: Mapping[str, int] = field(default_factory=dict)
    seeded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that was read: candidates by rank (seeds among them, ``kind="seed"``), measures, splits, chance.

    ``chance`` is None where it was not read (another language). ``items`` is an expression that
    scores each test item, with its direction, where truth and prediction are left in the end.
    """

    candidates: tuple[Candidate, ...]
    measured: tuple[Measured, ...]
    splits: tuple[Split, ...]
    warnings: tuple[str, ...] = ()
    chance: Chance | None = None
    items: tuple[str, Direction] | None = None
