"""What `candidates` shows: what an arm would do, where a person finds it, and what it reaches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import planning
from jupyter_coimprove.workbench.bench import Bench


def test_candidates_of_cells_modules_and_config_files_say_where_they_stand(
    bench: Bench, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "nets.py").write_text(
        "def mix(a, b, *, share=0.5):\n    out = a\n    return out + share * b\n"
    )
    (tmp_path / "run.yaml").write_text("fit:\n  rate: 0.1\n")
    path = write(
        "import yaml\nfrom nets import mix\nconf = yaml.safe_load(open('run.yaml'))",
        "loss = mix(1.0, 2.0)\nloss = loss + conf['fit']['rate'] * abs(loss)\nprint(loss)",
    )
    view = planning.candidates(bench, notebook=str(path), all=True)
    rows = {row.name: row for row in view.candidates}
    assert (rows["mix.share"].where, rows["mix.share"].operator) == (("nets.py:1",), "set")
    assert rows["conf.fit.rate"].where == ("run.yaml:2",)
    assert (rows["loss[abs]"].where, rows["loss[abs]"].operator) == (("cell 2",), "drop-term")
    assert rows["conf.fit.rate"].label == "-> loss"
    shown = render(view)
    assert "nets.py:1" in shown
    assert "drop-term" in shown
