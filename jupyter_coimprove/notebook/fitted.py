"""What a fitted model can say of itself where the notebook asks no number of it: its score, its fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

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
    (("glm", "logit", "probit", "mnlogit", "poisson", "negativebinomial", "mixedlm", "arima", "sarimax", "phreg", "gee", "ordinalmodel", "autoreg", "ardl", "uecm", "etsmodel", "unobservedcomponents", "dynamicfactor", "dynamicfactormq", "varmax", "markovregression", "markovautoregression", "recursivels"), "llf", "max"),
    (("simpleexpsmoothing", "exponentialsmoothing", "holt"), "sse", "min"),
)  # fmt: skip
#: What an estimator of scikit-learn holds after its fit, by its class.
_HOLDS: tuple[tuple[tuple[str, ...], str, Direction], ...] = (
    (("KMeans", "MiniBatchKMeans", "BisectingKMeans"), "inertia_", "min"),
    (("MDS",), "stress_", "min"),
    (("NMF", "MiniBatchNMF"), "reconstruction_err_", "min"),
    (("PCA", "TruncatedSVD", "IncrementalPCA"), "explained_variance_ratio_.sum()", "max"),
)
#: Calls that fit and give the result.
_FITS = frozenset({"fit", "fit_constrained", "fit_regularized"})
#: Models of statsmodels whose results have a summary and no likelihood.
_NO_LIKELIHOOD = frozenset(
    {"thetamodel", "mediation", "anovarm", "manova", "gmm", "iv2sls", "stlforecast", "stl"}
)
#: Models that are fitted to inputs alone and score them by their likelihood.
_DENSITIES = frozenset({"GaussianMixture", "BayesianGaussianMixture", "KernelDensity", "FactorAnalysis"})
#: What can be evaluated again and changes nothing.
_PLAIN = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.Slice,
    ast.Tuple,
    ast.UnaryOp,
    ast.USub,
    ast.Load,
)
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
    held, summed = _held_out(flow), _summarised(flow)
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        nodes = [statement.node, *own_nodes(statement.node)]
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if isinstance(node.value, ast.Call) and node.targets[0].id != "_":
                    made[node.targets[0].id] = node.value
                    yield from _of_result(node.targets[0].id, node.value, made, held, summed, index)
            elif isinstance(node, ast.Call):
                yield from _of_fit(node, made, held, index)
                yield from _of_report(node, index)


def _summarised(flow: Flow) -> frozenset[str]:
    """Names that a notebook with statsmodels asks for a summary."""
    names: set[str] = set()
    uses = False
    for statement in flow.statements:
        for node in statement.nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                uses |= "statsmodels" in ast.unparse(node)
            elif (
                isinstance(node, ast.Call)
                and callee_of(node) == "summary"
                and isinstance(node.func, ast.Attribute)
            ):
                names |= {node.func.value.id} if isinstance(node.func.value, ast.Name) else set()
    return frozenset(names) if uses else frozenset()


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
    name = func.value.id
    yield from _of_estimator(name, callee_of(made[name]) if name in made else "", call, held, index)


def _of_estimator(
    name: str, kind: str, call: ast.Call, held: tuple[str, str] | None, index: int
) -> Iterator[tuple[Measured, int]]:
    """What an estimator called ``name`` can say after this call of its ``fit``."""
    given = call.args
    if not given or not all(_plain(a) for a in given[:2]):
        return
    if {k.arg for k in call.keywords} & {"epochs", "batch_size", "validation_data", "validation_split"}:
        return
    inside = next(((held_, way) for kinds, held_, way in _HOLDS if kind in kinds), None)
    if inside is not None:
        yield _one(f"{name}.{inside[0]}", inside[1], 0.2, index)
    elif kind in _DENSITIES:
        yield _one(f"{name}.score({ast.unparse(given[0])})", "max", 0.2, index)
    elif len(given) < 2 or _NO_PREDICTOR.search(kind):
        return
    elif kind.endswith("SearchCV"):
        yield _one(f"{name}.best_score_", "max", 0.4, index)
    else:
        inputs, wanted = held or (ast.unparse(given[0]), ast.unparse(given[1]))
        yield _one(f"{name}.score({inputs}, {wanted})", "max", 0.4 if held else 0.3, index)


def _plain(given: ast.expr) -> bool:
    """Whether this can be asked again, whole: ``X``, ``d.data[:, :2]``; rows that are chosen (``X[train]``) leave others
    to be scored, so that their own score says nothing."""
    chosen = (n for sub in walk(given) if isinstance(sub, ast.Subscript) for n in walk(sub.slice))
    return all(isinstance(n, _PLAIN) for n in walk(given)) and not any(
        isinstance(n, ast.Name) for n in chosen
    )


def _of_result(
    name: str, call: ast.Call, made: dict[str, ast.Call], held: tuple[str, str] | None, summed: Collection[str],
    index: int,
) -> Iterator[tuple[Measured, int]]:  # fmt: skip
    """``res = sm.OLS(y, X).fit()``, ``clf = SVC().fit(X, y)``, ``study = optuna.create_study()``.

    ``summed`` are names whose ``summary()`` is asked for: results of statsmodels, whatever model they come from.
    """
    callee = callee_of(call)
    if callee == "create_study":
        way = next((literal(k.value) for k in call.keywords if k.arg == "direction"), "minimize")
        yield _one(f"{name}.best_value", "max" if way == "maximize" else "min", 0.6, index)
        return
    if callee not in _FITS or not isinstance(call.func, ast.Attribute):
        return
    model = call.func.value
    source = made.get(model.id) if isinstance(model, ast.Name) else model
    words = {w.lower() for n in walk(source) for w in [getattr(n, "attr", getattr(n, "id", ""))]} if source is not None else set()  # fmt: skip
    for kinds, attribute, way_ in _FIT:
        if words & set(kinds):
            yield _one(f"{name}.{attribute}", way_, 0.4, index)
            return
    if name in summed and not words & _NO_LIKELIHOOD:
        yield _one(f"{name}.llf", "max", 0.25, index)
    elif isinstance(source, ast.Call) and callee == "fit" and callee_of(source)[:1].isupper():
        yield from _of_estimator(name, callee_of(source), call, held, index)


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
