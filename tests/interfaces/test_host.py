"""The host process as a kernel sees it: JSON lines over pipes, one answer a request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove import __version__

COMMAND = [sys.executable, "-P", "-m", "jupyter_coimprove.interfaces.host"]


class Peer:
    """A host process of this test's own, and its lines."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            env={**os.environ, **env}, start_new_session=True,
        )  # fmt: skip
        self.hello = self.read()["hello"]

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read().decode() if self.process.stderr else ""
        answer: dict[str, Any] = json.loads(line)
        return answer

    def send(self, message: Any) -> None:
        assert self.process.stdin is not None
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(data + b"\n")
        self.process.stdin.flush()

    def ask(self, *words: str, version: str = __version__, **where: Any) -> dict[str, Any]:
        stands = {"cwd": str(self.folder), "lone_line": True, "at_prompt": True, **where}
        self.send({"id": 7, "words": list(words), "where": stands, "version": version})
        while "progress" in (answer := self.read()):
            pass
        assert answer.pop("id") == 7
        return answer

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        code = self.process.wait(15)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def begin(**env: str) -> Peer:
        peers.append(Peer(tmp_path, **env))
        return peers[-1]

    yield begin
    for peer in peers:
        if peer.process.poll() is None:
            peer.end()
        for pipe in (peer.process.stdin, peer.process.stdout, peer.process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()


def test_it_says_hello_with_version_and_protocol(start: Callable[..., Peer]) -> None:
    peer = start()
    assert peer.hello == {"version": __version__, "protocol": 1, "pid": peer.process.pid}


def test_an_answer_comes_as_view_text_html_and_cards(start: Callable[..., Peer]) -> None:
    result = start().ask("version")["result"]
    assert result["view"]["view"] == "ChecksView"
    assert __version__ in result["text"]
    assert result["html"].startswith("<div>")
    assert result["cards"] == {}


def test_json_is_the_answer_alone(start: Callable[..., Peer]) -> None:
    result = start().ask("version", "--json")["result"]
    assert json.loads(result["text"])["view"] == "ChecksView"
    assert result["html"] == ""


def test_help_is_text(start: Callable[..., Peer]) -> None:
    assert start().ask("plan", "--help")["help"].startswith("usage: %coai plan")


def test_an_error_has_a_code_a_message_and_a_remedy(start: Callable[..., Peer]) -> None:
    peer = start()
    assert peer.ask("plam")["error"]["code"] == "unknown_name"
    assert "plan" in peer.ask("plam")["error"]["remedy"]
    assert peer.ask("plan", "--nope")["error"]["code"] == "usage"


def test_what_is_malformed_is_refused_and_the_next_request_is_answered(start: Callable[..., Peer]) -> None:
    peer = start()
    for bad in (b"not json", b"[1]", b'"x"', b"\xff\xfe"):
        peer.send(bad)
        assert peer.read()["error"]["code"] == "usage"
    for request in ({"id": 1}, {"id": 1, "words": "plan"}, {"id": 1, "words": [1], "where": {"cwd": "."}},
                    {"id": 1, "words": ["version"], "where": {"cwd": 3}}, {"id": 1, "complete": 3, "where": {"cwd": "."}}):  # fmt: skip
        peer.send(request)
        assert peer.read()["error"]["code"] == "usage", request
    assert "result" in peer.ask("version")


@pytest.mark.parametrize(
    "where", [{"at_prompt": False}, {"lone_line": False}, {"at_prompt": "yes"}, {"lone_line": None}]
)
@pytest.mark.parametrize(
    "verb", ["accept", "reject", "edit", "undo", "defer", "predict", "apply", "cancel", "pause"]
)
def test_a_decision_needs_a_person_at_the_prompt_and_a_cell_of_its_own(
    verb: str, where: dict[str, Any], peer: Peer
) -> None:
    words = [verb, *([] if verb == "apply" else ["exp_01"]), *(["a > b"] if verb == "predict" else [])]
    error = peer.ask(*words, **where)["error"]
    assert error["code"] == "decision"
    assert "decide" in error["message"] or "decides" in error["message"]
    assert error["remedy"]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    peer = Peer(tmp_path_factory.mktemp("host"))
    yield peer
    assert peer.end() == 0


def test_what_only_reads_needs_no_person(peer: Peer) -> None:
    assert "result" in peer.ask("version", at_prompt=False, lone_line=False)
    error = peer.ask("noise", "missing.csv", at_prompt=False)["error"]
    assert error["code"] != "decision"


def test_another_version_reads_and_decides_nothing(peer: Peer) -> None:
    assert "result" in peer.ask("version", version="9.9")
    error = peer.ask("accept", "exp_01", version="9.9")["error"]
    assert "9.9" in error["message"]
    assert __version__ in error["message"]


def test_commands_are_shown_as_a_cell_types_them(peer: Peer) -> None:
    assert "`%coai --help`" in peer.ask("plam")["error"]["remedy"]


def test_it_ends_with_the_kernels_pipe(start: Callable[..., Peer]) -> None:
    assert start().end() == 0


def test_it_ends_when_nothing_is_asked(start: Callable[..., Peer]) -> None:
    peer = start(COIMPROVE_HOST_IDLE="0.2")
    assert peer.process.wait(15) == 0


def test_what_a_library_prints_does_not_reach_the_stream(tmp_path: Path) -> None:
    script = (
        "import os, sys; from jupyter_coimprove.interfaces.host import private_pipes\n"
        "with private_pipes() as (source, sink):\n"
        "    print('noise'); sys.stdout.flush(); os.system('echo more noise; cat')\n"
        "    sink.write(source.readline())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=b"the line\n",
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=True,
    )
    assert done.stdout == b"the line\n"
    assert b"more noise" in done.stderr


def test_a_folder_with_a_module_of_the_same_name_is_not_imported(
    start: Callable[..., Peer], tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    (tmp_path / "jupyter_coimprove.py").write_text("raise SystemExit('taken over')")
    assert start().hello["version"] == __version__
