"""What a candidate reaches, in a researcher's words: data, model, training, and the measure behind them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.notebook.calls import STEPPED
from jupyter_coimprove.notebook.candidates import Measured
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.scopes import base
from jupyter_coimprove.notebook.trees import calls, last_name, of_kind
from jupyter_coimprove.notebook.units import Unit

#: From this score on a measure sounds like one.
CLEAR = 0.3
_ROLES = ("data", "model", "training")
_DATA_CALLS = ("read_", "load_", "fetch_", "make_")
_DATA = frozenset(
    {"train_test_split", "DataLoader", "DataFrame", "TensorDataset", "genfromtxt", "loadtxt", "random_split"}
)
_MODEL_ENDS = ("Classifier", "Regressor", "Regression", "Ridge", "Lasso", "SVC", "SVR", "NB", "Net", "Model", "Sequential", "ElasticNet", "KMeans")  # fmt: skip
_TRAINING = frozenset({"backward", "fit", "partial_fit", "minimize", "cross_val_score", "cross_validate"})


@dataclass(frozen=True, kw_only=True)
class Reach:
    """As bits: the statements of each role; and the measures that sound like one, with theirs."""

    roles: tuple[tuple[str, int], ...]
    measures: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, flow: Flow, units: Sequence[Unit], measures: Sequence[Measured]) -> Reach:
        own = {n.name for u in units for n in of_kind(u.node, ast.ClassDef) if _is_model(n)}
        bodies: dict[str, set[str]] = {}
        for unit in units:
            if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                bodies[unit.node.name] = _roles(unit.node, own)
        masks = dict.fromkeys(_ROLES, 0)
        for index, statement in enumerate(flow.statements):
            if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            roles = _roles(statement.node, own)
            for name in statement.names.reads:
                roles |= bodies.get(base(name), set())
            for role in roles:
                masks[role] |= 1 << index
        bits = dict(flow.bits)
        seen: dict[str, int] = {}
        for m in measures:
            if m.score >= CLEAR and m.name not in seen:
                seen[m.name] = bits.get(m.cell, 0)
        return cls(roles=tuple(masks.items()), measures=tuple(seen.items()))

    def label(self, mask: int) -> str:
        """``model, training -> test_acc``; "" where it reaches nothing of the kind."""
        roles = ", ".join(role for role, bits in self.roles if bits & mask)
        measure = next((name for name, bits in self.measures if bits & mask), "")
        if not measure:
            return roles
        return f"{roles} -> {measure}" if roles else f"-> {measure}"


def _is_model(node: ast.ClassDef) -> bool:
    return any(
        last_name(b).endswith(("Module", "Model", "Layer", "Estimator", "Classifier", "Regressor"))
        for b in node.bases
    )


def _roles(top: ast.AST, own: set[str]) -> set[str]:
    out = set()
    for node in calls(top):
        last = last_name(node.func)
        # ``model.train()`` sets a mode; ``train(model)`` and ``run_training(model)`` train.
        trains = "train" in tokens(last) and last != "train_test_split" and bool(node.args or node.keywords)
        if last in _TRAINING or trains:
            out.add("training")
        if last in own or last in STEPPED or (last[:1].isupper() and last.endswith(_MODEL_ENDS)):
            out.add("model")
        elif last.startswith(_DATA_CALLS) or last in _DATA:
            out.add("data")
    return out
