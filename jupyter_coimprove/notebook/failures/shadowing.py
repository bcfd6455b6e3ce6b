"""Names of builtins and libraries that were given a value, and brackets of the wrong kind."""

from __future__ import annotations

import ast
import builtins
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation

_VALUES = frozenset("tuple Index int str Series ndarray list float".split())  # noqa: SIM905
_PROPERTIES = frozenset("shape size columns values index T dtypes dtype ndim name".split())  # noqa: SIM905
_SHADOWS = re.compile(r"'(\w+)' object is not callable")


def shadow(s: Situation, name: str, kind: str) -> Diagnosis | None:
    """A name of a builtin or of a library that a cell above used for a value of its own."""
    library = next((st.cell for st in s.flow.statements if name in st.names.imports), None)
    if library is None and not hasattr(builtins, name):
        return None
    taken = [
        st.cell for st in s.flow.statements
        if name in st.names.binds | st.names.changes and name not in st.names.imports and st.cell <= s.failure.inner
    ]  # fmt: skip
    if not taken:
        return None
    cell = taken[0]
    new = f"{name}_value"
    edits = []
    for index in sorted({st.cell for st in s.flow.statements if st.cell >= cell}):
        tree = s.tree if index == s.failure.inner else s.tree_of(index)
        called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        owners = (
            {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            if library is not None
            else set()
        )
        changes: list[tuple[ast.AST, str]] = [
            (n, new) for n in ast.walk(tree)
            if isinstance(n, ast.Name) and n.id == name and id(n) not in called and id(n) not in owners
        ]  # fmt: skip
        if changes:
            edits += list(s.replaced(s.swapped(*changes, cell=index), index))
    what = f"the library of cell {library + 1}" if library is not None else "the builtin of that name"
    return Diagnosis(
        rule="name taken", cause=f"Cell {cell + 1} gives `{name}` a value ({kind}), which hides {what}.",
        repair=f"the value is called `{new}` from cell {cell + 1} on; in this kernel, `del {name}` (or a restart) brings the other back",
        edits=tuple(edits),
    )  # fmt: skip


def not_callable(s: Situation) -> Diagnosis | None:
    """``'int' object is not callable``: a builtin's name was given a value, or brackets are of the wrong kind."""
    found = _SHADOWS.search(s.said)
    if s.failure.ename != "TypeError" or found is None:
        return None
    kind = found[1]
    named = [call for call in s.of(ast.Call) if isinstance(call.func, ast.Name)]
    taken = next((t for t in (shadow(s, call.func.id, kind) for call in named) if t), None)
    if taken:
        return taken
    for call in s.of(ast.Call):
        if isinstance(call.func, ast.Name):
            name = call.func.id
            if hasattr(builtins, name):
                continue
            if kind == "module":
                if name in s.imported:
                    return _module_called(s, call, name)
                continue
            known = s.value(call.func)
            if (
                kind in ("DataFrame", "Series", "dict", "list", "ndarray")
                and len(call.args) == 1
                and isinstance(call.args[0], (ast.Constant, ast.Name))
                and (known is None or known.kind == kind)
            ):
                return Diagnosis(
                    rule="parentheses", cause=f"`{name}` is a {kind}: what is in it is taken by brackets.",
                    repair=f"`{name}[…]`", edits=s.replaced(s.swapped((call, f"{name}[{s.text(call.args[0])}]"))),
                )  # fmt: skip
        elif (
            isinstance(call.func, ast.Attribute)
            and not call.args
            and not call.keywords
            and kind in _VALUES
            and call.func.attr in _PROPERTIES
        ):
            return Diagnosis(
                    rule="parentheses", cause=f"`.{call.func.attr}` is a value ({kind}), not a method.", repair=f"`.{call.func.attr}`",
                    edits=s.replaced(s.swapped((call, s.text(call.func)))),
                )  # fmt: skip
    return None


def _module_called(s: Situation, call: ast.Call, name: str) -> Diagnosis:
    module = s.imported.get(name, name)
    inside = s.facts.attributes.get(name, ())
    last = module.rpartition(".")[2]
    if last in inside or last in ("tqdm", "glob", "pprint", "datetime", "copy", "random", "time"):
        return Diagnosis(
            rule="module called", cause=f"`{name}` is the module; what can be called is inside it under the same name.",
            repair=f"`{name}.{last}(…)`", edits=s.replaced(s.swapped((call.func, f"{name}.{last}"))),
        )  # fmt: skip
    return Diagnosis(
        rule="module called", cause=f"`{name}` is a module, which cannot be called; a function of it can."
    )
