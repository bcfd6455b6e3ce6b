"""`%coai preview` in a real kernel: the output of what is proposed, and kernel, notebook and files as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_door import Kernel, error_of
from previewed import files, needs_sandbox
from proposed_cells import proposed, write

from jupyter_coimprove.workbench import showing, trailing
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.views import ProposalView

pytestmark = needs_sandbox


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made = Bench(where=Where(cwd=tmp_path), root_override=tmp_path)
    yield made
    made.close()


@pytest.fixture
def kernel(tmp_path: Path, bench: Bench) -> Iterator[Kernel]:
    path = write(tmp_path)
    made = Kernel(
        tmp_path, JPY_SESSION_NAME=str(path), COIMPROVE_HOST_PYTHON=sys.executable, COIMPROVE_ROOT=str(tmp_path),
        JUPYTER_DATA_DIR=str(tmp_path / ".jupyter-data"),
    )  # fmt: skip
    assert made.run("%load_ext jupyter_coimprove\nimport numpy as np\nx, y = 1, 2") == []
    yield made
    made.end()


def test_a_proposal_previewed_in_its_kernel(kernel: Kernel, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "train.ipynb"
    id_ = proposed(bench, path, {"kind": "insert", "cell": 1, "source": "x = x + 40\nprint('x is', x)\nx"})
    kernel.run("%coai version")  # the host is there
    kept = path.read_bytes()
    (shown,) = [one for one in kernel.run(f"%coai preview {id_}") if one["type"] == "display_data"]
    text = shown["data"]["text/plain"]
    assert "Preview (not accepted): ran to its end, took 0." in text
    assert "x is 41" in text
    assert path.read_bytes() == kept
    (row,) = trailing.trail(bench).decisions
    assert (row.verb, row.subject, row.kind, row.auth) == ("previewed", id_, "person", "kernel")
    view = showing.show(bench, id=id_)
    assert isinstance(view, ProposalView)
    assert view.state == "pending"
    row = view.preview
    assert row is not None
    assert [output["output_type"] for output in row.cells[0].outputs] == ["stream", "execute_result"]
    assert row.digest == view.digest
    # The line that was typed is a cell of its own; beyond it nothing has changed.
    assert kernel.run("print(x, y)")[0]["text"] == "1 2\n"


def test_a_preview_is_asked_for_by_a_person(kernel: Kernel, bench: Bench, tmp_path: Path) -> None:
    id_ = proposed(
        bench, tmp_path / "train.ipynb", {"kind": "insert", "cell": 1, "source": "open('made', 'w')"}
    )
    kept = files(tmp_path / "coimprove")
    assert "nobody is at the prompt" in error_of(kernel.run(f"%coai preview {id_}", person=False))["evalue"]
    assert "only line" in error_of(kernel.run(f"x = 2\n%coai preview {id_}"))["evalue"]
    assert not (tmp_path / "made").exists()
    assert files(tmp_path / "coimprove") == kept
    (shown,) = [one for one in kernel.run(f"%coai preview {id_}") if one["type"] == "display_data"]
    assert "ended with an error" in shown["data"]["text/plain"]
    assert "PermissionError" in shown["data"]["text/plain"]
    assert not (tmp_path / "made").exists()
