"""What was taken out of libraries and is now written otherwise, not only called otherwise."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation


def _said(s: Situation, old: str, new: str, edits_from: str | None, line: str = "") -> Diagnosis:
    source = s.with_import(edits_from, line) if edits_from and line else edits_from
    return Diagnosis(
        rule="moved method",
        cause=f"`{old}` is gone from the version installed.",
        repair=f"`{new}`",
        edits=s.replaced(source),
    )


def _calls_of(s: Situation, name: str) -> list[ast.Call]:
    return [
        c
        for c in ast.walk(s.tree)
        if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute) and c.func.attr == name
    ]


def _owner(s: Situation, call: ast.Call) -> str:
    return s.text(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def rewritten(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """A method of this class that is now written otherwise."""
    if kind in ("DataFrame", "Series") and name == "append":
        return _append(s, kind)
    if kind in ("DataFrame", "Series") and name == "ix":
        return _ix(s)
    if kind == "DataFrame" and name == "sort":
        return _sort(s)
    if kind == "Series" and name == "sort":
        return _sort(s)
    if kind == "ndarray" and name == "ptp":
        return _ptp(s)
    if kind == "ndarray" and name == "itemset":
        return _itemset(s)
    if kind == "ndarray" and name == "append":
        return _array_append(s)
    if kind == "Axes" and name == "set_color_cycle":
        changed = s.swapped(
            *(
                (c, f"{_owner(s, c)}.set_prop_cycle(color={s.text(c.args[0])})")
                for c in _calls_of(s, name)
                if c.args
            )
        )
        return _said(s, name, "set_prop_cycle(color=…)", changed)
    if kind == "dict" and name == "has_key":
        changed = s.swapped(
            *((c, f"{s.text(c.args[0])} in {_owner(s, c)}") for c in _calls_of(s, name) if c.args)
        )
        return _said(s, "has_key", "key in …", changed)
    if kind == "DataFrame" and name in ("get_value", "set_value") and _calls_of(s, name):
        call = _calls_of(s, name)[0]
        of, args = _owner(s, call), [s.text(a) for a in call.args]
        new = (
            f"{of}.at[{args[0]}, {args[1]}]" + (f" = {args[2]}" if len(args) > 2 else "")
            if len(args) > 1
            else ""
        )
        return _said(s, name, new, s.swapped((call, new))) if new else None
    return None


def _pandas(s: Situation) -> tuple[str, str]:
    from jupyter_coimprove.notebook.failures.spelling import spelled

    text, line = spelled(s, "pandas.concat")
    return text.rpartition(".")[0] or "pd", line


def _append(s: Situation, kind: str) -> Diagnosis | None:
    """``a.append(b)``: `pd.concat` of both; a row as a dictionary becomes a frame of one row first."""
    pd, line = _pandas(s)
    changes: list[tuple[ast.AST, str]] = []
    for call in _calls_of(s, "append"):
        assert isinstance(call.func, ast.Attribute)
        if len(call.args) != 1 or not _is_pandas(s, call.func.value, kind):
            continue
        of, other = s.text(call.func.value), call.args[0]
        known = s.value(other)
        text = s.text(other)
        given = s.assigned(other.id) if isinstance(other, ast.Name) else other
        if isinstance(given, ast.Dict) or (known and known.kind == "dict"):
            text = f"{pd}.DataFrame([{text}])"
        elif isinstance(other, (ast.List, ast.Tuple)):
            text = f"*{text}"
        rest = "".join(
            f", {s.text(k) or f'{k.arg}={s.text(k.value)}'}"
            for k in call.keywords
            if k.arg != "verify_integrity"
        )
        changes.append((call, f"{pd}.concat([{of}, {text}]{rest})"))
    return _said(s, "append", f"{pd}.concat([…, …])", s.swapped(*changes) if changes else None, line)


def _is_pandas(s: Situation, node: ast.expr, kind: str) -> bool:
    """Not a list that has its own `append`: by what the kernel tells, or by what the name was given."""
    known = s.value(node)
    if known is not None:
        return known.kind in ("DataFrame", "Series")
    given = s.assigned(node.id) if isinstance(node, ast.Name) else None
    return not isinstance(given, (ast.List, ast.ListComp))


def _ix(s: Situation) -> Diagnosis | None:
    """``.ix[…]``: `loc` for labels, `iloc` for places; numbers are places unless the index has numbers."""
    changes: list[tuple[ast.AST, str]] = []
    unsure = False
    for node in ast.walk(s.tree):
        if not (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "ix"
        ):
            continue
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        kinds = {_by(part) for part in parts} - {"any"}
        if kinds == {"place"}:
            known = s.value(node.value.value)
            unsure = unsure or (known is not None and known.dtype.startswith("int"))
            way = "loc" if known is not None and known.dtype.startswith("int") else "iloc"
        elif kinds == {"label"} or not kinds:
            way = "loc"
        else:
            continue
        changes.append((node.value, f"{s.text(node.value.value)}.{way}"))
    if not changes:
        return Diagnosis(
            rule="moved method",
            cause="`.ix` is gone from pandas, and here mixes places and labels: `.loc` takes labels, `.iloc` places.",
        )
    return _said(
        s, ".ix", " and ".join(sorted({text.rpartition(".")[2] for _, text in changes})), s.swapped(*changes)
    )


def _by(node: ast.expr) -> str:
    if isinstance(node, ast.Slice):
        ends = {_by(e) for e in (node.lower, node.upper) if e is not None}
        return ends.pop() if len(ends) == 1 else "any" if not ends else "mixed"
    if isinstance(node, ast.UnaryOp):
        return _by(node.operand)
    if isinstance(node, ast.Constant):
        return "place" if isinstance(node.value, int) and not isinstance(node.value, bool) else "label"
    if isinstance(node, ast.List):
        found = {_by(e) for e in node.elts}
        return found.pop() if len(found) == 1 else "mixed"
    return "label"


def _sort(s: Situation) -> Diagnosis | None:
    changes: list[tuple[ast.AST, str]] = []
    for call in _calls_of(s, "sort"):
        assert isinstance(call.func, ast.Attribute)
        by = bool(call.args) or any(k.arg in ("columns", "by") for k in call.keywords)
        known = s.value(call.func.value)
        new = "sort_values" if by or (known and known.kind == "Series") else "sort_index"
        changes.append((call.func, f"{s.text(call.func.value)}.{new}"))
    return _said(
        s, "sort", changes[0][1] if changes else "sort_values", s.swapped(*changes) if changes else None
    )


def _ptp(s: Situation) -> Diagnosis | None:
    from jupyter_coimprove.notebook.failures.spelling import spelled

    text, line = spelled(s, "numpy.ptp")
    changes = []
    for call in _calls_of(s, "ptp"):
        assert isinstance(call.func, ast.Attribute)
        inside = [
            s.text(call.func.value),
            *(s.text(a) for a in call.args),
            *(f"{k.arg}={s.text(k.value)}" for k in call.keywords),
        ]
        changes.append((call, f"{text}({', '.join(inside)})"))
    return _said(s, ".ptp()", "np.ptp(…)", s.swapped(*changes) if changes else None, line)


def _itemset(s: Situation) -> Diagnosis | None:
    changes = []
    for call in _calls_of(s, "itemset"):
        assert isinstance(call.func, ast.Attribute)
        if len(call.args) == 2:
            changes.append(
                (
                    call,
                    f"{s.text(call.func.value)}[{s.text(call.args[0]).strip('()')}] = {s.text(call.args[1])}",
                )
            )
    return _said(s, ".itemset(i, v)", "array[i] = v", s.swapped(*changes) if changes else None)


def _array_append(s: Situation) -> Diagnosis | None:
    """``array.append(x)``: arrays do not grow; a new one is made."""
    from jupyter_coimprove.notebook.failures.spelling import spelled

    text, line = spelled(s, "numpy.append")
    statement = s.statement
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute)
    ):
        call = statement.value
        of = s.text(statement.value.func.value)
        if len(call.args) == 1 and not call.keywords:
            return _said(
                s,
                "append of an array",
                f"{text}(…)",
                s.swapped((call, f"{of} = {text}({of}, {s.text(call.args[0])})")),
                line,
            )
    return None


def function(s: Situation, module: str, name: str) -> Diagnosis | None:
    """A function of a module that is now a method, or written otherwise."""
    calls = [
        c
        for c in _calls_of(s, name)
        if s.dotted(c.func).endswith(f"{module}.{name}") or s.dotted(c.func) == f"{module}.{name}"
    ]
    if not calls:
        return None
    call = calls[0]
    args = [s.text(a) for a in call.args]
    rest = [f"{k.arg}={s.text(k.value)}" for k in call.keywords]
    full = f"{module}.{name}"
    new = ""
    if full == "numpy.asscalar" and args:
        new = f"{args[0]}.item()"
    elif full == "numpy.msort" and args:
        new = f"{_owner(s, call)}.sort({args[0]}, axis=0)"
    elif full == "numpy.asfarray" and args:
        new = f"{_owner(s, call)}.asarray({args[0]}, dtype={args[1] if len(args) > 1 else 'float'})"
    elif full == "pandas.value_counts" and args:
        new = f"{_owner(s, call)}.Series({args[0]}).value_counts({', '.join(rest)})"
    elif (
        found := re.fullmatch(
            r"pandas\.(rolling|expanding|ewm)_?(mean|sum|std|var|min|max|median|corr|cov|count|apply)?", full
        )
    ) and args:
        inner = [*args[1:], *rest]
        new = f"{args[0]}.{found[1]}({', '.join(inner)}).{found[2] or 'mean'}()"
    elif full == "matplotlib.pyplot.hold":
        new = "None"
        if isinstance(s.statement, ast.Expr):
            span = s.span(s.statement)
            if span is not None:
                source = s.cell.source
                line_start = source.rfind("\n", 0, span[0]) + 1
                line_end = source.find("\n", span[1])
                alone = (
                    not source[line_start : span[0]].strip()
                    and not source[span[1] : line_end if line_end >= 0 else None].strip()
                )
                if alone and line_start == span[0]:
                    gone = source[:line_start] + (source[line_end + 1 :] if line_end >= 0 else "")
                    return _said(s, "plt.hold", "left out: axes always hold what is drawn", gone)
                return _said(
                    s,
                    "plt.hold",
                    "left out: axes always hold what is drawn",
                    s.swapped((s.statement, "pass")),
                )
    elif full == "matplotlib.pyplot.plot_date" and args:
        style = [] if any(r.startswith("fmt=") for r in rest) or len(args) > 2 else ['"o"']
        rest = [re.sub(r"^fmt=", "", r) for r in rest]
        new = f"{_owner(s, call)}.plot({', '.join([*args, *style, *rest])})"
    if not new:
        return None
    return _said(s, f"{name}", new, s.swapped((call, new)))


def axes(s: Situation, name: str) -> Diagnosis | None:
    """A plot asked of a whole grid of axes: in a loop over its rows, the loop goes over all axes."""
    for node in ast.walk(s.tree):
        if (
            isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Name)
            and any(isinstance(n, ast.Attribute) and n.attr == name and getattr(n.value, "id", "") == node.target.id for n in ast.walk(node))
        ):  # fmt: skip
            return Diagnosis(
                rule="rows of axes", cause=f"`{node.iter.id}` is a table of axes: the loop goes over its rows, each an array of axes.",
                repair=f"`for {node.target.id} in {node.iter.id}.flat`", edits=s.replaced(s.swapped((node.iter, f"{node.iter.id}.flat"))),
            )  # fmt: skip
    return Diagnosis(
        rule="table of axes",
        cause=f"`{name}` is asked of an array of axes, as `subplots` gives for several; choose one, as `axes[0, 0]`.",
    )
