"""A preview from a window and from a terminal: both find the kernel that the notebook has in a running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from previewed import files, needs_sandbox
from server_door import Server

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[dict[str, Any]]:
    """The notebook's session, as JupyterLab makes it."""
    told = {"path": "train.ipynb", "type": "notebook", "name": "train.ipynb", "kernel": {"name": "python3"}}
    made = json.loads(server.ask("POST", "/api/sessions", told).body)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        # "starting" until it answers the first time.
        found = json.loads(server.ask("GET", f"/api/sessions/{made['id']}").body)
        if found["kernel"]["execution_state"] in ("idle", "starting"):
            break
        time.sleep(0.2)
    yield made
    server.ask("DELETE", f"/api/sessions/{made['id']}")


def propose(server: Server, source: str) -> str:
    edits = json.dumps([{"kind": "insert", "cell": 1, "source": source}])
    id_: str = server.verb("propose", notebook="train.ipynb", edits=edits, why="to see")["id"]
    return id_


def test_a_window_previews_in_its_notebooks_kernel(server: Server, session: dict[str, Any]) -> None:
    id_ = propose(server, "print(6 * 7)\nopen('made', 'w')")
    kept = {name: value for name, value in files(server.folder).items() if name.endswith(".ipynb")}
    view = server.verb("preview", id=id_)
    assert view["preview"]["state"] == "ran"
    (cell,) = view["preview"]["cells"]
    assert cell["outputs"][0]["text"] == "42\n"
    assert cell["outputs"][1]["ename"] == "PermissionError"
    assert not (server.folder / "made").exists()
    assert {n: v for n, v in files(server.folder).items() if n.endswith(".ipynb")} == kept
    assert server.verb("show", id=id_)["preview"] == view["preview"]


def test_a_terminal_finds_the_kernel_of_a_running_server(server: Server, session: dict[str, Any]) -> None:
    id_ = propose(server, "print('from', 'a terminal')")
    home = server.folder.parent
    env = {
        **os.environ, "HOME": str(home / "home"), "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "coimprove"), "preview", id_]
    done = subprocess.run(command, cwd=server.folder, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "from a terminal" in done.stdout
    assert "Preview (not accepted): ran to its end" in done.stdout


def test_a_notebook_without_a_kernel_is_told_so(server: Server, session: dict[str, Any]) -> None:
    (server.folder / "other.ipynb").write_bytes((server.folder / "train.ipynb").read_bytes())
    edits = json.dumps([{"kind": "insert", "cell": 1, "source": "1"}])
    id_ = server.verb("propose", path="other.ipynb", notebook="other.ipynb", edits=edits)["id"]
    error = server.verb("preview", status=501, path="other.ipynb", id=id_)["error"]
    assert error["code"] == "previews_off"
    assert "no running kernel of other.ipynb" in error["message"]
