"""What the reader of a notebook carries along: scopes, events, where it stands, and its budget."""

from __future__ import annotations

import ast
import itertools
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

from jupyter_coimprove.evidence.checks.rows import Rows
from jupyter_coimprove.evidence.checks.values import (
    NOTHING,
    Class,
    Evaluation,
    Fit,
    Function,
    Model,
    Report,
    Scope,
    Score,
    Selection,
    SplitEvent,
    Stat,
    Val,
    Where,
)  # fmt: skip

#: Calls followed into each other, and steps in all: a notebook must not make its reader run for long.
DEPTH = 8
STEPS = 120_000


class OutOfSteps(Exception):
    """The budget is spent; what was noted so far stands."""


class State(ABC):
    """Events in the order they would happen; scopes; loops that are being run."""

    def __init__(self, modules: dict[str, tuple[str, ast.Module]]) -> None:
        self.top = Scope()
        self.scope = self.top
        self.modules = modules
        self.imported: dict[str, Scope] = {}
        self.aliases: dict[str, str] = {}
        self.models: list[Model] = []
        self.splits: list[SplitEvent] = []
        self.evaluations: list[Evaluation] = []
        self.selections: list[Selection] = []
        self.reports: list[Report] = []
        #: Columns put side by side: where, and what they were made from.
        self.joins: list[tuple[Where, frozenset[tuple[str, str]]]] = []
        #: The first report of each score, by its number.
        self.shown: dict[int, Report] = {}
        self.averaged: set[tuple[str, ...]] = set()
        self.seed_loops: set[str] = set()
        self.other_loops: set[str] = set()
        #: Columns that say who rows belong to; data of which the notebook itself looks at that.
        self.grouping: set[str] = set()
        self.acknowledged: dict[str, Where] = {}
        self.temporal: dict[str, Where] = {}
        self.imbalance: list[Where] = []
        self.loops: list[str] = []
        self.depth = 0
        #: Where the functions that are being followed were called.
        self.path: list[str] = []
        self.following: list[ast.AST] = []
        self.steps = 0
        self.cell = 0
        self.file = ""
        self.node: ast.AST | None = None
        self.returns: list[list[Val]] = []
        #: Orders made by chance, and draws: site -> whether whole groups were drawn.
        self.shuffles: dict[str, bool] = {}
        #: Evaluations and reports by order of happening.
        self.clock = itertools.count()
        #: (root, column) -> where it was made.
        self.made: dict[tuple[str, str], Where] = {}
        #: (root, column) -> the columns it was made from.
        self.parents: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        self.counter = itertools.count()

    @abstractmethod
    def ev(self, node: ast.expr | None) -> Val:
        """What is known of an expression's value."""

    @abstractmethod
    def call_function(self, function: Function, args: list[Val], keywords: dict[str, Val]) -> Val:
        """Follow into a function of the notebook."""

    @abstractmethod
    def construct(self, made: Class, args: list[Val], keywords: dict[str, Val]) -> Val:
        """An instance of a class of the notebook."""

    @abstractmethod
    def invoke(self, function: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        """Call what a name is bound to."""

    @abstractmethod
    def iterate(self, value: Val) -> Val:
        """One member, as a loop sees them."""

    @abstractmethod
    def store(self, target: ast.expr, value: Val) -> None:
        """Bind a name, a member, a column."""

    @abstractmethod
    def joined(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.AST) -> Val:
        """Tables or arrays put together."""

    def tick(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise OutOfSteps

    def where(self, node: ast.AST | None = None) -> Where:
        node = node or self.node
        line = int(getattr(node, "lineno", 1))
        return Where(self.cell, line, ast.unparse(node)[:160] if node is not None else "", self.file)

    def site(self, node: ast.AST, kind: str) -> str:
        """A name for the act that happens at this node (in this call of the function it is in)."""
        return (
            f"{kind}:{self.file or self.cell}:{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"
        )

    def fresh(self, node: ast.AST, value: Val = NOTHING) -> Val:
        """Data that comes from here: rows of its own."""
        root = self.site(node, "data") + "".join(f"<{at}" for at in self.path)
        return replace(
            value,
            marks=value.marks - {"module"},
            rows=frozenset({Rows(root)}),
            origins=frozenset({(root, "*")}),
        )

    def model(self, node: ast.AST, kind: str, role: str, **more: Any) -> Val:
        made = Model(number=len(self.models), kind=kind, role=role, where=self.where(node), **more)
        self.models.append(made)
        return Val(obj=made)

    def ancestry(self, origins: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """These columns and all that they were made from."""
        out, todo = set(origins), list(origins)
        while todo:
            for parent in self.parents.get(todo.pop(), ()):
                if parent not in out:
                    out.add(parent)
                    todo.append(parent)
        return frozenset(out)

    def full_stats(self, x: Val) -> frozenset[Stat]:
        """What was learnt to make these inputs, their columns and the predictions among them included."""
        stats = set(x.stats)
        models = set(x.models)
        if x.frame is not None:
            for name, column in x.frame.added.items():
                if x.frame.has(name):
                    stats |= column.stats
                    models |= column.models
        for number in models:
            made = self.models[number]
            for fit in made.fits:
                stats |= fit.stats
                stats.add(
                    Stat(
                        kind="preprocessing", rows=fit.rows, where=fit.where, what=made.kind, over=fit.x.text
                    )
                )
        return frozenset(stats)

    def fit(self, model: Model, x: Val, y: Val | None, node: ast.AST) -> None:
        x = x.deep() if not x.rows else x
        model.fits.append(Fit(rows=x.rows, stats=self.full_stats(x), where=self.where(node), x=x, y=y))
        for part in model.parts:
            if isinstance(part.obj, Model):
                self.fit(part.obj, x, y, node)

    def score(
        self,
        node: ast.AST,
        metric: str,
        rows: frozenset[Rows],
        models: frozenset[int],
        *,
        folds: bool = False,
    ) -> Score:
        return Score(
            number=next(self.counter), rows=rows, metric=metric, where=self.where(node), models=models,
            loops=tuple(self.loops), folds=folds,
        )  # fmt: skip

    def evaluate(self, score: Score, x: Val, truth: Val, predicted: Val, node: ast.AST) -> Val:
        """A score of models on rows, noted; the value that the notebook gets."""
        models = tuple(self.models[n] for n in sorted(score.models))
        fits = [f for m in models for f in (m.fits if m.role == "network" else m.fits[-1:])]
        self.evaluations.append(
            Evaluation(
                score=score, x=x, models=models, truth=truth, predicted=predicted, where=score.where,
                fits=tuple(fits), at=next(self.clock), followed=bool(self.following),
            )
        )  # fmt: skip
        chosen = x.chosen | predicted.chosen
        return Val(scores=frozenset({score}), chosen=chosen, models=score.models)

    def select(self, value: Val, node: ast.AST) -> frozenset[int]:
        """Something is taken by its score: the selection's number, empty when no score is in it."""
        value = value.deep()
        if not value.scores:
            return frozenset()
        number = len(self.selections)
        self.selections.append(
            Selection(
                number=number,
                scores=value.scores,
                where=self.where(node),
                at=next(self.clock),
                inside=tuple(self.loops),
            )
        )
        return frozenset({number})

    def report(self, value: Val, label: str, node: ast.AST) -> None:
        value = value.deep()
        if value.scores or value.chosen:
            made = Report(value=value, label=label, where=self.where(node), at=next(self.clock))
            self.reports.append(made)
            for score in value.scores:
                self.shown.setdefault(score.number, made)

    def seeded(self, value: Val) -> None:
        self.seed_loops |= {m[5:] for m in value.marks if m.startswith("loop:")}

    def varied(self, value: Val) -> None:
        self.other_loops |= {m[5:] for m in value.marks if m.startswith("loop:")}

    def network(self, value: Val) -> bool:
        made = value.obj
        return isinstance(made, Model) and made.role == "network"
