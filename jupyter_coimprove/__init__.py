"""The lab notebook in which people and an AI do research together."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext jupyter_coimprove``: register ``%coai`` and ``%%coai``, and nothing more."""
    from jupyter_coimprove.interfaces.magics import register

    register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away and let the host process go."""
    from jupyter_coimprove.interfaces.magics import unregister

    unregister(shell)
