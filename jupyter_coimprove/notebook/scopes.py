"""Paths to values (``cfg.lr``), and which names a function makes its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from jupyter_coimprove.notebook.trees import children, walk

#: Methods that look at their object and leave it as it was.
PURE = frozenset(
    """score predict predict_proba predict_log_proba decision_function transform inverse_transform head tail
    describe info mean std var sum max min median quantile item numpy tolist copy detach cpu to float int
    astype reshape ravel flatten groupby agg value_counts unique nunique corr cov items keys values get format
    join split strip lower upper startswith endswith replace round abs argmax argmin dot parameters state_dict
    named_parameters summary conf_int plot hist boxplot scatter imshow isna notna dropna query sample size dim
    shape view squeeze unsqueeze numel count index get_params read parse_args parse_known_args""".split()  # noqa: SIM905
)
#: Plain functions that change nothing they are given.
HARMLESS = frozenset(
    "print display len range enumerate zip map str repr list tuple set dict sorted isinstance type vars dir help sum min max pprint pp".split()  # noqa: SIM905
)


def base(path: str) -> str:
    """``cfg`` of ``cfg.lr``."""
    return path.partition(".")[0]


def touches(read: str, path: str) -> bool:
    """Whether reading ``read`` depends on ``path``: one is the other or contains it."""
    return read == path or read.startswith(path + ".") or path.startswith(read + ".")


def path_of(node: ast.expr) -> str | None:
    """``cfg.optim.lr`` for ``cfg["optim"].lr``; None when it is no chain of constant keys."""
    if isinstance(node, ast.Name):
        return node.id
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(parts)])
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            parts.append(node.slice.value)
        else:
            return None
        node = node.value


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_in(body: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """Names a function body makes its own, and those it declares global."""
    own: set[str] = set()
    declared: set[str] = set()
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            own.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, COMPREHENSIONS):
            own |= {n.target.id for n in walk(node) if isinstance(n, ast.NamedExpr)}
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(node.id)
        elif isinstance(node, ast.Global):
            declared.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            continue
        elif isinstance(node, ast.alias):
            own.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            own.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            own.add(node.rest)
        todo.extend(children(node))
    return own - declared, declared


def arguments(node: ast.arguments) -> Iterator[ast.arg]:
    """All parameters, in order."""
    yield from node.posonlyargs
    yield from node.args
    if node.vararg:
        yield node.vararg
    yield from node.kwonlyargs
    if node.kwarg:
        yield node.kwarg


def held(call: ast.Call) -> list[str]:
    """The models whose ``parameters()`` an optimiser is given."""
    return [
        inner.func.value.id
        for given in [*call.args, *(k.value for k in call.keywords)]
        for inner in walk(given)
        if isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Attribute)
        and inner.func.attr in ("parameters", "named_parameters")
        and isinstance(inner.func.value, ast.Name)
    ]


def held_by(statement: ast.stmt) -> dict[str, frozenset[str]]:
    """``opt`` -> ``net`` for ``opt = Adam(net.parameters())``: a step of the one changes the other."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return {}
    models = frozenset(held(statement.value))
    return {t.id: models for t in statement.targets if isinstance(t, ast.Name)} if models else {}
