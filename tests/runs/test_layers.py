"""Where a run's private layers lie, what they cover, and what stays shared. Nothing is mounted here."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.runs import layers
from jupyter_coimprove.runs.layers import Layer, Layers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers need Linux")


def is_whiteout(path: Path) -> bool:
    info = path.lstat()
    return stat.S_ISCHR(info.st_mode) and info.st_rdev == 0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "proj"
    (root / "pkg" / "__pycache__").mkdir(parents=True)
    (root / "pkg" / "mod.py").write_text("V = 1\n")
    (root / "coimprove" / "runs" / "r").mkdir(parents=True)
    return root


@pytest.fixture
def made(project: Path, tmp_path: Path) -> Layers:
    made = Layers(layers=(Layer(at=project, upper=tmp_path / "l" / "u", work=tmp_path / "l" / "w"),))
    layers.make(made, [project / "coimprove" / "runs", project / "coimprove", project / "not there"])
    return made


def test_other_runs_and_the_record_are_not_there_for_a_run(made: Layers) -> None:
    upper = made.layers[0].upper
    assert is_whiteout(upper / "coimprove")
    assert [path.name for path in upper.iterdir()] == ["coimprove"]


def test_a_module_that_stands_in_hides_what_was_compiled_of_the_other(made: Layers, project: Path) -> None:
    assert layers.put(made, project / "pkg" / "mod.py", b"V = 2\n")
    upper = made.layers[0].upper / "pkg"
    assert (upper / "mod.py").read_bytes() == b"V = 2\n"
    assert is_whiteout(upper / "__pycache__")
    assert (project / "pkg" / "mod.py").read_text() == "V = 1\n"


def test_what_no_layer_covers_cannot_be_replaced(made: Layers, tmp_path: Path) -> None:
    assert not layers.put(made, tmp_path / "elsewhere.py", b"")
    shared = Layers(layers=made.layers, shared=((tmp_path / "proj" / "pkg",) * 2,))
    assert not layers.put(shared, tmp_path / "proj" / "pkg" / "mod.py", b"")


def test_a_layer_never_lies_below_what_it_covers(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".cache" / "torch").mkdir(parents=True)
    plan = layers.plan(project / "coimprove" / "runs" / "r", project, project, {"HOME": str(home)})
    assert plan is not None
    for layer in plan.layers:
        assert not layer.upper.is_relative_to(layer.at)
    covered = [layer.at for layer in plan.layers]
    for place in (project, home, Path("/tmp")):
        assert any(place.resolve().is_relative_to(at) for at in covered)
    assert (home / ".cache" / "torch",) * 2 in plan.shared


def test_download_caches_are_the_persons_by_variable_or_by_place(tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / ".keras").mkdir()
    env = {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "TORCH_HOME": str(tmp_path / "none")}
    assert set(layers.downloads(env)) == {tmp_path / "hf", tmp_path / ".keras"}
    layers.make_downloads(env, "model = torch.hub.load('a/b', 'c')")
    assert tmp_path / "none" in layers.downloads(env)


def test_a_folder_for_layers_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    parent = tmp_path / f"coimprove-{os.getuid()}"
    parent.mkdir(mode=0o777)
    parent.chmod(0o777)
    with pytest.raises(PermissionError, match="not a private folder"):
        layers.private(parent / "run")
