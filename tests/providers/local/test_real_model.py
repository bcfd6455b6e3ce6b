"""A real small model: it keeps the contract, plans in a form it cannot leave, and stops when told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import psutil
import pytest

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.answer import gather
from jupyter_coimprove.proposals.provider import Block, Request, Turn
from jupyter_coimprove.providers.local import LocalProvider, Process, found_model
from jupyter_coimprove.testing.provider_contract import CANDIDATES, MEASURED, ProviderContract

#: Minutes on a busy computer, and only where the model was fetched.
pytestmark = [pytest.mark.local_model, pytest.mark.slow]
PLAN = Request(task="plan", text="does dropout matter?", context=(CANDIDATES, MEASURED))
LONG = Request(task="ask", text="Tell a long story about a notebook.", options={"max_tokens": 1500})


class TestLocalKeepsTheContract(ProviderContract):
    offline = False

    @pytest.fixture(autouse=True)
    def _served(self, local: LocalProvider) -> None:
        self.local = local

    def make(self) -> LocalProvider:
        return self.local

    def requests(self) -> list[Request]:
        return [
            Request(task=r.task, text=r.text, context=r.context, options={"max_tokens": 400, "seed": 1})
            for r in super().requests()[:2]
        ]


def test_its_label_says_that_it_is_small(local: LocalProvider) -> None:
    assert local.label == "local model SmolLM2-135M-Instruct.Q4_1, too small to rely on"


@pytest.mark.timeout(1800)
def test_a_hundred_plans_of_a_hundred_are_valid(local: LocalProvider) -> None:
    for seed in range(100):
        valid(local, seed)


def valid(local: LocalProvider, seed: int) -> None:
    many = [
        {"name": f"layer.{n}", "kind": "literal", "source": str(n), "levels": [str(n), str(n + 1), f"'{n} x'"], "score": 1 / n}
        for n in range(1, 12)
    ]  # fmt: skip
    offered = {
        **{f"layer.{n}": {str(n + 1), f"'{n} x'"} for n in range(1, 12)},
        "dropout": {"0.0"},
        "features.scaler": set(),
    }
    context = (CANDIDATES, Block(kind="candidates", v=1, data={"candidates": many}))
    answer = gather(
        local.answer(Request(task="plan", text="which matter?", context=context, options={"seed": seed}))
    )
    assert answer.stop == "complete"
    (block,) = answer.blocks
    assert block.data["factors"]
    for factor in block.data["factors"]:
        assert set(factor["levels"]) <= offered[factor["name"]]
        assert bool(factor["levels"]) == bool(offered[factor["name"]])
    assert block.data["rationale"]


def test_stopped_it_ends_at_once_and_answers_the_next(local: LocalProvider) -> None:
    gather(local.answer(PLAN))
    parts = []
    at = [0.0]
    request = Request(
        task="ask",
        text=LONG.text,
        options=LONG.options,
        cancelled=lambda: len(parts) > 3 and bool(at.append(time.monotonic()) or True),
    )
    for part in local.answer(request):
        parts.append(part)
    assert time.monotonic() - at[1] < 0.2
    assert parts[-1].detail["stop"] == "cancelled"
    assert gather(local.answer(PLAN)).stop == "complete"


def test_what_it_cannot_hold_is_left_out_and_history_is_kept_short(local: LocalProvider) -> None:
    cells = [Block(kind="cell", v=1, data={"source": "x = 1\n" * 200, "number": n}) for n in range(100)]
    history = [Turn(role="person", text="hello"), Turn(role="assistant", text="Good day.")]
    request = Request(
        task="ask", text="What is it?", context=cells, history=history, options={"max_tokens": 20}
    )
    answer = gather(local.answer(request))
    assert answer.stop in ("complete", "limit")
    assert 500 < answer.usage["input"] + answer.usage.get("cache_read", 0) < 2048


def test_an_answer_that_reaches_its_limit_proposes_nothing(local: LocalProvider) -> None:
    answer = gather(
        local.answer(Request(task="plan", text="?", context=PLAN.context, options={"max_tokens": 12}))
    )
    assert (answer.stop, answer.blocks) == ("limit", ())


def test_it_listens_on_loopback_alone_and_asks_for_its_key(local: LocalProvider, process: Process) -> None:
    import http.client

    gather(local.answer(PLAN))
    assert process.pid is not None
    listening = [
        c for c in psutil.Process(process.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
    ]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}
    for path in ("/v1/chat/completions", "/completion", "/slots/0?action=save"):
        line = http.client.HTTPConnection("127.0.0.1", listening[0].laddr.port)
        line.request("POST", path, "{}", {"Content-Type": "application/json"})
        assert line.getresponse().status == 401
        line.close()
    assert "ANTHROPIC" not in " ".join(psutil.Process(process.pid).environ())
    assert len(psutil.Process(process.pid).cmdline()) == 3  # neither key nor model on it


def test_killed_in_the_middle_it_is_a_cut_and_the_next_question_starts_it_anew(
    local: LocalProvider, process: Process
) -> None:
    parts = local.answer(LONG)
    first = next(parts)
    assert first.type == "text"
    assert process.pid is not None
    psutil.Process(process.pid).kill()
    answer = gather(parts)
    assert (answer.stop, answer.blocks) == ("cut", ())
    assert gather(local.answer(PLAN)).stop == "complete"


def test_idle_it_gives_its_memory_back_and_with_its_owner_it_ends(process: Process) -> None:
    model = found_model()
    assert model is not None
    short = Process(model, idle_s=0.2)
    gather(LocalProvider(short).answer(PLAN))
    pid = short.pid
    until(lambda: short.pid is None)
    assert pid is not None
    until(lambda: not psutil.pid_exists(pid))
    code = (
        "import os, sys\nfrom jupyter_coimprove.providers.local import *\nfrom jupyter_coimprove.proposals.provider import Request\n"
        "p = Process(found_model())\nnext(LocalProvider(p).answer(Request(task='ask', text='hi')))\n"
        "print(p.pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    orphan = int(done.stdout)
    until(lambda: not psutil.pid_exists(orphan))


def test_a_file_that_is_no_model_is_said(tmp_path: Any) -> None:
    path = tmp_path / "no.gguf"
    path.write_bytes(b"GGUF and nothing else")
    process = Process(path)
    with pytest.raises(ProviderError, match=r"no\.gguf cannot be loaded") as caught:
        gather(LocalProvider(process).answer(PLAN))
    assert "COIMPROVE_LOCAL_MODEL" in caught.value.remedy
    assert process.pid is None


def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen within 10 s")


def measure() -> dict[str, float]:
    """First word and speed, as the CHANGELOG tells them: `python tests/providers/local/test_real_model.py`."""
    model = found_model()
    assert model is not None
    process = Process(model)
    provider = LocalProvider(process)
    began = time.perf_counter()
    next(provider.answer(Request(task="ask", text="hi")))
    cold = time.perf_counter() - began
    first, speed = [], []
    for number in range(9):
        began = time.perf_counter()
        parts = provider.answer(
            Request(task="ask", text=f"What is dropout? ({number})", options={"max_tokens": 100})
        )
        next(parts)
        first.append(time.perf_counter() - began)
        count = 1 + sum(part.type == "text" for part in parts)
        speed.append(count / (time.perf_counter() - began))
    process.close()
    return {
        "cold_s": cold,
        "first_s": median(first),
        "tokens_a_second": median(speed),
        "cores": len(os.sched_getaffinity(0)),
    }


if __name__ == "__main__":
    print(measure())
