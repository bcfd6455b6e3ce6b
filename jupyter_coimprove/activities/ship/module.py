"""The module itself: the statements that are kept, as a function of the notebook's parameters with a command line."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_coimprove.activities.ship import template
from jupyter_coimprove.activities.ship.needed import Needed
from jupyter_coimprove.activities.ship.placing import Placed, place
from jupyter_coimprove.activities.ship.text import indented, text_of
from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.experiments.reduction import parse
from jupyter_coimprove.notebook.dataflow import Flow


@dataclass(frozen=True, kw_only=True)
class Module:
    """``text`` is the file; ``parameters`` are name -> default as source; ``cells`` count from 1; ``placed`` says where
    statements stand; ``modules`` are the top names of what it imports."""

    text: str
    parameters: Mapping[str, str]
    cells: tuple[int, ...]
    placed: Placed
    modules: tuple[str, ...]


def write(
    flow: Flow, needed: Needed, response: Response, *, name: str, about: str, defaults: Mapping[str, str],
    parameter_cells: Iterable[int], folder: str, paths: Iterable[str] = (), drop_paths: bool = False, added: Iterable[int] = (),
) -> Module:  # fmt: skip
    """The module of a slice. ``defaults`` are all parameters of the notebook: those that it needs become arguments.

    ``folder`` is where the notebook's folder lies as seen from the module's, ``paths`` where its own modules lie
    beside it. ``drop_paths``: what the notebook does to ``sys.path`` is not needed then. ``added`` are cells that
    the file does not have (seeds, injected parameters): they have no number there.
    """
    home, more = set(parameter_cells), frozenset(added)
    given = {
        index: target
        for index in needed.kept
        if flow.statements[index].cell in home
        and (target := _simple(flow.statements[index].node)) in defaults
    }
    arguments = {target: defaults[target] for target in given.values() if target is not None}
    left = {i for i in needed.kept if drop_paths and _extends_path(flow.statements[i].node)} | given.keys()
    body = Needed(
        kept=tuple(i for i in needed.kept if i not in left), shown=needed.shown, effects=needed.effects
    )
    placed = place(flow, body, arguments)
    top = _joined(flow, placed.top)
    text = template.MODULE.format(
        about=about, name=name, response=response.name, folder=folder, paths="".join(f"    _HERE / {path!r},\n" for path in paths),
        top=f"{top}\n" if top else "", signature="".join(f"{key}={value}, " for key, value in arguments.items()),
        body=_body(flow, placed, needed, arguments, response, more), tail=template.TAIL,
    )  # fmt: skip
    if "display" not in _bound(flow) and any("display" in needed.effects[i].reads for i in needed.kept):
        text = text.replace(template.SHOWN_HERE, template.DISPLAY, 1)
    text = text.replace(template.SHOWN_HERE, "", 1)
    ast.parse(text)
    return Module(
        text=text, parameters=arguments, placed=placed, cells=tuple(sorted({number(flow.statements[i].cell, more) for i in needed.kept} - {0})),
        modules=tuple(sorted(imported_by(flow, body.kept))),
    )  # fmt: skip


def number(cell: int, added: frozenset[int]) -> int:
    """A cell's number in the file, from 1; 0 where the file does not have it."""
    return 0 if cell in added else cell + 1 - sum(one < cell for one in added)


def _simple(node: ast.stmt) -> str | None:
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _extends_path(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func).startswith("sys.path.")
    )


def _bound(flow: Flow) -> frozenset[str]:
    return (
        frozenset().union(*(one.names.binds for one in flow.statements)) if flow.statements else frozenset()
    )


def imported_by(flow: Flow, kept: Iterable[int]) -> set[str]:
    """Top names of the modules that these statements import."""
    out: set[str] = set()
    for index in kept:
        for node in flow.statements[index].nodes:
            if isinstance(node, ast.Import):
                out |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                out.add(node.module.partition(".")[0])
    return out


def _joined(flow: Flow, indices: Iterable[int]) -> str:
    """Statements at the top of the module, definitions with two empty lines around them."""
    out = ""
    before: type[ast.stmt] | None = None
    for index in indices:
        node = flow.statements[index].node
        defines = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        apart = defines or before in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        out += (
            ("\n\n" if apart and out else "")
            + text_of(flow.statements[index], flow.sources[flow.statements[index].cell] or "")
            + "\n"
        )
        before = type(node)
    return out


def _body(
    flow: Flow,
    placed: Placed,
    needed: Needed,
    arguments: Mapping[str, str],
    response: Response,
    added: frozenset[int],
) -> str:
    """What ``run`` does, at its indentation: the statements by cell, then the response."""
    lines: list[str] = []
    shared = [name for name in placed.shared if name not in arguments]
    lines += [f"    global {', '.join(shared)}"] if shared else []
    lines += [f"    globals()[{name!r}] = {name}" for name in placed.shared if name in arguments]
    listens = response.how == "printed"
    lines += ["    _heard = _Heard()"] if listens else []
    lines.append("    with _in_folder(folder):")
    cell, heard, defined = -1, False, False
    for index in placed.inside:
        statement = flow.statements[index]
        hears = listens and index in needed.shown
        if statement.cell != cell:
            called = number(statement.cell, added)
            lines += [
                *([""] if cell >= 0 else []),
                f"        # Cell {called}" if called else "        # Added by coimprove",
            ]
        if hears and (not heard or statement.cell != cell):
            lines.append("        with _heard:")
        defines = isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if (defines or defined) and statement.cell == cell and not hears:
            lines.append("")
        lines.append(indented(text_of(statement, flow.sources[statement.cell] or ""), 12 if hears else 8))
        cell, heard, defined = statement.cell, hears, defines
    lines += ["", *_result(response)]
    return "\n".join(lines)


def _result(response: Response) -> list[str]:
    series = (
        f"_heard.numbers({response.pattern!r})" if response.how == "printed" else f"_numbers({response.expr})"
    )
    kind = parse(response.reduction)
    reduced = {
        "value": "_only(_found)", "last": "_found[-1]", "first": "_found[0]", "mean": "_math.fsum(_found) / len(_found)",
        "max": "max(_found)", "min": "min(_found)", "mean-last": f"_math.fsum(_found[-{kind.count}:]) / len(_found[-{kind.count}:])",
        "at": f"_found[{kind.count}]",
    }  # fmt: skip
    if kind.kind == "at best" and response.by is not None:
        by = (
            f"_numbers({response.by.expr})"
            if response.by.how != "printed"
            else f"_heard.numbers({response.by.pattern!r})"
        )
        return [
            f"        _found, _by = {series}, {by}",
            f"        return {{{response.name!r}: _found[_by.index({kind.way or response.by.direction}(_by))]}}",
        ]
    return [f"        _found = {series}", f"        return {{{response.name!r}: {reduced[kind.kind]}}}"]
