"""The environment of a notebook's kernel: asked of its interpreter, locked into a file, compared with what is recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.workbench import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.systems.environment import Environment
    from jupyter_coimprove.workbench.bench import Bench

_SECONDS = 90.0
#: Nothing of the notebook is imported: which distribution has a module is read from their metadata.
_ASK = r"""
import importlib.metadata as m, importlib.util, json, platform, re, sys
wanted = json.loads(sys.stdin.read())
def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
have, by_module = {}, {}
for dist in m.distributions():
    name = dist.metadata["Name"]
    if not name or plain(name) in have:
        continue
    have[plain(name)] = dist
    for file in dist.files or ():
        if file.suffix in (".py", ".so", ".pyd") and ".dist-info" not in file.parts[0]:
            by_module.setdefault(file.parts[0].partition(".")[0], plain(name))
imported, absent = {}, []
for module in wanted:
    if module in by_module:
        imported[by_module[module]] = have[by_module[module]].version
    elif plain(module) in have:
        imported[plain(module)] = have[plain(module)].version
    elif importlib.util.find_spec(module) is None:
        absent.append(module)
todo, needed = list(imported), {}
while todo:
    for line in have[todo.pop()].requires or ():
        name, _, marker = line.partition(";")
        name = plain(re.match(r"[\w.-]+", name.strip())[0])
        if "extra" in marker or name in imported or name in needed or name not in have:
            continue
        needed[name] = have[name].version
        todo.append(name)
print("\x1e" + json.dumps({
    "python": platform.python_version(), "implementation": platform.python_implementation(),
    "machine": platform.system() + " " + platform.machine(), "imported": imported, "needed": needed, "absent": absent,
}))
"""


def environment_of(kernel: str, modules: Sequence[str]) -> Environment:
    """What the kernel's interpreter has of these modules. Raises KernelMissing, or EngineError where it does not answer."""
    from jupyter_coimprove.activities.systems.environment import Environment
    from jupyter_coimprove.engines.papermill.environment import kernelspec
    from jupyter_coimprove.redaction import strip_environment

    spec = kernelspec(kernel)
    command = sys.executable if spec.argv[0].startswith("python") else os.path.expanduser(spec.argv[0])
    env, _ = strip_environment(os.environ)
    try:
        answer = subprocess.run(
            [command, "-c", _ASK], input=json.dumps(list(modules)), env={**env, **spec.env}, cwd=os.sep, capture_output=True,
            text=True, timeout=_SECONDS, check=True,
        ).stdout  # fmt: skip
        told = json.loads(answer.rpartition("\x1e")[2])
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EngineError(
            f"the python of kernel {kernel!r} does not answer: {error}",
            remedy="reinstall that kernel, or choose another with --kernel",
        ) from error
    return Environment(
        python=told["python"], implementation=told["implementation"], machine=told["machine"], imported=told["imported"],
        needed=told["needed"], absent=tuple(told["absent"]),
    )  # fmt: skip


def recorded(bench: Bench, notebook: Path) -> tuple[str, dict[str, str]] | None:
    """The newest environment that an experiment of this notebook ran in: its id, and versions by name."""
    name = shelf.notebook_name(bench.root(notebook), notebook)
    for item in reversed(bench.record().find("experiment", notebook=name)):
        told = item.data.get("environment")
        if item.trust == "own" and isinstance(told, Mapping) and told.get("python"):
            return item.id, {"python": str(told["python"]), **_packages(told)}
    return None


def _packages(told: Mapping[str, Any]) -> dict[str, str]:
    packages = told.get("packages")
    return {str(k): str(v) for k, v in packages.items()} if isinstance(packages, Mapping) else {}


def write_lock(path: Path, text: str) -> str:
    """Write a lock and return what stood there. UsageError where another kind of file stands there."""
    from jupyter_coimprove.activities.systems.environment import HEAD
    from jupyter_coimprove.notebook.io import write_atomic

    before = ""
    if path.exists():
        try:
            before = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            before = "?"
        if not before.startswith(HEAD):
            raise UsageError(
                f"{path} is not a lock of ours; it is left alone", remedy="give another file to --lock"
            )
    if not path.parent.is_dir():
        raise UsageError(
            f"the folder of {path} is not there", remedy="make it, or give another file to --lock"
        )
    write_atomic(path, text.encode(), expect=None)
    return before
