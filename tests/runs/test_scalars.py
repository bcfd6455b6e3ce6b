"""TensorBoard scalars from the event files of a run, or why there are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_coimprove.engines.papermill.after import file_values
from jupyter_coimprove.runs.run import Probe
from jupyter_coimprove.runs.scalars import scalars

PROBE = Probe(name="response", expr="acc/test", shape="series", how="scalar")


def test_without_tensorboard_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_accumulator", None)
    written = [{"path": "runs/events.out.tfevents.1", "file": "runs/events.out.tfevents.1"}]
    (metric,) = file_values([PROBE], written, tmp_path)
    assert metric.value.kind == "missing"
    assert 'pip install "jupyter-coimprove[tensorboard]"' in metric.value.text


def test_a_run_without_event_files_says_so(tmp_path: Path) -> None:
    (metric,) = file_values([PROBE], [{"path": "history.csv", "file": "history.csv"}], tmp_path)
    assert metric.value.text == "the run wrote no event file"


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorBoard's own imports
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_scalars_of_a_tag_come_by_step(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "runs")) as writer:
        for step in (0, 2, 1):
            writer.add_scalar("acc/test", step / 4, step)
            writer.add_scalar("loss/val", 1 / (step + 1), step)
    (file,) = (tmp_path / "runs").iterdir()
    found = scalars("response", "acc/test", [file])
    assert [(m.step, m.value.number) for m in found] == [(0, 0.0), (1, 0.25), (2, 0.5)]
    (missing,) = scalars("response", "acc/tset", [file])
    assert "no tag 'acc/tset'" in missing.value.text
    assert "acc/test" in missing.value.text
