"""What is measured while training and what afterwards: an objective stands behind an evaluation."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jupyter_coimprove.notebook.bodies import OwnFunction, own_nodes
from jupyter_coimprove.notebook.candidates import Measured
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.metrics import HELD_OUT, OBJECTIVES, VALIDATION, role, words
from jupyter_coimprove.notebook.trees import last_name

_STEPS = frozenset({"backward", "train_on_batch", "partial_fit", "apply_gradients", "train_step"})
_FITS = _STEPS | {"fit", "minimize"}
#: What is printed with decimals after training, whatever it is called, is likelier than an objective.
_EVALUATED = 0.4
_OBJECTIVE = 0.3


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Indices of statements: ``loops`` take optimiser steps, ``runs`` call a function that does.

    From ``after`` on nothing is fitted any more.
    """

    loops: frozenset[int]
    runs: frozenset[int]
    after: int

    @classmethod
    def of(cls, flow: Flow, functions: Mapping[str, OwnFunction]) -> Stages:
        loops, runs, fits = set[int](), set[int](), set[int]()
        for index, statement in enumerate(flow.statements):
            if not isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                called = _called(statement.node)
                loops |= {index} if called & _STEPS else set()
                fits |= {index} if called & _FITS else set()
        for function in functions.values():
            called = _called(function.node)
            runs |= set(function.runs) if called & _STEPS else set()
            fits |= set(function.runs) if called & _FITS else set()
        return cls(
            loops=frozenset(loops), runs=frozenset(runs), after=max(fits, default=len(flow.statements)) + 1
        )

    def weighed(self, m: Measured, statement: int) -> Measured:
        """The measure with its score as the stage in which it is computed has it."""
        said = set(words(f"{m.name} {m.expr}"))
        kept = said & (HELD_OUT | VALIDATION) or role(m.name)
        # What a trainer returns may be what it evaluated; what it prints of its objective is not.
        training = statement in self.loops or (statement in self.runs and not m.reachable)
        if training and m.how != "file" and said & OBJECTIVES and not kept:
            return replace(m, score=min(m.score, _OBJECTIVE))
        shown = m.how in ("printed", "displayed") and m.decimals is not None
        if shown and statement >= self.after and m.direction == "unknown":
            return replace(m, score=max(m.score, _EVALUATED))
        return m


def _called(node: ast.AST) -> set[str]:
    calls = [n.func for n in own_nodes(node) if isinstance(n, ast.Call)]
    return {last_name(function) for function in calls}
