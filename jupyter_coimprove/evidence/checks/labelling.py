"""Where labels can be shuffled so that whatever is made from them later is made from shuffled ones.

Not before the inputs exist: where data are invented, inputs are made from labels, and that is no leak.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.evidence.checks.listening import Call, Listening, site_of
from jupyter_coimprove.evidence.checks.values import Where
from jupyter_coimprove.experiments.probes.spots import Labels
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.operators.code import Code

#: Draws of numbers that inputs are invented with.
_DRAWS = frozenset({
    "normal", "standard_normal", "randn", "rand", "random", "uniform", "gamma", "poisson", "exponential", "laplace",
    "binomial", "lognormal", "gauss", "multivariate_normal", "randn_like", "rand_like", "integers", "randint",
})  # fmt: skip
_SPLITS = ("train_test_split", "resample", "shuffle", "fit_resample")


@dataclass(frozen=True, kw_only=True)
class Source:
    """``labels`` say where; ``readers`` are the statements that read them before the split, first one first."""

    labels: Labels
    where: Where
    readers: tuple[Where, ...]


@dataclass(frozen=True)
class _Holder:
    name: str
    column: str | int | None
    #: The statement (by number) after which it holds the labels.
    since: int


@dataclass(frozen=True)
class _Statement:
    cell: int
    node: ast.stmt
    code: Code


def source(notebook: Notebook, transform: Callable[[str], str], heard: Listening) -> Source | str:
    """Where to shuffle the labels, or why that cannot be told."""
    statements = list(_statements(notebook, transform))
    learns = [c for c in heard.calls if c.kind in ("fit", "crossed") and c.y is not None]
    if not learns:
        return "no `fit(X, y)` or cross-validation with labels is found whose score counts"
    chains = [chain for call in learns if (chain := _chain(statements, call, heard))]
    if not chains:
        return "where the labels come from is not clear: they are made or passed in code that is not followed"
    chain = min(chains, key=lambda c: c[0].since)
    begun = max((_number(statements, site) for site in _sites(learns, heard)), default=-1)
    names = {h.name for h in chain}
    for number, one in enumerate(statements):
        if number > chain[0].since and _invents(one.node, names):
            begun = max(begun, number)
    holder = [h for h in chain if h.since <= max(begun, chain[0].since)][-1]
    after = max(begun, holder.since)
    for number in range(after + 1, len(statements)):
        one = statements[number]
        if _reads(one.node, holder):
            return _at(statements, number, holder, heard)
    return f"nothing reads `{holder.name}` after it is made, so that shuffling it would change nothing"


def _statements(notebook: Notebook, transform: Callable[[str], str]) -> Iterator[_Statement]:
    for cell in notebook.code_cells:
        try:
            code = Code.read(cell.source, transform(cell.source))
        except (SyntaxError, PlanError):
            continue  # what is no Python binds no labels
        for node in code.tree.body:
            yield _Statement(cell.index, node, code)


def _sites(calls: list[Call], heard: Listening) -> Iterator[tuple[int, int]]:
    """(cell, line) at which the inputs that are fitted on came to be."""
    for call in calls:
        for rows in call.known.rows:
            site = site_of(rows.root)
            if site is not None:
                yield site[:2]


def _number(statements: list[_Statement], site: tuple[int, int]) -> int:
    """The statement at a cell and line; -1 where there is none at the top of the notebook."""
    cell, line = site
    for number, one in enumerate(statements):
        if one.cell == cell and one.node.lineno <= line <= (one.node.end_lineno or one.node.lineno):
            return number
    return -1


def _chain(statements: list[_Statement], call: Call, heard: Listening) -> list[_Holder]:
    """What holds the labels, from where they come to be up to the call; empty where it is not clear."""
    roots = [heard.made.get(origin) or site_of(origin[0]) for origin in call.labels.origins]
    places = [(r.cell, r.line) if isinstance(r, Where) else r[:2] for r in roots if r is not None]
    first = max((_number(statements, place) for place in places), default=-1)
    at = _number(statements, (call.where.cell, call.where.line)) if not call.where.file else -1
    out: list[_Holder] = []
    if at < 0 or call.y is None or first < 0:
        return []
    todo, column, before = call.y, None, at
    for _ in range(50):
        step = _base(todo)
        if step is None:
            break
        name, found = step
        column = column if found is None else found
        number = next(
            (n for n in range(before - 1, -1, -1) if _binds(statements[n].node, name, column)), None
        )
        if number is None:
            break
        if number < first and out:
            break
        out.append(_Holder(name, column, number))
        if number <= first:
            break
        value = _value(statements[number].node, name, column)
        if value is None:
            break
        if isinstance(value, tuple):
            break  # the statement makes the column itself
        todo, before = value, number
    return sorted((h for h in out if h.since >= first), key=lambda h: h.since)


def _base(node: ast.expr) -> tuple[str, str | int | None] | None:
    """(name, column) that an expression of labels is a part or view of: ``df["y"].values[rows]``, ``y[i]``."""
    column: str | int | None = None
    while True:
        if isinstance(node, ast.Name):
            return node.id, column
        if isinstance(node, ast.Subscript):
            index = node.slice
            if isinstance(index, ast.Constant) and isinstance(index.value, str):
                column = index.value
            elif (
                isinstance(index, ast.Tuple)
                and isinstance(index.elts[-1], ast.Constant)
                and isinstance(index.elts[-1].value, str)
            ):
                column = index.elts[-1].value
            joins = isinstance(node.value, ast.Attribute) and node.value.attr in ("r_", "c_")
            node = index if joins else node.value
        elif isinstance(node, ast.Attribute):
            if node.attr in ("target", "label", "labels", "y") and isinstance(node.value, ast.Name):
                column = node.attr
            node = node.value
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and not node.args:
                node = node.func.value
            elif node.args and not isinstance(node.args[0], ast.Starred):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                receiver = isinstance(node.func, ast.Attribute) and name in (
                    "astype",
                    "reset_index",
                    "map",
                    "sample",
                    "drop",
                    "head",
                    "loc",
                    "sort_values",
                    "reshape",
                    "fillna",
                    "replace",
                    "to",
                    "assign",
                    "merge",
                    "set_axis",
                )
                node = node.func.value if receiver and isinstance(node.func, ast.Attribute) else node.args[0]
            else:
                return None
        elif isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            node = node.elts[0]
        elif isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, (ast.Starred, ast.UnaryOp)):
            node = node.value if isinstance(node, ast.Starred) else node.operand
        else:
            return None


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return list(node.targets)
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        return [node.target]
    return []


def _flat(target: ast.expr) -> list[ast.expr]:
    return (
        [e for t in target.elts for e in _flat(t)] if isinstance(target, (ast.Tuple, ast.List)) else [target]
    )


def _column_of(target: ast.expr) -> tuple[str, str] | None:
    """``("df", "y")`` of ``df["y"]`` as a target."""
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        index = target.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return target.value.id, index.value
    return None


def _binds(node: ast.stmt, name: str, column: str | int | None) -> bool:
    for target in (t for whole in _targets(node) for t in _flat(whole)):
        if isinstance(target, ast.Name) and target.id == name:
            return True
        if column is not None and _column_of(target) == (name, column):
            return True
    return False


def _value(node: ast.stmt, name: str, column: str | int | None) -> ast.expr | tuple[()] | None:
    """What the bound name is made from; an empty tuple where the statement makes the column itself."""
    if isinstance(node, ast.AugAssign):
        return ast.Name(id=name) if isinstance(node.target, ast.Name) else ()
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return None
    for target in _targets(node):
        members = _flat(target)
        place = next(
            (
                k
                for k, t in enumerate(members)
                if (isinstance(t, ast.Name) and t.id == name)
                or (column is not None and _column_of(t) == (name, column))
            ),
            None,
        )
        if place is None:
            continue
        if not isinstance(members[place], ast.Name):
            return ()
        if len(members) == 1:
            return node.value
        if isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(members):
            return node.value.elts[place]
        if isinstance(node.value, ast.Call):
            called = (
                node.value.func.attr
                if isinstance(node.value.func, ast.Attribute)
                else getattr(node.value.func, "id", "")
            )
            args = node.value.args
            which = place // 2 if called == "train_test_split" else place
            if called in _SPLITS and which < len(args) and not isinstance(args[which], ast.Starred):
                return args[which]
        return None
    return None


def _invents(node: ast.stmt, names: set[str]) -> bool:
    """Whether a statement makes inputs from the labels and chance, or adds the labels to an array in place."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) or not _loads(node) & names:
        return False
    draws = any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in _DRAWS for n in ast.walk(node)
    )  # fmt: skip
    if draws:
        return True
    if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Subscript):
        return False
    return _column_of(node.target) is None and bool(_loads(node.value) & names)


