"""Entering a run's private layers: a user and mount namespace of its own, without being root.

``unshare(2)``, ``user_namespaces(7)``, ``mount(2)`` and the kernel's ``overlayfs.rst`` (userxattr).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

from jupyter_coimprove.engines import mounts
from jupyter_coimprove.runs.layers import Layers


def enter(layers: Layers, cwd: Path) -> None:
    """Put this process, which must have a single thread, into ``layers``; raises OSError.

    It stays the same user with the same rights, and sees the same paths.
    """
    mounts.own_namespace()
    mounts.cover(*plain(layers))
    # Where this process stood is below the layers now.
    os.chdir(cwd)


def plain(layers: Layers) -> tuple[list[list[str]], list[list[str]]]:
    """``layers`` as texts: ``(at, upper, work)`` of each, ``(real, seen)`` of what is shared."""
    over = [[str(layer.at), str(layer.upper), str(layer.work)] for layer in layers.layers]
    return over, [[str(real), str(seen)] for real, seen in layers.shared]


def preexec(layers: Layers, cwd: Path, then: Callable[[], None] | None) -> Callable[[], None]:
    """What a kernel's process does before it becomes the kernel."""

    def both() -> None:
        enter(layers, cwd)
        if then is not None:
            then()

    return both


def refusal(layers: Layers, cwd: Path) -> str:
    """Why these layers cannot be entered here, found by entering them in a child; empty when they can.

    The child also writes a file in each, which must not be seen from outside.
    """
    if mounts.libc is None:
        return "private layers need Linux"
    name = f".coimprove-{os.getpid()}"
    read, write = os.pipe()
    with warnings.catch_warnings():
        # The child calls nothing that another thread could have locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(read)
            enter(layers, cwd)
            for layer in layers.layers:
                with open(layer.at / name, "wb") as handle:
                    handle.write(b"x")
            code = 0
        except OSError as error:
            os.write(write, str(error).encode()[:1000])
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    escaped = [layer.at / name for layer in layers.layers if (layer.at / name).exists()]
    for path in (*escaped, *(layer.upper / name for layer in layers.layers)):
        path.unlink(missing_ok=True)
    if escaped:
        return f"what was written in {escaped[0].parent} did not stay in the layer"
    return "" if status == 0 else text or "the layers cannot be entered"
