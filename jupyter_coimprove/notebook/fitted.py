"""What a fitted model can say of itself where the notebook asks no number of it: its score, its fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_coimprove.notebook.bodies import own_nodes
from jupyter_coimprove.notebook.candidates import Direction, Measured
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.metrics import role
from jupyter_coimprove.notebook.trees import callee_of, walk

#: How well a statsmodels result fits, by the model it comes from.
_FIT: tuple[tuple[tuple[str, ...], str, Direction], ...] = (
    (("ols", "gls", "wls", "glsar"), "rsquared", "max"),
    (("rlm",), "scale", "min"),
    (("quantreg",), "prsquared", "max"),
    (("glm", "logit", "probit", "mnlogit", "poisson", "negativebinomial", "mixedlm", "arima", "sarimax", "phreg", "gee", "ordinalmodel"), "llf", "max"),
)  # fmt: skip
_NO_PREDICTOR = re.compile(
    r"(Scaler|Vectorizer|Transformer|Encoder|Imputer|Union|Selector|PCA|SVD|NMF|TSNE|SelectKBest|SelectPercentile|"
    r"Sequential|Model|Trainer|KMeans|Normalizer|Binarizer|Discretizer|Study|Figure)$"
)


def fitted(flow: Flow) -> Iterator[tuple[Measured, int]]:
    """Such measures with the statement that fits; they rank behind what the notebook measures itself.

    Only where none of the names is given another value later.
    """
    last = {n: i for i, s in enumerate(flow.statements) for n in s.names.binds}
    for measure, index in _all(flow):
        names = {n.id for n in walk(ast.parse(measure.expr)) if isinstance(n, ast.Name)}
        if all(last.get(name, index) <= index for name in names):
            yield measure, index


def _all(flow: Flow) -> Iterator[tuple[Measured, int]]:
    made: dict[str, ast.Call] = {}
    held = _held_out(flow)
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        nodes = [statement.node, *own_nodes(statement.node)]
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if isinstance(node.value, ast.Call):
                    made[node.targets[0].id] = node.value
                    yield from _of_result(node.targets[0].id, node.value, made, index)
            elif isinstance(node, ast.Call):
                yield from _of_fit(node, made, held, index)
                yield from _of_report(node, index)


def _one(expr: str, way: Direction, score: float, index: int) -> tuple[Measured, int]:
    return Measured(name=expr, how="displayed", expr=expr, cell=0, direction=way, score=score), index


def _held_out(flow: Flow) -> tuple[str, str] | None:
    """The names of the held-out part: as ``train_test_split`` gives it, else as they are called."""
    names: list[str] = []
    for statement in flow.statements:
        node = statement.node
        names += sorted(statement.names.binds)
        value = node.value if isinstance(node, ast.Assign) else None
        if (
            isinstance(node, ast.Assign)
            and isinstance(value, ast.Call)
            and callee_of(value) == "train_test_split"
        ):
            target = node.targets[0]
            if isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == 4:
                inputs, wanted = target.elts[1], target.elts[3]
                if isinstance(inputs, ast.Name) and isinstance(wanted, ast.Name):
                    return inputs.id, wanted.id
    held = [name for name in names if role(name) == "test"]
    inputs_ = next((n for n in held if n.lower().startswith("x")), None)
    wanted_ = next((n for n in held if n.lower().startswith("y")), None)
    return (inputs_, wanted_) if inputs_ and wanted_ else None


def _of_fit(
    call: ast.Call, made: dict[str, ast.Call], held: tuple[str, str] | None, index: int
) -> Iterator[tuple[Measured, int]]:
    """``clf.fit(X, y)``: its score on what was held out, else on what it was fitted to."""
    func = call.func
    if not (isinstance(func, ast.Attribute) and func.attr == "fit" and isinstance(func.value, ast.Name)):
        return
    name, given = func.value.id, call.args
    kind = callee_of(made[name]) if name in made else ""
    if len(given) < 2 or not all(isinstance(a, ast.Name) for a in given[:2]) or _NO_PREDICTOR.search(kind):
        return
    if {k.arg for k in call.keywords} & {"epochs", "batch_size", "validation_data", "validation_split"}:
        return
    if kind.endswith("SearchCV"):
        yield _one(f"{name}.best_score_", "max", 0.4, index)
        return
    inputs, wanted = held or (ast.unparse(given[0]), ast.unparse(given[1]))
    yield _one(f"{name}.score({inputs}, {wanted})", "max", 0.4 if held else 0.3, index)


def _of_result(
    name: str, call: ast.Call, made: dict[str, ast.Call], index: int
) -> Iterator[tuple[Measured, int]]:
    """``res = sm.OLS(y, X).fit()``, ``study = optuna.create_study()``."""
    callee = callee_of(call)
    if callee == "create_study":
        way = next((literal(k.value) for k in call.keywords if k.arg == "direction"), "minimize")
        yield _one(f"{name}.best_value", "max" if way == "maximize" else "min", 0.6, index)
        return
    if callee != "fit" or not isinstance(call.func, ast.Attribute):
        return
    model = call.func.value
    source = made.get(model.id) if isinstance(model, ast.Name) else model
    words = {w.lower() for n in walk(source) for w in [getattr(n, "attr", getattr(n, "id", ""))]} if source is not None else set()  # fmt: skip
    for kinds, attribute, way_ in _FIT:
        if words & set(kinds):
            yield _one(f"{name}.{attribute}", way_, 0.4, index)
            return


def _of_report(call: ast.Call, index: int) -> Iterator[tuple[Measured, int]]:
    """``classification_report(y, p)`` is text: its accuracy can be computed again."""
    if (
        callee_of(call) != "classification_report"
        or len(call.args) < 2
        or any(k.arg == "output_dict" for k in call.keywords)
    ):
        return
    truth, said = call.args[:2]
    if not (isinstance(truth, ast.Name) and isinstance(said, ast.Name)):
        return
    if isinstance(call.func, ast.Attribute):
        expr = f"{ast.unparse(call.func.value)}.accuracy_score({truth.id}, {said.id})"
    else:
        expr = f"sum(a == b for a, b in zip({truth.id}, {said.id})) / len({truth.id})"
    yield _one(expr, "max", 0.5, index)
