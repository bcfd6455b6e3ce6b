"""An attribute that is not there: moved, misspelt, a column, a method of another class, or what came of None."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import moved, order, rewriting, shadowing
from jupyter_coimprove.notebook.failures.near import nearest, ranked
from jupyter_coimprove.notebook.failures.nothing import made_none
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.failures.spelling import spelled

_OBJECT = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_MODULE = re.compile(r"[Mm]odule '([\w.]+)' has no attribute '(\w+)'")
_REMOVED = re.compile(r"`np\.(\w+)` was removed in the NumPy 2\.0 release\. Use `(?:np\.)?([\w.]+)`")
_TYPE = re.compile(r"type object '([\w.]+)' has no attribute '(\w+)'")


def attributes(s: Situation) -> Diagnosis | None:
    """AttributeError."""
    if s.failure.ename != "AttributeError":
        return None
    removed = _REMOVED.search(s.said)
    if removed:
        return _of_module(s, "numpy", removed[1])
    module = _MODULE.search(s.said)
    if module:
        return _of_module(s, module[1], module[2])
    found = _OBJECT.search(s.said) or _TYPE.search(s.said)
    if found is None:
        return None
    kind, name = found[1].rpartition(".")[2], found[2]
    return (
        rewriting.rewritten(s, kind, name) or _renamed(s, kind, name) or _nothing(s, kind, name) or _class(s, kind, name)
        or _column(s, kind, name) or _wrapped(s, kind, name) or _made_later(s, kind, name) or _shadowed(s, kind, name)
        or _misspelt(s, kind, name)
    )  # fmt: skip


def places(s: Situation, name: str) -> list[ast.Attribute]:
    """Where this attribute is asked for, on the line that failed or, where none is told, in the cell."""
    found = [n for n in s.of(ast.Attribute) if n.attr == name]
    return found or [n for n in ast.walk(s.tree) if isinstance(n, ast.Attribute) and n.attr == name]


def with_attribute(s: Situation, node: ast.Attribute, new: str) -> str:
    return f"{s.text(node.value)}.{new}"


def _of_module(s: Situation, module: str, name: str) -> Diagnosis | None:
    nodes = [n for n in ast.walk(s.tree) if isinstance(n, ast.Attribute) and n.attr == name]
    nodes = [
        n for n in nodes if s.dotted(n.value) in (module, s.imported.get(getattr(n.value, "id", ""), ""))
    ] or nodes
    if not nodes:
        return None
    full = {s.dotted(n) for n in nodes} | {f"{module}.{name}"}
    new = next((moved.NAMES[f] for f in full if f in moved.NAMES), None)
    if new is None and rewriting.function(s, module, name):
        return rewriting.function(s, module, name)
    if new is not None:
        return _to(s, nodes, f"{module}.{name}", new)
    shadow = _shadowed_module(s, module, name)
    if shadow:
        return shadow
    among = s.facts.attributes.get(s.text(nodes[0].value), ()) or s.facts.attributes.get("@", ())
    meant = nearest(name, [n for n in among if not n.startswith("_")])
    if meant is None:
        near = [n for _, n in ranked(name, among) if not n.startswith("_")][:4]
        return Diagnosis(
            rule="no such attribute",
            cause=f"`{module}` has no `{name}` in the version installed"
            + (f"; {', '.join(near)} are equally near." if near else ", and nothing near to it."),
        )  # fmt: skip
    source = s.swapped(*((n, with_attribute(s, n, meant)) for n in nodes))
    return Diagnosis(
        rule="misspelt attribute", cause=f"`{module}` has no `{name}`; the nearest it has is `{meant}`.",
        repair=f"`{meant}` instead of `{name}`", edits=s.replaced(source),
    )  # fmt: skip


def _to(s: Situation, nodes: list[ast.Attribute], old: str, new: str) -> Diagnosis:
    """An old name of a module by its new one, through the names that the notebook imports modules by."""
    text, line = spelled(s, new)
    if new == "numpy.asmatrix" or "." in new or line or new.islower():
        source = s.swapped(*((n, text) for n in nodes))
    if source is not None and line:
        source = s.with_import(source, line)
    return Diagnosis(
        rule="moved name", cause=f"`{old}` is gone from the version installed; `{new}` stands for it.",
        repair=f"`{text}`" + (f", with `{line}`" if line else ""), edits=s.replaced(source),
    )  # fmt: skip


def _renamed(s: Situation, kind: str, name: str) -> Diagnosis | None:
    new = moved.METHODS.get((kind, name)) or moved.METHODS.get(("*", name))
    nodes = places(s, name)
    if new is None or not nodes:
        return None
    source = s.swapped(*((n, with_attribute(s, n, new)) for n in nodes))
    return Diagnosis(
        rule="moved method", cause=f"`{name}` of {kind} is gone from the version installed; `{new}` stands for it.",
        repair=f"`.{new}` instead of `.{name}`", edits=s.replaced(source),
    )  # fmt: skip


def _nothing(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """An attribute of None: which statement made the name None."""
    if kind != "NoneType":
        return None
    for node in places(s, name):
        if isinstance(node.value, ast.Name):
            made = made_none(s, node.value.id)
            if made:
                return made
    return Diagnosis(
        rule="nothing", cause=f"What `.{name}` is asked of is None: the call that gave it gave nothing back."
    )


def _class(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """A method of the class instead of an object (``StandardScaler.fit(X)``): the class has to be called."""
    for call in s.of(ast.Call):
        made = uncalled(s, call)
        if made:
            return made
    return None


def uncalled(s: Situation, call: ast.Call) -> Diagnosis | None:
    function = call.func
    if not (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id[:1].isupper()
        and function.attr in ("fit", "fit_transform", "predict", "transform", "fit_predict", "score")
        and s.imported.get(function.value.id, "").startswith(("sklearn", "xgboost", "lightgbm"))
    ):  # fmt: skip
        return None
    source = s.swapped((function.value, f"{function.value.id}()"))
    return Diagnosis(
        rule="class not called", cause=f"`{function.value.id}` is the class; `{function.attr}` is for an object made of it.",
        repair=f"`{function.value.id}().{function.attr}(…)`", edits=s.replaced(source),
    )  # fmt: skip


def _column(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """A column asked for like an attribute, under a name that is near to one."""
    if kind not in ("DataFrame",):
        return None
    for node in places(s, name):
        known = s.value(node.value)
        columns = [c for c in (known.columns if known else ()) if c.isidentifier()]
        meant = nearest(name, columns)
        near = nearest(
            name, [a for a in s.facts.attributes.get("@", ()) if not a.startswith("_") and a not in columns]
        )
        if meant and not near:
            return Diagnosis(
                rule="misspelt column", cause=f"The frame has neither a method nor a column `{name}`; its column `{meant}` is nearest.",
                repair=f"`.{meant}`", edits=s.replaced(s.swapped((node, with_attribute(s, node, meant)))),
            )  # fmt: skip
    return None


#: What lists lack and arrays have; what columns lack and arrays have.
_ARRAY = frozenset(
    [
        "shape",
        "reshape",
        "ravel",
        "flatten",
        "mean",
        "std",
        "var",
        "astype",
        "sum",
        "min",
        "max",
        "dot",
        "T",
        "ndim",
        "argmax",
        "argmin",
        "transpose",
        "size",
        "cumsum",
        "tolist_",
        "round",
    ]
)
_FRAME = frozenset(
    [
        "values",
        "to_numpy",
        "iloc",
        "loc",
        "head",
        "tail",
        "columns",
        "describe",
        "fillna",
        "dropna",
        "isnull",
        "isna",
        "as_matrix",
        "value_counts",
        "apply",
        "groupby",
        "drop",
    ]
)


def _wrapped(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """A method that another class has: of arrays on a list, of frames on an array, of arrays on a column."""
    nodes = places(s, name)
    if not nodes:
        return None
    if kind in ("list", "tuple", "range") and name in _ARRAY:
        text, line = spelled(s, "numpy.array")
        source = s.swapped(*((n, f"{text}({s.text(n.value)}).{name}") for n in nodes))
        source = s.with_import(source, line) if source and line else source
        return Diagnosis(
            rule="list for array", cause=f"`{s.text(nodes[0].value)}` is a {kind}; `{name}` belongs to arrays.",
            repair=f"`{text}(…).{name}`", edits=s.replaced(source),
        )  # fmt: skip
    if kind == "ndarray" and name in ("values", "to_numpy"):
        calls = {id(c.func): c for c in ast.walk(s.tree) if isinstance(c, ast.Call)}
        source = s.swapped(*((calls.get(id(n), n), s.text(n.value)) for n in nodes))
        return Diagnosis(
            rule="array already", cause=f"`{s.text(nodes[0].value)}` is an array already; `{name}` belongs to frames and columns.",
            repair=f"without `.{name}`", edits=s.replaced(source),
        )  # fmt: skip
    if kind in ("Series", "DataFrame", "Index") and name in (
        "reshape",
        "flatten",
        "ravel",
        "argsort_",
        "dot_",
    ):
        source = s.swapped(*((n, f"{s.text(n.value)}.to_numpy().{name}") for n in nodes))
        return Diagnosis(
            rule="array of a column", cause=f"A {kind} has no `{name}`; the array of its values has.",
            repair=f"`.to_numpy().{name}`", edits=s.replaced(source),
        )  # fmt: skip
    if kind == "ndarray" and name in _FRAME:
        return Diagnosis(
            rule="frame's method", cause=f"`{s.text(nodes[0].value)}` is a NumPy array; `{name}` belongs to pandas. The frame was "
            "made an array before (by a scaler, a split of arrays, or `.values`), and its column names are gone.",
        )  # fmt: skip
    if kind == "ndarray" and name in (
        "plot",
        "scatter",
        "hist",
        "bar",
        "imshow",
        "set_title",
        "set_xlabel",
        "legend",
        "barh",
        "boxplot",
    ):
        return rewriting.axes(s, name)
    return None


def _made_later(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """An attribute that a cell sets which was not run."""
    owners = {n.value.id for n in places(s, name) if isinstance(n.value, ast.Name)}

    def sets(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == name
            and getattr(node.value, "id", "") in owners
        )  # fmt: skip

    return order.missing_part(s, f"the attribute `{name}`", sets)


def _shadowed(s: Situation, kind: str, name: str) -> Diagnosis | None:
    """A library's name that a cell used for a value: ``time = time.time()``."""
    for node in places(s, name):
        if isinstance(node.value, ast.Name):
            found = shadowing.shadow(s, node.value.id, kind)
            if found:
                return found
    return None


