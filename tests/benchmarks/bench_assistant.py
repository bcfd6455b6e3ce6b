"""What our provider adds to the first word of an answer, over the bare SDK on the same scripted server.

python tests/benchmarks/bench_assistant.py [--repeats N] [--json]

Seconds from the question to the first text, both with an open connection, interleaved; the context is
about 40,000 characters, with ten tools. ``stop_s``: from a person's stop until the answer has ended
while nothing comes. ``load_s``: the SDK's import, in a fresh process; our host does it once, in the background.
The third row is the same through ``%%coai`` in a kernel: from running the cell to the first words that its
front end gets, against the bare SDK in that kernel with the very body that ``%%coai`` had sent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_door import Kernel
from small_notebooks import lab_notebook

from jupyter_coimprove.proposals.provider import Block, Request, Tool
from jupyter_coimprove.providers.anthropic import AnthropicProvider, Settings
from jupyter_coimprove.redaction import Secret
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text

LIMITS = {"first_word_added_s": 0.06, "stop_s": 0.2}
SCHEMA = {
    "type": "object", "properties": {"cell": {"type": "integer"}}, "required": ["cell"], "additionalProperties": False,
}  # fmt: skip


def request() -> Request:
    """A question about a notebook of 200 cells."""
    cells = [
        Block(kind="cell", v=1, data={"number": n, "source": f"x_{n} = f(x_{n - 1})\n" * 8})
        for n in range(200)
    ]
    tools = [
        Tool(name=f"read_{n}", help="Read.", schema=SCHEMA, kind="read", call=lambda given: cells[0])
        for n in range(10)
    ]
    return Request(task="ask", text="what does this do?", context=cells, stable=len(cells), tools=tools)


def ours(provider: AnthropicProvider) -> float:
    began = time.perf_counter()
    parts = provider.answer(request())
    next(part for part in parts if part.type == "text")
    took = time.perf_counter() - began
    for _ in parts:
        pass
    return took


def bare(client: Any, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    with client.messages.stream(**body) as stream:
        next(iter(stream.text_stream))
        took = time.perf_counter() - began
        stream.until_done()
    return took


def stopped(provider: AnthropicProvider) -> float:
    """From the stop to the end, where the service says nothing for long."""
    stop = threading.Event()
    asked = Request(task="ask", text="?", cancelled=stop.is_set)
    at: list[float] = []
    timer = threading.Timer(0.2, lambda: (at.append(time.perf_counter()), stop.set()))
    timer.start()
    for _ in provider.answer(asked):
        pass
    return time.perf_counter() - at[0]


def loaded() -> float:
    code = "import time; t = time.perf_counter(); import anthropic; print(time.perf_counter() - t)"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )


def first_words(kernel: Kernel, code: str, words: str) -> float:
    """Seconds from running a cell until its front end has these words."""
    began = time.perf_counter()
    id_ = kernel.client.execute(code)
    took = None
    while True:
        message = kernel.client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != id_:
            continue
        content = message["content"]
        if took is None and words in json.dumps(content.get("data") or content.get("text") or ""):
            took = time.perf_counter() - began
        if message["msg_type"] == "error":
            raise AssertionError(content)
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            assert took is not None, "the words did not come"
            return took


BARE = """
with client.messages.stream(**json.loads(open("body.json").read())) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
"""


def through_cells(repeats: int) -> dict[str, Any]:
    """The same through ``%%coai``, in a real kernel."""
    said = Answer(content=(Text("It fits a model in 200 steps, and measures it at the end."),))
    # Short: a socket's path ends at 107 bytes.
    with tempfile.TemporaryDirectory(prefix="q") as name, MessagesServer(lambda body: said) as server:
        folder = Path(name)
        cells = tuple(
            ("", f"x_{n} = {n} + {'x_' + str(n - 1) if n else '1'}  # {'words ' * 10}") for n in range(200)
        )
        (folder / "n.ipynb").write_text(lab_notebook(cells))
        kernel = Kernel(
            folder, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=server.url, JPY_SESSION_NAME=str(folder / "n.ipynb"),
            JUPYTER_DATA_DIR=str(folder / "data"), JUPYTER_CONFIG_DIR=str(folder / "config"),
        )  # fmt: skip
        try:
            kernel.run("%load_ext jupyter_coimprove")
            kernel.run("import anthropic, json\nclient = anthropic.Anthropic()")
            first_words(kernel, "%%coai\nwhat does this do?", "It fits")
            body = {key: value for key, value in server.asked[-1].body.items() if key != "stream"}
            (folder / "body.json").write_text(json.dumps(body))
            first_words(kernel, BARE, "It fits")
            times = [
                (
                    first_words(kernel, BARE, "It fits"),
                    first_words(kernel, f"%%coai --fresh\nwhat is x_{n}?", "It fits"),
                )
                for n in range(repeats)
            ]
        finally:
            kernel.end()
    return {
        "bench": "assistant", "subject": "%%coai", "ours": True, "n": repeats, "limits": {"cell_added_s": 0.06},
        "figures": {"cell_first_word_s": median(b for _, b in times), "cell_added_s": median(b - a for a, b in times)},
    }  # fmt: skip


def measure(repeats: int) -> list[dict[str, Any]]:
    import anthropic

    said = Answer(content=(Text("It fits a model in 200 steps, and measures it at the end."),))
    quiet = Answer(content=(Text("x"),), wait_s=30)
    with MessagesServer(
        lambda body: quiet if body["messages"][-1]["content"][0]["text"] == "?" else said
    ) as server:
        provider = AnthropicProvider(Settings(key=Secret("k"), url=server.url))
        with anthropic.Anthropic(api_key="k", base_url=server.url) as client:
            body = provider.sent(request())
            bare(client, body), ours(provider)
            times = [(bare(client, body), ours(provider)) for _ in range(repeats)]
        stops = [stopped(provider) for _ in range(min(5, repeats))]
        provider.close()
    theirs, mine = [row[0] for row in times], [row[1] for row in times]
    added = median(b - a for a, b in times)
    return [
        {
            "bench": "assistant", "subject": "provider", "ours": True, "n": repeats, "limits": LIMITS,
            "figures": {"first_word_s": median(mine), "first_word_added_s": added, "stop_s": median(stops)},
        },
        {
            "bench": "assistant", "subject": "bare SDK", "ours": False, "n": repeats, "limits": {},
            "figures": {"first_word_s": median(theirs), "load_s": loaded()},
        },
        through_cells(repeats),
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measure(given.repeats)
    print(json.dumps(rows) if given.json else json.dumps(rows, indent=2))
