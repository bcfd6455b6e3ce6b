"""Where kernelspecs are, without importing IPython to find out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager  # noqa: TID253 - only who looks for kernels imports this
from jupyter_core.paths import jupyter_path


class Specs(KernelSpecManager):  # type: ignore[misc]
    """As jupyter_client's. That one imports all of IPython (a quarter of a second of processor time in each process)
    for the place where IPython 2 kept kernels: here only where somebody has such a folder."""

    def _kernel_dirs_default(self) -> list[Any]:
        if any((place / "kernels").is_dir() for place in _places()):
            found: list[Any] = super()._kernel_dirs_default()
            return found
        return list(jupyter_path("kernels"))


def _places() -> list[Path]:
    """All that IPython may take for its folder."""
    named = os.environ.get("IPYTHONDIR")
    if named:
        return [Path(named).expanduser()]
    config = os.environ.get("XDG_CONFIG_HOME")
    home = Path.home()
    return [home / ".ipython", Path(config) / "ipython" if config else home / ".config" / "ipython"]