def _loads(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _reads(node: ast.stmt, holder: _Holder) -> bool:
    """Whether a statement reads the labels; of a table, anything but a column that is named and another."""
    if holder.column is None:
        return holder.name in _loads(node)
    parents = {child: above for above in ast.walk(node) for child in ast.iter_child_nodes(above)}
    for found in ast.walk(node):
        if isinstance(found, ast.Name) and found.id == holder.name and isinstance(found.ctx, ast.Load):
            above = parents.get(found)
            if _named(above) and (_named(above) != holder.column or _stored(above)):
                continue
            if isinstance(above, ast.Attribute) and above.attr in (
                "shape",
                "index",
                "columns",
                "head",
                "info",
                "describe",
                "dtypes",
            ):
                continue
            return True
    return False


def _named(node: ast.AST | None) -> str:
    """The column that a subscript names, as text."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value if isinstance(node.slice.value, str) else ""
    return ""


def _stored(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)


def _at(statements: list[_Statement], number: int, holder: _Holder, heard: Listening) -> Source | str:
    one = statements[number]
    try:
        start, _ = one.code.sure(one.node)
    except PlanError:
        return "the statement that first reads the labels stands in a line with a magic"
    if getattr(one.node, "decorator_list", None):
        return "the labels are first read by a decorated function"
    text = ast.unparse(one.node)[:160]
    until = min((w for w in heard.splits), key=lambda w: (w.cell, w.line), default=None)
    readers = []
    for later in statements[number:]:
        place = Where(later.cell, later.node.lineno, ast.unparse(later.node)[:160])
        if until is not None and (place.cell, place.line) >= (until.cell, until.line):
            break
        if _reads(later.node, holder) and not isinstance(later.node, ast.FunctionDef):
            readers.append(place)
    return Source(
        labels=Labels(key=one.cell, at=start, indent="", name=holder.name, column=holder.column),
        where=Where(one.cell, one.node.lineno, text), readers=tuple(readers),
    )  # fmt: skip
