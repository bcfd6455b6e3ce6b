"""Costs by cell from runs, and the environment as a lock."""

from __future__ import annotations

from made_notebooks import made

from jupyter_coimprove.activities.systems import costs, environment
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import analyse

HERE = environment.Environment(
    python="3.12.1", implementation="CPython", machine="Linux x86_64", imported={"numpy": "2.1.0"}, needed={"six": "1.0"},
    absent=("kaput",),
)  # fmt: skip


def test_the_median_of_runs_is_taken_cell_by_cell_though_runs_have_cells_of_their_own():
    book = made("a = 1", "b = 2", "c = 3")
    runs = [
        (["a = 1", "seed(1)", "b = 2", "c = 4"], [1.0, 9.0, 2.0, 3.0]),
        (["a = 1", "b = 2", "c = 3"], [3.0, 2.0, 5.0]),
    ]
    assert [(one.cell, one.wall) for one in costs.recorded(book, runs)] == [(0, 2.0), (1, 2.0), (2, 4.0)]


def test_the_meter_writes_a_line_for_each_cell_that_has_code():
    book = made("a = 1", "", "b = 2")
    line = '{"wall": 1.0, "cpu": 0.5, "memory": 10.0, "peak": null}\n'
    assert [(one.cell, one.cpu, one.peak) for one in costs.metered(book, line * 2)] == [
        (0, 0.5, None),
        (2, 0.5, None),
    ]


def test_modules_are_those_that_neither_python_nor_the_folder_has():
    book = made(
        "import os, numpy as np\nfrom sklearn.svm import SVC",
        "import helper",
        beside={"helper.py": "import torch\nfrom . import x"},
    )
    assert environment.modules_of(book, analyse(book, python_source)) == ("numpy", "sklearn", "torch")


def test_a_lock_is_read_back_and_drift_names_what_changed():
    text = environment.lock_text("train.ipynb", HERE)
    assert environment.locked(text) == {"python": "3.12.1", "numpy": "2.1.0", "six": "1.0"}
    assert "kaput" in text
    now = {"python": "3.13.0", "numpy": "2.1.0"}
    assert environment.drift(environment.locked(text), now) == [
        ("python", "3.12.1", "3.13.0"),
        ("six", "1.0", "not there"),
    ]
