"""What a name holds as far as the code says, so that text, tables, arrays and models are not taken for a number."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.trees import callee_of, kinds, of_kind

#: Calls that give a table, an array or text, whoever they are called on.
_TABLES = frozenset(
    """DataFrame Series read_csv read_table read_excel read_parquet read_json concat merge get_dummies crosstab
    pivot_table summary_frame reset_index set_index rename dropna sort_index resample to_frame load_pandas""".split()  # noqa: SIM905
)
_ARRAYS = frozenset(
    """predict predict_proba decision_function score_samples transform fit_transform fit_predict cross_val_predict
    linspace arange logspace geomspace zeros ones empty full zeros_like ones_like meshgrid eye date_range period_range
    column_stack hstack vstack reshape ravel add_constant sample forecast simulate bincount argsort kneighbors""".split()  # noqa: SIM905
)
_TEXTS = frozenset("join format replace strip lower upper title capitalize dedent getvalue".split())  # noqa: SIM905
#: Calls that give a fitted model, or make one of others.
_MODELS = frozenset(
    """fit fit_constrained fit_regularized fit_transformer clone make_pipeline make_union make_column_transformer
    from_formula train_test_split subplots figure gca gcf""".split()  # noqa: SIM905
)
#: Those that are imported by their own name.
_MADE = frozenset(
    """read_csv read_table read_excel read_parquet get_dummies crosstab cross_val_predict linspace arange logspace
    make_pipeline make_union make_column_transformer train_test_split date_range period_range add_constant""".split()  # noqa: SIM905
)
#: What results hold beside numbers.
_PARTS = frozenset(
    """param_names exog_names endog_names columns index dtypes names feature_names feature_names_in_ target_names
    classes_ model models estimator estimators_ best_estimator_ best_params_ coef_ coefs_ params pvalues bse tvalues
    resid fittedvalues labels_ components_ feature_importances_ negative_outlier_factor_ support_vectors_ support_
    cov_params_default n_iter_ cusum cusum_squares smoothed_state filtered_state expected_durations""".split()  # noqa: SIM905
)
#: Constructors whose instances count as numbers.
_NUMBERS = frozenset({"Decimal", "Fraction", "Tensor", "Variable"})


class Holding:
    """Asked once a notebook: ``no_number(expr)`` where the code shows that an expression is none."""

    def __init__(self, flow: Flow) -> None:
        known: dict[str, bool] = {}
        lists: dict[str, ast.expr] = {}
        own = {s.node.name for s in flow.statements if isinstance(s.node, (ast.FunctionDef, ast.ClassDef))}
        self._own = frozenset(own)
        for statement in flow.statements:
            if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            bound = list(_bound(statement.node, lists))
            for name, value in bound:
                lists[name] = value
                # One value that may be a number is enough to ask at run time.
                known[name] = known.get(name, True) and self._none(value, known)
            named = {name for name, _ in bound}
            for name in statement.names.binds - named:
                known[name] = False
        self._known: Mapping[str, bool] = known

    def no_number(self, expr: ast.expr) -> bool:
        """Whether this is text, a model, a table or an array by what the code says of it."""
        return self._none(expr, self._known)

    def _none(self, expr: ast.expr, known: Mapping[str, bool]) -> bool:
        if isinstance(expr, ast.Name):
            return known.get(expr.id, False)
        if isinstance(
            expr, (ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.Lambda)
        ):
            return True
        value = literal(expr)
        if value is not MISSING:
            return isinstance(value, (str, bytes, list, tuple, dict, set))
        if isinstance(expr, ast.Attribute):
            if expr.attr in ("values", "T"):
                return self._none(expr.value, known)
            return expr.attr in _PARTS or (expr.attr.isupper() and len(expr.attr) > 3)
        if isinstance(expr, ast.Subscript):
            inside = isinstance(expr.value, ast.Attribute) and expr.value.attr in ("index", "columns")
            return inside or _slices(expr.slice)
        if isinstance(expr, ast.Call):
            return self._call(callee_of(expr), method=isinstance(expr.func, ast.Attribute))
        return False

    def _call(self, callee: str, *, method: bool) -> bool:
        if callee in self._own:
            return callee[:1].isupper()
        made = callee[:1].isupper() and callee not in _NUMBERS
        # ``acc = fit(lr)`` of somebody's module may return what it likes.
        return made or callee in _MADE or (method and callee in _TABLES | _ARRAYS | _TEXTS | _MODELS)


def _slices(index: ast.expr) -> bool:
    """``[10:15]`` and ``[:, 0]`` leave several."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(part, ast.Slice) for part in parts)


def _bound(node: ast.stmt, lists: Mapping[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """Names with a value that gives them theirs: assignments and loops, wherever they stand at top level.

    ``lists`` are values bound before: a loop over the name of a list is one over its members.
    """
    if kinds(node).keys().isdisjoint((ast.Assign, ast.AnnAssign, ast.For)):
        return
    for part in of_kind(node, ast.Assign):
        for target in part.targets:
            yield from _each(target, part.value)
    for single in of_kind(node, ast.AnnAssign):
        if single.value is not None:
            yield from _each(single.target, single.value)
    for loop in of_kind(node, ast.For):
        over = lists.get(loop.iter.id) if isinstance(loop.iter, ast.Name) else loop.iter
        if isinstance(over, (ast.Tuple, ast.List)):
            for member in over.elts:
                yield from _each(loop.target, member)


def _each(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """``a, b = 1, "x"`` is two; ``df["x"] = …`` binds no name."""
    if isinstance(target, ast.Name):
        yield target.id, value
        return
    if not isinstance(target, (ast.Tuple, ast.List)) or not isinstance(value, (ast.Tuple, ast.List)):
        return
    if len(target.elts) == len(value.elts):
        for inner, member in zip(target.elts, value.elts, strict=True):
            yield from _each(inner, member)
