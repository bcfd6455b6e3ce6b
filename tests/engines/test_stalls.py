"""A kernel that misses a message is knocked at: the run goes on, whatever was missed."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest
import zmq
import zmq.asyncio

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.papermill.stalls import KNOCK_S, Waiting, look_again
from jupyter_coimprove.testing.engine_contract import a_work, run_all

# A kernel with the fault: it looks at the first request with this word only when the next has come.
_HOLDING = """
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp


class Holding(IPythonKernel):
    held, once = None, False

    async def shell_channel_thread_main(self, msg):
        if not Holding.once and any(b"missed" in bytes(part) for part in msg):
            Holding.held, Holding.once = msg, True
            return
        if Holding.held is not None:
            held, Holding.held = Holding.held, None
            await super().shell_channel_thread_main(held)
        await super().shell_channel_thread_main(msg)


IPKernelApp.launch_instance(kernel_class=Holding)
"""


def test_a_request_that_the_kernel_missed_is_taken_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "holding.py").write_text(_HOLDING)
    spec = tmp_path / "data" / "kernels" / "holding"
    spec.mkdir(parents=True)
    argv = [sys.executable, str(tmp_path / "holding.py"), "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Holding", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    work = a_work(tmp_path, "one", "x = 1", "y = x + 1  # missed", "print(y)", kernel="holding")
    seen = run_all(PapermillEngine(clock=SystemClock()), [work], workers=1)
    outcome = seen.outcomes["one"]
    assert outcome.state == "completed", outcome
    # The fault did happen: nothing but the knock freed it.
    assert outcome.seconds >= KNOCK_S
    cells = json.loads((work.folder / "output.ipynb").read_text())["cells"]
    assert cells[2]["outputs"][0]["text"] in ("2\n", ["2\n"])


def test_only_what_was_never_begun_or_ended_without_reply_is_stuck() -> None:
    now = [0.0]
    waiting = Waiting(lambda: now[0])
    now[0] = KNOCK_S - 0.1
    assert not waiting.due()
    now[0] = KNOCK_S
    assert waiting.due()
    assert not waiting.due(), "not again at once"
    waiting.begun()
    now[0] = 1000.0
    assert not waiting.due(), "a slow cell is left alone"
    waiting.ended()
    assert not waiting.due()
    now[0] += KNOCK_S
    assert waiting.due()
    waiting.answered()
    now[0] += KNOCK_S
    assert not waiting.due()


def test_a_reply_that_comes_while_something_is_sent_is_seen(tmp_path: Path) -> None:
    async def replied() -> list[bytes]:
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as mine:
            mine.bind(f"ipc://{tmp_path}/pair")
            theirs = zmq.Socket.shadow(context.socket(zmq.PAIR))
            theirs.connect(f"ipc://{tmp_path}/pair")
            waits = asyncio.ensure_future(mine.poll())
            await asyncio.sleep(0.1)
            theirs.send(b"reply")
            time.sleep(0.1)
            # As jupyter_client sends: asyncio's end of the socket never hears of what this takes note of.
            zmq.Socket.shadow(mine).send(b"knock")
            await asyncio.sleep(0.3)
            assert not waits.done(), "the fault did happen"
            await look_again(mine)
            assert await asyncio.wait_for(waits, 1.0)
            out = await mine.recv_multipart()
            theirs.close(0)
            return list(out)

    assert asyncio.run(replied()) == [b"reply"]
