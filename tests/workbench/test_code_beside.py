"""An ablation of code in files beside the notebook, on real kernels: arms differ, the person's files do not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import papermill
import pytest

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.workbench import planning, running, shelf
from jupyter_coimprove.workbench.bench import Bench

NET = """BIAS = 10.0


def forward(x):
    h = scale(x)
    h = h + BIAS
    return h


def scale(x, by=2.0):
    return x * by
"""
CELLS = (
    "import sys, yaml, json\nsys.path.insert(0, '../src')\nfrom lib.net import forward\nimport helper",
    "cfg = yaml.safe_load(open('config.yaml'))\nbase = json.load(open('../configs/base.json'))",
    "score = forward(cfg['optim']['lr']) + base['shift'] + helper.EXTRA",
)
FACTORS = [
    '../src/lib/net.py:6:"BIAS" drop-term',
    '../src/lib/net.py:5:"scale(x)" identity',
    'config.yaml:3:"0.5"=0.25',
    '../configs/base.json:"100"=200',
    'helper.py:"EXTRA = EXTRA + 1000" drop-statement',
]


@pytest.fixture
def project(tmp_path: Path, write: Callable[..., Path]) -> Path:
    notes = tmp_path / "notebooks"
    for folder in (notes, tmp_path / "src" / "lib", tmp_path / "configs"):
        folder.mkdir(parents=True)
    (tmp_path / "src" / "lib" / "__init__.py").write_text("")
    (tmp_path / "src" / "lib" / "net.py").write_text(NET)
    (notes / "helper.py").write_text("EXTRA = 0\nEXTRA = EXTRA + 1000\n")
    (notes / "config.yaml").write_text("# how we train\noptim:\n  lr: 0.5  # big\n")
    (tmp_path / "configs" / "base.json").write_text('{"shift": 100}\n')
    made = write(*CELLS)
    return made.rename(notes / "train.ipynb")


def files_of(root: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(root)): p.read_bytes()
        for p in root.rglob("*")
        if p.is_file()
        and not {"coimprove", ".coimprove", "__pycache__", ".jupyter-data"} & set(p.relative_to(root).parts)
    }


def scores(bench: Bench, experiment: str) -> dict[str, set[float]]:
    out: dict[str, set[float]] = {}
    for run in shelf.runs_of(bench.record(), experiment):
        assert run.state == "completed", run.data
        out.setdefault(str(run.data["arm"]), set()).update(
            m["value"]["number"] for m in run.data["metrics"] if m["source"] == "probe"
        )
    return out


def plan(bench: Bench, project: Path, **wanted: Any) -> Any:
    return planning.plan(
        bench,
        notebook=str(project),
        response="score",
        direction="max",
        blocks=2,
        **{"factor": FACTORS, **wanted},
    )


@pytest.mark.slow
def test_arms_change_modules_and_configurations_of_their_own_runs_alone(
    bench: Bench, project: Path, tmp_path: Path
) -> None:
    # A stale compiled module of the person's must not win over an arm's text.
    compiled = project.parent.parent / "src" / "lib" / "__pycache__"
    shutil.rmtree(compiled, ignore_errors=True)
    import py_compile

    py_compile.compile(str(project.parent.parent / "src" / "lib" / "net.py"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)  # fmt: skip
    assert list(compiled.glob("net.*.pyc"))
    before = files_of(tmp_path)

    made = plan(bench, project)
    diffs = {arm.name: arm.diff for arm in made.arms}
    assert "--- ../src/lib/net.py (baseline)" in diffs["without BIAS (../src/lib/net.py:6)"]
    assert "+  lr: 0.25  # big" in diffs["config.yaml:3=0.25"]
    running.run(bench, experiment=made.id, workers=2, wait=True)

    assert scores(bench, made.id) == {
        "baseline": {1111.0},
        "without BIAS (../src/lib/net.py:6)": {1101.0},
        "without scale(x)": {1110.5},
        "config.yaml:3=0.25": {1110.5},
        "../configs/base.json:1=200": {1211.0},
        "without EXTRA = EXTRA + 1000": {111.0},
    }
    assert files_of(tmp_path) == before


def test_what_is_edited_after_registration_changes_nothing(bench: Bench, project: Path) -> None:
    made = plan(bench, project, factor=['config.yaml:3:"0.5"=0.25'])
    item = bench.record().get(made.id)
    from jupyter_coimprove.workbench import registering

    registering.register(bench, item)
    (project.parent / "config.yaml").write_text("optim:\n  lr: 99\n")
    (project.parent / "helper.py").write_text("EXTRA = 5\n")
    (project.parent.parent / "configs" / "base.json").write_text('{"shift": 7}\n')
    running.run(bench, experiment=made.id, workers=2, wait=True)
    assert scores(bench, made.id) == {"baseline": {1111.0}, "config.yaml:3=0.25": {1110.5}}
    shown = planning.view(bench, bench.record().get(made.id))
    assert any("0.25" in arm.diff for arm in shown.arms), "the plan still shows what it was made on"


def test_a_configuration_edited_after_its_plan_is_refused(bench: Bench, project: Path) -> None:
    made = plan(bench, project)
    (project.parent / "config.yaml").write_text("optim:\n  lr: 0.4\n")
    with pytest.raises(PlanError, match="a file beside it has changed"):
        running.run(bench, experiment=made.id, workers=1, wait=True)


def test_frozen_files_that_were_changed_are_refused(bench: Bench, project: Path, tmp_path: Path) -> None:
    from jupyter_coimprove.workbench import registering

    made = plan(bench, project)
    registering.register(bench, bench.record().get(made.id))
    frozen = tmp_path / "coimprove" / "experiments" / made.id / "modules" / "0" / "helper.py"
    frozen.write_text("EXTRA = 3\n")
    with pytest.raises(PlanError, match="changed after registration"):
        planning.view(bench, bench.record().get(made.id))


@pytest.mark.slow
def test_a_run_gives_what_papermill_gives_on_the_copy_changed_by_hand(
    bench: Bench, project: Path, tmp_path: Path
) -> None:
    made = plan(bench, project, factor=FACTORS[:3], design="one-at-a-time")
    running.run(bench, experiment=made.id, workers=2, wait=True)
    byhand = {
        "without BIAS (../src/lib/net.py:6)": ("src/lib/net.py", "h = h + BIAS", "h = h"),
        "without scale(x)": ("src/lib/net.py", "h = scale(x)", "h = x"),
        "config.yaml:3=0.25": ("notebooks/config.yaml", "0.5", "0.25"),
    }
    found = scores(bench, made.id)
    for arm, (name, old, new) in byhand.items():
        copy = tmp_path / "byhand" / arm.replace("/", "_")
        for folder in ("notebooks", "src", "configs"):
            shutil.copytree(tmp_path / folder, copy / folder)
        target = copy / name
        target.write_text(target.read_text().replace(old, new))
        node = json.loads((copy / "notebooks" / "train.ipynb").read_text())
        node["cells"][-1]["source"] = [*node["cells"][-1]["source"], "\nprint(repr(score))"]
        (copy / "notebooks" / "hand.ipynb").write_text(json.dumps(node))
        done = papermill.execute_notebook(
            str(copy / "notebooks" / "hand.ipynb"), str(copy / "out.ipynb"), cwd=str(copy / "notebooks"),
            kernel_name="python3", progress_bar=False,
        )  # fmt: skip
        assert {float(done.cells[-1].outputs[0].text)} == found[arm]
