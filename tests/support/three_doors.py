"""One verb said in each of three doors: a terminal, the host of a kernel's magics, a window of a Jupyter server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server_door import Server

from jupyter_coimprove import __version__
from jupyter_coimprove.wire.parse import parse

Said = Callable[[list[str]], dict[str, Any]]
Door = Callable[[Path, list[str], dict[str, str]], dict[str, Any]]


def terminal(folder: Path, words: list[str], env: dict[str, str]) -> dict[str, Any]:
    """The command line, whose ``--json`` is read."""
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_coimprove.interfaces.cli", *words, "--json"], cwd=folder, env=env, capture_output=True, text=True
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return found


def kernel(folder: Path, words: list[str], env: dict[str, str]) -> dict[str, Any]:
    """What ``%coai`` asks: the host process, told that a person typed this into a cell of its own."""
    stands = {
        "cwd": str(folder),
        "notebook": str(folder / "train.ipynb"),
        "lone_line": True,
        "at_prompt": True,
    }
    line = json.dumps({"id": 1, "words": words, "where": stands, "version": __version__}) + "\n"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "jupyter_coimprove.interfaces.host"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, env=env,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(line)
        process.stdin.flush()
        said = next(found for found in map(json.loads, process.stdout) if {"result", "error"} & found.keys())
        process.stdin.close()
    view: dict[str, Any] = said["result"]["view"] if "result" in said else said
    return view


def window(folder: Path, words: list[str], env: dict[str, str]) -> dict[str, Any]:
    """The words of a terminal, as the arguments that a window sends to a server of its own."""
    with entered(window, folder, env) as said:
        return said(words)


@contextmanager
def entered(door: Door, folder: Path, env: dict[str, str]) -> Iterator[Said]:
    """One door in one environment, for several verbs; of a window the server is started once."""
    if door is not window:
        yield lambda words: door(folder, words, env)
        return
    server = Server(folder.parent, "/", **{k: v for k, v in env.items() if os.environ.get(k) != v})

    def said(words: list[str]) -> dict[str, Any]:
        call = parse(words, prog="coimprove")
        given = {name: value for name, value in call.arguments.items() if value not in (None, False, [])}
        answer = server.ask("POST", f"verbs/{call.verb.name}", {"arguments": given, "path": "train.ipynb"})
        found: dict[str, Any] = json.loads(answer.body)
        return found

    try:
        yield said
    finally:
        server.end()


def settled(url: str, **policies: str) -> dict[str, str]:
    """An environment with a key, the service at ``url``, and these policies."""
    said = {f"COIMPROVE_{name.upper()}_POLICY": word for name, word in policies.items()}
    return {**os.environ, "ANTHROPIC_API_KEY": "sk-ant-" + "c3" * 20, "ANTHROPIC_BASE_URL": url, **said}
