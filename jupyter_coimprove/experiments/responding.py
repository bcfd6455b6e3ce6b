"""What is compared: a measured name, or an expression over the notebook's names."""

from __future__ import annotations

import ast
import shlex
from dataclasses import dataclass, field, replace
from typing import Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import cautions, sources
from jupyter_coimprove.experiments import reduction as reductions
from jupyter_coimprove.experiments.code import Binding, Trees, bindings, has_star_import
from jupyter_coimprove.experiments.experiment import Response, ResponseHow
from jupyter_coimprove.experiments.levels import check_name
from jupyter_coimprove.notebook.candidates import Measured, Reading
from jupyter_coimprove.notebook.metrics import direction as direction_of

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
    reduction: str | None = None,
    items: str | None = None,
    clusters: str | None = None,
) -> Resolved:
    """Find the response a person means, and what makes it one number.

    Raises UnknownName, or UsageError where the direction is open or the reduction is none.
    """
    if direction not in (None, "max", "min"):
        raise UsageError(f"direction is max or min, not {direction!r}")
    wanted = None if reduction is None else reductions.parse(reduction)
    bound = bindings(trees)
    text = _best(reading).name if response is None else response.strip()
    measured = _named(reading, text)
    found, cell, guess = _source(text, measured, reading, trees, bound, what="response")
    if items is not None:
        check_expression(items.strip(), bound, trees, what="items", known=[])
        items = items.strip()
    if clusters is not None:
        if items is None:
            raise UsageError(
                "clusters of items are named, but no score of the items",
                remedy="name one with --items EXPRESSION",
            )
        check_expression(clusters.strip(), bound, trees, what="clusters", known=[])
        clusters = clusters.strip()
    way = direction or guess
    if way is None:
        others = [m.name for m in reading.measured if m.name != found.name][:4]
        raise UsageError(
            f"it is not clear whether more or less of {found.name!r} is better",
            remedy="say --direction max or --direction min"
            + (
                f", or name another response (also measured: {', '.join(others)})"
                if others and response is None
                else ""
            ),
        )
    if wanted is None:
        suggested = measured.reduction if measured is not None else ""
        default = "value" if found.how in ("variable", "expression") else "last"
        wanted = reductions.parse(suggested or default)
    by = None
    if wanted.kind == "at best":
        by, wanted = _series(wanted, reading, trees, bound)
    found = replace(found, direction=way, reduction=str(wanted), items=items, clusters=clusters, by=by)
    notes = tuple(dict.fromkeys([*cautions.of(found), *(measured.notes if measured is not None else ())]))
    return Resolved(response=replace(found, notes=notes), cell=cell, warnings=notes)


_Way = Literal["max", "min"]


def _source(
    text: str, measured: Measured | None, reading: Reading, trees: Trees, bound: list[Binding], *, what: str
) -> tuple[Response, int | None, _Way | None]:
    """Where a text says to read: the response (its direction still open), its cell, a likely direction."""
    if measured is not None:
        guess = measured.direction if measured.direction != "unknown" else None
        return _of(measured), measured.cell, guess
    known = [m.name for m in reading.measured]
    source = sources.named_source(text, "max")
    if source is not None:
        way = direction_of(source.expr if source.how != "printed" else source.pattern)
        return source, None, None if way == "unknown" else way
    check_expression(text, bound, trees, what=what, known=known)
    how: Literal["variable", "expression"] = "variable" if text.isidentifier() else "expression"
    response = Response(name=text, how=how, expr=text, direction="max")
    return response, _defined_in(text, bound), _guess(text, reading)


def _of(measured: Measured) -> Response:
    """A measure as a response; its direction is set by who asks."""
    how: ResponseHow
    if measured.how in ("displayed", "series") or (measured.how == "printed" and measured.reachable):
        how = "expression"
    else:
        how = measured.how  # type: ignore[assignment]
    response = Response(
        name=measured.name, how=how, expr=measured.expr, direction="max", file=measured.file,
    )  # fmt: skip
    if how not in ("printed", "variable", "expression") or measured.how == "series":
        return response
    return replace(response, pattern=measured.pattern, cells=measured.cells, decimals=measured.decimals)


def _series(
    wanted: reductions.Reduction, reading: Reading, trees: Trees, bound: list[Binding]
) -> tuple[Response, reductions.Reduction]:
    """The validation series of ``at best``, and the reduction with its direction."""
    measured = _named(reading, wanted.by)
    found, _, guess = _source(wanted.by, measured, reading, trees, bound, what="validation series")
    way = wanted.way or guess or direction_of(wanted.by)
    if way == "unknown":
        raise UsageError(
            f"it is not clear whether more or less of {wanted.by!r} is better",
            remedy=f"write --reduction 'at best {wanted.by} max' (or min)",
        )
    return replace(found, direction=way), replace(wanted, by=found.name, way=way)


def items_offered(reading: Reading, response: Response) -> list[str]:
    """The option that adds a score of each test item, where the notebook leaves one to compute."""
    if reading.items is None or reading.items[1] != response.direction:
        return []
    return [
        "how far the result depends on which items are in the test set is told with "
        f"--items {shlex.quote(reading.items[0])}"
    ]


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