def _shadowed_module(s: Situation, module: str, name: str) -> Diagnosis | None:
    """``import datetime`` and then ``datetime.now()``: the class of that name is inside the module."""
    nodes = places(s, name)
    among = s.facts.attributes.get(f"{module}.{module}", ())
    if module in ("datetime", "glob", "tqdm") and (
        name in among or name in ("now", "today", "strptime", "fromtimestamp")
    ):
        source = s.swapped(*((n.value, f"{s.text(n.value)}.{module}") for n in nodes))
        return Diagnosis(
            rule="module for class", cause=f"`{module}` is the module; its class of the same name has `{name}`.",
            repair=f"`{module}.{module}.{name}`", edits=s.replaced(source),
        )  # fmt: skip
    return None


def _misspelt(s: Situation, kind: str, name: str) -> Diagnosis | None:
    nodes = places(s, name)
    if not nodes:
        return None
    among = [a for a in s.facts.attributes.get("@", ()) if not a.startswith("_")]
    if not among and isinstance(nodes[0].value, (ast.Name, ast.Attribute)):
        among = [a for a in s.facts.attributes.get(s.text(nodes[0].value), ()) if not a.startswith("_")]
    meant = nearest(name, among)
    if kind == "set" and name == "append":
        meant = "add"
    elif kind == "list" and name in ("add", "push"):
        meant = "append"
    if meant is None:
        near = [a for _, a in ranked(name, among)][:4]
        return Diagnosis(
            rule="no such attribute", cause=f"A {kind} has no `{name}`"
            + (f"; {', '.join(near)} are equally near, so that none is chosen." if near else "."),
        )  # fmt: skip
    source = s.swapped(*((n, with_attribute(s, n, meant)) for n in nodes))
    return Diagnosis(
        rule="misspelt attribute", cause=f"A {kind} has no `{name}`; the nearest it has is `{meant}`.",
        repair=f"`.{meant}` instead of `.{name}`", edits=s.replaced(source),
    )  # fmt: skip
