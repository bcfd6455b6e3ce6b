"""Accepted edits in the windows of a real server: one applies, the others see who, and none is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest
from pending_findings import coimprove, experiment, finding
from server_door import Server, leave, say_present

NB = "a part of it/größe.ipynb"


@pytest.fixture
def waits(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A finding on a notebook of the server that waits for a decision."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(server.data))
    return finding(server.folder, experiment(server.folder, notebook=NB))


def cells(server: Server) -> int:
    return len(json.loads((server.folder / NB).read_bytes())["cells"])


async def accepted(server: Server, id_: str) -> str:
    """The application of a finding that is accepted in a window."""
    status, view = await server.send("POST", "verbs/accept", {"arguments": {"id": id_}, "path": NB})
    assert (status, view["application"]) == (200, "queued")
    status, listed = await server.send(
        "GET", f"applications?path={'a%20part%20of%20it/gr%C3%B6%C3%9Fe.ipynb'}"
    )
    assert status == 200
    return str(next(one["id"] for one in listed["applications"] if one["subject"] == id_))


def test_of_many_windows_one_claims_and_the_others_are_told_who(server: Server, waits: str) -> None:
    async def talk() -> None:
        windows = [(await server.present(f"w{number}", NB)) for number in range(12)]
        told = windows[0][1]
        assert told == [{"path": NB, "root": str(server.folder), "notebook": NB}]
        id_ = await accepted(server, waits)
        answers = await asyncio.gather(
            *(
                server.send("POST", f"applications/{id_}/claim", {"path": NB, "window": f"w{number}"})
                for number in range(12)
            )
        )
        won = [number for number, (status, _) in enumerate(answers) if status == 200]
        assert len(won) == 1
        row = answers[won[0]][1]
        assert row["edits"][0]["cell_id"].startswith("coai-")
        assert row["metadata"]["finding"] == waits
        lost = [error["error"] for status, error in answers if status == 409]
        assert len(lost) == 11
        assert all(error["code"] == "claimed" and "is carrying out" in error["message"] for error in lost)
        said = {"path": NB, "window": f"w{won[0]}"}
        other = {"path": NB, "window": f"w{(won[0] + 1) % 12}"}
        assert (await server.send("POST", f"applications/{id_}/applied", other))[0] == 409
        for _ in range(2):  # said again, as after a lost answer, it is the same
            status, row = await server.send("POST", f"applications/{id_}/applied", said)
            assert (status, row["state"]) == (200, "applied")
        status, row = await server.send("POST", f"applications/{id_}/reverted", {**said, "reason": "Ctrl+Z"})
        assert (status, row["state"]) == (200, "reverted")
        status, row = await server.send("POST", f"applications/{id_}/redone", other)
        assert (status, row["state"]) == (200, "applied")
        status, view = await server.send("POST", "verbs/undo", {"arguments": {"id": waits}, "path": NB})
        assert view["application"] == "queued"
        for window, _ in windows:
            await leave(window)

    before = (server.folder / NB).read_bytes() if (server.folder / NB).exists() else b""
    asyncio.run(talk())
    assert (server.folder / NB).read_bytes() == before, "no door wrote the file of an open notebook"


def test_a_claim_is_free_again_when_its_window_closes(server: Server, waits: str) -> None:
    async def talk() -> None:
        one, _ = await server.present("one", NB)
        two, _ = await server.present("two", NB)
        id_ = await accepted(server, waits)
        assert (await server.send("POST", f"applications/{id_}/claim", {"path": NB, "window": "one"}))[
            0
        ] == 200
        await leave(one)
        status = 409
        deadline = time.monotonic() + 20
        while status == 409 and time.monotonic() < deadline:
            status, _ = await server.send("POST", f"applications/{id_}/claim", {"path": NB, "window": "two"})
        assert status == 200
        # A window that came back with a new connection keeps what it had claimed.
        again, _ = await server.present("two", NB)
        await leave(two)
        assert (await server.send("POST", f"applications/{id_}/applied", {"path": NB, "window": "two"}))[
            0
        ] == 200
        await leave(again)

    asyncio.run(talk())


@pytest.mark.parametrize(("window", "is_there"), [("one", True), ("another", False), ("", False)])
def test_a_decision_brings_its_edit_claimed_for_the_window_that_asks_for_it(
    server: Server, waits: str, window: str, is_there: bool
) -> None:
    async def talk() -> None:
        one, _ = await server.present("one", NB)
        asked = {"arguments": {"id": waits}, "path": NB, "window": window}
        status, view = await server.send("POST", "verbs/accept", asked)
        assert (status, view["application"], "claimed" in view) == (200, "queued", is_there)
        if is_there:
            row = view["claimed"]
            assert (row["state"], row["window"], row["subject"]) == ("claimed", "one", waits)
            status, row = await server.send(
                "POST", f"applications/{row['id']}/applied", {"path": NB, "window": "one"}
            )
            assert (status, row["state"]) == (200, "applied")
        await leave(one)

    asyncio.run(talk())


def test_the_command_line_sees_that_a_window_has_it_open_and_writes_when_it_is_closed(
    server: Server, waits: str
) -> None:
    before = cells(server)

    async def talk() -> None:
        window, _ = await server.present("one", NB)
        done = coimprove(server.folder, "accept", waits)
        assert done.returncode == 0, done.stderr
        assert "is open" in done.stdout
        refused = coimprove(server.folder, "apply", NB)
        assert refused.returncode == 1
        assert "in a window of Jupyter" in refused.stdout
        assert "close the notebook" in refused.stdout
        assert cells(server) == before
        await say_present(window, "one")  # its tab is closed, the window stays
        done = coimprove(server.folder, "apply", NB)
        assert done.returncode == 0, done.stdout
        await leave(window)

    asyncio.run(talk())
    assert cells(server) > before


@pytest.mark.parametrize(
    "message",
    [
        {"op": "present"}, {"op": "present", "window": "", "paths": []}, {"op": "present", "window": "a", "paths": "b"},
        {"op": "present", "window": "a", "paths": [1]}, {"op": "present", "window": "x" * 300, "paths": []},
        {"op": "present", "window": "a", "paths": ["x"] * 2000},
    ],
)  # fmt: skip
def test_a_window_that_says_it_wrongly_is_told(server: Server, message: dict[str, object]) -> None:
    async def talk() -> dict[str, object]:
        window = await server.window()
        await window.write_message(json.dumps(message))
        said = json.loads(await asyncio.wait_for(window.read_message(), 20))
        await leave(window)
        return dict(said)

    said = asyncio.run(talk())
    assert said["type"] == "error"


def test_a_notebook_outside_is_not_open_and_a_folder_without_project_stays_without(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("bare")
    other = Server(home, "/")
    try:

        async def talk() -> list[dict[str, object]]:
            window, told = await other.present("one", "../secret.ipynb", "train.ipynb")
            await asyncio.sleep(0)
            await leave(window)
            return told

        outside, inside = asyncio.run(talk())
        assert outside["notebook"] == ""
        assert "outside" in str(outside["error"])
        assert inside["notebook"] == "train.ipynb"
        assert sorted(path.name for path in other.folder.iterdir()) == ["train.ipynb"]
    finally:
        other.end()


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("claim", {"path": NB}, 400), ("claim", {"path": NB, "window": 3}, 400), ("claim", [], 400),
        ("claim", {"path": NB, "window": "never connected"}, 409), ("applied", {"path": NB, "window": "gone"}, 409),
        ("refused", {"path": NB, "window": "gone", "why": "x" * 50_000}, 409),
    ],
)  # fmt: skip
def test_a_malformed_claim_is_refused(
    server: Server, waits: str, verb: str, body: object, status: int
) -> None:
    answer = server.ask("POST", f"applications/app_01ARZ3NDEKTSV4RRFFQ69G5FAV/{verb}", body)
    assert answer.code == status, answer.body
    assert json.loads(answer.body)["error"]["message"]


def test_an_application_that_is_not_there_is_named(server: Server, waits: str) -> None:
    async def talk() -> tuple[int, dict[str, dict[str, str]]]:
        window, _ = await server.present("one", NB)
        answer = await server.send(
            "POST", "applications/app_01ARZ3NDEKTSV4RRFFQ69G5FAV/claim", {"path": NB, "window": "one"}
        )
        await leave(window)
        return answer

    status, error = asyncio.run(talk())
    assert status == 404
    assert error["error"]["code"] == "unknown_name"


def test_a_notebook_that_was_renamed_is_followed_when_a_window_opens_it(server: Server, waits: str) -> None:
    renamed = "a part of it/umbenannt.ipynb"

    async def talk() -> None:
        window, _ = await server.present("one", NB)
        id_ = await accepted(server, waits)
        Path(server.folder / NB).rename(server.folder / renamed)
        told = await say_present(window, "one", renamed)
        assert told[0]["notebook"] == renamed
        status, row = await server.send(
            "POST", f"applications/{id_}/claim", {"path": renamed, "window": "one"}
        )
        assert (status, row["notebook"]) == (200, renamed)
        await leave(window)

    asyncio.run(talk())
    (server.folder / renamed).rename(server.folder / NB)


def test_a_rename_in_jupyter_is_followed_at_once_though_a_copy_is_just_like_it(
    server: Server, waits: str
) -> None:
    folder, new = "a part of it", "anders.ipynb"

    async def talk() -> None:
        window, _ = await server.present("one", NB)
        id_ = await accepted(server, waits)
        shutil.copy(server.folder / NB, server.folder / folder / "copy.ipynb")
        status, _ = await server.send("POST", f"applications/{id_}/claim", {"path": NB, "window": "one"})
        assert status == 200
        contents = "/api/contents/a%20part%20of%20it/gr%C3%B6%C3%9Fe.ipynb"
        status, told = await server.send("PATCH", contents, {"path": f"{folder}/{new}"})
        assert (status, told.get("path")) == (200, f"{folder}/{new}"), told
        deadline, row = time.monotonic() + 20, {}
        while row.get("notebook") != f"{folder}/{new}" and time.monotonic() < deadline:
            status, row = await server.send(
                "POST", f"applications/{id_}/applied", {"path": f"{folder}/{new}", "window": "one"}
            )
        assert (status, row["state"], row["notebook"]) == (200, "applied", f"{folder}/{new}")
        assert coimprove(server.folder, "apply", f"{folder}/{new}").returncode == 3
        await leave(window)

    asyncio.run(talk())


def test_cells_are_proposed_accepted_and_carried_out_and_a_deleted_one_is_an_undo(
    server: Server, waits: str
) -> None:
    edits = [
        {"kind": "insert", "cell": 1, "source": "a = 1"},
        {"kind": "replace", "cell": 2, "source": "b = 2"},
    ]
    told = {
        "edits": edits,
        "why": "shorter",
        "author": {"kind": "ai", "id": "m", "display": "Model", "model": "m-1"},
    }

    async def talk() -> None:
        window, _ = await server.present("one", NB)
        asked = {"arguments": {"notebook": Path(NB).name, "edits": json.dumps(told)}, "path": NB}
        status, view = await server.send("POST", "verbs/propose", asked)
        assert (status, view["view"], view["author"], view["author_kind"]) == (
            200,
            "ProposalView",
            "Model",
            "ai",
        )
        pinned = {"id": view["id"], "digest": "json:another"}
        status, error = await server.send("POST", "verbs/accept", {"arguments": pinned, "path": NB})
        assert (status, error["error"]["code"]) == (409, "stale")
        status, _ = await server.send(
            "POST", "verbs/accept", {"arguments": {**pinned, "digest": view["digest"]}, "path": NB}
        )
        assert status == 200
        _, listed = await server.send("GET", "applications?path=a%20part%20of%20it/gr%C3%B6%C3%9Fe.ipynb")
        row = next(one for one in listed["applications"] if one["subject"] == view["id"])
        assert [(edit["kind"], edit["source"]) for edit in row["edits"]] == [
            ("insert", "a = 1"),
            ("replace", "b = 2"),
        ]
        said = {"path": NB, "window": "one"}
        for verb, state in (("claim", "claimed"), ("applied", "applied")):
            status, row = await server.send("POST", f"applications/{row['id']}/{verb}", said)
            assert (status, row["state"]) == (200, state)
        status, row = await server.send("POST", f"applications/{row['decision']}/reverted", said)
        assert (status, row["state"]) == (200, "reverted")
        status, shown = await server.send("POST", "verbs/show", {"arguments": {"id": view["id"]}, "path": NB})
        assert shown["state"] == "pending"
        await leave(window)

    asyncio.run(talk())


def test_what_a_window_never_saved_waits_for_the_next_one(server: Server, waits: str) -> None:
    async def talk() -> None:
        window, _ = await server.present("dies", NB)
        id_ = await accepted(server, waits)
        said = {"path": NB, "window": "dies"}
        for verb in ("claim", "applied"):
            assert (await server.send("POST", f"applications/{id_}/{verb}", said))[0] == 200
        await leave(window)
        deadline = time.monotonic() + 20
        waiting: list[str] = []
        while id_ not in waiting and time.monotonic() < deadline:
            again, _ = await server.present("next", NB)
            _, listed = await server.send("GET", "applications?path=a%20part%20of%20it/gr%C3%B6%C3%9Fe.ipynb")
            waiting = [row["id"] for row in listed["applications"]]
            await leave(again)
        assert id_ in waiting

    asyncio.run(talk())
