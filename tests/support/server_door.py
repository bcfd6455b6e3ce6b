"""A real Jupyter Server with this door in it, and a client that speaks HTTP and WebSocket to it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from small_notebooks import lab_notebook
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

TOKEN = "for-this-test-alone"
PATIENCE_S = 60.0
CELLS = [
    ("parameters", "rate = 0.5\nseed = 1"),
    ("", "import random\nrandom.seed(seed)\nscore = rate * 10 + random.random()"),
    ("", "print(f'score {score:.3f}')"),
]


class Server:
    """A running server. ``base`` is its base URL, ``folder`` what it shows (with a space and an umlaut).

    A second one may be started at the same home; ``more`` is added to its environment.
    """

    def __init__(self, home: Path, base: str, **more: str) -> None:
        self.folder, self.data = home / "work of Zoë", home / "data"
        if not self.folder.is_dir():
            self.folder.mkdir()
            (home / "secret.ipynb").write_text(lab_notebook(CELLS))
            (self.folder / "train.ipynb").write_text(lab_notebook(CELLS))
        places = {"HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}  # fmt: skip
        for path in places.values():
            (home / path).mkdir(exist_ok=True)
        env = {**os.environ, **{name: str(home / path) for name, path in places.items()}, **more}
        self.log = (home / "server.log").open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0", "--ip=127.0.0.1",
                f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.folder}",
                f"--ServerApp.base_url={base}", "--ServerApp.allow_unauthenticated_access=False",
                "--ServerApp.jpserver_extensions={'jupyter_coimprove.interfaces.server': True}",
            ],
            env=env, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        self.url = ""
        while not self.url and time.monotonic() < deadline:
            for found in (home / "runtime").glob(f"jpserver-{self.process.pid}.json"):
                if (text := found.read_text()).endswith("}"):
                    self.url = str(json.loads(text)["url"]) + "coimprove/v1/"
            assert self.process.poll() is None, Path(self.log.name).read_text()
            time.sleep(0.05)
        assert self.url, Path(self.log.name).read_text()

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, **headers: str
    ) -> HTTPResponse:
        """One request; any status is an answer. Headers are named with underscores. A leading slash: below the base URL."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"token {token}"
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        url = self.url.removesuffix("/coimprove/v1/") + path if path.startswith("/") else self.url + path
        request = HTTPRequest(
            url, method=method, headers=sent, body=text, allow_nonstandard_methods=True,
            follow_redirects=False, request_timeout=120,
        )  # fmt: skip
        return asyncio.run(_fetch(request))

    def verb(self, name: str, status: int = 200, path: str = "train.ipynb", **arguments: Any) -> Any:
        """The answer of a verb as JSON; its status is checked."""
        answer = self.ask("POST", f"verbs/{name}", {"arguments": arguments, "path": path})
        assert answer.code == status, answer.body
        return json.loads(answer.body)

    async def window(self) -> WebSocketClientConnection:
        url = self.url.replace("http", "ws", 1) + "events"
        return await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}))

    async def present(self, name: str, *paths: str) -> tuple[WebSocketClientConnection, list[dict[str, Any]]]:
        """A window that has these notebooks open, and what it was told of them."""
        window = await self.window()
        return window, await say_present(window, name, *paths)

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request beside windows that stay open: (status, JSON). With a leading slash Jupyter's own API."""
        url = self.url.removesuffix("/coimprove/v1/") + path if path.startswith("/") else self.url + path
        request = HTTPRequest(
            url, method=method, headers={"Authorization": f"token {TOKEN}"}, request_timeout=120,
            body=None if body is None else json.dumps(body), allow_nonstandard_methods=True,
        )  # fmt: skip
        answer = await _fetch(request)
        return answer.code, json.loads(answer.body or b"null")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


async def say_present(window: WebSocketClientConnection, name: str, *paths: str) -> list[dict[str, Any]]:
    """Say which notebooks a window has open; what it is told of them."""
    await window.write_message(json.dumps({"op": "present", "window": name, "paths": list(paths)}))
    while True:
        message = await asyncio.wait_for(window.read_message(), PATIENCE_S)
        assert message is not None, "the connection ended"
        said = json.loads(message)
        if said["type"] in ("present", "error"):
            return list(said.get("notebooks", [said]))


async def leave(window: WebSocketClientConnection) -> None:
    """Close it, and wait until the other end has heard of it."""
    window.close()
    while await asyncio.wait_for(window.read_message(), 20) is not None:
        pass


async def _fetch(request: HTTPRequest) -> HTTPResponse:
    client = AsyncHTTPClient(force_instance=True)
    try:
        return await client.fetch(request, raise_error=False)
    finally:
        client.close()
