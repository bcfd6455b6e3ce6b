"""Previews in a kernel of a test's own, asked as a front end asks; and what says that nothing there has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from kernel_door import Kernel

from jupyter_coimprove.kernelspace.preview import expression
from jupyter_coimprove.kernelspace.preview.forking import not_here
from jupyter_coimprove.kernelspace.probe import parse_reply

#: Where there is no sandbox, that it says so is tested; nothing else can be.
needs_sandbox = pytest.mark.skipif(bool(not_here()), reason=f"no sandbox here: {not_here()}")

#: The namespace, the generators and the history of a kernel, as one text.
DIGEST = """
(lambda g, b: b.__import__('hashlib').sha256(b.repr([
    b.sorted((k, b.id(v), b.repr(v)[:200]) for k, v in g.items() if not k.startswith('_') and k not in ('In', 'Out')),
    b.__import__('random').getstate(), b.len(g.get('In', ())), b.list(g.get('Out', {})),
    b.__import__('numpy').random.get_state()[1].tobytes(), b.sorted(b.__import__('os').environ.items()),
    b.__import__('os').getcwd(), b.sorted(b.__import__('os').readlink(f.path) for f in b.__import__('os').scandir('/proc/self/fd')
             if b.__import__('os').path.lexists(f.path) and 'history.sqlite' not in b.__import__('os').readlink(f.path)),
    b.sorted(t.name for t in b.__import__('threading').enumerate()),
]).encode()).hexdigest())(__import__('sys')._getframe().f_globals, __import__('builtins'))
"""


def ask(kernel: Kernel, text: str, *, timeout: float = 60) -> dict[str, Any]:
    """The entry of one user expression."""
    asked = kernel.client.execute(
        "", silent=True, store_history=False, user_expressions={"x": text.strip().replace("\n", " ")}
    )
    while True:
        reply = kernel.client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == asked:
            entry: dict[str, Any] = reply["content"]["user_expressions"]["x"]
            return entry


def request(folder: Path, cells: Sequence[str], **more: Any) -> dict[str, Any]:
    return {
        "cells": list(cells), "folder": str(folder), "seconds": 20.0, "memory_mb": 1024, "probe": False, **more
    }  # fmt: skip


def preview(
    kernel: Kernel, folder: Path, *cells: str, change: tuple[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """The answer of a preview of these cells; ``change`` puts another text in place of one in what runs."""
    asked = kernel.client.execute(
        "", silent=True, store_history=False, user_expressions={"x": text_of(folder, cells, change, more)}
    )
    while True:
        reply = kernel.client.get_shell_msg(timeout=90)
        if reply["parent_header"].get("msg_id") == asked:
            entry = reply["content"]["user_expressions"]["x"]
            assert entry["status"] == "ok", "\n".join(entry["traceback"])
            return parse_reply(entry)


def text_of(folder: Path, cells: Sequence[str], change: tuple[str, str] | None, more: dict[str, Any]) -> str:
    text = expression(request(folder, cells, **more))
    if change is not None:
        old, new = (repr(one)[1:-1] for one in change)
        assert text.count(old) == 1, change
        text = text.replace(old, new)
    return text


def digest(kernel: Kernel) -> str:
    entry = ask(kernel, DIGEST)
    assert entry["status"] == "ok", entry
    return str(entry["data"]["text/plain"])


def files(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every file below: its content, its mode and its time."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mode, path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def texts(answer: dict[str, Any], cell: int = -1) -> str:
    """All that a cell showed, as text."""
    out = []
    for output in answer["cells"][cell]["outputs"]:
        out.append(
            output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or ""
        )
    return "".join(out)
