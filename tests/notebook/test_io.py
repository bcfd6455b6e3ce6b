"""Reading keeps every byte; what cannot be read says why and what to do."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import NotebookError, Stale
from jupyter_coimprove.notebook import io
from jupyter_coimprove.notebook.io import file_digest, parse, read, render, write_atomic

HERE = Path("n.ipynb")


def node(*sources: str, minor: int = 5) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {"tags": ["t"]},
            "execution_count": i,
            "outputs": [],
            "source": s,
        }
        for i, s in enumerate(sources)
    ]
    return {
        "cells": cells,
        "metadata": {"kernelspec": {"name": "py"}},
        "nbformat": 4,
        "nbformat_minor": minor,
    }


def dump(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


def test_a_notebook_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(dump(node("x = 1\r\ny", "z")))
    notebook = read(path)
    assert notebook.raw == path.read_bytes()
    assert [c.source for c in notebook.cells] == ["x = 1\ny", "z"]
    assert (notebook.kernel, notebook.language, notebook.minor) == ("py", "python", 5)
    assert (notebook.cells[1].id, notebook.cells[1].tags, notebook.cells[1].execution_count) == (
        "c1",
        ("t",),
        1,
    )


def test_before_4_5_cells_have_no_ids() -> None:
    assert parse(dump(node("x", minor=4)), HERE).cells[0].id is None


def test_a_repeated_id_addresses_the_first_cell_only() -> None:
    raw = node("x", "y")
    raw["cells"][1]["id"] = "c0"
    notebook = parse(dump(raw), HERE)
    assert [c.id for c in notebook.cells] == ["c0", None]
    assert notebook.find(notebook.address(1)) == notebook.cells[1]


def test_worksheets_of_format_3_follow_one_another() -> None:
    cell = {
        "cell_type": "code",
        "input": ["a\n", "b"],
        "prompt_number": 4,
        "outputs": [],
        "language": "python",
    }
    sheets = [{"cells": [cell]}, {"cells": [{"cell_type": "heading", "level": 1, "source": "T"}]}]
    notebook = parse(dump({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}), HERE)
    assert [(c.kind, c.source, c.execution_count) for c in notebook.cells] == [
        ("code", "a\nb", 4),
        ("markdown", "T", None),
    ]


def test_byte_order_mark_and_line_ends_are_kept() -> None:
    raw = b"\xef\xbb\xbf" + dump(node("x")).replace(b"\n", b"\r\n")
    notebook = parse(raw, HERE)
    assert render(notebook, notebook.node) == raw
    edited = copy.deepcopy(dict(notebook.node))
    edited["cells"][0]["metadata"] = {"a": 1}
    out = render(notebook, edited)
    assert out.startswith(b"\xef\xbb\xbf")
    assert out.count(b"\n") == out.count(b"\r\n")


def test_a_lone_surrogate_is_replaced_in_the_cell_and_kept_in_the_file() -> None:
    raw = dump(node("s = '\ud800'"))
    notebook = parse(raw, HERE)
    assert notebook.cells[0].source == "s = '\ufffd'"
    assert render(notebook, notebook.node) == raw


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (dump(node("x"))[:-20], "cut off"),
        (b"<html>", "not JSON"),
        (b'{"a": 1}', "no notebook"),
        (b"[1]", "no notebook"),
        (b'{"nbformat": "4"}', "no notebook"),
        (dump({**node(), "nbformat": 5}), "nbformat 5"),
        (dump({**node(), "nbformat": 2}), "nbformat 2"),
        (b'{"nbformat": 4}', "without cells"),
        (b'{"nbformat": 4, "cells": [1]}', "cell 1"),
        ('{"nbformat": 4, "cells": [], "x": "é"}'.encode("latin-1"), "UTF-8"),
        ('{"nbformat": 4, "cells": []}'.encode("utf-16"), "UTF-8"),
        (b'{"nbformat": 4, "cells": [], "x": ' + b"[" * 70 + b"]" * 70 + b"}", "deeper"),
        (b'{"nbformat": 4, "cells": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deeper"),
        (
            json.dumps({**node(), "cells": [{"cell_type": "raw", "source": ""}] * 10_001}).encode(),
            "10001 cells",
        ),
    ],
)
def test_what_is_no_notebook_says_so_with_a_remedy(raw: bytes, says: str) -> None:
    with pytest.raises(NotebookError, match=says) as raised:
        parse(raw, HERE)
    assert raised.value.remedy


def test_files_that_cannot_be_opened_say_so(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none.ipynb", "there is no"), (tmp_path, "folder")):
        for act in (read, file_digest):
            with pytest.raises(NotebookError, match=says) as raised:
                act(path)
            assert raised.value.remedy


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as handle:
        handle.truncate(io.MAX_BYTES + 1)
    with pytest.raises(NotebookError, match=r"\d+ MB"):
        read(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3), max_leaves=8,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), values, max_size=4), st.dictionaries(st.text(max_size=3), values, max_size=4),
    st.sampled_from([None, 1, 2, "\t"]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_an_edited_node_is_what_comes_back_and_an_unedited_one_keeps_its_bytes(
    before: dict[str, Any], after: dict[str, Any], indent: Any, sort: bool, ascii_: bool
) -> None:
    raw = json.dumps(
        {**node("x"), "metadata": before}, indent=indent, sort_keys=sort, ensure_ascii=ascii_
    ).encode()
    notebook = parse(raw, HERE)
    assert render(notebook, notebook.node) == raw
    edited = {**notebook.node, "metadata": after}
    out = render(notebook, edited)
    assert json.loads(out) == edited
    assert [c.digest for c in parse(out, HERE).cells] == [c.digest for c in notebook.cells]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(max_size=5), max_size=5),
    st.lists(st.text(max_size=5), max_size=5),
    st.sampled_from([None, 1, 2]),
)
def test_cells_come_and_go_and_the_others_keep_their_bytes(a: list[str], b: list[str], indent: Any) -> None:
    raw = json.dumps(node(*a), indent=indent, separators=(",", " : ")).encode()
    notebook = parse(raw, HERE)
    edited = {**notebook.node, "cells": node(*b)["cells"]}
    assert json.loads(render(notebook, edited)) == edited


def test_values_that_do_not_round_trip_keep_their_spelling() -> None:
    raw = b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {"a":  1e-05, "b": 1.50, "c": "\\u00e9\\/"}}'
    notebook = parse(raw, HERE)
    out = render(notebook, {**notebook.node, "metadata": {**notebook.node["metadata"], "b": 2}})
    assert out == raw.replace(b"1.50", b"2")


def test_writing_replaces_the_file_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(path, b"new", expect=b"old")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert [p.name for p in tmp_path.iterdir()] == ["n.ipynb"]


def test_writing_over_a_file_that_changed_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"theirs")
    with pytest.raises(Stale):
        write_atomic(path, b"new", expect=b"old")
    with pytest.raises(Stale):
        write_atomic(tmp_path / "gone.ipynb", b"new", expect=b"old")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"theirs"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "n.ipynb", tmp_path / "link.ipynb"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write_atomic(link, b"new", expect=b"old")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_folder_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="cannot be written"):
        write_atomic(tmp_path / "no" / "n.ipynb", b"x", expect=None)


WRITE = """
import resource, sys
from pathlib import Path
from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.notebook.io import write_atomic
import signal
if len(sys.argv) > 2:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    write_atomic(Path(sys.argv[1]), b"n" * 100_000, expect=b"old")
except NotebookError as error:
    print(error.message)
    sys.exit(3)
"""


def test_killed_just_before_replacing_the_old_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"old")
    env = {**os.environ, "COIMPROVE_FAULT": "notebook.before_replace:1"}
    assert subprocess.run([sys.executable, "-c", WRITE, str(path)], env=env).returncode == -9
    assert path.read_bytes() == b"old"


def test_when_there_is_no_room_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", WRITE, str(path), "4096"], capture_output=True, text=True)
    assert (done.returncode, "as it was" in done.stdout) == (3, True)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


def test_every_public_notebook_comes_back_byte_for_byte(shared_data: Path) -> None:
    paths = sorted(shared_data.rglob("*.ipynb"))
    assert len(paths) >= 59
    for path in paths:
        notebook = read(path)
        assert render(notebook, notebook.node) == notebook.raw
        assert render(notebook, copy.deepcopy(dict(notebook.node))) == notebook.raw
