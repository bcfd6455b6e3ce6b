"""The code of a notebook that stands in files beside it: local modules it imports, configurations it names.

Found by syntax, nothing executed: ``import``, ``from``, ``importlib.import_module("…")`` with
literals, over the notebook's folder and literal ``sys.path`` hints, following imports of what was
found; and files like ``config.yaml`` that this code names by a path written out. A file that the
code itself writes is a result, not code.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.paths import (
    Script,
    named_files,
    path_names,
    path_value,
    written_by_magic,
)
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.runs.reached import computed_imports, project_roots, scripts, scripts_of_magics

#: Modules beyond this are an environment, not a notebook's helpers.
MAX_FILES = 2000
MAX_UP = 3
#: Larger ones are data, and more of them are no configuration.
MAX_CONFIG_BYTES = 256 * 1024
MAX_CONFIGS = 100


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Files that belong to a notebook's code, by path relative to its folder (posix, ``../`` allowed).

    ``texts`` are those that are UTF-8, ``files`` all as bytes; ``left_out`` says why others
    that the code names are not among them.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def gather(notebook: Notebook, sources: Mapping[int, str]) -> Beside:
    """Read what ``sources`` (plain Python by cell index) import and name, transitively.

    Raises EngineError over MAX_FILES modules.
    """
    folder = notebook.path.resolve().parent
    cells = [script for source in sources.values() if (script := Script.read(source)) is not None]
    found = _Finder(folder)
    found.modules(cells, [text for cell in notebook.code_cells for text in scripts_of_magics(cell.source)])
    found.configs(cells if any(cell.config for cell in cells) else [], _written(notebook))
    return found.beside(notebook)


class _Finder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data: dict[Path, bytes] = {}
        self.scripts: dict[Path, Script] = {}
        self.left_out: dict[str, str] = {}
        self.reach = _reach(folder)
        self.count = 0

    def modules(self, cells: list[Script], run: list[str]) -> None:
        given = [*_roots(self.folder, cells), *project_roots(self.reach, [cell.tree for cell in cells])]
        roots = [root for root in dict.fromkeys(given) if self._near(root)]
        queue: list[tuple[Script, Path | None]] = [(cell, None) for cell in cells]
        seen: set[Path] = set()
        while queue:
            script, origin = queue.pop()
            for text in computed_imports(script.tree):
                where = f" in {self._name(origin)}" if origin else ""
                self.left_out[text] = f"imports a name that is computed{where}: what it imports is not frozen"
            ran = [*scripts(script.tree), *run]
            run = []
            for path in chain(_imports(script.nodes, origin, roots), self._scripts(ran)):
                if path in seen:
                    continue
                seen.add(path)
                if len(seen) > MAX_FILES:
                    raise EngineError(
                        f"the notebook imports more than {MAX_FILES} local files",
                        remedy="install that package instead of importing it from beside the notebook",
                    )
                data = self._read(path)
                if data is None:
                    continue
                self.data[path] = data
                child = Script.read(data.decode("utf-8", "replace"))
                if child is not None:
                    self.scripts[path] = child
                    queue.append((child, path))

    def _scripts(self, texts: list[str]) -> Iterator[Path]:
        """Scripts that this code runs; a notebook that it runs is named as not frozen."""
        for text in texts:
            path = Path(os.path.normpath(self.folder / text))
            if not path.is_file():
                continue
            if path.suffix == ".py" and self._near(path):
                yield path
            else:
                self.left_out[self._name(path)] = "is run by this notebook, and not frozen"

    def configs(self, cells: list[Script], written: set[str]) -> None:
        """Configurations that cells or modules name; relative ones from the notebook's folder."""
        cwd = str(self.folder)
        own_names = named_files(cells, cwd=cwd)
        named, makes = list(own_names.read), {*own_names.written, *written}
        for path, script in self.scripts.items():
            if script.config:
                own = named_files([script], cwd=cwd, file=str(path))
                named += own.read
                makes |= set(own.written)
        bases = [self.folder, *(self.folder / entered for entered in own_names.entered)]
        made = {os.path.normpath(base / text) for base in bases for text in makes}
        for text in dict.fromkeys(named):
            for base in bases:
                path = Path(os.path.normpath(base / text))
                if str(path) not in made and path not in self.data and path.is_file():
                    self._config(path)

    def _config(self, path: Path) -> None:
        name = self._name(path)
        if not self._near(path) or not self._near(path.resolve()):
            self.left_out[name] = "lies outside the notebook's surroundings"
        elif self.count >= MAX_CONFIGS:
            self.left_out[name] = "is one of too many"
        elif path.stat().st_size > MAX_CONFIG_BYTES:
            self.left_out[name] = f"is larger than {MAX_CONFIG_BYTES // 1024} KB"
        elif (data := self._read(path)) is not None:
            self.data[path] = data
            self.count += 1

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except OSError as error:
            self.left_out[self._name(path)] = f"cannot be read: {error.strerror}"
            return None

    def _near(self, path: Path) -> bool:
        return any(path.is_relative_to(base) for base in self.reach)

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def beside(self, notebook: Notebook) -> Beside:
        files = {self._name(path): data for path, data in sorted(self.data.items())}
        texts, unread = texts_of(files, notebook)
        return Beside(files=files, texts=texts, left_out=dict(sorted({**self.left_out, **unread}.items())))


