"""The digits example does what it was made for, and its measured truth is of the notebook as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
NOTEBOOK = HERE.parents[1] / "notebooks" / "digits_ablation.ipynb"


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((HERE / "truth_digits.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def node() -> dict[str, Any]:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def measure_again(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", HERE / "measure_digits.py", *arguments],
        capture_output=True, text=True, timeout=200, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_the_measured_truth_is_of_the_notebook_as_it_is() -> None:
    again = measure_again("--check", "2")
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.slow
def test_papermill_gives_the_same_numbers() -> None:
    again = measure_again("--papermill", "4")
    assert again.returncode == 0, again.stdout + again.stderr


def test_eight_blocks_decide_the_real_effects_with_room_to_spare(truth: dict[str, Any]) -> None:
    real = ["LEARNING_RATE=0.01", "SCALE=False", "AUGMENT=False", "HIDDEN=12", "drop pixels"]
    effects = truth["effects_first_8_seeds"]
    assert all(effects[arm]["p_paired_t"] < 1e-3 for arm in real)
    # Holm over ten arms would still leave these under .05.
    assert all(effects[arm]["p_nadeau_bengio"] < 0.005 for arm in real)


def test_learning_rate_and_scaling_interact(truth: dict[str, Any]) -> None:
    effects = truth["effects"]
    slow, raw, both = "LEARNING_RATE=0.01", "SCALE=False", "LEARNING_RATE=0.01, SCALE=False"
    assert truth["interaction"]["p_nadeau_bengio"] < 1e-4
    # The two losses do not add up: without scaling, slow learning is the better choice.
    assert effects[both]["mean"] > effects[raw]["mean"] + 0.2
    assert effects[both]["mean"] > effects[slow]["mean"] + effects[raw]["mean"] + 0.2


def test_clipping_changes_nothing_and_weight_decay_next_to_nothing(truth: dict[str, Any]) -> None:
    base = truth["arms"]["baseline"]["values"]
    assert truth["arms"]["CLIP=0.0"]["values"] == base
    decay = truth["effects"]["WEIGHT_DECAY=0.0"]
    assert abs(decay["mean"]) < 0.01
    assert abs(decay["mean"]) < decay["sd"]


def test_the_notebook_is_one_a_tool_can_point_at(node: dict[str, Any]) -> None:
    assert (node["nbformat"], node["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in node["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(id_.replace("-", "").isalpha() for id_ in ids)
    tagged = [cell["id"] for cell in node["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == ["parameters"]


def test_the_stored_outputs_carry_the_result_and_what_each_cell_cost(node: dict[str, Any]) -> None:
    by_id = {cell["id"]: cell for cell in node["cells"]}
    assert "test accuracy 0." in "".join(by_id["evaluation"]["outputs"][0]["text"])
    for cell in node["cells"]:
        if cell["cell_type"] == "code":
            times = cell["metadata"]["execution"]
            assert times["iopub.execute_input"] <= times["shell.execute_reply"]
            assert not any(output["output_type"] == "error" for output in cell["outputs"])
