"""What is said to be measured can be asked after the last cell: on real notebooks, really run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.reading import read_candidates

DRIVER = """
import contextlib, io, json, sys
cells, ask = json.load(sys.stdin)
space = {"__name__": "__main__"}
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for cell in cells:
        exec(compile(cell, "cell", "exec"), space)
    answers = [float(eval(expr, space)) for expr in ask]
print(json.dumps(answers))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("training/04_reviews_bow", "train.ipynb"),
        ("notebooks/amueller+scipy-2018-sklearn/notebooks", "13.Cross_Validation.ipynb"),
        ("notebooks/rasbt+mlxtend/docs/sources/user_guide/evaluate", "paired_ttest_5x2cv__noapi.ipynb"),
    ],
)
def test_the_first_measure_and_the_sizes_are_numbers_at_the_end(
    shared_data: Path, tmp_path: Path, folder: str, path: str
) -> None:
    shutil.copytree(shared_data / folder, tmp_path / "run")
    notebook = read(tmp_path / "run" / path)
    found = read_candidates(notebook, python_source)
    sizes = [e for s in found.splits for e in (s.train_size, s.test_size) if e]
    cells = [python_source(c.source) for c in notebook.code_cells]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER], cwd=tmp_path / "run", capture_output=True, text=True, check=True,
        input=json.dumps([cells, [found.measured[0].expr, *sizes]]), env={**os.environ, "MPLBACKEND": "agg"},
    )  # fmt: skip
    first, *rest = json.loads(done.stdout)
    assert first == first
    if found.measured[0].last is not None:
        assert first == pytest.approx(found.measured[0].last, abs=6e-3)
    assert all(n > 0 for n in rest)
