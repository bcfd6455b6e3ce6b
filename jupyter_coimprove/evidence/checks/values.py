"""What is known of a value without running anything: its rows, what was learnt to make it, its scores."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_coimprove.evidence.checks.rows import Rows, Step

MISSING: Any = object()


@dataclass(frozen=True)
class Where:
    """A place in the code: cell (0-based; -1 for a file beside the notebook), line (1-based), text."""

    cell: int
    line: int
    text: str = ""
    file: str = ""


@dataclass(frozen=True)
class Stat:
    """Something learnt from rows: a scaler's mean, a column's median, the best columns, a rate by city.

    ``kind`` is preprocessing, selection, encoding, or categories; ``over`` names the data.
    """

    kind: str
    rows: frozenset[Rows]
    where: Where
    what: str
    over: str
    origins: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Copies:
    """Rows of a value that are copies of each other: resampled, repeated, or joined with changed copies."""

    where: Where
    what: str


@dataclass(frozen=True)
class Score:
    """A number that says how well a model does on rows. ``loops`` are those it is made anew in."""

    number: int
    rows: frozenset[Rows]
    metric: str
    where: Where
    models: frozenset[int]
    loops: tuple[str, ...] = ()
    folds: bool = False


@dataclass(frozen=True)
class Fit:
    """Rows that a model learnt from, what its inputs had learnt before, and where."""

    rows: frozenset[Rows]
    stats: frozenset[Stat]
    where: Where
    x: Val
    y: Val | None


@dataclass(eq=False)
class Model:
    """Anything that is fitted: a transformer, an estimator, a pipeline, a network, coefficients."""

    number: int
    kind: str
    role: str
    where: Where
    name: str = ""
    parts: tuple[Val, ...] = ()
    fits: list[Fit] = field(default_factory=list)
    keywords: Mapping[str, Val] = field(default_factory=dict)
    #: What a network was given, and what its outputs were held against.
    fed: list[Val] = field(default_factory=list)
    truths: list[Val] = field(default_factory=list)


@dataclass(eq=False)
class Function:
    """A function of the notebook, with the scope it was made in."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    owner: Val | None = None
    cell: int = 0
    file: str = ""


@dataclass(eq=False)
class Class:
    """A class of the notebook; ``network`` when it is one of torch's modules."""

    node: ast.ClassDef
    scope: Scope
    bases: tuple[str, ...]
    cell: int = 0
    file: str = ""


@dataclass(eq=False)
class Scope:
    """Names and their values; a function's own over the notebook's."""

    names: dict[str, Val] = field(default_factory=dict)
    outer: Scope | None = None

    def get(self, name: str) -> Val | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


@dataclass(frozen=True)
class Frame:
    """Columns of a table: those of ``base`` but ``without``, or ``only`` some; ``added`` by name.

    ``unknown``: columns were taken away that the code does not name.
    """

    base: str
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    added: Mapping[str, Val] = field(default_factory=dict)
    unknown: bool = False
    #: Where these columns were chosen.
    where: Where | None = None

    def has(self, column: str) -> bool:
        return column not in self.without and (self.only is None or column in self.only) and not self.unknown


#: A column of data: (where the data came from, its name), or a whole array's.
Origin = tuple[str, str]


