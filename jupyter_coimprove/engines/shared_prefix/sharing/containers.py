"""Containers of settings that are made in the open, and other names for them."""

from __future__ import annotations

from jupyter_coimprove.engines.shared_prefix.sharing.paths import Path, Places
from jupyter_coimprove.engines.shared_prefix.sharing.reading import Act, Doing


def learn(act: Act, places: Places) -> tuple[Doing, set[Path]]:
    """Take in what this statement makes; what it reads and sets that is not already known of its containers."""
    return act.now, act.now.sets
