"""A floor for the response: the model of the notebook replaced by one that knows nothing (STATISTICS 8)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_coimprove.errors import PlanError, UsageError
from jupyter_coimprove.experiments.code import Transform, blank_magics
from jupyter_coimprove.experiments.experiment import DUMMY, Factor
from jupyter_coimprove.notebook.cells import Notebook, Place
from jupyter_coimprove.notebook.operators.code import Code
from jupyter_coimprove.notebook.placing import address_of

NAME = "dummy model"
#: Expressions that need no import line of their own. ``prior`` and ``mean`` are what scikit-learn begins with.
_SKLEARN = {
    "classifier": '__import__("sklearn.dummy", fromlist=["DummyClassifier"]).DummyClassifier()',
    "regressor": '__import__("sklearn.dummy", fromlist=["DummyRegressor"]).DummyRegressor()',
}
_PACKAGES = ("sklearn", "xgboost", "lightgbm", "catboost")
_CLASSIFIERS = re.compile(r".*Classifier(CV)?\Z|.*NB\Z|(Linear|Nu)?SVC\Z|LogisticRegression(CV)?\Z|.*DiscriminantAnalysis\Z|Perceptron\Z|NearestCentroid\Z")  # fmt: skip
_REGRESSORS = re.compile(r".*Regressor(CV)?\Z|(Linear|Nu)?SVR\Z|LinearRegression\Z|(Bayesian|Kernel)?Ridge(CV)?\Z|.*(Lasso|ElasticNet|Lars|MatchingPursuit)(CV|IC)?\Z|ARDRegression\Z|PLSRegression\Z")  # fmt: skip
_SEARCH = re.compile(r".*Search(CV)?\Z")
#: What a dummy has, as every estimator: more of the model than this and the floor cannot stand in.
_SURFACE = frozenset({
    "fit", "predict", "predict_proba", "predict_log_proba", "score", "get_params", "set_params", "classes_",
    "n_features_in_",
})  # fmt: skip
#: What may be done to labels on their way into a loss, and leaves them labels.
_METHODS = frozenset({
    "to", "cuda", "cpu", "long", "float", "double", "view", "reshape", "squeeze", "unsqueeze", "flatten",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Found:
    place: Place
    kind: str
    reads: frozenset[str] = frozenset()


def dummy_factor(notebook: Notebook, transform: Transform | None = None) -> Factor:
    """The factor of a dummy arm: where the model is made, and what stands there instead.

    A scikit-learn estimator (or one of the boosting libraries in its style) becomes a
    DummyClassifier or DummyRegressor, a search over one too. A torch loop learns from labels in
    random order within each batch, so that only their distribution is left. Raises UsageError
    where neither is found, or more than one that could be the model.
    """
    if notebook.language != "python":
        raise UsageError("a dummy can stand in for a model of a Python notebook only", remedy=_LEAVE)
    codes = list(_codes(notebook, transform))
    imports: dict[str, str] = {}
    for code, _ in codes:
        imports |= _imported(code.tree)
    found = [one for code, key in codes for one in _estimators(code, key, notebook, imports)]
    if found:
        return _sklearn(found)
    losses = [one for code, key in codes for one in _losses(code, key, notebook)]
    texts = {one.place.text for one in losses}
    if len(texts) == 1:
        text = texts.pop()
        return Factor(
            name=NAME, operator="set", places=tuple(one.place for one in losses), levels=(text, permuted(text)),
            kind=DUMMY,
        )  # fmt: skip
    what = (
        f"several training losses could be the model's ({', '.join(sorted(texts))})"
        if texts
        else "no estimator of scikit-learn's kind is made in the notebook or its modules, and no torch loop is found "
        "in which `loss = f(prediction, target)` is followed by `loss.backward()`"
    )
    raise UsageError(f"it is not clear what a dummy would replace: {what}", remedy=_LEAVE)


_LEAVE = "leave --dummy out, or make the floor a level of a factor: -f NAME=LEVEL"


def permuted(target: str) -> str:
    """The labels of a batch in random order."""
    return f'(lambda of: of[__import__("torch").randperm(len(of))])({target})'


def checked(factor: Factor, level: str) -> str:
    """The level of a dummy factor, if it is one that is made here. PlanError otherwise: it would run."""
    source = factor.levels[0]
    known = {*_SKLEARN.values(), *([permuted(source)] if _is_target(source) else [])}
    if level not in known:
        raise PlanError(f"{level!r} is no dummy that can stand in for a model", remedy="plan again")
    return level


def _codes(notebook: Notebook, transform: Transform | None) -> Iterator[tuple[Code, int | str]]:
    for cell in notebook.code_cells:
        try:
            yield Code.read(cell.source, (transform or blank_magics)(cell.source)), cell.index
        except (PlanError, SyntaxError):
            continue  # a cell that is no Python makes no model that could be replaced
    for name, text in notebook.beside.items():
        if name.endswith(".py"):
            try:
                yield Code.read(text, text), name
            except PlanError:
                continue


def _place(code: Code, node: ast.AST, key: int | str, notebook: Notebook) -> Place:
    start, end = code.sure(node)
    text = code.source[start:end]
    if isinstance(key, int):
        return Place(address=notebook.address(key), start=start, end=end, text=text)
    return Place(address=address_of(code.source), start=start, end=end, text=text, file=key)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Names that stand for something of the packages, with its full name."""
    out: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _PACKAGES:
            out |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in _PACKAGES:
                    out[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
    return out


def _kind(node: ast.AST, imports: Mapping[str, str]) -> str:
    """``classifier``, ``regressor``, ``search``, or nothing, of what a call makes."""
    if not isinstance(node, ast.Call):
        return ""
    head: ast.expr = node.func
    while isinstance(head, ast.Attribute):
        head = head.value
    if not isinstance(head, ast.Name) or head.id not in imports:
        return ""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else imports[head.id].rpartition(".")[2]
    if name.startswith("Dummy"):
        return ""
    if _SEARCH.match(name):
        return "search"
    return "classifier" if _CLASSIFIERS.match(name) else "regressor" if _REGRESSORS.match(name) else ""


def _estimators(
    code: Code, key: int | str, notebook: Notebook, imports: Mapping[str, str]
) -> Iterator[_Found]:
    """The outermost estimators that a text makes."""
    todo: list[ast.AST] = [code.tree]
    while todo:
        node = todo.pop()
        kind = _kind(node, imports)
        if kind == "search":
            inner = [_kind(child, imports) for child in ast.walk(node)]
            kind = next((one for one in inner if one in _SKLEARN), "")
        if not kind:
            todo += reversed(list(ast.iter_child_nodes(node)))
            continue
        parent = code.parents.get(node)
        names = (
            {t.id for t in parent.targets if isinstance(t, ast.Name)}
            if isinstance(parent, ast.Assign)
            else set()
        )
        reads = frozenset(
            n.attr
            for cell in _codes(notebook, None)
            for n in ast.walk(cell[0].tree)
            if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in names
        )
        yield _Found(place=_place(code, node, key, notebook), kind=kind, reads=reads)


def _sklearn(found: list[_Found]) -> Factor:
    texts = {one.place.text for one in found}
    if len(texts) > 1:
        made = ", ".join(f"{_short(one.place.text)} ({one.place.where})" for one in found[:4])
        raise UsageError(
            f"several estimators are made, and which is the model is not clear: {made}", remedy=_LEAVE
        )
    missing = sorted({name for one in found for name in one.reads} - _SURFACE)
    if missing:
        raise UsageError(
            f"the notebook reads {', '.join(missing)} of its model, which a dummy has not", remedy=_LEAVE
        )
    return Factor(
        name=NAME, operator="set", places=tuple(one.place for one in found),
        levels=(found[0].place.text, _SKLEARN[found[0].kind]), kind=DUMMY,
    )  # fmt: skip


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


def _losses(code: Code, key: int | str, notebook: Notebook) -> Iterator[_Found]:
    """The targets of losses that are learnt from: ``loss = f(prediction, target)``, ``loss.backward()``."""
    learnt = {
        node.func.value.id
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"
        and isinstance(node.func.value, ast.Name)
    }  # fmt: skip
    for node in ast.walk(code.tree):
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1):
            continue
        target = node.targets[0]
        if not (isinstance(target, ast.Name) and target.id in learnt) or not _before_backward(
            code, node, target.id
        ):
            continue
        for call in ast.walk(node.value):
            if isinstance(call, ast.Call) and len(call.args) >= 2 and _labels(call.args[1]):
                yield _Found(place=_place(code, call.args[1], key, notebook), kind="torch")


def _labels(node: ast.expr) -> bool:
    """Whether an expression is labels as they are: a name, a part of one, moved or reshaped."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _labels(node.value)
    if isinstance(node, ast.Call):
        return (
            isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS and _labels(node.func.value)
        )
    return isinstance(node, ast.Name)


def _is_target(source: str) -> bool:
    try:
        return _labels(ast.parse(source, mode="eval").body)
    except (SyntaxError, ValueError):
        return False


def _before_backward(code: Code, node: ast.stmt, name: str) -> bool:
    """Whether what is assigned here is what ``backward`` is called on: in the same block of statements."""
    parent = code.parents.get(node)
    return parent is not None and any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "backward"
        and isinstance(n.func.value, ast.Name) and n.func.value.id == name
        for child in ast.iter_child_nodes(parent)
        for n in ast.walk(child)
    )  # fmt: skip
