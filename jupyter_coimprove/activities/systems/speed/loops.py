"""What is done again and again in a loop, and need be done once."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from jupyter_coimprove.activities.systems.speed.code import (
    Book,
    Candidate,
    Code,
    alike,
    loops_over,
    statement_of,
    used,
)

#: Calls without effect whose result is the same for the same arguments.
_PURE_ROOTS = ("numpy.", "scipy.", "statistics.")
_PURE = frozenset({"sorted", "sum", "set", "frozenset", "max", "min", "pandas.read_csv", "pandas.read_json", "pandas.read_parquet",
                   "pandas.read_excel", "json.load", "numpy.load", "numpy.loadtxt", "numpy.genfromtxt"})  # fmt: skip
#: They draw, write, or make room that is written to; those that are cheap are not worth a try.
_IMPURE = ("numpy.random.", "numpy.save", "numpy.put", "numpy.copyto", "numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full",
           "numpy.array", "numpy.asarray", "numpy.arange", "numpy.float", "numpy.int", "numpy.set")  # fmt: skip
_PURE_METHODS = frozenset({"mean", "std", "var", "median", "sum", "max", "min", "quantile", "corr", "cov", "describe", "unique",
                           "nunique", "value_counts", "to_numpy", "tolist", "argsort", "cumsum"})  # fmt: skip
#: Calls that put something behind what is there; by what they are made once, with the parts in a list.
_GROW = {
    "pandas.concat": "{f}([{name}, *{parts}]{rest})", "numpy.append": "{f}({name}, {parts}{rest})",
    "numpy.concatenate": "{f}([{name}, *{parts}]{rest})", "numpy.vstack": "{f}([{name}, *{parts}]{rest})",
    "numpy.hstack": "{f}([{name}, *{parts}]{rest})", "torch.cat": "{f}([{name}, *{parts}]{rest})",
}  # fmt: skip


def membership(book: Book) -> Iterator[Candidate]:
    """``x in names`` in a loop, of a list: looked up in a set. The list is bound once and never changed."""
    for name, (code, node) in _lists(book).items():
        tests = [
            (where, one) for where, one in book.nodes()
            if isinstance(one, ast.Compare) and len(one.ops) == 1 and isinstance(one.ops[0], ast.In | ast.NotIn)
            and isinstance(one.comparators[0], ast.Name) and one.comparators[0].id == name and _repeated(where, one)
        ]  # fmt: skip
        if not tests or _mutated(book, name):
            continue
        made = book.free(f"{name}_set")
        splices = {code.index: [code.behind(node, f"{made} = frozenset({name})")]}
        for where, one in tests:
            splices.setdefault(where.index, []).append((*where.span(one.comparators[0]), made))
        yield Candidate(
            rule="membership in a list", title=f"look up in a set, not in the list `{name}`", sources=_changed(book, splices),
            why=f"`in {name}` reads the list from its beginning each time; a set finds a member at once.",
        )  # fmt: skip


def growing(book: Book) -> Iterator[Candidate]:
    """``table = pd.concat([table, more])`` in a loop: the parts are kept in a list and joined once, behind it."""
    for code, node in book.nodes():
        if not (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            continue
        name, call = node.targets[0].id, node.value
        full = book.called(call)
        loops = loops_over(code, node)
        if full not in _GROW or not loops or not isinstance(call, ast.Call) or not call.args:
            continue
        part = _added(call, name, full)
        outer = loops[-1]
        if part is None or used([outer], name) != 2:
            continue
        made = book.free(f"{name}_parts")
        rest = "".join(f", {code.text(k)}" for k in call.keywords)
        joined = _GROW[full].format(f=code.text(call.func), name=name, parts=made, rest=rest)
        if full == "numpy.append" and rest:
            continue
        add = (
            f"{made}.extend(np_ravel({code.text(part)}))"
            if full == "numpy.append"
            else f"{made}.append({code.text(part)})"
        )
        if full == "numpy.append":
            module = code.text(call.func).rpartition(".")[0] or "numpy"
            add = f"{made}.extend({module}.ravel({code.text(part)}))"
        source = code.changed(
            code.before(outer, f"{made} = []"),
            (*code.span(node), add),
            code.behind(outer, f"{name} = {joined} if {made} else {name}"),
        )
        yield Candidate(
            rule="growing in a loop", title=f"join `{name}` once, behind the loop", sources={code.index: source},
            why=f"`{code.text(call.func)}` copies all that is there in every round; the parts are kept in a list and joined once.",
        )  # fmt: skip


def invariant(book: Book) -> Iterator[Candidate]:
    """A call in a loop whose arguments no round changes: made once, before the loop."""
    for code in book.cells:
        seen: set[str] = set()
        for node in ast.walk(code.tree):
            if not isinstance(node, ast.Call) or not (loops := loops_over(code, node)):
                continue
            outer = loops[-1]
            if not _pure(book, node) or any(
                isinstance(up, ast.Call)
                and _pure(book, up)
                and up is not node
                and _steady(book, code, up, outer)
                for up in code.above(node)
            ):
                continue
            key = ast.dump(node)
            if key in seen or not _steady(book, code, node, outer):
                continue
            seen.add(key)
            made = book.free("constant_part")
            put = f"{made}.copy()" if book.called(node).startswith("pandas.read") else made
            if _kept_and_changed(code, node, outer):
                continue
            same = [n for n in ast.walk(outer) if isinstance(n, ast.Call) and alike(n, node)]
            source = code.changed(
                code.before(outer, f"{made} = {code.text(node)}"), *((*code.span(one), put) for one in same)
            )
            yield Candidate(
                rule="the same in every round", title=f"`{code.text(node)[:60]}` once, before the loop", sources={code.index: source},
                why=f"`{code.text(node)[:120]}` gives the same in every round of the loop in line {outer.lineno}; it is computed once.",
            )  # fmt: skip


def repeated_reads(book: Book) -> Iterator[Candidate]:
    """One file read several times by the same call: read once, and copied."""
    found: dict[str, list[tuple[Code, ast.Call]]] = {}
    for code, node in book.nodes():
        if isinstance(node, ast.Call) and book.called(node) in (
            "pandas.read_csv",
            "pandas.read_json",
            "pandas.read_parquet",
            "pandas.read_excel",
        ):
            if loops_over(code, node) or any(
                isinstance(up, ast.FunctionDef | ast.Lambda) for up in code.above(node)
            ):
                continue
            found.setdefault(ast.dump(node), []).append((code, node))
    for calls in found.values():
        if len(calls) < 2:
            continue
        made = book.free("table_read")
        first, node = calls[0]
        splices = {first.index: [first.before(statement_of(first, node), f"{made} = {first.text(node)}")]}
        for code, call in calls:
            splices.setdefault(code.index, []).append((*code.span(call), f"{made}.copy()"))
        yield Candidate(
            rule="one file read again", title=f"read `{first.text(node)[:60]}` once", sources=_changed(book, splices),
            why=f"the same call reads the same file {len(calls)} times; it is read once and copied.",
        )  # fmt: skip


def _changed(book: Book, splices: dict[int, list[tuple[int, int, str]]]) -> dict[int, str]:
    by_index = {code.index: code for code in book.cells}
    return {index: by_index[index].changed(*many) for index, many in splices.items()}


def _lists(book: Book) -> dict[str, tuple[Code, ast.stmt]]:
    """Names bound once, at top level, to a list."""
    out: dict[str, tuple[Code, ast.stmt]] = {}
    for code in book.cells:
        for node in code.tree.body:
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                name, value = node.targets[0].id, node.value
                made = isinstance(value, ast.List | ast.ListComp) or book.called(value) in ("list", "sorted") or (
                    isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("tolist", "split", "splitlines")
                )  # fmt: skip
                if made and book.bound.get(name) == 1:
                    out[name] = (code, node)
    return out


def _repeated(code: Code, node: ast.AST) -> bool:
    """Whether a node runs many times: in a loop, a comprehension or a function."""
    many = (
        ast.For,
        ast.While,
        ast.ListComp,
        ast.SetComp,
        ast.DictComp,
        ast.GeneratorExp,
        ast.FunctionDef,
        ast.Lambda,
    )
    return any(isinstance(up, many) for up in code.above(node))


def _mutated(book: Book, name: str) -> bool:
    """Whether the object of this name may change: a method that does, or an item that is set or deleted."""
    methods = ("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse")
    for _, node in book.nodes():
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == name
            and node.attr in methods
        ):
            return True
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id == name
            and not isinstance(node.ctx, ast.Load)
        ):
            return True
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return True
    return False


def _added(call: ast.Call, name: str, full: str) -> ast.expr | None:
    """What is put behind ``name``, or None where the call is of another form."""
    if full == "numpy.append":
        first, second = [*call.args, None, None][:2]
        return second if isinstance(first, ast.Name) and first.id == name and len(call.args) == 2 else None
    given = call.args[0]
    if len(call.args) == 1 and isinstance(given, ast.List | ast.Tuple) and len(given.elts) == 2:
        first = given.elts[0]
        return given.elts[1] if isinstance(first, ast.Name) and first.id == name else None
    return None


def _pure(book: Book, call: ast.Call) -> bool:
    full = book.called(call)
    if full.startswith(_IMPURE):
        return False
    if full in ("max", "min") and len(call.args) > 1:
        return False
    if full in _PURE or (full.startswith(_PURE_ROOTS) and full.rpartition(".")[2].islower()):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in _PURE_METHODS


def _steady(book: Book, code: Code, call: ast.Call, loop: ast.stmt) -> bool:
    """Whether no round of the loop binds or changes what the call reads."""
    names = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
    own = {n.id for n in ast.walk(call) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    given = frozenset(dir(builtins)) - book.bound.keys()
    variables = {name for name in names - own - given if name not in book.names or book.names[name] == name}
    if not variables and not any(
        isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(call)
    ):
        return False
    inner = {id(n) for n in ast.walk(call)}
    for node in ast.walk(loop):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Name) and node.id in names and not isinstance(node.ctx, ast.Load):
            return False
        if (
            isinstance(node, ast.Subscript | ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and _root(node) in names
        ):
            return False
        # A method of it, or it given to something: it may change there.
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and _root(node.func) in variables
            and node.func.attr not in _PURE_METHODS
        ):
            return False
    # What it calls must not depend on the round otherwise.
    return not any(isinstance(n, ast.Call) and not _pure(book, n) for n in ast.walk(call)) and isinstance(
        code, Code
    )


def _kept_and_changed(code: Code, call: ast.Call, loop: ast.stmt) -> bool:
    """Whether the loop binds the result to a name and then writes into it."""
    home = code.parents.get(id(call))
    kept = {t.id for t in home.targets if isinstance(t, ast.Name)} if isinstance(home, ast.Assign) else set()
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and _root(node.target) in kept:
            return True
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and _root(node) in kept:
            return True
    return False


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
