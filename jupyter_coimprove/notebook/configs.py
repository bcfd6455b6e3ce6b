"""Where config texts come in: strings that a loader is given, and files that the code names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.texts import Entry, Format, entries, format_of
from jupyter_coimprove.notebook.trees import last_name
from jupyter_coimprove.notebook.units import Unit

_LOADERS = frozenset({"load", "loads", "safe_load", "full_load", "unsafe_load", "create", "parse"})


def configs(units: Sequence[Unit], beside: Mapping[str, str]) -> list[Found]:
    """All values of config texts, bound to the name they are loaded into."""
    texts = _named_texts(units)
    out: list[Found] = []
    for unit in units:
        for node in unit.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                out += _string(unit, node.targets[0], node.value, texts)
    files = {f: text for f, text in beside.items() if format_of(f)}
    for file, text in sorted(files.items()):
        out += _file(file, text, units)
    return out


def _named_texts(units: Sequence[Unit]) -> dict[str, tuple[Unit, ast.Constant]]:
    """``TEXT = \"\"\"…\"\"\"``: long strings that have a name of their own."""
    out: dict[str, tuple[Unit, ast.Constant]] = {}
    for unit in units:
        node = unit.node
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ) and ("\n" in node.value.value or node.value.value.lstrip()[:1] == "{"):
            out.update({t.id: (unit, node.value) for t in node.targets if isinstance(t, ast.Name)})
    return out


def _string(
    unit: Unit, target: ast.expr, call: ast.Call, texts: Mapping[str, tuple[Unit, ast.Constant]]
) -> Iterator[Found]:
    last = last_name(call.func)
    if last not in _LOADERS or not call.args:
        return
    given = call.args[0]
    if isinstance(given, ast.Call) and last_name(given.func) == "StringIO" and given.args:
        given = given.args[0]
    home = unit
    if isinstance(given, ast.Name) and given.id in texts:
        home, given = texts[given.id]
    path = path_of(target)
    if path is None or not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        return
    for entry in entries(given.value, _format(call, given.value)):
        yield _found(path, entry, home, given, path=f"{path}.{'.'.join(entry.path)}")


def _format(call: ast.Call, text: str) -> Format:
    words = (path_of(call.func) or "").lower()
    if "json" in words or text.lstrip()[:1] == "{":
        return "json"
    return "toml" if "toml" in words else "yaml"


def _found(root: str, entry: Entry, unit: Unit, node: ast.expr, **more: Any) -> Found:
    return Found(
        name=f"{root}.{'.'.join(entry.path)}", kind="config", node=node, statement=unit.statement,
        value=entry.value, span=(entry.start, entry.end), **{"file": unit.file, "through": unit.through, **more},
    )  # fmt: skip


def _file(file: str, text: str, units: Sequence[Unit]) -> Iterator[Found]:
    """The values of a file, bound to what the statement that names or opens it gives."""
    home, root = _loaded(file, units)
    if home is None:
        return
    format_ = format_of(file)
    if format_ == "ini" and (parser := _parser(home, units)) is not None:
        # Read by its methods (``cp.getfloat("fit", "rate")``): who uses the parser uses the value.
        home, held = parser
        for entry in entries(text, format_):
            yield _found(
                PurePosixPath(file).stem, entry, home, ast.Constant(value=entry.value), file=file, path=held
            )
        return
    for entry in entries(text, format_) if format_ else ():
        key = ".".join(entry.path)
        yield _found(
            root or PurePosixPath(file).stem, entry, home, ast.Constant(value=entry.value), file=file,
            path=f"{root}.{key}" if root and not home.through else None,
        )  # fmt: skip


def _loaded(file: str, units: Sequence[Unit]) -> tuple[Unit | None, str]:
    """The statement where the file comes in, and the name it is loaded into ("" where that is not clear)."""
    name = PurePosixPath(file).name
    for index, unit in enumerate(units):
        if not any(
            isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.endswith(name)
            for n in unit.nodes
        ):
            continue
        node = unit.node
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, (ast.Constant, ast.BinOp))
            and not unit.file
        ):
            # ``CONFIG = "run.yaml"``: it is loaded where that name is read.
            named = {t.id for t in node.targets if isinstance(t, ast.Name)}
            for later in units[index + 1 :]:
                if any(
                    isinstance(n, ast.Name) and n.id in named and isinstance(n.ctx, ast.Load)
                    for n in later.nodes
                ):
                    return later, _target(later)
        return unit, _target(unit)
    return None, ""


def _parser(home: Unit, units: Sequence[Unit]) -> tuple[Unit, str] | None:
    """The statement that makes the parser which reads a file in ``home``, and its name."""
    if home.file:
        return None
    calls = [
        n.func for n in home.nodes if isinstance(n, ast.Call) and last_name(n.func) in ("read", "read_file")
    ]
    names = {f.value.id for f in calls if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name)}
    for unit in units:
        targets = unit.node.targets if isinstance(unit.node, ast.Assign) and not unit.file else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                return unit, target.id
    return None


def _target(unit: Unit) -> str:
    """``cfg`` of ``cfg = yaml.safe_load(f)``, at the top level or in a ``with``."""
    if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return ""
    calls = [n for n in unit.nodes if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)]
    for node in reversed(calls):
        if isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return ""
