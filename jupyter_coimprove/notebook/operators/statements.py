"""Leaving a statement out: ``x = f(x)`` goes, and a block that would be empty keeps a ``pass``."""

from __future__ import annotations

import ast

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.operators.around import Around
from jupyter_coimprove.notebook.operators.code import Code, Splice
from jupyter_coimprove.notebook.scopes import COMPREHENSIONS, arguments, bound_in

_KEPT = (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def statement_at(code: Code, start: int, end: int) -> ast.stmt:
    """The statement that stands there. PlanError where there is none."""
    for node in code.at(start, end):
        if isinstance(node, ast.stmt):
            return node
        above = code.parents.get(node)
        if isinstance(above, ast.Expr):
            return above
    text = " ".join(code.source[start:end].split())[:60]
    raise PlanError(
        f"{text!r} is not a whole statement, so it cannot be left out",
        remedy="name a whole statement, or leave this factor out of the plan",
    )


def drop_statement(code: Code, node: ast.stmt) -> tuple[list[Splice], bool]:
    """The splices that take a statement out, and whether ``pass`` stands in its place."""
    start, end = code.sure(node)
    if isinstance(node, _DEFINES) and node.decorator_list:
        start = code.source.rindex("@", 0, code.sure(node.decorator_list[0])[0])
    if len(_block(code, node)) == 1:
        return [(start, end, "pass")], True
    source = code.source
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    stop = len(source) if stop < 0 else stop
    before, after = source[line:start], source[end:stop]
    following = after.lstrip(" \t")
    if following.startswith(";") and following[1:].strip() and not following[1:].lstrip().startswith("#"):
        return [(start, end + len(after) - len(following[1:].lstrip()), "")], False
    if following.startswith(";") and not before.strip():
        end += len(after) - len(following) + 1
        after = source[end:stop]
    if before.strip():
        # ``a = 1; b = 2`` or ``if x: a = 1; b = 2``: the separator before it goes too.
        at = source.rindex(";", line, start) if ";" in before else None
        if at is None or source[at + 1 : start].strip():
            return [(start, end, "pass")], True
        return [(at, end, "")], False
    if not after.strip():
        cut = stop + 1 if stop < len(source) else stop
        if stop == len(source) and line:
            return [(line - 1, stop, "")], False
        return [(line, cut, "")], False
    return [(start, end, "")], False


def _block(code: Code, node: ast.stmt) -> list[ast.stmt]:
    above = code.parents[node]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and node in block:
            return block
    raise PlanError("that statement is in no block")


def check(code: Code, node: ast.stmt, around: Around) -> None:
    """PlanError where other code needs what the statement does: a name that nothing else binds, a result."""
    what = " ".join((ast.unparse(node).splitlines() or [""])[0].split())[:60]
    function = code.function(node)
    if isinstance(node, ast.Return) and function is not None and _ends(function, node, code):
        raise _needed(what, "the function would return nothing")
    if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in _own(node)):
        raise _needed(what, "it makes the function a generator")
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        raise _needed(what, "it says where names belong")
    if isinstance(node, ast.Break) and _only_way_out(code, node):
        raise _needed(what, "the loop would not end")
    inside = set(ast.walk(node))
    own, declared = bound_in([node])
    reads = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        reads.add(node.target.id)
    certain = own | declared
    if not isinstance(node, _DEFINES):
        # ``x = f(x)``: it had a value before. A name read only after it is bound inside needs nothing.
        certain -= {name for name in reads if _read_first(node, name)}
    for name in sorted(certain):
        if not _bound_before(code, node, name, function, around) and (
            where := _reader(code, node, name, inside, function, around)
        ):
            raise _needed(what, f"{name} is read {where} and nothing else gives it a value")
    for target in _targets(node):
        _check_part(code, target, inside, around, what)


def _read_first(node: ast.stmt, name: str) -> bool:
    """Whether a statement reads a name from before it: on its right side or as what it adds to."""
    if isinstance(node, ast.AugAssign):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node.value))
    if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        for child in ast.walk(node):
            if isinstance(child, (ast.Assign, ast.AugAssign)) and any(
                isinstance(n, ast.Name) and n.id == name for n in ast.walk(child)
            ):
                return _read_first(child, name)
    return False


def _needed(what: str, why: str) -> PlanError:
    return PlanError(f"{what!r} cannot be left out: {why}", remedy="leave this factor out of the plan")


def _own(node: ast.stmt) -> list[ast.AST]:
    """The nodes below, inner functions left out."""
    out: list[ast.AST] = []
    todo: list[ast.AST] = [node]
    while todo:
        here = todo.pop()
        out.append(here)
        if here is node or not isinstance(here, (*_DEFINES, ast.Lambda)):
            todo += [] if isinstance(here, (*_DEFINES, ast.Lambda)) else ast.iter_child_nodes(here)
    return out


def _ends(function: ast.FunctionDef | ast.AsyncFunctionDef, node: ast.Return, code: Code) -> bool:
    """Whether a return is the last word of its function, in every branch it could stand in."""
    here: ast.AST = node
    for above in code.ancestors(node):
        if isinstance(above, ast.stmt) and isinstance(here, ast.stmt) and _block(code, here)[-1] is not here:
            return False
        if above is function:
            return function.body[-1] is here
        here = above
    return False


