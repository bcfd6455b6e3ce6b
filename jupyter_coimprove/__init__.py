"""The lab notebook in which people and an AI do research together."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell


def __getattr__(name: str) -> Any:
    """``from jupyter_coimprove import log`` in a notebook; loaded only when it is asked for."""
    if name == "log":
        from jupyter_coimprove.kernelspace.log import log

        return log
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext jupyter_coimprove``: register ``%coai`` and ``%%coai``, and nothing more."""
    from jupyter_coimprove.interfaces.magics import register

    register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away and let the host process go."""
    from jupyter_coimprove.interfaces.magics import unregister

    unregister(shell)
