"""A notebook is run whole in a fresh kernel and looked at; nothing beside it is changed."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove.errors import Interrupted, NotebookError
from jupyter_coimprove.workbench.examining import Instrument, examined

LOOK = Instrument(
    name="score", writes="look.json",
    source="import json\nwith open('look.json', 'w') as file:\n    json.dump({'score': round(score, 2)}, file)",
)  # fmt: skip
BROKEN = Instrument(name="broken", source="1 / 0", writes="none.json")


def read(bench, path):
    from jupyter_coimprove.workbench import shelf

    return shelf.read_notebook(bench, path)


def test_instruments_see_what_was_computed_and_leave_nothing_behind(bench, train):
    before = sorted(path.name for path in train.parent.iterdir())
    with examined(bench, read(bench, train), [LOOK, BROKEN]) as found:
        assert json.loads(found.files["score"].read_text()) == {"score": 0.56}
        assert found.failed == {"broken": "ZeroDivisionError: division by zero"}
        assert len(found.cells) == 4
        assert "score 0.5" in "".join(found.cells[3]["outputs"][0]["text"])
        assert len(found.outcome.cell_seconds) == 6
    assert sorted(path.name for path in train.parent.iterdir()) == before


def test_a_notebook_that_fails_is_named_with_its_cell(bench, write):
    path = write("a = 1", "a / 0")
    with (
        pytest.raises(NotebookError, match="ZeroDivisionError in cell 2"),
        examined(bench, read(bench, path)),
    ):
        raise AssertionError("it must not come to this")


def test_a_stop_ends_the_run(bench, write):
    path = write("import time\ntime.sleep(120)")
    bench.cancelled = lambda: True
    with pytest.raises(Interrupted), examined(bench, read(bench, path)):
        raise AssertionError("it must not come to this")
