"""Arguments that are not taken: keywords misspelt, moved or gone, words that are not among those allowed."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import moved
from jupyter_coimprove.notebook.failures.attributes import uncalled
from jupyter_coimprove.notebook.failures.near import nearest, ranked
from jupyter_coimprove.notebook.failures.nothing import without_argument
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name

_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_WHO = re.compile(r"(?:^|[\s.])(\w+)(?:\.__init__|\.set)?\(\) got an unexpected")
_GRID = re.compile(r"keyword grid_(\w+) is not recognized")
_INPLACE = "pandas"


def keywords(s: Situation) -> Diagnosis | None:
    """A keyword that what is called does not take (TypeError, AttributeError, ValueError)."""
    found = _KEYWORD.search(s.said) or _GRID.search(s.said)
    if found is None:
        return None
    name = found[1]
    calls = [c for c in s.of(ast.Call) if any(k.arg == name for k in c.keywords)]
    calls = calls or [c for c in s.calls() if any(k.arg == name for k in c.keywords)]
    return _keyword(s, calls[0], name) if calls else None


def _keyword(s: Situation, call: ast.Call, name: str) -> Diagnosis | None:
    callee = last_name(call.func)
    item = next(k for k in call.keywords if k.arg == name)
    special = _special(s, call, callee, item)
    if special is not None:
        return special
    for key in ((callee, name), ("*", name)):
        if key in moved.KEYWORDS:
            new = moved.KEYWORDS[key]
            return _rename(s, item, callee, new) if new else _without(s, call, callee, name)
    who = _WHO.search(s.said)
    known = s.facts.parameters.get(s.text(call.func), ()) or s.facts.parameters.get(
        f"@{who[1]}" if who else "", ()
    )
    known = (*known, *s.facts.parameters.get(f"@{who[1]}" if who else "", ()), *_own(s, call))
    free = [k for k in known if k not in {other.arg for other in call.keywords}]
    meant = nearest(name, free)
    if meant is not None:
        return Diagnosis(
            rule="misspelt keyword", cause=f"`{callee}` takes no `{name}`; the nearest it takes is `{meant}`.", repair=f"`{meant}=`",
            edits=s.replaced(_renamed(s, item, meant)),
        )  # fmt: skip
    near = [k for _, k in ranked(name, free)][:4]
    return Diagnosis(
        rule="no such keyword", cause=f"`{callee}` takes no `{name}` in the version installed"
        + (f"; {', '.join(near)} are equally near." if near else "."),
    )  # fmt: skip


def _own(s: Situation, call: ast.Call) -> tuple[str, ...]:
    """Parameters of a function or class that the notebook itself defines."""
    name = getattr(call.func, "id", "") or (call.func.attr if isinstance(call.func, ast.Attribute) else "")
    for statement in s.flow.statements:
        for node in statement.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return tuple(a.arg for a in [*node.args.args, *node.args.kwonlyargs])
            if isinstance(node, ast.ClassDef) and node.name == name:
                makers = [m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"]
                fields = [
                    m.target.id
                    for m in node.body
                    if isinstance(m, ast.AnnAssign) and isinstance(m.target, ast.Name)
                ]
                return tuple(a.arg for m in makers for a in m.args.args[1:]) or tuple(fields)
    return ()


def _renamed(s: Situation, item: ast.keyword, new: str) -> str | None:
    return s.swapped((item, f"{new}={s.text(item.value)}")) if s.text(item) else _by_value(s, item, new)


def _by_value(s: Situation, item: ast.keyword, new: str) -> str | None:
    """Keywords have no place of their own in `Spans`: the name before the value is replaced."""
    span = s.span(item.value)
    if span is None:
        return None
    source = s.cell.source
    head = re.search(rf"\b{item.arg}(\s*=\s*)\Z", source[: span[0]])
    return f"{source[: head.start()]}{new}{head[1]}{source[span[0] :]}" if head else None


def _rename(s: Situation, item: ast.keyword, callee: str, new: str) -> Diagnosis:
    return Diagnosis(
        rule="moved keyword", cause=f"`{item.arg}` of `{callee}` is gone from the version installed; `{new}` stands for it.",
        repair=f"`{new}=`", edits=s.replaced(_renamed(s, item, new)),
    )  # fmt: skip


def _without(s: Situation, call: ast.Call, callee: str, name: str) -> Diagnosis:
    source = without_argument(s, call, name)
    caution = moved.GONE.get(name, "")
    if (
        name == "inplace"
        and source is not None
        and isinstance(s.statement, ast.Expr)
        and s.statement.value is call
        and isinstance(call.func, ast.Attribute)
    ):
        span = s.span(s.statement)
        if span is not None:
            source = f"{source[: span[0]]}{s.text(call.func.value)} = {source[span[0] :]}"
    return Diagnosis(
        rule="keyword gone", cause=f"`{name}` of `{callee}` was taken out of the version installed.",
        repair=f"without `{name}`", edits=s.replaced(source), caution=caution,
    )  # fmt: skip


def _special(s: Situation, call: ast.Call, callee: str, item: ast.keyword) -> Diagnosis | None:
    """Keywords whose meaning is now written by other means."""
    name, value = item.arg or "", item.value
    word = value.value if isinstance(value, ast.Constant) else None
    new, caution = "", ""
    if callee == "fillna" and name == "method" and isinstance(call.func, ast.Attribute):
        way = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}.get(str(word))
        rest = [f"{k.arg}={s.text(k.value)}" for k in call.keywords if k.arg not in ("method", None)]
        new = f"{s.text(call.func.value)}.{way}({', '.join(rest)})" if way else ""
    elif callee == "resample" and name == "how" and isinstance(word, str):
        new = f"{_less(s, call, 'how')}.{word}()"
    elif callee in ("read_csv", "read_table") and name == "squeeze":
        new = _less(s, call, "squeeze") + ('.squeeze("columns")' if word is True else "")
    elif callee in ("read_csv", "read_table") and name == "delim_whitespace":
        new = _less(s, call, name, r'sep=r"\s+"' if word is True else "")
    elif callee == "read_csv" and name in ("error_bad_lines", "warn_bad_lines"):
        bad = {k.arg: k.value for k in call.keywords}
        skip = isinstance(bad.get("error_bad_lines"), ast.Constant) and bad["error_bad_lines"].value is False  # type: ignore[attr-defined]
        new = _less(s, call, "error_bad_lines warn_bad_lines", 'on_bad_lines="skip"' if skip else "")
    elif callee == "mean_squared_error" and name == "squared":
        plain = _less(s, call, name)
        new = f"{plain} ** 0.5" if word is False else plain
    elif name == "normalize" and callee in (
        "LinearRegression",
        "Ridge",
        "Lasso",
        "ElasticNet",
        "RidgeCV",
        "LassoCV",
        "Lars",
        "LassoLars",
        "BayesianRidge",
    ):
        if word is False or callee == "LinearRegression":
            new = _less(s, call, name)
            caution = (
                ""
                if word is False
                else "without a penalty the predictions are the same; coefficients are per unit of the raw features, as before"
            )
        else:
            return Diagnosis(
                rule="keyword gone", cause=f"`normalize=True` of `{callee}` was taken out of scikit-learn 1.2. "
                "`make_pipeline(StandardScaler(with_mean=False), …)` comes near to it, but scales otherwise: `alpha` has to be chosen again.",
            )  # fmt: skip
    elif callee == "gca" and name == "projection" and isinstance(call.func, ast.Attribute):
        of = s.text(call.func.value)
        of = f"{of}.gcf()" if of == "plt" else of
        new = f"{of}.add_subplot({', '.join(f'{k.arg}={s.text(k.value)}' for k in call.keywords)})"
    elif callee == "groupby" and name == "axis":
        new = _less(s, call, "axis") if word in (0, "index") else ""
    elif (
        callee in ("sum", "mean", "max", "min", "std", "count", "median")
        and name == "level"
        and isinstance(call.func, ast.Attribute)
    ):
        new = f"{s.text(call.func.value)}.groupby(level={s.text(value)}).{callee}()"
    elif name == "sparse" and callee == "OneHotEncoder":
        return None
    if not new:
        return None
    source = s.swapped((call, new))
    return Diagnosis(
        rule="moved keyword", cause=f"`{name}` of `{callee}` is gone from the version installed.", repair=f"`{new}`",
        edits=s.replaced(source), caution=caution,
    )  # fmt: skip


def _less(s: Situation, call: ast.Call, without: str, more: str = "") -> str:
    """The call written again without these keywords, and with one more."""
    inside = [s.text(a) for a in call.args]
    inside += [
        f"{k.arg}={s.text(k.value)}" if k.arg else f"**{s.text(k.value)}"
        for k in call.keywords
        if k.arg not in without.split()
    ]
    return f"{s.text(call.func)}({', '.join([*inside, *([more] if more else [])])})"


def class_used(s: Situation) -> Diagnosis | None:
    """``fit() missing 1 required positional argument``: asked of the class, not of an object."""
    if s.failure.ename not in ("TypeError", "AttributeError"):
        return None
    for call in s.of(ast.Call):
        found = uncalled(s, call)
        if found:
            return found
    return None
