"""`coimprove mcp` as a client sees it that starts it: the table of tools, read and propose, nothing else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp_door import PLANTED, coimprove, command, data, environment, files, kinds, over_stdio, refusal

from jupyter_coimprove.workbench.tools import TABLE

CELLS = [{"kind": "insert", "cell": 3, "source": "print(rate)"}]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_one_table_is_served_with_its_closed_schemas(folder: Path, mode: str) -> None:
    """By the handshake of older clients, and as newer ones ask."""

    async def work(client: Client) -> None:
        assert client.server_info is not None
        assert client.server_info.name == "coimprove"
        assert "proposal changes nothing" in str(client.instructions)
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"list_notebooks", *(row[0] for row in TABLE if row[1] != "ask")}
        for name, kind, help_, schema in TABLE:
            if kind == "ask":
                continue
            tool = tools[name]
            assert tool.description == help_
            assert tool.input_schema["additionalProperties"] is False
            assert tool.input_schema["required"] == ["notebook", *schema["required"]]
            assert {**schema["properties"], "notebook": tool.input_schema["properties"]["notebook"]} == tool.input_schema["properties"]  # fmt: skip
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is (kind == "read")
            assert tool.annotations.destructive_hint is False

    over_stdio(folder, work, mode=mode)


def test_what_is_read_is_a_typed_block_of_a_notebook_and_writes_nothing(folder: Path) -> None:
    async def work(client: Client) -> None:
        listed = data(await client.call_tool("list_notebooks", {}))
        assert listed == {"of": "work of Zoë", "notebooks": ["train.ipynb", "deep/other.ipynb"]}
        read = await client.call_tool("read_cells", {"notebook": "train.ipynb", "cells": [1, 3]})
        told = data(read)
        assert told["of"] == "train.ipynb"
        assert told["cells"][0]["source"] == "rate = 0.5\nseed = 1"
        flow = data(await client.call_tool("read_dataflow", {"notebook": "train.ipynb", "name": "rate"}))
        assert flow["read_in"] == [2]
        found = data(await client.call_tool("list_candidates", {"notebook": "train.ipynb"}))
        assert "rate" in [row["name"] for row in found["candidates"]]
        deep = data(await client.call_tool("read_cells", {"notebook": "deep/other.ipynb", "cells": [1]}))
        assert deep["of"] == "other.ipynb"
        for name in ("check_notebook", "read_findings"):
            data(await client.call_tool(name, {"notebook": "train.ipynb"}))

    before = sorted(path for path in folder.rglob("*"))
    over_stdio(folder, work)
    assert sorted(path for path in folder.rglob("*")) == before, "reading made no file, not even a record"


def test_planted_orders_come_back_as_data_and_move_nothing(folder: Path) -> None:
    async def work(client: Client) -> Any:
        block = await client.call_tool("read_output", {"notebook": "train.ipynb", "cell": 3})
        whole = await client.read_resource("coimprove:///train.ipynb")
        return block, whole.contents[0].text

    before = files(folder)
    block, whole = over_stdio(folder, work)
    assert len(block.content) == 1
    told = json.loads(block.content[0].text)
    assert set(told) == {"data", "kind", "v"}
    assert told["kind"] == "output"
    for order in PLANTED:
        assert order in told["data"]["outputs"] or "\u202e" in order
    # One block a line: no order made a line of its own.
    assert {json.loads(line)["kind"] for line in whole.splitlines()} <= {
        "notebook",
        "outline",
        "state",
        "cell",
    }
    assert files(folder) == before
    assert kinds(folder) == []


def test_proposed_cells_wait_for_a_person_under_the_clients_name(folder: Path) -> None:
    async def work(client: Client) -> Any:
        given = {"notebook": "train.ipynb", "edits": CELLS, "why": "to see the rate"}
        first = data(await client.call_tool("propose_cells", given))
        again = data(await client.call_tool("propose_cells", given))
        assert again["id"] == first["id"], "the same while it waits is one"
        return first

    before = files(folder)
    kept = over_stdio(folder, work)
    assert files(folder) == before
    assert set(kinds(folder)) == {"proposal"}, "no decision, no application, no run"
    (row,) = coimprove(folder, "review")["items"]
    assert row["id"] == kept["id"]
    card = coimprove(folder, "show", kept["id"])
    assert card["state"] == "pending"
    assert (card["author"], card["author_kind"], card["why"]) == ("some-client 7.1", "ai", "to see the rate")
    assert card["changes"][0]["source"] == "print(rate)"
    # A person's decision, in another process, is what changes the notebook.
    coimprove(folder, "accept", kept["id"])
    assert "print(rate)" in (folder / "train.ipynb").read_text()


def test_a_plan_and_a_prediction_wait_too(folder: Path) -> None:
    async def work(client: Client) -> Any:
        plan = data(
            await client.call_tool(
                "propose_plan",
                {
                    "notebook": "train.ipynb", "factors": [{"name": "rate", "levels": ["0.1"]}], "question": "does it matter?",
                    "why": "it may", "response": "score", "direction": "max",
                },
            )
        )  # fmt: skip
        ranking = {"notebook": "train.ipynb", "experiment": plan["id"], "ranking": ["baseline", "rate=0.1"]}
        guess = data(await client.call_tool("predict", ranking))
        runs = data(
            await client.call_tool("read_runs", {"notebook": "train.ipynb", "experiment": plan["id"]})
        )
        return plan, guess, runs

    before = files(folder)
    plan, guess, runs = over_stdio(folder, work)
    assert (plan["proposed"], guess["proposed"]) == ("plan", "prediction")
    assert (runs["state"], runs["runs"]) == ("draft", [])
    assert files(folder) == before
    assert set(kinds(folder)) <= {"experiment", "prediction"}
    assert plan["id"] in [row["id"] for row in coimprove(folder, "review")["items"]]


@pytest.mark.parametrize(
    ("tool", "given", "says"),
    [
        ("read_cells", {"notebook": "train.ipynb", "cells": [99]}, ("usage: cell 99", "1-3")),
        ("read_cells", {"notebook": "train.ipynb", "cells": ["1"]}, ("usage: read_cells cannot take this at cells/0",)),
        ("read_cells", {"notebook": "train.ipynb", "cells": [1], "shell": "id"}, ("usage:", "'shell'")),
        ("read_cells", {"cells": [1]}, ("usage:", "'notebook' is a required property")),
        ("read_cells", {"notebook": "../secret.ipynb", "cells": [1]}, ("usage:", "outside")),
        ("read_cells", {"notebook": "link/secret.ipynb", "cells": [1]}, ("usage:", "outside")),
        ("read_cells", {"notebook": "gone.ipynb", "cells": [1]}, ("notebook: 'gone.ipynb'", "list_notebooks")),
        ("read_cells", {"notebook": "deep", "cells": [1]}, ("notebook: 'deep'",)),
        ("read_dataflow", {"notebook": "train.ipynb", "name": "ratee"}, ("unknown_name:", "did you mean rate")),
        ("read_variables", {"notebook": "train.ipynb", "names": ["rate"]}, ("nothing_to_do:",)),
        ("read_effects", {"notebook": "train.ipynb", "experiment": "exp_01JZZZZZZZ"}, ("exp_01JZZZZZZZ",)),
        ("accept", {"id": "last"}, ("unknown_name: no tool named 'accept'",)),
        ("propose_cells", {"notebook": "train.ipynb", "edits": [{"kind": "replace", "cell": 4, "source": "1"}], "why": ""}, ("cell 4 is excluded",)),
        ("propose_plan", {"notebook": "train.ipynb", "factors": [{"name": "nope", "levels": ["1"]}], "question": "?", "why": ""}, ("nope",)),
    ],
)  # fmt: skip
def test_a_bad_call_is_told_what_is_wrong(
    served: Any, tool: str, given: dict[str, Any], says: tuple[str, ...]
) -> None:
    text = refusal(served(tool, given))
    for words in says:
        assert words in text


def test_secrets_and_excluded_cells_are_never_told(folder: Path) -> None:
    async def work(client: Client) -> str:
        texts = []
        for name, given in (
            ("read_cells", {"cells": [1, 2, 3, 5]}), ("read_output", {"cell": 5}), ("list_candidates", {}), ("check_notebook", {}),
            ("read_dataflow", {"name": "hidden_number"}), ("read_cells", {"cells": [4]}),
        ):  # fmt: skip
            result = await client.call_tool(name, {"notebook": "train.ipynb", **given})
            texts.append(result.model_dump_json())
        texts.append((await client.read_resource("coimprove:///train.ipynb")).model_dump_json())
        return "\n".join(texts)

    node = json.loads((folder / "train.ipynb").read_text())
    node["cells"][4]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "correct-horse-battery my-very-own-value-77"}
    ]
    (folder / "train.ipynb").write_text(json.dumps(node))
    told = over_stdio(folder, work, DEPLOY_TOKEN="my-very-own-value-77")
    assert "correct-horse" not in told
    assert "my-very-own-value-77" not in told
    assert "8128" not in told
    assert "***" in told


def test_the_policies_hold_for_a_client(folder: Path) -> None:
    async def work(client: Client) -> Any:
        cells = data(await client.call_tool("read_cells", {"notebook": "train.ipynb", "cells": [3]}))
        output = data(await client.call_tool("read_output", {"notebook": "train.ipynb", "cell": 3}))
        return cells, output

    cells, output = over_stdio(folder, work, COIMPROVE_OUTPUTS_POLICY="force-off")
    assert "score 5.134" not in json.dumps([cells, output])
    done = subprocess.run(
        command("mcp"), cwd=folder, env=environment(folder, COIMPROVE_AI_POLICY="force-off"), capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "AI is turned off here" in done.stderr
    assert done.stdout == ""


def test_one_notebook_alone_can_be_served(folder: Path) -> None:
    async def work(client: Client) -> None:
        assert data(await client.call_tool("list_notebooks", {}))["notebooks"] == ["other.ipynb"]
        assert data(await client.call_tool("read_cells", {"cells": [1]}))["of"] == "other.ipynb"
        text = refusal(await client.call_tool("read_cells", {"notebook": "train.ipynb", "cells": [1]}))
        assert "is not served here" in text
        (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "read_cells"]
        assert tool.input_schema["required"] == ["cells"]

    over_stdio(folder, work, target="deep/other.ipynb")


def test_what_cannot_be_served_says_so_before_a_client_waits(folder: Path) -> None:
    done = subprocess.run(
        command("mcp", "gone.ipynb"), cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert "gone.ipynb is neither a folder nor a notebook" in done.stderr


#: Prints by every way there is, the moment a library is imported: in this process, by its descriptor, from a child.
NOISE = """
import os, subprocess, sys
def noisy(event, args):
    if event == "import" and args[0] in ("jsonschema", "nbformat", "numpy") and not getattr(sys, "_noisy", False):
        sys._noisy = True
        print("NOISE from print", flush=True)
        os.write(1, b"NOISE by descriptor\\n")
        subprocess.run(["echo", "NOISE of a child"])
        sys._noisy = False
