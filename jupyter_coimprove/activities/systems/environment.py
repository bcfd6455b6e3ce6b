"""The environment that a notebook's results depend on: as a lock that pip installs, and how it drifted."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Section
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow

#: The first line of a lock: a file that begins otherwise is not written over.
HEAD = "# The environment of"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the notebook's own interpreter has. ``imported`` are distributions that the notebook imports, ``needed``
    what those need in turn, by name with their version; ``absent`` modules that it imports and that are not there."""

    python: str
    implementation: str
    machine: str
    imported: Mapping[str, str]
    needed: Mapping[str, str]
    absent: tuple[str, ...] = ()
    digest: str = ""


def modules_of(notebook: Notebook, flow: Flow) -> tuple[str, ...]:
    """Top-level modules that the notebook, or a module beside it, imports; neither the standard library's nor its own."""
    trees: list[ast.AST] = [statement.node for statement in flow.statements]
    for path, text in notebook.beside.items():
        if path.endswith(".py"):
            try:
                trees.append(ast.parse(text))
            except SyntaxError:
                continue
    own = {part for path in notebook.beside for part in path.removesuffix(".py").split("/")}
    found: dict[str, None] = {}
    for tree in trees:
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level
                else []
            )  # fmt: skip
            found.update(dict.fromkeys(name.partition(".")[0] for name in names))
    return tuple(name for name in found if name not in sys.stdlib_module_names and name not in own)


def lock_text(notebook: str, found: Environment) -> str:
    """The lock, as a requirements file: versions, no names of people or machines."""
    lines = [
        f"{HEAD} {notebook}, read from its kernel's interpreter: `python -m pip install -r` this file makes it again.",
        f"# python {found.python} ({found.implementation}), {found.machine}",
        *(f"{name}=={version}" for name, version in sorted(found.imported.items())),
    ]
    if found.needed:
        lines += [
            "# needed by those",
            *(f"{name}=={version}" for name, version in sorted(found.needed.items())),
        ]
    if found.absent:
        lines += [f"# imported, and not installed: {', '.join(found.absent)}"]
    return "\n".join(lines) + "\n"


def locked(text: str) -> dict[str, str]:
    """What a lock pins, its Python among it."""
    python = re.search(r"^# python (\S+)", text, re.MULTILINE)
    return {**({"python": python[1]} if python else {}), **dict(_PINNED.findall(text))}


def drift(before: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, version before, version now) of what differs; only names that stood before."""
    return [
        (name, version, now.get(name, "not there"))
        for name, version in sorted(before.items())
        if now.get(name, "not there") != version
    ]


def versions(found: Environment) -> dict[str, str]:
    """All that is known by name."""
    return {"python": found.python, **found.needed, **found.imported}


def section(
    found: Environment, drifts: Sequence[tuple[str, Iterable[tuple[str, str, str]]]], *, lock: str = ""
) -> Section:
    """What it is, and each ``(recorded where, what differs)``."""
    rows, lines = [], []
    for where, differs in drifts:
        listed = [(where, *one) for one in differs]
        rows += listed
        if not listed:
            lines.append(f"no drift against {where}")
    if not drifts:
        lines.append("no earlier environment of this notebook is recorded: nothing to drift from")
    if found.absent:
        lines.append(f"imported and not installed: {', '.join(found.absent)}")
    packages = ", ".join(f"{name} {version}" for name, version in sorted(found.imported.items()))
    return Section(
        title="environment", lines=tuple(lines), columns=("recorded by", "what", "then", "now") if rows else (), rows=tuple(rows),
        facts=(
            ("python", f"{found.python} ({found.implementation}), {found.machine}"), ("imports", packages or "the standard library only"),
            ("those need", f"{len(found.needed)} packages more"),
        ),
        code=lock, language="text" if lock else "",
    )  # fmt: skip
