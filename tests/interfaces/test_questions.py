"""``%%coai`` in a real kernel: what is put into a question, how the answer comes, and how it is stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kernel_door import Kernel, error_of
from small_notebooks import lab_notebook

from jupyter_coimprove.interfaces.asking import interpolate, put_in
from jupyter_coimprove.interfaces.display import markdown
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool

KEY = "sk-ant-api03-" + "k9" * 30
CELLS = (
    ("parameters", "rate = 0.5\nseed = 1"),
    ("", "score = rate * 10 + seed"),
    ("", "print(f'score {score:.3f}')"),
)
EDIT = {"kind": "insert", "cell": 3, "cell_kind": "code", "source": "print(rate)"}


def script(body: Mapping[str, Any]) -> Answer:
    """What the model does, by the question; after a tool's result it ends."""
    said = json.dumps(body["messages"][-1])
    if "tool_result" in said:
        return Answer(content=(Text("I have **proposed** a cell. <img src=http://evil.example/x>"),))
    if "slowly" in said:
        return Answer(content=(Text("word " * 400, piece=5),), pace_s=0.05)
    if "propose" in said:
        return Answer(
            content=(Text("Looking. "), UseTool("propose_cells", {"edits": [EDIT], "why": "to see it"}))
        )
    return Answer(content=(Text("The rate decides:\n\n```python\nrate = 1\n```"),))


@pytest.fixture(scope="module")
def service() -> Iterator[MessagesServer]:
    with MessagesServer(script) as server:
        yield server


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, service: MessagesServer) -> Iterator[Kernel]:
    # Short: a socket's path ends at 107 bytes.
    folder = tmp_path_factory.mktemp("q")
    (folder / "n.ipynb").write_text(lab_notebook(CELLS))
    kernel = Kernel(
        folder, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=service.url, JUPYTER_DATA_DIR=str(folder / "data"),
        JUPYTER_CONFIG_DIR=str(folder / "config"), JPY_SESSION_NAME=str(folder / "n.ipynb"), COIMPROVE_PROVIDER="",
    )  # fmt: skip
    assert kernel.run("%load_ext jupyter_coimprove") == []
    kernel.run("rate = 0.5\nfrom IPython import get_ipython")
    yield kernel
    kernel.end()


def folder_of(kernel: Kernel) -> Path:
    (shown,) = kernel.run("import os; print(os.getcwd())")
    return Path(shown["text"].strip())


def test_the_answer_is_drawn_as_it_comes_and_nothing_in_it_loads(
    kernel: Kernel, service: MessagesServer
) -> None:
    out = kernel.run("%%coai\nplease propose a cell that prints rate={rate}")
    assert [one["type"] for one in out if one["type"] == "error"] == []
    assert out[0]["type"] == "display_data"
    whole = [one for one in out if "I have" in one["data"].get("text/html", "")][-1]["data"]
    assert "<b>proposed</b>" in whole["text/html"]
    assert "<img" not in whole["text/html"]
    card = next(one["data"] for one in out if "application/vnd.coimprove.proposal+json" in one["data"])
    shown = card["application/vnd.coimprove.proposal+json"]
    assert (shown["state"], shown["author_kind"], shown["changes"][0]["source"]) == (
        "pending",
        "ai",
        "print(rate)",
    )
    assert (folder_of(kernel) / "n.ipynb").read_text() == lab_notebook(CELLS), "nobody has decided yet"
    body = json.dumps(service.requests[0].body)
    assert "rate=0.5" in body
    assert '\\"name\\":\\"rate\\"' in body, "live variables go along"


def test_the_same_cell_again_costs_nothing_and_headless_asks_nobody(
    kernel: Kernel, service: MessagesServer
) -> None:
    kernel.run("%%coai\nwhat decides?")
    before = len(service.requests)
    (again,) = kernel.run("%%coai\nwhat decides?")
    assert "said this before" in again["data"]["text/plain"]
    (shown,) = kernel.run("%%coai -f code\nwhat decides?")
    assert shown["data"] == {"text/plain": "rate = 1"}
    (executed,) = kernel.run("%%coai\nwhat decides?", person=False)
    assert "The rate decides" in executed["data"]["text/plain"]
    (unasked,) = kernel.run("%%coai\nsomething else?", person=False)
    assert "nobody is at the prompt" in unasked["data"]["text/plain"]
    assert len(service.requests) == before


def test_an_interrupt_ends_it_at_once_and_leaves_nothing_half(
    kernel: Kernel, service: MessagesServer
) -> None:
    begun = time.monotonic()
    out = kernel.run("%%coai\nslowly, please propose", interrupt_after=2.0)
    assert time.monotonic() - begun < 6
    assert error_of(out)["ename"] == "Cancelled"
    assert any(
        "stopped; nothing of this was proposed" in one.get("data", {}).get("text/plain", "") for one in out
    )
    (usable,) = kernel.run("1 + 1")
    assert usable["data"]["text/plain"] == "2"
    (kept,) = kernel.run("%coai conversation")
    assert "slowly" not in kept["data"]["text/plain"]
    (review,) = kernel.run("%coai review")
    assert review["data"]["text/plain"].count("prp_") <= 3, "only what an earlier answer proposed waits"