sys.addaudithook(noisy)
"""


def test_standard_output_is_the_protocols_alone(folder: Path) -> None:
    noise = folder.parent / "noise"
    noise.mkdir()
    (noise / "sitecustomize.py").write_text(NOISE)

    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "0"},
    }
    call = {"name": "list_candidates", "arguments": {"notebook": "train.ipynb"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
    ]
    process = subprocess.Popen(
        command("mcp"), cwd=folder, env=environment(folder, PYTHONPATH=str(noise)), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["isError"] is False
    rest, said = process.communicate(timeout=60)
    assert rest == b""
    assert process.returncode == 0, "it ends with its input"
    for words in (b"from print", b"by descriptor", b"of a child"):
        assert b"NOISE " + words in said


def test_what_lies_in_the_folder_is_no_code_of_this_process(folder: Path) -> None:
    for name in ("anyio", "mcp", "jsonschema", "mcp_types", "jupyter_coimprove"):
        (folder / f"{name}.py").write_text("open('ran-in-the-process', 'w')\n")

    async def work(client: Client) -> None:
        data(await client.call_tool("read_cells", {"notebook": "train.ipynb", "cells": [1]}))

    # As an installed command starts it: the folder is not on the path.
    script = Path(sys.executable).with_name("coimprove")
    started = StdioServerParameters(command=str(script), args=["mcp"], env=environment(folder), cwd=folder)

    async def talk() -> None:
        async with Client(started) as client:
            await work(client)

    asyncio.run(talk())
    assert not (folder / "ran-in-the-process").exists()
