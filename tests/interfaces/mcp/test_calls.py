"""One call: what stops it, who is its author, and what is said where something is missing or broken."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import drawn_notebook, encoded, png, shows
from mcp import Client
from mcp_door import CLIENT, refusal
from mcp_types import CallToolResult

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.interfaces import mcp as door
from jupyter_coimprove.interfaces.mcp import calling, serving
from jupyter_coimprove.interfaces.mcp.folder import Folder
from jupyter_coimprove.workbench import serving as verb
from jupyter_coimprove.workbench.bench import Bench, Where, os_actor


def client(folder: Path) -> Client:
    """The SDK's client on our server, in this process."""
    asker = calling.Asker(person=os_actor())
    server = serving.serve(lambda request: (Folder(root=folder), asker))
    return Client(server, client_info=CLIENT, mode="legacy")


def test_a_call_that_is_given_up_is_asked_to_stop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def waits(folder: Any, asker: Any, name: str, given: Any, cancelled: Any) -> calling.Said:
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        stopped.set()
        return calling.Said(text="")

    monkeypatch.setattr(calling, "carry_out", waits)

    async def give_up() -> None:
        async with client(folder) as asked:
            call = asyncio.create_task(asked.call_tool("read_findings", {"notebook": "train.ipynb"}))
            await asyncio.to_thread(begun.wait, 20)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(stopped.wait, 20)
            assert (await asked.list_tools()).tools, "the connection goes on"

    asyncio.run(give_up())


def test_a_call_that_takes_too_long_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(folder: Any, asker: Any, name: str, given: Any, cancelled: Any) -> calling.Said:
        while not cancelled():
            time.sleep(0.01)
        return calling.Said(text="")

    monkeypatch.setattr(calling, "carry_out", waits)
    monkeypatch.setattr(serving, "SECONDS", 0.2)

    async def wait() -> str:
        async with client(folder) as asked:
            return refusal(await asked.call_tool("read_findings", {"notebook": "train.ipynb"}))

    assert asyncio.run(wait()).startswith("timed_out: no answer within")


def test_a_fault_of_ours_is_told_without_its_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(self: Bench) -> None:
        raise RuntimeError("something private")

    monkeypatch.setattr(Bench, "check_cancelled", breaks)
    said = calling.carry_out(
        Folder(root=folder), calling.Asker(person=os_actor()), "read_findings", {"notebook": "train.ipynb"}, lambda: False
    )  # fmt: skip
    assert said.failed
    assert said.text.startswith("internal: RuntimeError; this is a fault of jupyter-coimprove")
    assert "private" not in said.text
    assert "something private" in caplog.text


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ("a client 1", "a client 1"),
        ("", "a client over MCP"),
        ("x\u202e\n\x1b[31m", "x[31m"),
        ("n" * 5000, "n" * 100),
    ],
)
def test_the_author_is_the_client_and_never_a_person(claimed: str, shown: str) -> None:
    author = calling.Asker(person=os_actor(), client=claimed).author
    assert (author.kind, author.id, author.display) == ("ai", shown, shown)


def test_a_secret_in_an_error_is_masked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "my-very-own-value-77")
    given = {"notebook": "my-very-own-value-77.ipynb", "cells": [1]}
    said = calling.carry_out(
        Folder(root=folder), calling.Asker(person=os_actor()), "read_cells", given, lambda: False
    )
    assert said.failed
    assert "my-very-own-value-77" not in said.text + str(said.data)


def test_a_picture_comes_as_a_picture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [("", "plot()", shows({"image/png": encoded(png(64, 48))}))]
    (folder / "plots.ipynb").write_text(drawn_notebook(cells))

    async def look() -> CallToolResult:
        async with client(folder) as asked:
            return await asked.call_tool("read_image", {"notebook": "plots.ipynb", "cell": 1})

    result = asyncio.run(look())
    told, shown = result.content
    assert json.loads(told.text)["data"]["width"] == 64
    assert (shown.type, shown.mime_type, shown.data) == ("image", "image/png", encoded(png(64, 48)))
    monkeypatch.setenv("COIMPROVE_IMAGES_POLICY", "force-off")
    result = asyncio.run(look())
    assert "pictures are not sent from here" in refusal(result)


def test_without_the_sdk_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mcp" else real(name))
    with pytest.raises(CoimproveError) as caught:
        door.installed()
    assert caught.value.remedy == 'pip install "jupyter-coimprove[mcp]"'


@pytest.mark.parametrize("auth", ["kernel", "token", "hub"])
def test_the_verb_is_for_a_terminal_alone(folder: Path, auth: Any) -> None:
    """From a kernel or a server it would take over their pipes."""
    actor = replace(os_actor(), auth=auth)
    with pytest.raises(UsageError) as caught:
        verb.mcp(Bench(where=Where(cwd=folder), actor=actor, waits=True))
    assert "coimprove mcp FOLDER" in caught.value.remedy
