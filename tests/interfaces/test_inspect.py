"""CoBench as a task of Inspect gives the same scores as `bench`: a model of our own answers, no network."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_inspect_measures_what_bench_measures(tmp_path: Path) -> None:
    program = os.environ.get("COIMPROVE_INSPECT", "")
    if not program:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(
            "no Inspect: pip install 'jupyter-coimprove[bench]' elsewhere, then COIMPROVE_INSPECT=its inspect"
        )
    families = ["sample-size", "pressure"]
    logs = tmp_path / "logs"
    ran = subprocess.run(
        [
            program, "eval", "jupyter_coimprove/cobench", "--model", "coimprove/rules", "-T", "draws=3", "-T",
            f"family={','.join(families)}", "--log-dir", str(logs), "--log-format", "json", "--display", "none",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (log,) = logs.glob("*.json")
    told = json.loads(log.read_text())
    assert told["status"] == "success"
    metrics = {name: one["value"] for name, one in told["results"]["scores"][0]["metrics"].items()}
    coimprove = Path(program).with_name("coimprove")
    ours = subprocess.run(
        [coimprove, "bench", "--draws", "3", *(f"--family={name}" for name in families), "-o", str(tmp_path / "report.json")],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ours.returncode == 0, ours.stderr
    (arm,) = json.loads((tmp_path / "report.json").read_text())["arms"]
    by_family = {row["family"]: row["score"]["value"] for row in arm["families"]}
    assert {name: metrics[name] for name in families} == pytest.approx(by_family)
    assert metrics["total"] == pytest.approx(arm["total"]["value"])
