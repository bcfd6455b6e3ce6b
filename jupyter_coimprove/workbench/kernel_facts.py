"""What a notebook's own Python knows about a failing cell, asked in a process of its own.

That process runs the import statements of the notebook, of installed libraries alone: it stands outside
the notebook's folder, so that local modules are not run by it.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.notebook.failures.failure import Failure

SECONDS = 60.0
_MAIN = """
import contextlib, io, json, sys
told, names = json.loads(sys.stdin.read()), {}
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for text in told["imports"]:
        try:
            exec(text, names)
        except BaseException:
            pass
    names.pop("__builtins__", None)
    out = facts(names, told["source"], None, told["said"])
out["values"] = {}
print("\\x1e" + json.dumps(out))
"""


def environment_facts(notebook: Notebook, failure: Failure, kernel: str) -> Mapping[str, Any]:
    """Attributes, parameters and modules as the kernel's interpreter has them; empty where it cannot be asked."""
    from jupyter_coimprove.engines.papermill.environment import kernelspec
    from jupyter_coimprove.errors import KernelMissing
    from jupyter_coimprove.kernelspace import failing
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.redaction import strip_environment

    try:
        spec = kernelspec(kernel)
    except KernelMissing:
        return {}
    command = sys.executable if spec.argv[0].startswith("python") else os.path.expanduser(spec.argv[0])
    env, _ = strip_environment(os.environ)
    # It may name the notebook's own folder, whose modules are not to be run.
    env.pop("PYTHONPATH", None)
    try:
        source = python_source(notebook.cells[failure.inner].source)
    except SyntaxError:
        source = ""
    told = {
        "imports": import_statements([cell.source for cell in notebook.code_cells]),
        "source": source,
        "said": failure.evalue,
    }
    try:
        done = subprocess.run(
            [command, "-c", inspect.getsource(failing) + _MAIN], input=json.dumps(told), env={**env, **spec.env, "MPLBACKEND": "Agg"},
            cwd=os.sep, capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        found = json.loads(done.stdout.rpartition("\x1e")[2])
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}  # explained by what the code says alone
    return found if isinstance(found, dict) else {}


def import_statements(sources: Sequence[str]) -> list[str]:
    """The import statements at the top of these cells, one text each; of packages, not of files beside the notebook."""
    from jupyter_coimprove.kernelspace.transform import python_source

    out = []
    for source in sources:
        try:
            tree = ast.parse(python_source(source))
        except (SyntaxError, ValueError):
            continue
        out += [
            ast.unparse(node) for node in tree.body
            if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        ]  # fmt: skip
    return list(dict.fromkeys(out))
