"""Lines of the record as windows are told them: in order, once, several at a time where a window takes that."""

from __future__ import annotations

import asyncio
import json

import pytest
from pending_findings import bench_of
from server_door import Server, leave

from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import TOOL

LINES = 60


@pytest.mark.parametrize("batch", [True, False])
def test_a_stream_reaches_a_window_whole_whether_it_takes_batches_or_not(
    server: Server, monkeypatch: pytest.MonkeyPatch, batch: bool
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(server.data))
    bench = bench_of(server.folder)
    drafts = [
        Draft(id=new_id("message", bench.clock), kind="message", event="said", data={"n": n}, actor=TOOL)
        for n in range(LINES)
    ]
    after = bench.record().append([drafts[0]])[0].seq - 1

    async def talk() -> tuple[list[int], int, bool]:
        window = await server.window()
        await window.write_message(json.dumps({"follow": "train.ipynb", "after": after, "batch": batch}))
        await asyncio.to_thread(bench.record().append, drafts[1:])
        told: list[int] = []
        several = False
        while len(told) < LINES:
            message = await asyncio.wait_for(window.read_message(), 60)
            assert message is not None
            said = json.loads(message)
            several = several or isinstance(said, list)
            told += [one["seq"] for one in (said if isinstance(said, list) else [said]) if "seq" in one]
        await leave(window)
        return told, len(told), several

    told, count, several = asyncio.run(talk())
    assert told == sorted(set(told))
    assert (count, told[0]) == (LINES, after + 1)
    assert several is batch, "an array only for those who said that they take one"
    bench.close()


def test_a_second_server_on_the_same_folder_sees_what_the_first_has_open(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pending_findings import experiment, finding

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(server.data))
    waits = finding(server.folder, experiment(server.folder, notebook="both.ipynb"))
    second = Server(server.folder.parent, "/")
    try:

        async def talk() -> None:
            here, _ = await server.present("here", "both.ipynb")
            status, view = await second.send("POST", "verbs/accept", {"arguments": {"id": waits}, "path": ""})
            assert (status, view["application"]) == (200, "queued")
            there, _ = await second.present("there", "both.ipynb")
            bench = bench_of(server.folder)
            id_ = bench.record().find("application", subject=waits)[0].id
            bench.close()
            answers = await asyncio.gather(
                server.send("POST", f"applications/{id_}/claim", {"path": "both.ipynb", "window": "here"}),
                second.send("POST", f"applications/{id_}/claim", {"path": "both.ipynb", "window": "there"}),
            )
            assert sorted(status for status, _ in answers) == [200, 409]
            # A window speaks through its own server.
            status, _ = await second.send(
                "POST", f"applications/{id_}/applied", {"path": "both.ipynb", "window": "here"}
            )
            assert status == 409
            await leave(here)
            await leave(there)

        asyncio.run(talk())
    finally:
        second.end()
