"""The environment that a run's kernel gets."""

from __future__ import annotations

from pathlib import Path

from jupyter_coimprove.engines.papermill.environment import run_environment
from jupyter_coimprove.testing.engine_contract import a_work


def test_every_library_that_counts_cores_is_told_how_many_are_this_runs(tmp_path: Path) -> None:
    env, facts = run_environment(a_work(tmp_path, "r", threads=3), {"OMP_NUM_THREADS": "16"})
    for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "NUMBA", "RAYON"):
        assert env[f"{name}_NUM_THREADS"] == "3"
    # loky is behind n_jobs=-1 in scikit-learn and joblib.
    assert env["LOKY_MAX_CPU_COUNT"] == "3"
    assert facts["threads"] == 3


def test_the_card_of_a_run_is_recorded(tmp_path: Path) -> None:
    assert "device" not in run_environment(a_work(tmp_path, "r"), {})[1]
    work = a_work(tmp_path, "r", device="1", env={"CUDA_VISIBLE_DEVICES": "1"})
    env, facts = run_environment(work, {"CUDA_VISIBLE_DEVICES": "0,1"})
    assert (env["CUDA_VISIBLE_DEVICES"], facts["device"]) == ("1", "1")
