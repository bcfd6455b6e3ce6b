"""The code a run is made of, frozen: local modules that the notebook imports, transitively.

Editing ``utils.py`` while an experiment runs for hours must change nothing in it.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.digests import digest_bytes, digest_json
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.notebook.cells import Notebook

#: Modules beyond this are an environment, not a notebook's helpers.
MAX_FILES = 2000
MAX_UP = 3


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Frozen local modules. ``files`` maps a path relative to the notebook's folder to its digest.

    On disk ``root/0/`` is the notebook's folder, ``root/1/`` its parent, and so on.
    """

    root: Path
    files: Mapping[str, str]
    digest: str


def freeze(notebook: Notebook, sources: Mapping[int, str], dest: Path) -> Snapshot:
    """Copy the local modules that ``sources`` (plain Python by cell index) import to ``dest``.

    Found by syntax: ``import``, ``from``, ``importlib.import_module("…")`` with literals, over the
    notebook's folder and literal ``sys.path.insert``/``append`` hints, following imports of what
    was found. Cells that do not parse are left out. Raises EngineError over MAX_FILES.
    """
    folder = notebook.path.resolve().parent
    trees = [tree for source in sources.values() if (tree := _parse(source)) is not None]
    found: dict[Path, bytes] = {}
    for path in _closure(folder, trees):
        found[path] = path.read_bytes()
        if len(found) > MAX_FILES:
            raise EngineError(
                f"the notebook imports more than {MAX_FILES} local files",
                remedy="install that package instead of importing it from beside the notebook",
            )
    dest.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for path, data in sorted(found.items()):
        up, rest = _relative(folder, path)
        target = dest / str(up) / rest
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        shutil.copystat(path, target)
        files["/".join([*[".."] * up, *rest.parts])] = digest_bytes(data)
    return Snapshot(root=dest, files=files, digest=digest_json(files))


def files_of(root: Path) -> Iterator[tuple[int, Path, Path]]:
    """``(levels up, path below that level, file)`` of everything in a snapshot folder."""
    for level in sorted(root.iterdir()) if root.is_dir() else ():
        if level.name.isdigit():
            for file in sorted(level.rglob("*")):
                if file.is_file():
                    yield int(level.name), file.relative_to(level), file


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _relative(folder: Path, path: Path) -> tuple[int, Path]:
    """How many levels above ``folder`` the nearest common parent is, and the path from there."""
    for up, base in enumerate([folder, *folder.parents][: MAX_UP + 1]):
        if path.is_relative_to(base):
            return up, path.relative_to(base)
    raise EngineError(
        f"{path} is imported from more than {MAX_UP} folders above the notebook",
        remedy="install that package, or move it nearer",
    )


def _closure(folder: Path, trees: Iterable[ast.Module]) -> list[Path]:
    todo = [(tree, None) for tree in trees]
    roots = [folder]
    for tree, _ in todo:
        roots += [root for hint in path_hints(tree) if (root := _hinted(folder, hint)) and root not in roots]
    near = folder.parents[:MAX_UP] if len(folder.parents) >= MAX_UP else folder.parents
    roots = [root for root in roots if any(root.is_relative_to(base) for base in (folder, *near))]
    seen: dict[Path, None] = {}
    queue: list[tuple[ast.Module, Path | None]] = list(todo)
    while queue:
        tree, origin = queue.pop()
        for path in _imports(tree, origin, roots):
            if path not in seen and len(seen) <= MAX_FILES:
                seen[path] = None
                child = _parse(path.read_text("utf-8", "replace"))
                if child is not None:
                    queue.append((child, path))
    return list(seen)


def _hinted(folder: Path, hint: str) -> Path | None:
    root = (folder / hint).resolve()
    return root if root.is_dir() else None


def path_hints(tree: ast.AST) -> Iterator[str]:
    """Literal folders given to ``sys.path.insert`` or ``append``, also through Path, str, abspath, join."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("insert", "append", "extend")
            and ast.unparse(node.func.value) == "sys.path"
        ):
            for arg in node.args:
                texts = [n for n in ast.walk(arg) if isinstance(n, ast.Constant) and type(n.value) is str]
                literals = [str(n.value) for n in sorted(texts, key=lambda n: (n.lineno, n.col_offset))]
                if literals:
                    yield "/".join(literals)


def _imports(tree: ast.Module, origin: Path | None, roots: list[Path]) -> Iterator[Path]:
    for node in ast.walk(tree):
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
            and ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__")
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and type(node.args[0].value) is str
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
            elif not (here.is_dir() and any(here.glob("*.py"))):
                break
        if hits:
            yield from hits
            return
