"""What a run's result depends on, as one key: equal keys mean the result can be reused.

The key holds the executed source after binding, local modules, parameters, block and replicate,
environment, and the files read with size and hash. Inputs unknown: no key, no reuse.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_coimprove.digests import digest_file, digest_json, digest_source

#: Calls that read something named by their first argument.
_READERS = frozenset({
    "open", "fromfile", "genfromtxt", "imread", "joblib.load", "json.load", "load", "load_npz", "load_model",
    "load_state_dict_from_file", "loadmat", "loadtxt", "memmap", "open_memmap", "read_bytes", "read_text",
})  # fmt: skip
#: Calls whose result comes from outside the files that the code names.
_OUTSIDE = frozenset({
    "fetch_openml", "glob", "iglob", "iterdir", "listdir", "load_dataset", "from_pretrained", "rglob",
    "scandir", "urlopen", "urlretrieve", "walk", "ImageFolder", "DatasetFolder", "input", "getenv",
})  # fmt: skip
_OUTSIDE_MODULES = frozenset({"requests", "urllib", "httpx", "aiohttp", "boto3", "socket", "subprocess",
                              "sqlite3", "sqlalchemy", "kaggle", "gdown", "tensorflow_datasets"})  # fmt: skip
#: ``datasets.CIFAR10(root)`` and the like download or read a folder.
_DATASETS = ("torchvision.datasets", "datasets.")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The files that code names, ``{path, size, digest}`` each; ``unknown`` says why there may be more."""

    files: tuple[Mapping[str, Any], ...] = ()
    unknown: str = ""


def named_inputs(sources: Iterable[str], folder: Path, *, frozen: Collection[str] = ()) -> Inputs:
    """The existing files whose names stand in ``sources`` (plain Python), relative to ``folder``.

    Any call that reads something not named by a literal, or from the network, makes it unknown.
    ``frozen`` files are code, and are left out: a run reads them as they were registered.
    """
    trees: list[ast.Module] = []
    for source in sources:
        try:
            trees.append(ast.parse(source))
        except (SyntaxError, ValueError):
            return Inputs(unknown="a cell is not plain Python")
    constants = _constants(trees)
    files: dict[str, Mapping[str, Any]] = {}
    unknown = ""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is str:
                record = _file(node.value, folder)
                if record is not None and os.path.normpath(record["path"]) not in frozen:
                    files[record["path"]] = record
            elif isinstance(node, ast.Call) and not unknown:
                unknown = _dynamic(node, constants)
            elif isinstance(node, (ast.Import, ast.ImportFrom)) and not unknown:
                unknown = _outside(node)
    return Inputs(files=tuple(files[path] for path in sorted(files)), unknown=unknown)


def named_files(sources: Iterable[str], folder: Path) -> list[str]:
    """The names of existing files that stand in ``sources``, as they stand there; nothing of them is read.

    A source that is not plain Python names none.
    """
    found: dict[str, None] = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is str and _is_file(node.value, folder):
                found[node.value] = None
    return list(found)


def _is_file(text: str, folder: Path) -> bool:
    if not text or len(text) > 1024 or "\0" in text or "\n" in text:
        return False
    try:
        return (folder / text).is_file()
    except OSError:
        return False


def _file(text: str, folder: Path) -> dict[str, Any] | None:
    if not _is_file(text, folder):
        return None
    path = folder / text
    try:
        return {"path": text, "size": path.stat().st_size, "digest": digest_file(path)}
    except OSError:
        return None


def _constants(trees: Sequence[ast.Module]) -> frozenset[str]:
    """Names that are bound exactly once, to text (also ``Path("…")``)."""
    bound: dict[str, int] = {}
    texts: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound[node.id] = bound.get(node.id, 0) + 1
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
                and _is_literal(node.value, frozenset())
            ):
                texts.add(node.targets[0].id)
    return frozenset(name for name in texts if bound.get(name) == 1)


def _is_literal(node: ast.expr, constants: frozenset[str]) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is str
    if isinstance(node, ast.Name):
        return node.id in constants
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Path", "pathlib.Path"):
        return len(node.args) == 1 and _is_literal(node.args[0], constants)
    return False


def _dynamic(node: ast.Call, constants: frozenset[str]) -> str:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if last in _OUTSIDE or any(name.startswith(prefix) for prefix in _DATASETS):
        return f"{name}() reads what the code does not name"
    reads = last in _READERS or (last.startswith("read_") and not name.startswith("self."))
    if not reads:
        return ""
    if isinstance(node.func, ast.Attribute) and last in ("read_text", "read_bytes", "open"):
        subject: ast.expr | None = node.func.value if not node.args or last != "open" else node.args[0]
    else:
        subject = node.args[0] if node.args else None
    if subject is None or not _is_literal(subject, constants):
        return f"{name}() reads a file whose name is computed"
    return ""


def _outside(node: ast.Import | ast.ImportFrom) -> str:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    hit = next((name for name in names if name.split(".")[0] in _OUTSIDE_MODULES), None)
    return f"{hit} can read what the code does not name" if hit else ""


def run_key(
    *,
    sources: Sequence[str],
    parameters: Mapping[str, Any],
    block: int,
    replicate: int,
    environment: Mapping[str, Any],
    modules_digest: str,
    inputs: Inputs,
    overlay: Mapping[str, str] | None = None,
) -> str | None:
    """The key of a run, or None when what it reads is not fully known.

    ``overlay`` are the texts that this run reads instead of frozen files.
    """
    if inputs.unknown:
        return None
    return digest_json({
        "v": 1,
        "sources": [digest_source(source) for source in sources],
        "parameters": _exact(parameters),
        "block": str(block),
        "replicate": replicate,
        "environment": _exact(environment),
        "modules": modules_digest,
        "inputs": [[f["path"], f["size"], f["digest"]] for f in inputs.files],
        **({"overlay": {name: digest_source(text) for name, text in overlay.items()}} if overlay else {}),
    })  # fmt: skip


def _exact(value: Any) -> Any:
    """Numbers as text: 1 and 1.0 are different parameters, and seeds may be beyond 2**53."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return {type(value).__name__: repr(value)}
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value]
