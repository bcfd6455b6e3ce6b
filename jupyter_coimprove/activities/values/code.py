"""What code calls and reads: names are followed through imports, assignments and calls, not looked for as text."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.activities.values.naming import BUILTINS, Names
from jupyter_coimprove.activities.values.writing import changed
from jupyter_coimprove.notebook.cells import Notebook

_SHELL = re.compile(
    r"^\s*(?:[\w\s,.]+=\s*)?!|^\s*(?:[\w\s,.]+=\s*)?%(?:sx|system)\b|^%%(?:bash|sh|script|cmd|sx|!)"
)
#: Calls that read what their first argument names, by the end of their dotted name; and those on a path.
_READERS = re.compile(
    r"(?:^|\.)(?:read_(?:csv|table|json|parquet|excel|pickle|feather|hdf|fwf|xml|html|orc|stata|sas|spss|ndjson|ipc)|load_dataset"
    r"|scan_(?:csv|parquet|ndjson|ipc)|loadtxt|genfromtxt|fromfile|memmap|imread|urlopen|urlretrieve|open_dataset|glob|iglob)$"
    r"|^(?:numpy|joblib|torch|librosa|soundfile|geopandas|xarray)\.(?:load|read|read_file|open)$|^(?:builtins\.)?open$|^io\.open$"
    r"|^(?:requests|httpx|aiohttp)\.(?:get|request)$|^sqlite3\.connect$|^PIL\.Image\.open$|^gzip\.open$|^bz2\.open$"
)
#: Calls that write what one of their arguments names.
_WRITERS = re.compile(r"(?:^|\.)(?:to_(?:csv|json|parquet|excel|pickle|feather|hdf)|save\w*|dump|write_\w+)$")
_ON_PATH = frozenset({"read_text", "read_bytes", "open", "glob", "rglob", "iterdir"})
_ARGUMENTS = ("filepath_or_buffer", "path", "io", "fname", "file", "filename", "url", "path_or_buf")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A call, or a callable that is handed on: its whole dotted name, where it stands, and the statement as plain code."""

    name: str
    cell: int
    line: int
    code: str


@dataclass(frozen=True, kw_only=True)
class Read:
    """Something that is read: its path or address as code gives it, or None where it is not written out."""

    path: str | None
    cell: int
    code: str


@dataclass(kw_only=True)
class Seen:
    """``columns`` are the texts by which something is indexed or called a column; ``imported`` are packages' names;
    ``written`` are the paths that it writes itself, ``touched`` what is read (True) and what is written over, moved or
    deleted (False), in order."""

    uses: list[Use] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    columns: list[tuple[str, int]] = field(default_factory=list)
    texts: list[tuple[str, int]] = field(default_factory=list)
    imported: dict[str, int] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    touched: list[tuple[bool, Read]] = field(default_factory=list)


def look(notebook: Notebook, transform: Callable[[str], str]) -> Seen:
    """All of it, in the order of the cells; cells that are no Python are named in ``unread``, from 1."""
    first = _Reader(Seen())
    _read(first, notebook, transform)
    reader = _Reader(Seen())
    reader.later = first.names
    _read(reader, notebook, transform)
    return reader.seen


