"""A client's first call waits for no import: counted, by the interpreter's own account of what it loads."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_door import command, data, environment, files, kinds

from jupyter_coimprove.interfaces.mcp import calling, rehearsing
from jupyter_coimprove.interfaces.mcp.folder import Folder
from jupyter_coimprove.interfaces.server.mcp import Served

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("read_cells", {"cells": [1, 2]}), ("read_output", {"cell": 3}), ("read_dataflow", {"name": "rate"}), ("list_candidates", {}),
    ("check_notebook", {}), ("read_findings", {}), ("read_lessons", {}), ("list_ideas", {}),
)  # fmt: skip


def loaded(log: Path) -> list[str]:
    """The modules that a process has imported, as ``PYTHONPROFILEIMPORTTIME`` lists them."""
    lines = log.read_text().splitlines()
    return [line.rsplit("|", 1)[1].strip() for line in lines if line.startswith("import time:")]


def test_a_first_call_of_any_reading_tool_loads_nothing(folder: Path, tmp_path: Path) -> None:
    places, log = tmp_path / "places", tmp_path / "imports"
    places.mkdir()
    program, *words = command("mcp", ".")
    env = environment(folder, TMPDIR=str(places), PYTHONPROFILEIMPORTTIME="1")
    started = StdioServerParameters(command=program, args=words, env=env, cwd=folder)

    async def talk() -> tuple[list[str], list[str]]:
        with log.open("w") as errors:
            async with Client(stdio_client(started, errlog=errors), read_timeout_seconds=60) as client:
                await client.list_tools()
                await rehearsed(places)
                before = loaded(log)
                for name, given in CALLS:
                    data(await client.call_tool(name, {"notebook": "train.ipynb", **given}))
                return before, loaded(log)

    before, after = asyncio.run(talk())
    assert "jupyter_coimprove.workbench.tools" in before, "what is counted is there to be counted"
    assert after[len(before) :] == []
    assert "rfc3987_syntax.syntax_helpers" not in after, "its grammar takes a second to compile"
    assert kinds(folder) == []
    assert list(places.iterdir()) == []


async def rehearsed(places: Path) -> None:
    """Until the folder of the rehearsal has come and gone."""
    end = time.monotonic() + 60
    seen = False
    while time.monotonic() < end:
        there = any(places.glob("coimprove-*"))
        if seen and not there:
            return
        seen = seen or there
        await asyncio.sleep(0.002)
    raise AssertionError("it did not rehearse")


def test_every_reading_tool_is_rehearsed_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answered: dict[str, calling.Said] = {}
    real = calling.carry_out

    def carry_out(folder: Folder, asker: calling.Asker, name: str, *rest: Any) -> calling.Said:
        answered[name] = real(folder, asker, name, *rest)
        return answered[name]

    monkeypatch.setattr(calling, "carry_out", carry_out)
    rehearsing.rehearse()
    reading = {row[0] for row in calling.table(Folder(root=Path.cwd())) if row[1] == "read"}
    assert set(answered) == reading
    wrong = {name: said.text for name, said in answered.items() if said.failed}
    # Such a notebook has no picture, variable, run or value to tell of; a wrong use would be another word.
    assert set(wrong) <= {"read_image", "read_variables", "read_runs", "read_effects", "check_values"}, wrong
    assert not [text for text in wrong.values() if text.startswith(("internal", "usage"))], wrong


def test_the_server_rehearses_once_with_its_first_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    monkeypatch.setattr(rehearsing, "begin", lambda configured: begun.append(configured))

    async def twice() -> None:
        served = Served({"auto_policy": "user-choice"})
        assert begun == []
        assert await served.manager() is await served.manager()
        assert served._kept is not None
        served._kept.cancel()
        await asyncio.wait([served._kept])

    asyncio.run(twice())
    assert begun == [{"auto_policy": "user-choice"}]


def test_a_rehearsal_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    begun = rehearsing.begin()
    assert begun is not None
    begun.join(60)
    assert files(tmp_path) == {}


def test_where_nothing_happens_unasked_nothing_is_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rehearsing.begin({"auto_policy": "force-off"}) is None
    assert rehearsing.begin({"auto": False}) is None
    monkeypatch.setenv("COIMPROVE_AUTO_POLICY", "force-off")
    assert rehearsing.begin() is None
