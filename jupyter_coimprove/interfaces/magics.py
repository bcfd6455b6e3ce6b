"""``%coai`` and ``%%coai``: a client of the host process, and nothing more."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell


def register(shell: InteractiveShell) -> None:
    """Make the magics known to this shell."""


def unregister(shell: InteractiveShell) -> None:
    """Forget the magics."""
