"""Code that a notebook reaches by other ways than ``import``: scripts it runs, its own installed project.

Found by syntax, nothing executed. What is found is frozen like any module; what cannot be told from
the text is named, so that nobody believes it frozen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import of_kind, walk

#: Calls of which a text names a script.
_RUNS = ("system", "getoutput", "exec", "open", "run_path", "run", "Popen", "call",
         "check_call", "check_output", "load_source", "spec_from_file_location", "SourceFileLoader")  # fmt: skip
_SCRIPT = re.compile(r"[^\s'\"=;|&<>()]+\.(?:py|ipynb)\b")
_IMPORTS = ("importlib.import_module", "import_module", "__import__")


def scripts(tree: ast.AST) -> Iterator[str]:
    """Paths of Python files and notebooks that texts in ``tree`` run, relative to the working folder."""
    for node in of_kind(tree, ast.Call):
        name = path_of(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        if name.rpartition(".")[2] not in _RUNS:
            continue
        for inner in walk(node):
            if isinstance(inner, ast.Constant) and type(inner.value) is str:
                yield from _SCRIPT.findall(inner.value)


def scripts_of_magics(source: str) -> Iterator[str]:
    """Paths of Python files and notebooks that ``%run``, ``!`` and ``%%bash`` run in a cell's own text."""
    shell = source.lstrip().startswith(("%%bash", "%%sh", "%%script", "%%!"))
    for line in source.splitlines():
        if shell or re.match(r"\s*(?:%run\b|!|[\w, ]+=\s*[!%](?!coai\b))", line):
            yield from _SCRIPT.findall(line)


def computed_imports(tree: ast.AST) -> Iterator[str]:
    """Imports whose names are computed, as they stand in the code."""
    for node in of_kind(tree, ast.Call):
        if node.args and path_of(node.func) in _IMPORTS:
            first = node.args[0]
            if not (isinstance(first, ast.Constant) and type(first.value) is str):
                yield ast.unparse(node)[:80]


def project_roots(reach: Sequence[Path], trees: Iterable[ast.Module]) -> list[Path]:
    """Where modules of the project itself lie, as an editable installation finds them.

    ``src`` beside a ``pyproject.toml`` or ``setup.py``, and the folder of that file when the notebook
    imports the package that bears the project's name.
    """
    names = {name.partition(".")[0] for tree in trees for name in _imported(tree)}
    found = []
    for base in reach:
        text = _project(base)
        if text is None:
            continue
        if (base / "src").is_dir():
            found.append(base / "src")
        declared = re.search(r"""^\s*name\s*=\s*["']([\w.-]+)["']""", text, re.MULTILINE)
        module = re.sub(r"[-.]+", "_", declared[1]).lower() if declared else base.name
        if module in names and (base / module / "__init__.py").is_file():
            found.append(base)
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in of_kind(tree, ast.Import):
        yield from (alias.name for alias in node.names)
    for inner in of_kind(tree, ast.ImportFrom):
        if inner.module and not inner.level:
            yield inner.module


def _project(base: Path) -> str | None:
    for name in ("pyproject.toml", "setup.cfg", "setup.py"):
        try:
            return (base / name).read_text("utf-8", "replace")
        except OSError:
            continue
    return None