@dataclass(frozen=True)
class Val:
    """What is known of one value. All of it may be empty: then nothing is known."""

    rows: frozenset[Rows] = frozenset()
    #: Narrowing that row numbers or a mask stand for; None when it is neither.
    index: tuple[Step, ...] | None = None
    #: The order that slices cut: "" as it came, else who shuffled it.
    order: str = ""
    stats: frozenset[Stat] = frozenset()
    origins: frozenset[Origin] = frozenset()
    frame: Frame | None = None
    copies: frozenset[Copies] = frozenset()
    #: Models whose outputs it holds, and whether as hard labels.
    models: frozenset[int] = frozenset()
    hard: bool = False
    #: Prediction beside truth, not yet averaged.
    error: bool = False
    scores: frozenset[Score] = frozenset()
    #: Selections (by number) that this was chosen by.
    chosen: frozenset[int] = frozenset()
    #: Facts by name: "lagged", "future", "dates", "groups:user", "loop:3", "sorted", "loss", "unique", …
    marks: frozenset[str] = frozenset()
    items: tuple[Val, ...] | None = None
    keys: Mapping[str, Val] | None = None
    const: Any = MISSING
    obj: Any = None
    text: str = ""

    def part(self, *steps: Step) -> Val:
        """The same, narrowed to some of its rows."""
        if not steps:
            return self
        return replace(
            self, rows=frozenset(r.under(*steps) for r in self.rows),
            items=tuple(i.part(*steps) for i in self.items) if self.items is not None and self.rows else self.items,
            keys={k: v.part(*steps) for k, v in self.keys.items()} if self.keys and self.rows else self.keys,
            index=None if self.index is None else self.index + steps,
        )  # fmt: skip

    def marked(self, *marks: str) -> Val:
        return replace(self, marks=self.marks | set(marks)) if marks else self

    def deep(self) -> Val:
        """With what its members hold, at any depth, as one."""
        if not self.items and not self.keys:
            return self
        members = [m.deep() for m in (*(self.items or ()), *(self.keys or {}).values()) if m is not self]
        return join([replace(self, items=None, keys=None), *members])


NOTHING = Val()


def join(values: Iterable[Val], *, keep_members: bool = False) -> Val:
    """What is known of something made from all of these."""
    given = [v for v in values if v is not NOTHING]
    if not given:
        return NOTHING
    if len(given) == 1:
        return given[0]
    frames = [v.frame for v in given if v.frame is not None]
    indices = [v.index for v in given if v.index is not None]
    orders = {v.order for v in given if v.rows or v.index is not None}
    return Val(
        rows=frozenset().union(*(v.rows for v in given)),
        index=indices[0] if indices and all(i == indices[0] for i in indices) else None,
        order=orders.pop() if len(orders) == 1 else "",
        stats=frozenset().union(*(v.stats for v in given)),
        origins=frozenset().union(*(v.origins for v in given)),
        frame=merged(frames) if frames else None,
        copies=frozenset().union(*(v.copies for v in given)),
        models=frozenset().union(*(v.models for v in given)),
        hard=any(v.hard for v in given), error=any(v.error for v in given),
        scores=frozenset().union(*(v.scores for v in given)),
        chosen=frozenset().union(*(v.chosen for v in given)),
        marks=frozenset().union(*(v.marks for v in given)),
        items=next((v.items for v in given if v.items is not None), None) if keep_members else None,
        keys=_join_keys(given) if keep_members else None,
        obj=next((v.obj for v in given if v.obj is not None), None) if keep_members else None,
    )  # fmt: skip


def _join_keys(values: list[Val]) -> Mapping[str, Val] | None:
    out: dict[str, Val] = {}
    for value in values:
        for key, member in (value.keys or {}).items():
            out[key] = join([out[key], member], keep_members=True) if key in out else member
    return out or None


def merged(frames: list[Frame]) -> Frame:
    """The columns of tables put beside each other."""
    first = frames[0]
    if len(frames) == 1:
        return first
    added: dict[str, Val] = {}
    for frame in frames:
        added.update(frame.added)
    same = all(f.base == first.base for f in frames)
    return Frame(
        base=first.base, without=frozenset.intersection(*(f.without for f in frames)) if same else first.without,
        only=None if any(f.only is None for f in frames) else frozenset().union(*(f.only or () for f in frames)),
        added=added, unknown=any(f.unknown for f in frames),
    )  # fmt: skip


@dataclass(frozen=True)
class SplitEvent:
    """Rows cut into parts: ``random``, ``grouped``; ``value`` as it was before."""

    site: str
    value: Val
    random: bool
    grouped: bool
    where: Where
    call: str


@dataclass(frozen=True)
class Evaluation:
    """A model's outputs on rows, compared with the truth."""

    score: Score
    x: Val
    models: tuple[Model, ...]
    truth: Val
    predicted: Val
    where: Where
    #: What the models had learnt from by then.
    fits: tuple[Fit, ...] = ()
    at: int = 0
    #: Whether this happened inside a function that the notebook calls.
    followed: bool = False


@dataclass(frozen=True)
class Selection:
    """One of several taken by its score."""

    number: int
    scores: frozenset[Score]
    where: Where
    at: int
    inside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A value printed, shown or drawn; ``label`` are the words beside it."""

    value: Val
    label: str
    where: Where
    at: int
