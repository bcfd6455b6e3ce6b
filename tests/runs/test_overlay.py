"""A run reads its arm's texts instead of the files of the person, wherever these lie, and writes through nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.isolation import finish, prepare
from jupyter_coimprove.testing.engine_contract import a_work


@pytest.fixture
def project(tmp_path: Path) -> Path:
    notes = tmp_path / "p" / "notebooks"
    (notes / "lib").mkdir(parents=True)
    (notes / "lib" / "net.py").write_text("x = 1\n")
    (notes / "config.yaml").write_text("lr: 1\n")
    (tmp_path / "p" / "configs" / "deep").mkdir(parents=True)
    (tmp_path / "p" / "configs" / "deep" / "base.json").write_text("{}")
    (tmp_path / "p" / "configs" / "deep" / "other.json").write_text("[]")
    return notes


def test_every_text_of_an_arm_stands_in_and_the_files_beside_it_stay(project: Path, tmp_path: Path) -> None:
    overlay = {"lib/net.py": "x = 2\n", "config.yaml": "lr: é\r\n", "../configs/deep/base.json": '{"a": 1}'}
    view = prepare(a_work(tmp_path, "r", source_dir=project, overlay=overlay))
    for name, text in overlay.items():
        assert (view.cwd / name).read_bytes() == text.encode()
    assert (view.cwd / "../configs/deep/other.json").read_text() == "[]"
    assert (project / "lib" / "net.py").read_text() == "x = 1\n"
    assert (project / "../configs/deep/base.json").read_text() == "{}"
    done = finish(view)
    assert (done.written, done.strays) == ((), ()), "an arm's own texts are nothing that the run wrote"


def test_an_arms_text_is_before_the_frozen_one(project: Path, tmp_path: Path) -> None:
    frozen = tmp_path / "frozen" / "0" / "lib"
    frozen.mkdir(parents=True)
    (frozen / "net.py").write_text("x = 3\n")
    (frozen / "more.py").write_text("y = 3\n")
    work = a_work(
        tmp_path, "r", source_dir=project, snapshot=tmp_path / "frozen", overlay={"lib/net.py": "x = 4\n"}
    )
    view = prepare(work)
    assert (view.cwd / "lib" / "net.py").read_text() == "x = 4\n"
    assert (view.cwd / "lib" / "more.py").read_text() == "y = 3\n"
    (project / "lib" / "net.py").write_text("edited = True\n")
    assert finish(view).strays == (), "a person may edit meanwhile"


def test_a_link_is_not_written_through(project: Path, tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (far / "linked.yaml").write_text("lr: 7\n")
    (project / "linked.yaml").symlink_to(far / "linked.yaml")
    (project / "folder").symlink_to(far)
    overlay = {"linked.yaml": "lr: 8\n", "folder/linked.yaml": "lr: 9\n"}
    view = prepare(a_work(tmp_path, "r", source_dir=project, overlay=overlay))
    assert (view.cwd / "linked.yaml").read_text() == "lr: 8\n"
    assert (view.cwd / "folder" / "linked.yaml").read_text() == "lr: 9\n"
    assert (far / "linked.yaml").read_text() == "lr: 7\n"
    finish(view)
    assert (far / "linked.yaml").read_text() == "lr: 7\n"


def test_a_text_that_no_run_would_see_is_an_error_not_another_arm(project: Path, tmp_path: Path) -> None:
    (project / ".git").mkdir()
    with pytest.raises(EngineError, match=r"far\.json is changed by .* outside"):
        prepare(a_work(tmp_path, "r", source_dir=project, overlay={"../../far.json": "[]"}))
