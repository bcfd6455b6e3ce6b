"""Files that code names by a path written out: ``open("cfg.yaml")``, ``Path("..") / "configs" / "base.json"``."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import last_name, parsed, walk

#: What configurations are written in (by suffix).
CONFIG_SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
_MENTIONS = re.compile(r"\.(?:ya?ml|json|toml|ini|cfg)\b")
_WRITEFILE = re.compile(r"\s*%%(?:writefile|file)\s+(?:-a\s+)?[\"']?([^\s\"']+)")
_WRITES = re.compile(r"(?:to|save|write|export|dump)(?:_|\Z)|.*_(?:save|dump|write)\Z|savefig\Z|savetxt\Z")
_SAME = frozenset("resolve absolute expanduser as_posix __str__".split())  # noqa: SIM905
_PATHS = frozenset("Path PurePath PosixPath PurePosixPath UPath".split())  # noqa: SIM905
_AS_GIVEN = frozenset(
    {"str", "os.fspath", "fspath", "os.path.expanduser", "os.path.normpath", "osp.normpath"}
)
_ABSOLUTE = frozenset({"os.path.abspath", "os.path.realpath", "osp.abspath", "osp.realpath", "abspath"})


@dataclass(frozen=True, kw_only=True)
class Named:
    """Paths as code names them (as written, or under ``cwd`` where it asked for that), read or written."""

    read: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    #: Folders that it changes into, in order.
    entered: tuple[str, ...] = ()


@dataclass
class _Evaluator:
    """What an expression gives when it is a path written out, else None. ``cwd`` and ``file`` are known."""

    cwd: str
    file: str | None
    names: dict[str, str] = field(default_factory=dict)

    def __call__(self, node: ast.expr) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text if text and "\0" not in text and "\n" not in text else None
            case ast.Name(id="__file__"):
                return self.file
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
            case ast.BinOp(left=left, op=ast.Div() | ast.Add() as op, right=right):
                one, other = self(left), self(right)
                if one is None or other is None:
                    return None
                return os.path.join(one, other) if isinstance(op, ast.Div) else one + other
            case ast.Attribute(value=inner, attr="parent"):
                return self._above(self(inner), 1)
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int(up))
            ):
                return self._above(self(inner), up + 1) if 0 <= up < 20 else None
            case ast.Call():
                return self._call(node)
        return None

    def _joined(self, parts: Iterable[ast.expr]) -> str | None:
        out = []
        for part in parts:
            plain = (
                isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
            )
            text = self(part.value) if plain and isinstance(part, ast.FormattedValue) else self(part)
            if text is None:
                return None
            out.append(text)
        return "".join(out)

    def _above(self, path: str | None, levels: int) -> str | None:
        for _ in range(levels):
            if path is None:
                return None
            # As pathlib: the parent of "." is ".", only an absolute path goes further up.
            path = os.path.dirname(path) or "."
        return path

    def _call(self, node: ast.Call) -> str | None:
        name = path_of(node.func) or ""
        last = name.rpartition(".")[2]
        given = [self(arg) for arg in node.args]
        known = [text for text in given if text is not None]
        complete = len(known) == len(given) and not node.keywords
        if name in ("os.getcwd", "getcwd") or (last == "cwd" and "Path" in name):
            return self.cwd
        if complete and last in _PATHS:
            return os.path.join(*known) if known else "."
        if complete and known and name in ("os.path.join", "osp.join", "path.join"):
            return os.path.join(*known)
        if complete and len(known) == 1:
            if name in _AS_GIVEN:
                return known[0]
            if name in _ABSOLUTE:
                return os.path.normpath(os.path.join(self.cwd, known[0]))
            if name in ("os.path.dirname", "osp.dirname", "dirname"):
                return os.path.dirname(known[0]) or "."
        if isinstance(node.func, ast.Attribute) and (owner := self(node.func.value)) is not None:
            attr = node.func.attr
            if attr in ("resolve", "absolute"):
                return os.path.normpath(os.path.join(self.cwd, owner))
            if attr in _SAME:
                return owner
            if attr == "joinpath" and complete:
                return os.path.join(owner, *known)
        return None


def mentions_config(source: str) -> bool:
    """Whether it is worth looking for configuration files in this source."""
    return _MENTIONS.search(source) is not None


def written_by_magic(source: str) -> str | None:
    """The file that a ``%%writefile`` cell writes, or None."""
    found = _WRITEFILE.match(source)
    return found[1] if found else None


@dataclass(frozen=True, kw_only=True)
class Script:
    """A parsed cell or module; ``nodes`` are all of its tree, walked once; ``config`` as ``mentions_config``."""

    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    config: bool

    @classmethod
    def read(cls, source: str) -> Script | None:
        """None where it does not parse."""
        try:
            tree = parsed(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return cls(tree=tree, nodes=walk(tree), config=mentions_config(source))


def named_files(scripts: Iterable[Script], *, cwd: str, file: str | None = None) -> Named:
    """The configuration files these scripts name, and where they change into.

    ``cwd`` is the folder that the code runs in and ``file`` its ``__file__`` (both absolute;
    None in a notebook). Nothing is read.
    """
    evaluate = _Evaluator(cwd=cwd, file=file)
    scripts = list(scripts)
    read: dict[str, None] = {}
    written: dict[str, None] = {}
    entered: dict[str, None] = {}
    for script in scripts:
        _bind(script.nodes, evaluate)
        for text in _paths(script.tree, evaluate) if script.config else ():
            if text.lower().endswith(CONFIG_SUFFIXES):
                read[text] = None
    for script in scripts if read else ():
        for call in script.nodes:
            if isinstance(call, ast.Call):
                name = path_of(call.func) or ""
                if name in ("os.chdir", "chdir") and call.args and (folder := evaluate(call.args[0])):
                    entered[folder] = None
                written.update(dict.fromkeys(_writes(call, evaluate)))
    return Named(read=tuple(read), written=tuple(written), entered=tuple(entered))


def path_names(scripts: Iterable[Script], *, cwd: str) -> dict[str, str]:
    """Names that are bound to a path written out (``ROOT = Path.cwd().parent``)."""
    evaluate = _Evaluator(cwd=cwd, file=None)
    for script in scripts:
        _bind(script.nodes, evaluate)
    return evaluate.names


def path_value(node: ast.expr, names: Mapping[str, str], *, cwd: str, file: str | None = None) -> str | None:
    """The path that this expression gives, or None where it is not written out."""
    return _Evaluator(cwd=cwd, file=file, names=dict(names))(node)


def _bind(nodes: Iterable[ast.AST], evaluate: _Evaluator) -> None:
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            text = evaluate(node.value)
            if text is not None and not _fixed(node.value, text):
                evaluate.names[node.targets[0].id] = text


def _paths(tree: ast.AST, evaluate: _Evaluator) -> Iterator[str]:
    """What the largest expressions give that are paths written out."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name):
            text = evaluate(node)
            if text is not None:
                if not _fixed(node, text):
                    yield text
                continue
        todo += ast.iter_child_nodes(node)


def _fixed(node: ast.expr, text: str) -> bool:
    """Whether a path begins at the root of the file system because the code says so: no run's view has it."""
    return any(
        isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value[:1] == "/" and text.startswith(n.value)
        for n in ast.walk(node)
    )  # fmt: skip


def _writes(call: ast.Call, evaluate: _Evaluator) -> Iterator[str]:
    """What this call writes: a file opened for writing, or given to ``to_json``, ``save`` and the like."""
    last = last_name(call.func)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    subjects: list[ast.expr] = []
    if last == "open":
        modes = [n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if any(set(mode) & set("wax+") and set(mode) <= set("rwaxtb+") for mode in modes):
            subjects = [*call.args[:1], *([owner] if owner is not None else [])]
    elif _WRITES.match(last):
        subjects = [*given, *([owner] if owner is not None else [])]
    for subject in subjects:
        if (text := evaluate(subject)) is not None:
            yield text
