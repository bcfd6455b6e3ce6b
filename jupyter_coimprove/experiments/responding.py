"""What is compared: a measured name, or an expression over the notebook's names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.code import Binding, Trees, bindings, has_star_import
from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.experiments.levels import check_name
from jupyter_coimprove.notebook.candidates import Measured, Reading

#: Builtins that only compute.
_SAFE = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "int",
        "len",
        "list",
        "map",
        "max",
        "min",
        "pow",
        "range",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "True",
        "False",
        "None",
    ]
)
Reduction = Literal["last", "max", "min", "mean"]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The response, the cell that has it (None: unknown), and what to keep in mind."""

    response: Response
    cell: int | None
    warnings: tuple[str, ...] = field(default=())


def resolve(
    reading: Reading,
    trees: Trees,
    *,
    response: str | None,
    direction: Literal["max", "min"] | None,
    reduction: Reduction = "last",
    items: str | None = None,
) -> Resolved:
    """Find the response a person means. Raises UnknownName, or UsageError where direction is open."""  # fmt: skip
    if direction not in (None, "max", "min"):
        raise UsageError(f"direction is max or min, not {direction!r}")
    bound = bindings(trees)
    warnings: list[str] = []
    chosen = response is not None
    response = _best(reading).name if response is None else response.strip()
    measured = _named(reading, response)
    how: Literal["variable", "expression", "logged", "scrap"]
    if measured is not None:
        cell: int | None = measured.cell
        name, expr = measured.name, measured.expr
        how = "expression" if measured.how == "printed" or measured.how == "displayed" else measured.how
        guess = measured.direction if measured.direction != "unknown" else None
    else:
        check_expression(response, bound, trees, what="response", known=[m.name for m in reading.measured])
        cell = _defined_in(response, bound)
        name = expr = response
        how = "variable" if response.isidentifier() else "expression"
        guess = _guess(response, reading)
    if items is not None:
        check_expression(items.strip(), bound, trees, what="items", known=[])
        items = items.strip()
    way = direction or guess
    if way is None:
        others = [m.name for m in reading.measured if m.name != name][:4]
        raise UsageError(
            f"it is not clear whether more or less of {name!r} is better",
            remedy="say --direction max or --direction min"
            + (
                f", or name another response (also measured: {', '.join(others)})"
                if others and not chosen
                else ""
            ),
        )
    if reduction == way or (how != "logged" and _best_epoch(expr, way)):
        warnings.append(
            f"the response takes the {way}imum of {name}: if that is over epochs on test data, "
            "it is not the score of a model anyone could have picked (take the last value)"
        )
    return Resolved(
        response=Response(name=name, how=how, expr=expr, direction=way, reduction=reduction, items=items),
        cell=cell, warnings=tuple(warnings),
    )  # fmt: skip


def check_expression(
    text: str, bound: list[Binding], trees: Trees, *, what: str, known: list[str]
) -> ast.expr:
    """An expression that only computes over names of the notebook. Raises UsageError, UnknownName."""
    if not text:
        raise UsageError(f"the {what} is empty", remedy="name a variable or an expression of the notebook")
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if "." not in text and text.replace("_", "a").isalnum():
            check_name(what, text)  # says that it is a keyword, where that is the reason
        raise UsageError(
            f"the {what} {text!r} is not an expression", remedy="name a variable or write one expression"
        ) from error
    defined = {b.name.partition(".")[0]: b.kind for b in bound}
    local = {
        n.id for n in ast.walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    } | {a.arg for n in ast.walk(body) if isinstance(n, ast.Lambda) for a in n.args.args}  # fmt: skip
    for node in ast.walk(body):
        if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
            raise UsageError(f"the {what} {text!r} does something; it may only compute")
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name.startswith("__"):
            raise UsageError(f"the {what} {text!r} uses {name}: names of Python's own are not allowed")
        if not isinstance(node, ast.Name) or name in local or name in defined or name in _SAFE:
            continue
        if not has_star_import(trees):
            raise UnknownName(
                what if isinstance(body, ast.Name) else f"name for the {what}", name, [*known, *defined],
                remedy="" if known or defined else "the notebook defines no name",
            )  # fmt: skip
    if isinstance(body, ast.Name) and defined.get(body.id) in ("import", "def"):
        kind = "module" if defined[body.id] == "import" else "function or class"
        raise UsageError(f"the {what} {text!r} is a {kind}, not a number")
    return body


def _best(reading: Reading) -> Measured:
    if not reading.measured:
        raise UsageError(
            "the notebook measures nothing that could be a response",
            remedy="name a variable or an expression with --response",
        )
    return max(reading.measured, key=lambda m: (m.direction != "unknown", m.score))


def _named(reading: Reading, text: str) -> Measured | None:
    by_name = [m for m in reading.measured if m.name == text]
    return next(iter(by_name or [m for m in reading.measured if m.expr == text]), None)


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}


def _defined_in(text: str, bound: list[Binding]) -> int | None:
    names = _names(text)
    return max((b.cell for b in bound if b.name in names and b.kind == "value"), default=None)


def _guess(text: str, reading: Reading) -> Literal["max", "min"] | None:
    """The direction of the one measured thing in an expression that turns nothing around."""
    tree = ast.parse(text, mode="eval")
    if any(isinstance(n, (ast.USub, ast.Sub, ast.Div, ast.Pow)) for n in ast.walk(tree)):
        return None
    names = _names(text)
    ways = {m.direction for m in reading.measured if m.how != "logged" and m.expr in names}
    for way in ("max", "min"):
        if ways == {way}:
            return way
    return None


def _best_epoch(expr: str, way: str) -> bool:
    try:
        body = ast.parse(expr, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    if not isinstance(body, ast.Call):
        return False
    func = body.func
    return getattr(func, "id", getattr(func, "attr", "")) == way