def test_what_ran_since_the_notebook_was_saved_is_said_to_be_missing(
    kernel: Kernel, service: MessagesServer
) -> None:
    kernel.run("print('now 4711')")
    (*_, told) = kernel.run("%%coai\nwhat decides, of what just ran?")
    assert "since this notebook was saved" in told["data"]["text/plain"]
    assert "4711" not in service.asked[-1].raw.decode()
    path = folder_of(kernel) / "n.ipynb"
    before = path.read_text()
    node = json.loads(before)
    node["cells"][0]["execution_count"] = 999
    path.write_text(json.dumps(node))
    (*_, told) = kernel.run("%%coai --fresh\nwhat decides, of what just ran?")
    path.write_text(before)
    assert "since this notebook was saved" not in told["data"]["text/plain"]


def test_what_was_used_is_told(kernel: Kernel) -> None:
    kernel.run("%%coai\nwhat decides?")
    (shown,) = kernel.run("%coai usage")
    assert "claude" in shown["data"]["text/plain"]


def test_what_would_be_sent_is_shown_without_the_key(kernel: Kernel, service: MessagesServer) -> None:
    before = len(service.requests)
    (shown,) = kernel.run(f"%%coai --show-request --no-context\nwhy does {KEY} fail?")
    assert "why does *** fail" in shown["data"]["text/plain"]
    assert KEY not in json.dumps(shown)
    assert len(service.requests) == before


def test_the_key_is_nowhere_in_the_folder(kernel: Kernel) -> None:
    # IPython's own history has what was typed.
    files = [p for p in folder_of(kernel).rglob("*") if p.is_file() and "ipython" not in p.parts]
    assert len(files) > 5
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_a_bad_option_is_one_clear_line(kernel: Kernel) -> None:
    assert "unrecognized" in error_of(kernel.run("%%coai --nonsense\nwhy?"))["evalue"]
    assert "no format" in error_of(kernel.run("%%coai -f pdf\nwhy?"))["evalue"]
    assert "no question" in error_of(kernel.run("%%coai\n  "))["evalue"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# T\n\nsome **bold** `x < y`", "<h3>T</h3><p>some <b>bold</b> <code>x &lt; y</code></p>"),
        ("```\n<img src=x>\n", "<pre><code>&lt;img src=x&gt;\n</code></pre>"),
        ("![a](http://evil/x.png)", "<p>a (http://evil/x.png)</p>"), ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4) b\n- c", '<ol start="3"><li>a</li><li>b</li></ol><ul><li>c</li></ul>'),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
    ],
)  # fmt: skip
def test_markdown_becomes_plain_tags(text: str, expected: str) -> None:
    assert markdown.render(text) == expected


@pytest.mark.parametrize(
    "text", ["{'foo': 'bar'}", "{}", "f'{y:.2f}'", "{unknown}", "{{n}}", "{n!r}", "{n.real}", "{ n }", "{Out[9]}", "{Err[3]}"]
)  # fmt: skip
def test_braces_that_name_nothing_stay(text: str) -> None:
    assert interpolate(text, {"n": 3, "y": 0.5, "Out": {3: "x"}, "Err": {}}) == text


def test_names_inputs_outputs_and_errors_are_put_in() -> None:
    names = {"n": 3, "In": ["", "a", "b"], "Out": {2: [1]}, "Err": {3: "ValueError: bad"}}
    assert interpolate("{n} {In[1]} {Out[2]} {Err[3]} {In[9]}", names) == "3 a [1] ValueError: bad {In[9]}"
    assert interpolate("{t}", {"t": "x" * 30}, longest=10) == "xxxxxxxxxx… (20 more characters of {t})"
    assert put_in("{n} {In[1]} {Out[2]} {Err[3]} {In[9]} {Out[9]} {n}", names) == [
        "{n}",
        "{Out[2]}",
        "{Err[3]}",
    ]


def test_the_error_of_a_cell_can_be_asked_about(kernel: Kernel) -> None:
    kernel.run("def deep():\n    raise ValueError('this one')\ndeep()")
    (shown,) = kernel.run(
        "from jupyter_coimprove.kernelspace.failed import errors\nprint(list(errors.values())[-1][-200:])"
    )
    assert "ValueError: this one" in shown["text"]
    kernel.run("%coai nonsense")
    (shown,) = kernel.run("print(list(errors.values())[-1][-200:])")
    assert "this one" in shown["text"], "what this tool refuses is no error of the notebook"
