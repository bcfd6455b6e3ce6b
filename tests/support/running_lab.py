"""JupyterLab, or Notebook, started as a person starts it; everything isolated."""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TOKEN = "for-this-test-alone"
#: One after the other: Lab, a kernel and Chromium together are slow where cores are few.
PATIENCE_MS = 90_000


class Lab:
    """A running JupyterLab (or Notebook) and its folder.

    ``base`` is its base URL; ``without`` names plugins that are turned off; ``beside`` is a folder into which
    packages were installed that only this Lab has.
    """

    def __init__(
        self,
        home: Path,
        *,
        name: str = "work",
        app: str = "jupyterlab",
        base: str = "/",
        without: Sequence[str] = (),
        beside: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.folder = home / name
        self.folder.mkdir()
        self.home, self.app, self.base, self.port = home, app, base, free_port()
        self.options = options
        config = home / "config" / "labconfig"
        config.mkdir(parents=True)
        off = {"disabledExtensions": dict.fromkeys(without, True)}
        (config / "page_config.json").write_text(json.dumps(off))
        self.setting(
            "@jupyterlab/apputils-extension", "notification", fetchNews="false", checkForUpdates=False
        )
        places = {
            "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "config/lab/user-settings",
            "JUPYTERLAB_WORKSPACES_DIR": "config/lab/workspaces",
        }  # fmt: skip
        #: What the command line needs to work on the same records as this Lab.
        self.env = {**os.environ, **{name: str(home / path) for name, path in places.items()}}
        if beside is not None:
            self.env |= {
                "PYTHONPATH": str(beside), "JUPYTER_PATH": str(beside / "share/jupyter"),
                "JUPYTER_CONFIG_PATH": str(beside / "etc/jupyter"),
            }  # fmt: skip
        for path in places.values():
            (home / path).mkdir(parents=True, exist_ok=True)
        self.log = (home / "lab.log").open("wb")
        self.start(TOKEN)

    def setting(self, package: str, plugin: str, **values: Any) -> None:
        """What this person's settings say of one plugin."""
        folder = self.home / "config" / "lab" / "user-settings" / package
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))

    def start(self, token: str) -> None:
        """Start the server, at the same address each time."""
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", self.app, "--no-browser", "--allow-root", f"--port={self.port}",
                f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={self.folder}", "--ip=127.0.0.1",
                "--ServerApp.port_retries=0", f"--ServerApp.base_url={self.base}", "--LabApp.expose_app_in_browser=True",
                "--JupyterNotebookApp.expose_app_in_browser=True", *self.options,
            ],
            cwd=self.folder, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.url = self._wait(self.home / "runtime")

    def _wait(self, runtime: Path) -> str:
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline:
            for found in runtime.glob(f"jpserver-{self.process.pid}.json"):
                text = found.read_text()
                if text.endswith("}"):
                    return str(json.loads(text)["url"])
            assert self.process.poll() is None, Path(self.log.name).read_text()
            time.sleep(0.1)
        raise AssertionError(f"JupyterLab did not start: {Path(self.log.name).read_text()}")

    def write(
        self, name: str, cells: list[str], outputs: Mapping[int, list[dict[str, Any]]] | None = None
    ) -> Path:
        """A notebook with these code cells, and what the file says they printed."""
        shown = outputs or {}
        book = {
            "cells": [
                {
                    "cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": shown.get(i, []),
                    "execution_count": None,
                }
                for i, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4, "nbformat_minor": 5,
        }  # fmt: skip
        path = self.folder / name
        path.write_text(json.dumps(book))
        return path

    def twin(self) -> Lab:
        """Another server of the same person on the same folder; it is ended by itself."""
        other = copy.copy(self)
        other.port, other.log = free_port(), (self.home / "twin.log").open("wb")
        other.start(TOKEN)
        return other

    def stop(self) -> None:
        """End the server; what it has kept stays."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        self.stop()
        self.log.close()


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