def _only_way_out(code: Code, node: ast.Break) -> bool:
    loop = next((a for a in code.ancestors(node) if isinstance(a, (ast.While, ast.For, ast.AsyncFor))), None)
    if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant):
        return False
    ways = [n for n in _own(loop) if isinstance(n, (ast.Break, ast.Return, ast.Raise))]
    return ways == [node]


def _bound_before(
    code: Code,
    node: ast.stmt,
    name: str,
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
    around: Around,
    *,
    without: ast.stmt | None = None,
) -> bool:
    """Whether a name surely has a value when the statement is reached, ``without`` another left out."""
    if function is not None and name in {a.arg for a in arguments(function.args)}:
        return True
    here: ast.AST = node
    for above in code.ancestors(node):
        if isinstance(here, ast.stmt):
            block = _block(code, here)
            for earlier in block[: block.index(here)]:
                if earlier is not without and name in _surely(earlier):
                    return True
        if isinstance(above, (ast.For, ast.AsyncFor)) and name in bound_in([above.target])[0]:
            return True
        if isinstance(above, (ast.With, ast.AsyncWith)) and any(
            i.optional_vars is not None and name in bound_in([i.optional_vars])[0] for i in above.items
        ):
            return True
        if above is function:
            return False
        here = above
    return name in around.before


def _surely(node: ast.stmt) -> set[str]:
    """Names that a statement binds whenever it is run."""
    if isinstance(node, (ast.For, ast.While, ast.AsyncFor, ast.Try, ast.Match)):
        return set()
    if isinstance(node, ast.If):
        if not node.orelse:
            return set()
        one, other = ({n for s in part for n in _surely(s)} for part in (node.body, node.orelse))
        return one & other
    return bound_in([node])[0]


def _reader(
    code: Code, node: ast.stmt, name: str, inside: set[ast.AST],
    function: ast.FunctionDef | ast.AsyncFunctionDef | None, around: Around,
) -> str:  # fmt: skip
    """Where a name is read outside of the statement, in words; empty where nowhere."""
    scope: ast.AST = function if function is not None else code.tree
    for other in ast.walk(scope):
        if not isinstance(other, ast.Name) or other.id != name or isinstance(other.ctx, ast.Store):
            continue
        if other in inside or _own_name(code, other, function):
            continue
        if not _bound_before(code, code.statement(other), name, function, around, without=node):
            return f"in line {other.lineno}"
    return around.reader(name) if function is None else ""


def _own_name(code: Code, name: ast.Name, function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> bool:
    """Whether a name belongs to a comprehension or an inner function, not to ``function`` or the module."""
    for above in code.ancestors(name):
        if above is function:
            return False
        if isinstance(above, COMPREHENSIONS):
            own = {n.id for g in above.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        elif isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            body = above.body if isinstance(above.body, list) else [above.body]
            bound, declared = bound_in(body)
            own = (bound | {a.arg for a in arguments(above.args)}) - declared
        else:
            continue
        if name.id in own:
            return True
    return False


def _targets(node: ast.stmt) -> list[ast.expr]:
    """What a statement stores into besides names: ``self.bn``, ``df["hour"]``."""
    found: list[ast.expr] = []
    for child in _own(node):
        if isinstance(child, (ast.Attribute, ast.Subscript)) and isinstance(child.ctx, ast.Store):
            found.append(child)
    return found


def _check_part(code: Code, target: ast.expr, inside: set[ast.AST], around: Around, what: str) -> None:
    """``self.bn = …`` and ``df["hour"] = …`` are needed where that part is read and nothing else makes it."""
    part = _part(target)
    if part is None:
        return
    kind, key = part
    elsewhere = [n for n in ast.walk(code.tree) if n not in inside]
    mine = [n for n in inside if isinstance(n, (ast.Attribute, ast.Subscript)) and _part(n) == part]
    if any(isinstance(n.ctx, ast.Load) for n in mine):
        return  # it changes what was there before
    others = [n for n in elsewhere if isinstance(n, (ast.Attribute, ast.Subscript)) and _part(n) == part]
    if any(not isinstance(n.ctx, ast.Load) for n in others) or part in around.parts_set:
        return
    reads = next((n for n in others if isinstance(n.ctx, ast.Load)), None)
    listed = None if kind == "." else next((n for n in elsewhere if _lists(n, key)), None)
    where = (
        f"in line {getattr(reads or listed, 'lineno', 0)}" if reads or listed else around.parts.get(part, "")
    )
    if where:
        shown = f".{key}" if kind == "." else f"[{key!r}]"
        raise _needed(what, f"{shown} is read {where} and nothing else makes it")


def _part(node: ast.AST) -> tuple[str, str] | None:
    if isinstance(node, ast.Attribute):
        return ".", node.attr
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ):
        return "[", node.slice.value
    return None


def _lists(node: ast.AST, key: str) -> bool:
    """Whether a list names a column: ``["hour", "day"]``."""
    return isinstance(node, (ast.List, ast.Tuple)) and any(
        isinstance(e, ast.Constant) and e.value == key for e in node.elts
    )
