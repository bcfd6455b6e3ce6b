"""``%coai`` in real kernels: by a person, by nbclient, and in a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_door import Kernel, error_of

from jupyter_coimprove.interfaces.asking import interpolate, split
from jupyter_coimprove.interfaces.completing import complete, paths
from jupyter_coimprove.kernelspace.errors import CoaiError
from jupyter_coimprove.wire.verbs import BY_NAME


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    # Short: a socket's path ends at 107 bytes.
    folder = tmp_path_factory.mktemp("k")
    kernel = Kernel(folder)
    assert kernel.run("%load_ext jupyter_coimprove") == []
    yield kernel
    kernel.end()


def test_an_answer_is_text_and_html_in_the_file(kernel: Kernel) -> None:
    (shown,) = kernel.run("%coai version")
    assert shown["type"] == "display_data"
    assert set(shown["data"]) == {"text/plain", "text/html"}


def test_an_answer_is_an_object_with_its_data(kernel: Kernel) -> None:
    assert kernel.run("answer = %coai version") == []
    (shown,) = kernel.run("answer.data['view'], answer.text[:17]")
    assert shown["data"]["text/plain"] == "('ChecksView', 'jupyter-coimprove')"


def test_an_error_is_two_lines_and_fails_the_cell(kernel: Kernel) -> None:
    error = error_of(kernel.run("%coai plam nb.ipynb"))
    assert error["ename"] == "CoaiError"
    assert error["traceback"][0] == "coai: no verb named 'plam'"
    assert "did you mean plan" in error["traceback"][1]
    assert len(error["traceback"]) == 2


def test_help_is_printed(kernel: Kernel) -> None:
    for line in ("%coai --help", "%coai", "%coai help plan"):
        (shown,) = kernel.run(line)
        assert shown["text"].startswith("usage: %coai")


def test_free_text_is_told_that_no_model_is_there(kernel: Kernel) -> None:
    (shown,) = kernel.run("%%coai\nwhich of {'these': f'{x:.2f}'} matters? {}")
    assert "No model is set up" in shown["data"]["text/plain"]
    assert "%coai plan" in shown["data"]["text/html"]
    (needed,) = kernel.run("%%coai\ntell me a story")
    assert "needs a model" in needed["data"]["text/plain"]


def test_a_decision_must_be_the_cells_only_line(kernel: Kernel) -> None:
    for cell in (
        "x = 1\n%coai reject exp_01",
        "get_ipython().run_line_magic('coai', 'reject exp_01')",
        "for i in range(1):\n    get_ipython().run_cell('%coai reject exp_01')",
    ):
        assert "only line" in error_of(kernel.run(cell))["evalue"]


def test_a_decision_is_refused_where_nobody_is_at_the_prompt(kernel: Kernel) -> None:
    assert "nobody is at the prompt" in error_of(kernel.run("%coai reject exp_01", person=False))["evalue"]


def test_variables_reach_the_line_and_other_braces_stay(kernel: Kernel) -> None:
    kernel.run("verb = 'vers' + 'ion'")
    assert kernel.run("%coai {verb}")[0]["type"] == "display_data"
    assert "{other}" in error_of(kernel.run("%coai {other}"))["evalue"]


def test_a_local_variable_reaches_the_line(kernel: Kernel) -> None:
    code = "def f():\n    local = 'version'\n    return get_ipython().run_line_magic('coai', '{local}').data['view']\nf()"
    assert kernel.run(code)[0]["data"]["text/plain"] == "'ChecksView'"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("%coai pl", "plan"), ("coai resu", "results"), ("x = 1\n%coai plan nb.ipynb --des", "--design"),
     ("%coai plan a.ipynb --design full", "full-factorial"), ("answer = %coai sta", "status")],
)  # fmt: skip
def test_the_line_is_completed(kernel: Kernel, code: str, expected: str) -> None:
    assert expected in kernel.complete(code)


def test_notebooks_are_completed_by_name(kernel: Kernel) -> None:
    kernel.run("open('training.ipynb', 'w').close(); open('other.txt', 'w').close()")
    assert kernel.complete("%coai plan tr") == ["training.ipynb"]


def test_other_lines_are_completed_as_before(kernel: Kernel) -> None:
    kernel.run("some_name = 1")
    assert "some_name" in kernel.complete("some_na")


def test_the_kernel_has_no_thread_and_nothing_heavy_of_ours(kernel: Kernel) -> None:
    kernel.run("%coai version")
    code = (
        "import sys, threading\n"
        "heavy = [m for m in ('numpy', 'scipy', 'apsw', 'rich', 'pydantic', 'nbformat', 'papermill', 'anthropic', 'altair') if m in sys.modules]\n"
        "ours = [m for m in sys.modules if m.startswith('jupyter_coimprove.') and m.split('.')[1] in ('workbench', 'record', 'engines')]\n"
        "(heavy, ours, [t.name for t in threading.enumerate() if 'coai' in t.name or 'coimprove' in t.name])"
    )
    assert kernel.run(code)[0]["data"]["text/plain"] == "([], [], [])"


def test_unloading_takes_magics_completion_and_host_away(kernel: Kernel) -> None:
    kernel.run("from jupyter_coimprove.kernelspace import client")
    kernel.run("%unload_ext jupyter_coimprove")
    assert "not found" in str(kernel.run("%coai version"))
    assert kernel.run("client._client") == []
    kernel.run("%load_ext jupyter_coimprove")
    assert kernel.run("%coai version")[0]["type"] == "display_data"
    (shown,) = kernel.run(
        "sum(getattr(m, 'matcher_identifier', '') == 'coai' for m in get_ipython().Completer.custom_matchers)"
    )
    assert shown["data"]["text/plain"] == "1"


SLOW = """
from jupyter_coimprove.kernelspace import client
import os, stat, sys
open('slow.py', 'w').write('''
import time, os
from jupyter_coimprove.interfaces import host
from jupyter_coimprove.workbench import keeping
from jupyter_coimprove.workbench.bench import Progress
real = keeping.version
def version(bench):
    for i in range({steps}):
        bench.progress(Progress(text='training', done=i, total={steps}, left_s=({steps} - i) / 10))
        bench.check_cancelled()
        time.sleep(0.1)
    return real(bench)
keeping.version = version
os._exit(host.main())
''')
open('slow', 'w').write(f'#!/bin/sh\\nexec "{{sys.executable}}" slow.py\\n')
os.chmod('slow', 0o700)
client.close()
os.environ['COIMPROVE_HOST_PYTHON'] = os.path.abspath('slow')
"""


def test_an_interrupt_cancels_and_the_kernel_is_usable(kernel: Kernel) -> None:
    kernel.run(SLOW.format(steps=600))
    out = kernel.run("%coai version", interrupt_after=2.0)
    assert error_of(out)["traceback"][0] == "coai: cancelled"
    assert kernel.run("1 + 1")[0]["data"]["text/plain"] == "2"


def test_progress_is_a_widget_that_leaves_a_line_of_text(kernel: Kernel) -> None:
    kernel.run(SLOW.format(steps=20))
    out = kernel.run("%coai version")
    assert out[0]["type"] == "display_data"
    assert "application/vnd.jupyter.widget-view+json" in out[0]["data"]
    assert "of 20, training" in out[0]["data"]["text/plain"]
    updates = [one for one in out if one["type"] == "update_display_data"]
    assert set(updates[-1]["data"]) == {"text/plain"}
    assert "done after" in updates[-1]["data"]["text/plain"]
    kernel.run("client.close(); del os.environ['COIMPROVE_HOST_PYTHON']")


def test_a_notebook_executed_as_a_whole_sees_answers_and_errors(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    cells = ["%load_ext jupyter_coimprove", "%coai version", "%coai accept exp_01"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError, match="nobody is at the prompt"):
        NotebookClient(
            book, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
    assert book.cells[1].outputs[0].output_type == "display_data"
    assert not any("widget" in mime for mime in book.cells[1].outputs[0].data)
    assert book.cells[2].outputs[0].ename == "CoaiError"


def test_in_a_terminal_answers_are_text_and_a_person_may_decide(tmp_path: Path) -> None:
    import pexpect

    env = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb", "NO_COLOR": "1"}
    terminal = pexpect.spawn(
        sys.executable, ["-m", "IPython", "--simple-prompt", "--no-banner"], env=env, cwd=str(tmp_path), timeout=60,
        encoding="utf-8",
    )  # fmt: skip
    try:
        terminal.expect(r"In \[1\]: ")
        terminal.sendline("%load_ext jupyter_coimprove")
        terminal.expect(r"In \[2\]: ")
        terminal.sendline("%coai version")
        terminal.expect("jupyter-coimprove 0")
        terminal.expect(r"In \[3\]: ")
        terminal.sendline("%coai accept exp_01")
        terminal.expect("coai: (.*)\r\n")
        assert "prompt" not in terminal.match.group(1)
        assert "only line" not in terminal.match.group(1)
    finally:
        terminal.close(force=True)


TRAINING = [
    "lr = 0.1\nseed = 0",
    "import random\nnoise = random.Random(seed).gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + noise",
]


def test_from_a_plan_to_an_accepted_finding_in_a_kernel(kernel: Kernel, tmp_path: Path) -> None:
    import json

    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in TRAINING])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "training.ipynb"
    nbformat.write(book, path)
    before = path.read_bytes()
    kernel.run(f"%cd -q {tmp_path}")
    shown = kernel.run("%coai plan training.ipynb -f lr=0.5 -r accuracy --direction max --blocks 2")
    assert [one["type"] for one in shown] == ["display_data", "display_data"], shown
    card, buttons = (one["data"] for one in shown)
    assert card["application/vnd.coimprove.experiment+json"]["state"] == "draft"
    assert "application/vnd.jupyter.widget-view+json" in buttons
    assert "%coai run exp_" in buttons["text/plain"]
    id_ = card["application/vnd.coimprove.experiment+json"]["id"]
    assert kernel.complete("%coai run exp_") == [id_]
    assert "nobody is at the prompt" in error_of(kernel.run(f"%coai run {id_}", person=False))["evalue"]
    kernel.run(f"plan = '{id_}'")
    registered = kernel.run("%coai accept {plan} --reason 'worth it'")
    assert "registered" in registered[0]["data"]["text/plain"]
    # A person has accepted it: a notebook that is executed as a whole may run it now, and waits.
    ran = kernel.run("%coai run last", person=False)
    assert "completed" in [one["data"]["text/plain"] for one in ran if "data" in one][-1]
    results = kernel.run(
        "answer = %coai results last\nprint(answer.data['finding'], answer.data['baseline'])"
    )
    finding = results[0]["text"].split()[0]
    decided = kernel.run(f"%coai accept {finding}")
    assert "coimprove apply" in decided[0]["data"]["text/plain"]
    assert path.read_bytes() == before, "an open notebook is not written"
    kernel.run("answer = %coai review --json")
    lines = (tmp_path / "coimprove" / "journal").glob("*.jsonl")
    decisions = [
        one
        for file in lines
        for one in map(json.loads, file.read_text().splitlines())
        if one.get("kind") == "decision"
    ]
    assert [one["actor"]["auth"] for one in decisions] == ["kernel", "kernel"]


def test_only_names_that_resolve_are_replaced() -> None:
    names = {"x": 3, "Out": {2: "exp_1"}, "In": ["", "first"]}
    assert interpolate("{x}", names) == "3"
    assert interpolate("{Out[2]}-{In[1]}", names) == "exp_1-first"
    for left in (
        "{y}",
        "{Out[9]}",
        "{{x}}",
        "{x!r}",
        "{x:.2f}",
        "{}",
        "{'foo': 'bar'}",
        "{x.real}",
        "f'{y:.2f}'",
    ):
        assert interpolate(left, names) == left


@given(st.text(alphabet="{}x[]1'\" :.!", max_size=30))
def test_braces_never_raise(word: str) -> None:
    assert interpolate(word, {}) == word


def test_words_are_quoted_as_in_a_shell() -> None:
    assert split("plan 'my nb.ipynb' -q \"what matters?\"") == ["plan", "my nb.ipynb", "-q", "what matters?"]
    with pytest.raises(CoaiError, match="closing quotation"):
        split("plan 'nb")


def no_ids(kinds: object, prefix: str) -> list[str]:
    raise AssertionError("a host was asked where no id belongs")


def test_every_verb_and_option_can_be_completed_without_a_host() -> None:
    assert set(BY_NAME) <= set(complete([], "", ids=no_ids))
    for verb in BY_NAME.values():
        assert verb.name in complete([], verb.name[:3], ids=no_ids)
        flags = complete([verb.name], "--", ids=no_ids)
        assert {option.flag for option in verb.options if option.flag} <= set(flags)
        assert "--help" in flags


def test_ids_are_asked_only_where_an_id_belongs() -> None:
    asked: list[object] = []

    def ids(kinds: object, prefix: str) -> list[str]:
        asked.append((kinds, prefix))
        return ["exp_01J"]

    assert complete(["results"], "exp_", ids=ids) == ["exp_01J"]
    assert complete(["run", "-j", "2"], "", ids=ids) == ["exp_01J"]
    assert asked == [(("experiment",), "exp_"), (("experiment",), "")]
    assert complete(["run", "exp_01J"], "", ids=no_ids) == []
    assert complete(["run", "-j"], "", ids=no_ids) == []


def test_a_repeated_option_is_offered_once_unless_it_is_a_list() -> None:
    offered = complete(["plan", "nb.ipynb", "--blocks", "5", "--factor", "lr=1"], "--", ids=no_ids)
    assert "--blocks" not in offered
    assert "--factor" in offered


def test_paths_are_completed_with_folders_and_without_hidden_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.ipynb", "b c.ipynb", ".hidden.ipynb", "x.txt"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.ipynb").touch()
    assert paths("", ".ipynb") == ["a.ipynb", "b\\ c.ipynb", "sub/"]
    assert paths("sub/", ".ipynb") == ["sub/d.ipynb"]
    assert paths("missing/", ".ipynb") == []
