"""Edits carried out on the bytes of files as four writers leave them, and taken back."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.curation.application import apply_edits, edit_from_dict
from jupyter_coimprove.errors import DecisionError, NotebookError, Stale
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse, read
from jupyter_coimprove.proposals.proposal import Edit

SURROGATE = re.compile("[\ud800-\udfff]")
MARK = {"v": 1, "proposal": "prp_X"}


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [],
        "source": source,
        **more,
    }


def lab() -> bytes:
    cells = [
        {
            **code(["x = 1\n", "y = 1e-05\n"], id="a1"),
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}],
        },
        {"cell_type": "markdown", "id": "b2", "metadata": {}, "source": ["# Tïtle"]},
        code(["print(x)"], id="c3"),
    ]
    node = {
        "cells": cells,
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def colab() -> bytes:
    cells = [
        {
            "cell_type": "code",
            "source": ["x = 1\n", "print(x<2)"],
            "metadata": {"id": "Zx"},
            "execution_count": None,
            "outputs": [],
        },
        {"cell_type": "markdown", "source": ["a &amp; b"], "metadata": {"id": "Zy"}},
    ]
    node = {"nbformat": 4, "nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}, "cells": cells}
    text = json.dumps(node, indent=2, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def vscode() -> bytes:
    cells = [
        code(["x = 1\r\n", "y = 2"]),
        {"cell_type": "markdown", "metadata": {}, "source": ["hi"]},
        code([]),
    ]
    node = {
        "cells": cells,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 2,
    }
    return (json.dumps(node, indent=1).replace("\n", "\r\n") + "\r\n").encode()


def old() -> bytes:
    cells = [{**code("x = 1\n"), "metadata": {"collapsed": True}}, code("y = x")]
    node = {"metadata": {}, "nbformat": 4, "nbformat_minor": 2, "cells": cells}
    return json.dumps(node, indent="\t", ensure_ascii=True).encode() + b"\n"


def worksheets() -> bytes:
    cells = [
        {
            "cell_type": "code",
            "collapsed": False,
            "input": ["x = 1"],
            "language": "python",
            "metadata": {},
            "outputs": [],
        },
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": "Title"},
    ]
    node = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    return json.dumps(node, indent=1).encode()


def compact() -> bytes:
    return json.dumps(json.loads(lab())).encode()


WRITERS = {f.__name__: f() for f in (lab, colab, vscode, old, worksheets, compact)}


@pytest.fixture(params=list(WRITERS))
def notebook(request: pytest.FixtureRequest) -> Notebook:
    return parse(WRITERS[request.param], Path(f"{request.param}.ipynb"))


def ids() -> Any:
    numbers = iter(range(10**6))
    return lambda: f"new-{next(numbers)}"


def insert(notebook: Notebook, after: int | None, source: str = "z = 3\n# ü < é", kind: Any = "code") -> Edit:
    address = None if after is None else notebook.address(after)
    return Edit(kind="insert", address=address, cell_kind=kind, source=source)


def replace(notebook: Notebook, index: int, source: str = "x = 2\nw = 1") -> Edit:
    return Edit(
        kind="replace", address=notebook.address(index), source=source, base=notebook.cells[index].digest
    )


def delete(notebook: Notebook, index: int) -> Edit:
    return Edit(kind="delete", address=notebook.address(index), base=notebook.cells[index].digest)


def back(new: bytes, inverse: tuple[Edit, ...]) -> bytes:
    stored = [edit_from_dict(json.loads(json.dumps(e.as_dict()))) for e in inverse]
    return apply_edits(parse(new, Path("n.ipynb")), stored, metadata=None, new_id=ids())[0]


def test_an_edit_does_what_it_says_and_its_inverse_restores_every_byte(notebook: Notebook) -> None:
    for edits in (
        [insert(notebook, 0)],
        [insert(notebook, None), insert(notebook, 1, "two"), insert(notebook, 1, "three", "markdown")],
        [replace(notebook, 0)],
        [delete(notebook, 0)],
        [delete(notebook, i) for i in range(len(notebook.cells))],
        [replace(notebook, 0), delete(notebook, 1), insert(notebook, 1), insert(notebook, None, "t")],
    ):
        new, inverse = apply_edits(notebook, edits, metadata=MARK, new_id=ids())
        assert new != notebook.raw
        assert back(new, inverse) == notebook.raw


def test_a_replaced_cell_says_who_wrote_it_and_keeps_its_outputs() -> None:
    notebook = parse(lab(), Path("n.ipynb"))
    new, _ = apply_edits(notebook, [replace(notebook, 0)], metadata=MARK, new_id=ids())
    cell = parse(new, Path("n.ipynb")).cells[0]
    assert (cell.source, cell.metadata["coimprove"], cell.outputs) == (
        "x = 2\nw = 1",
        MARK,
        notebook.cells[0].outputs,
    )


def test_only_files_that_have_ids_get_ids_and_they_are_new() -> None:
    given_ids = iter(["a1", "b2", "fresh"])
    for raw, expected in ((lab(), "fresh"), (colab(), None)):
        notebook = parse(raw, Path("n.ipynb"))
        new, _ = apply_edits(notebook, [insert(notebook, 0)], metadata=MARK, new_id=lambda: next(given_ids))
        stored = json.loads(new)["cells"][1]
        assert stored.get("id") == expected


def test_a_new_cell_is_written_as_its_neighbours_are() -> None:
    notebook = parse(colab(), Path("n.ipynb"))
    new, _ = apply_edits(notebook, [insert(notebook, 0, "if a<b: pass")], metadata=MARK, new_id=ids())
    assert b'"if a\\u003cb: pass"' in new
    assert list(json.loads(new)["cells"][1]) == list(json.loads(colab())["cells"][0])


@pytest.mark.parametrize("writer", ["lab", "colab", "vscode", "old"])
def test_git_shows_that_cell_and_nothing_else(writer: str, tmp_path: Path) -> None:
    def git(*args: str) -> str:
        setup = ["-c", "core.autocrlf=false", "-c", "user.name=t", "-c", "user.email=t@t"]
        return subprocess.run(
            ["git", *setup, *args], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    path = tmp_path / "n.ipynb"
    path.write_bytes(WRITERS[writer])
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "as saved")
    notebook = read(path)
    path.write_bytes(apply_edits(notebook, [insert(notebook, 0, "q = 1")], metadata=MARK, new_id=ids())[0])
    changed = [
        line
        for line in git("diff", "-U0").splitlines()
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert all(line.startswith("+") for line in changed)
    path.write_bytes(apply_edits(notebook, [replace(notebook, 0, "x = 7")], metadata=MARK, new_id=ids())[0])
    removed = [
        line[1:].strip()
        for line in git("diff", "-U0").splitlines()
        if line.startswith("-") and line[:3] != "---"
    ]
    touched = WRITERS[writer].decode().split('"cell_type"')[1]
    assert removed
    assert all(line in touched for line in removed)


def test_an_edit_of_a_cell_that_changed_is_stale(notebook: Notebook) -> None:
    edits = [replace(notebook, 0), delete(notebook, 0)]
    changed = parse(
        apply_edits(notebook, [replace(notebook, 0, "other = 1")], metadata=None, new_id=ids())[0],
        notebook.path,
    )
    for edit in edits:
        with pytest.raises(Stale) as raised:
            apply_edits(changed, [edit], metadata=MARK, new_id=ids())
        assert raised.value.remedy


def test_an_edit_of_a_cell_that_is_gone_is_stale(notebook: Notebook) -> None:
    gone = parse(apply_edits(notebook, [delete(notebook, 1)], metadata=None, new_id=ids())[0], notebook.path)
    for edit in (replace(notebook, 1), delete(notebook, 1), insert(notebook, 1)):
        with pytest.raises(Stale):
            apply_edits(gone, [edit], metadata=MARK, new_id=ids())


def test_two_edits_of_one_cell_are_refused() -> None:
    notebook = parse(lab(), Path("n.ipynb"))
    with pytest.raises(DecisionError, match="same cell"):
        apply_edits(notebook, [replace(notebook, 0), delete(notebook, 0)], metadata=MARK, new_id=ids())


def test_undo_after_a_person_tagged_the_cell_keeps_the_tag() -> None:
    notebook = parse(lab(), Path("n.ipynb"))
    new, inverse = apply_edits(notebook, [replace(notebook, 0)], metadata=MARK, new_id=ids())
    node = json.loads(new)
    node["cells"][0]["metadata"]["tags"] = ["keep"]
    undone = json.loads(back(json.dumps(node).encode(), inverse))
    assert undone["cells"][0]["metadata"] == {"tags": ["keep"]}
    assert "".join(undone["cells"][0]["source"]) == notebook.cells[0].source


def test_an_inverse_that_was_tampered_with_writes_nothing() -> None:
    notebook = parse(lab(), Path("n.ipynb"))
    new, inverse = apply_edits(notebook, [delete(notebook, 0)], metadata=MARK, new_id=ids())
    data = inverse[0].as_dict()
    data["stored"]["cell"] = json.dumps(code("import os"))
    with pytest.raises((DecisionError, NotebookError)):
        apply_edits(parse(new, Path("n.ipynb")), [edit_from_dict(data)], metadata=None, new_id=ids())


text = st.text(st.characters(exclude_categories=()), max_size=12).map(lambda s: s.replace("\r", ""))
cell_json = st.builds(
    lambda kind, source, meta, as_list: {
        "cell_type": kind, "metadata": meta,
        "source": source.splitlines(keepends=True) if as_list else source,
        **({"outputs": [{"output_type": "stream", "text": source, "v": 1e-05}], "execution_count": None} if kind == "code" else {}),
    },
    st.sampled_from(["code", "markdown", "raw"]), text, st.dictionaries(text, st.integers() | st.floats() | text, max_size=2),
    st.booleans(),
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> bytes:
    cells = draw(st.lists(cell_json, max_size=4))
    minor = draw(st.sampled_from([0, 2, 4, 5]))
    if minor == 5:
        cells = [{**c, "id": f"i{i}"} for i, c in enumerate(cells)]
    node = {"cells": cells, "metadata": {"x": draw(text)}, "nbformat": 4, "nbformat_minor": minor}
    out = json.dumps(
        node, indent=draw(st.sampled_from([None, 1, 2, 4, "\t"])), sort_keys=draw(st.booleans()),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ": "), (" , ", " :  ")])),
    )  # fmt: skip
    return (
        draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
        + SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", out).encode()
        + draw(st.sampled_from([b"", b"\n", b"\n\n "]))
    )


@settings(max_examples=150, deadline=None)
@given(files(), st.data())
def test_any_edits_of_any_file_can_be_taken_back(raw: bytes, data: st.DataObject) -> None:
    notebook = parse(raw, Path("n.ipynb"))
    n = len(notebook.cells)
    edits: list[Edit] = []
    for index in range(n):
        # Without ids equal cells cannot always be told apart; the address says so by find.
        if notebook.find(notebook.address(index)) != notebook.cells[index]:
            continue
        what = data.draw(st.sampled_from(["keep", "keep", "replace", "delete", "insert"]))
        if what != "keep":
            make = {"replace": replace, "insert": insert}.get(what)
            edits.append(make(notebook, index, data.draw(text)) if make else delete(notebook, index))
    if data.draw(st.booleans()):
        edits.append(insert(notebook, None, data.draw(text)))
    new, inverse = apply_edits(
        notebook, edits, metadata=data.draw(st.sampled_from([None, MARK])), new_id=ids()
    )
    after = parse(new, Path("n.ipynb"))
    if not all(e.address is None or after.find(e.address) == after.cells[e.address.ordinal] for e in inverse):
        return
    assert back(new, inverse) == raw