def texts_of(files: Mapping[str, bytes], notebook: Notebook) -> tuple[dict[str, str], dict[str, str]]:
    """The files whose text can be varied, and why others cannot: what no UTF-8 is, or a cell writes."""
    written = {os.path.normpath(path) for path in _written(notebook)}
    texts: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for name, data in files.items():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            left_out[name] = "is not UTF-8: it is frozen, but nothing in it can be varied"
            continue
        if name not in written:
            texts[name] = text
    return texts, left_out


def _written(notebook: Notebook) -> set[str]:
    return {path for cell in notebook.code_cells if (path := written_by_magic(cell.source))}


def _reach(folder: Path) -> list[Path]:
    """The notebook's folder and those above it that count as its surroundings."""
    near = folder.parents[:MAX_UP] if len(folder.parents) >= MAX_UP else folder.parents
    # The root of the file system is nobody's project.
    return [folder, *(base for base in near if base != base.parent)]


def _roots(folder: Path, cells: list[Script]) -> list[Path]:
    """Where modules are looked for: the notebook's folder, then the hints given to ``sys.path``."""
    roots = [folder]
    names: dict[str, str] | None = None
    for cell in cells:
        hints = list(_hints(cell.nodes))
        if hints and names is None:
            names = path_names(cells, cwd=str(folder))
        for hint in hints:
            for text in _hinted(hint, names or {}, str(folder)):
                root = (folder / text).resolve()
                if root.is_dir() and root not in roots:
                    roots.append(root)
    return roots


def _hints(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """What is given to ``sys.path.insert``, ``append`` or ``extend``."""
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("insert", "append", "extend")
            and path_of(node.func.value) == "sys.path"
        ):
            for arg in node.args:
                yield from arg.elts if isinstance(arg, (ast.List, ast.Tuple)) else [arg]


def _hinted(hint: ast.expr, names: Mapping[str, str], cwd: str) -> Iterator[str]:
    """The folder of a hint: written out, or at least its literal parts."""
    if (whole := path_value(hint, names, cwd=cwd)) is not None:
        yield whole
        return
    texts = [n for n in ast.walk(hint) if isinstance(n, ast.Constant) and type(n.value) is str]
    literals = [str(n.value) for n in sorted(texts, key=lambda n: (n.lineno, n.col_offset))]
    if literals:
        yield "/".join(literals)


def _imports(nodes: Iterable[ast.AST], origin: Path | None, roots: list[Path]) -> Iterator[Path]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _find(alias.name, roots)
        elif isinstance(node, ast.ImportFrom):
            if node.level and origin is not None:
                base = origin.parent
                for _ in range(node.level - 1):
                    base = base.parent
                places, prefix = [base], node.module or ""
                yield from _init_files(base, roots)
            elif node.level:
                continue
            else:
                places, prefix = roots, node.module or ""
            if prefix:
                yield from _find(prefix, places)
            for alias in node.names:
                yield from _find(f"{prefix}.{alias.name}".lstrip("."), places)
        elif (
            isinstance(node, ast.Call)
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and type(node.args[0].value) is str
            and path_of(node.func) in ("importlib.import_module", "import_module", "__import__")
        ):
            yield from _find(node.args[0].value, roots)


def _init_files(base: Path, roots: list[Path]) -> Iterator[Path]:
    init = base / "__init__.py"
    if base not in roots and init.is_file():
        yield init


def _find(dotted: str, roots: list[Path]) -> Iterator[Path]:
    """The files that importing ``dotted`` reads, from the first root that has its first part."""
    parts = dotted.split(".")
    if not all(part.isidentifier() for part in parts):
        return
    for root in roots:
        here = root
        hits: list[Path] = []
        for part in parts:
            here = here / part
            if (here / "__init__.py").is_file():
                hits.append(here / "__init__.py")
            elif here.with_name(here.name + ".py").is_file():
                hits.append(here.with_name(here.name + ".py"))
                break
            elif not here.is_dir():
                break
        if hits:
            yield from hits
            return
