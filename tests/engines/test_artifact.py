"""The output notebook on disk is always a whole one."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from jupyter_coimprove.engines.papermill import artifact
from jupyter_coimprove.engines.papermill.artifact import notebook_chunks, write_atomic

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.lists(
    st.sampled_from(["a", "\n", "\r", "\r\n", "\u2028", "\x85", "é", "\x0b", '"', "\\"])
).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
outputs = (
    st.builds(lambda t: new_output("stream", name="stdout", text=t), texts)
    | st.builds(
        lambda t, v: new_output("display_data", data={"text/plain": t, "application/json": v}), texts, values
    )
    | st.builds(lambda t: new_output("error", ename="E", evalue=t, traceback=[t]), texts)
)
code_cells = st.builds(
    lambda s, o, m: new_code_cell(s, outputs=o, metadata={"m": m, "trusted": True}),
    texts,
    st.lists(outputs, max_size=3),
    values,
)
notebooks = st.builds(
    lambda cells, m: new_notebook(cells=cells, metadata={"m": m, "signature": "x"}),
    st.lists(code_cells | texts.map(new_markdown_cell), max_size=4),
    values,
)


@given(notebooks, st.integers(1, 7))
@settings(deadline=None, max_examples=80)
def test_the_pieces_are_what_nbformat_writes(nb: Any, piece: int) -> None:
    whole = nbformat.v4.writes(nb)
    saved = artifact._PIECE
    artifact._PIECE = piece
    try:
        assert "".join(notebook_chunks(nb)) == whole
    finally:
        artifact._PIECE = saved


def test_half_a_character_does_not_stop_a_save(tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_code_cell(outputs=[new_output("stream", text="a\ud800b")])])
    write_atomic(tmp_path / "o.ipynb", notebook_chunks(nb))
    assert nbformat.read(tmp_path / "o.ipynb", as_version=4).cells[0].outputs[0].text == "a?b"


def test_a_full_disk_leaves_the_last_save(tmp_path: Path) -> None:
    path = tmp_path / "o.ipynb"
    write_atomic(path, ["old"])

    def chunks() -> Any:
        yield "new"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomic(path, chunks())
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["o.ipynb"]


_SAVES = """
import sys
from pathlib import Path
from nbformat.v4 import new_code_cell, new_notebook, new_output
from jupyter_coimprove.engines.papermill.artifact import notebook_chunks, write_atomic
path = Path(sys.argv[1])
n = 0
while True:
    n += 1
    text = f"{n}\\n" * 200_000
    nb = new_notebook(cells=[new_code_cell(f"# {n}", outputs=[new_output("stream", text=text)])])
    write_atomic(path, notebook_chunks(nb))
    if n == 1:
        print("saved", flush=True)
"""


def killed_saves(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "o.ipynb"
    numbers = []
    for turn in range(kills):
        process = subprocess.Popen([sys.executable, "-c", _SAVES, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        # Spread over a whole save, which takes about 50 ms.
        time.sleep(0.003 * (turn % 20))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        cell = json.loads(path.read_text("utf-8"))["cells"][0]
        number = cell["source"][0].removeprefix("# ")
        assert cell["outputs"][0]["text"] == [f"{number}\n"] * 200_000
        numbers.append(int(number))
    assert numbers


def test_killed_while_it_saves_there_is_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    killed_saves(tmp_path, 4)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_kills_while_it_saves(tmp_path: Path) -> None:
    killed_saves(tmp_path, 100)


@pytest.mark.parametrize("point", ["artifact.written", "artifact.synced", "artifact.replaced"])
def test_killed_at_each_fault_point_the_file_is_whole(tmp_path: Path, point: str) -> None:
    path = tmp_path / "o.ipynb"
    env = {**os.environ, "COIMPROVE_FAULT": f"{point}:2"}
    done = subprocess.run(
        [sys.executable, "-c", _SAVES, str(path)], env=env, stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == -signal.SIGKILL
    expected = "# 2" if point == "artifact.replaced" else "# 1"
    assert json.loads(path.read_text("utf-8"))["cells"][0]["source"] == [expected]