def _read(reader: _Reader, notebook: Notebook, transform: Callable[[str], str]) -> None:
    for cell in notebook.code_cells:
        number = cell.index + 1
        reader.cell = number
        try:
            ast.parse(cell.source)
        except (SyntaxError, ValueError):
            for line, text in enumerate(cell.source.split("\n"), 1):
                if _SHELL.match(text):
                    reader.seen.uses.append(Use(name="shell", cell=number, line=line, code=text.strip()))
        try:
            tree = ast.parse(transform(cell.source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            reader.seen.unread.append(number)
            continue
        for statement in tree.body:
            reader.statement = ast.unparse(statement)
            reader.visit(statement)
    for path, text in notebook.beside.items():
        if path.endswith(".py"):
            reader.beside(text)


class _Reader(Names):
    """Notes what is called, handed on, read and indexed, statement by statement."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen
        self.imported = seen.imported

    def beside(self, text: str) -> None:
        """A module beside the notebook: its own names, the same rules; cell 0."""
        other = _Reader(self.seen)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        for statement in tree.body:
            other.statement = ast.unparse(statement)
            other.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.dotted(node.func).replace("()", "")
        if name:
            self._use(name, node)
        own = node.func.id if isinstance(node.func, ast.Name) and not name else ""
        if own in self.functions:
            self._given(own, node)
        if _WRITERS.search(name) or (name.endswith("open") and self._writes(node)):
            self.seen.written |= {plain(text) for part in node.args for text in self.texts(part)}
        self._reads(name, node)
        if not isinstance(node.func, ast.Name):
            self.visit(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(part)
        for keyword in node.keywords:
            if keyword.arg in ("columns", "usecols", "names", "by", "on", "subset", "index_col"):
                self._columns(keyword.value)
        for path in changed(self, name, node):
            over = Read(path=plain(path), cell=self.cell, code=self.statement)
            self.seen.touched.append((False, over))

    def visit_Name(self, node: ast.Name) -> None:
        self._handed(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._handed(node)
        self.visit(node.value)

    def _handed(self, node: ast.Name | ast.Attribute) -> None:
        """A callable that is given to something else is as good as called there."""
        if isinstance(node.ctx, ast.Load):
            whole = self.dotted(node)
            name = whole.replace("()", "")
            if name and not name.startswith("?") and ("." in name or name in BUILTINS):
                self._use(name, node)
            if isinstance(node, ast.Attribute) and (name.startswith("?") or "()" in whole):
                self.seen.columns.append((node.attr, self.cell))

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._columns(node.slice)
        self.visit(node.value)
        self.visit(node.slice)

    def _columns(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.seen.columns.append((part.value, self.cell))

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.seen.texts.append((node.value, self.cell))

    def _use(self, name: str, node: ast.expr) -> None:
        name = name.replace("[]", "")
        self.seen.uses.append(Use(name=name, cell=self.cell, line=node.lineno, code=self.statement))
        for module in self.names.get("*", "").split():
            # ``from os import *``: a name that nobody bound may be that module's.
            if name.startswith("?") and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self.seen.uses.append(Use(name=f"{module}.{node.func.id}", cell=self.cell, line=node.lineno, code=self.statement))  # fmt: skip

    def _reads(self, name: str, node: ast.Call) -> None:
        if name.startswith(("sklearn.datasets.load_", "sklearn.datasets.fetch_")):
            return self._read((f"sklearn:{name.rpartition('.')[2]}",))
        path = name.startswith("pathlib.") or not _READERS.search(name)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ON_PATH and path:
            if node.func.attr == "open" and self._writes(node, 0):
                return None
            found = self.texts(node.func.value)
            if found or name.startswith("pathlib."):
                inner = self.texts(node.args[0]) if node.func.attr in ("glob", "rglob") and node.args else ()
                self._read(tuple(posixpath.join(a, b) for a in found for b in inner) or tuple(found))
            return None
        if not _READERS.search(name):
            return None
        given = (
            node.args[0] if node.args else next((k.value for k in node.keywords if k.arg in _ARGUMENTS), None)
        )
        if given is None or (name in ("open", "io.open", "gzip.open") and self._writes(node)):
            return None
        prefix = (
            "seaborn:" if name == "seaborn.load_dataset" else "hub:" if name.endswith("load_dataset") else ""
        )
        if (
            isinstance(given, ast.Name)
            and self.within
            and given.id in self.within[-1]
            and not self.paths.get(given.id)
        ):
            # What the function is given is known where it is called.
            for _, waiting in list(self.functions.values())[-1:]:
                waiting.append((given.id, node))
            return None
        if isinstance(given, ast.Name) and self.names.get(given.id, "?").removesuffix("()").rpartition(".")[
            2
        ] in (
            "open",
            "urlopen",
            "StringIO",
            "BytesIO",
        ):
            return None
        if isinstance(given, ast.Call) and (
            _READERS.search(self.dotted(given.func)) or self.dotted(given.func).startswith("io.")
        ):
            return None
        self._read(tuple(prefix + text for text in self.texts(given)))
        return None

    def _given(self, own: str, node: ast.Call) -> None:
        """A call of the notebook's own function that reads what it is given."""
        function, waiting = self.functions[own]
        places = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
        for name, _ in waiting:
            at = places.index(name) if name in places else -1
            named = next((k.value for k in node.keywords if k.arg == name), None)
            given = named if named is not None else node.args[at] if 0 <= at < len(node.args) else None
            if given is not None:
                self._read(tuple(self.texts(given)))

    def _writes(self, node: ast.Call, at: int = 1) -> bool:
        mode = next(
            (k.value for k in node.keywords if k.arg == "mode"),
            node.args[at] if len(node.args) > at else None,
        )
        return (
            isinstance(mode, ast.Constant)
            and isinstance(mode.value, str)
            and bool(set(mode.value) & set("wax"))
        )

    def _read(self, paths: Sequence[str]) -> None:
        for path in paths or (None,):
            read = Read(path=plain(path) if path is not None else None, cell=self.cell, code=self.statement)
            self.seen.reads.append(read)
            self.seen.touched.append((True, read))


def plain(path: str) -> str:
    """A path as patterns name it: ``./data/../x.csv`` is ``x.csv``; an address is left as it is."""
    if "://" in path:
        return path
    return posixpath.normpath(path.replace("\\", "/"))


def distinct(found: Mapping[str, int] | Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Each name once, with the first cell it stands in."""
    seen: set[str] = set()
    for name, cell in found.items() if isinstance(found, Mapping) else found:
        if name not in seen:
            seen.add(name)
            yield name, cell
