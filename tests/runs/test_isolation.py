"""A run's own view of the notebook's folder."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs import links
from jupyter_coimprove.runs.isolation import conflicts, finish, prepare
from jupyter_coimprove.runs.run import Outcome, Work
from jupyter_coimprove.testing.engine_contract import a_work


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git project with data beside a notebook's folder, with a space and an umlaut in its path."""
    root = tmp_path / "my pröject"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref")
    (root / "data" / "raw").mkdir(parents=True)
    (root / "data" / "raw" / "x.csv").write_text("1,2\n")
    nb = root / "notebooks" / "deep"
    nb.mkdir(parents=True)
    (nb / "helper.py").write_text("V = 1\n")
    (nb / "cache").mkdir()
    (nb / "cache" / "a.npz").write_bytes(b"a")
    (nb / "node_modules").mkdir()
    (nb / "coimprove").mkdir()
    (nb / "coimprove" / "journal").write_text("kept away")
    return root


def work_in(project: Path, code: str = "", run: str = "run_1") -> Work:
    return a_work(
        project,
        run,
        code,
        source_dir=project / "notebooks" / "deep",
        folder=project / "coimprove" / "runs" / run,
    )


def test_what_is_beside_and_above_is_there_under_the_same_relative_names(project: Path) -> None:
    view = prepare(work_in(project))
    assert (view.cwd / "helper.py").read_text() == "V = 1\n"
    assert (view.cwd / "../../data/raw/x.csv").read_text() == "1,2\n"
    assert (view.cwd / "../../.git/HEAD").read_text() == "ref"
    # As the operating system walks it, not only as a path is simplified.
    assert os.path.samefile(view.cwd / ".." / "..", view.root / project.name)
    assert not (view.cwd / "coimprove").exists()
    assert not (view.cwd / "../../coimprove").exists()
    assert (view.cwd / "node_modules").is_symlink()
    finish(view)
    assert not view.root.exists()


def test_what_a_run_writes_stays_in_its_view_and_is_kept(project: Path) -> None:
    view = prepare(work_in(project))
    (view.cwd / "helper.py").write_text("V = 2\n")
    (view.cwd / "cache" / "b.npz").write_bytes(b"bb")
    (view.cwd / "out").mkdir()
    (view.cwd / "out" / "best.pt").write_bytes(b"w" * 10)
    (view.cwd / ".." / "up.txt").write_text("up")
    (view.cwd / "__pycache__").mkdir()
    (view.cwd / "__pycache__" / "helper.pyc").write_bytes(b"x")
    done = finish(view)
    written, strays = done.written, done.strays
    assert [(w["path"], w["size"]) for w in written] == [
        ("../up.txt", 2), ("cache/b.npz", 2), ("helper.py", 6), ("out/best.pt", 10),
    ]  # fmt: skip
    assert strays == ()
    for item in written:
        assert (view.files / item["file"]).stat().st_size == item["size"]
        assert item["digest"].startswith("raw:")
        assert (view.files / item["file"]).resolve().is_relative_to(view.files.resolve())
    assert (project / "notebooks" / "deep" / "helper.py").read_text() == "V = 1\n"
    assert not (project / "notebooks" / "up.txt").exists()


def test_two_views_do_not_see_each_other(project: Path) -> None:
    one, two = prepare(work_in(project, run="run_1")), prepare(work_in(project, run="run_2"))
    (one.cwd / "cache" / "a.npz").write_bytes(b"one")
    assert (two.cwd / "cache" / "a.npz").read_bytes() == b"a"
    finish(one)
    finish(two)


def test_large_files_and_large_data_are_links(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "COPY_FILE", 100)
    monkeypatch.setattr(links, "DATA_ENTRIES", 3)
    nb = project / "notebooks" / "deep"
    (nb / "big.bin").write_bytes(b"b" * 101)
    (nb / "data").mkdir()
    for n in range(4):
        (nb / "data" / str(n)).write_text("x")
    view = prepare(work_in(project, "open('big.bin', 'wb')"))
    assert (view.cwd / "big.bin").is_symlink()
    assert (view.cwd / "data").is_symlink()
    # Writing through a link changes the original: that is what the scan is for.
    (view.cwd / "big.bin").write_bytes(b"c" * 102)
    (view.cwd / "data" / "4").write_text("new")
    done = finish(view)
    written, strays = done.written, done.strays
    assert written == ()
    assert strays == ("big.bin", "data/4")


def test_changes_beside_the_folder_count_where_the_code_names_them(project: Path) -> None:
    view = prepare(work_in(project, "open('../../data/raw/x.csv', 'a')"))
    (project / "data" / "raw" / "x.csv").write_text("changed")
    (project / "elsewhere.txt").write_text("somebody else's")
    strays = finish(view).strays
    assert strays == ("../../data/raw/x.csv",)


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("torch.save(model, f'FAR/ckpt_{epoch}.pt')", True),
        ("frame.to_parquet('FAR/' + name)", True),
        ("subprocess.run(['cp', 'a', 'FAR'])", True),
        ("print('FAR/ckpt')", False),
    ],
)
def test_what_no_hook_sees_is_looked_for_in_the_folders_that_the_code_names(
    project: Path, tmp_path: Path, code: str, seen: bool
) -> None:
    far = tmp_path / "far"
    far.mkdir()
    view = prepare(work_in(project, code.replace("FAR", str(far))))
    (far / "ckpt_7.pt").write_text("written by C++")
    assert any(path.endswith("far/ckpt_7.pt") for path in finish(view).strays) is seen


def test_what_a_kernel_tells_counts_outside_and_not_in_tracking_stores(project: Path, tmp_path: Path) -> None:
    view = prepare(work_in(project))
    far = tmp_path / "far.csv"
    opened = [
        ("w", str(far)), ("w", str(tmp_path / ".cache" / "mine" / "x")), ("w", str(view.cwd / "own.csv")), ("w", str(project / "mlruns" / "0" / "meta.yaml")),
        ("r", str(project / "data" / "raw" / "x.csv")), ("r", "/usr/share/dict/words"), ("l", str(project)),
    ]  # fmt: skip
    done = finish(view, opened=opened)
    assert done.strays == ("../../../.cache/mine/x", "../../../far.csv")
    assert done.reads == ("../../data/raw/x.csv",)


def test_links_loops_sockets_and_unreadable_things_are_tolerated(project: Path) -> None:
    nb = project / "notebooks" / "deep"
    (nb / "loop").symlink_to(".")
    (nb / "broken").symlink_to("nowhere")
    (nb / "alias.py").symlink_to("helper.py")
    (nb / "up").symlink_to("../../data")
    (nb / "absolute").symlink_to(project / "data")
    os.mkfifo(nb / "fifo")
    # A socket's path is short: made elsewhere and moved.
    here = os.getcwd()
    os.chdir(nb)
    sock = socket.socket(socket.AF_UNIX)
    sock.bind("s")
    os.chdir(here)
    view = prepare(work_in(project))
    (view.cwd / "alias.py").write_text("V = 3\n")
    assert (nb / "helper.py").read_text() == "V = 1\n"
    assert (view.cwd / "up" / "raw" / "x.csv").read_text() == "1,2\n"
    assert (view.cwd / "absolute" / "raw" / "x.csv").exists()
    assert (view.cwd / "broken").is_symlink()
    assert not (view.cwd / "fifo").exists()
    written = finish(view).written
    sock.close()
    assert [w["path"] for w in written] == ["helper.py"]
    assert not view.root.exists()
    assert (project / "data" / "raw" / "x.csv").exists()


def test_a_folder_with_too_many_files_is_refused_with_the_limit(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_ENTRIES", 50)
    for n in range(60):
        (project / "notebooks" / "deep" / f"{n}.txt").touch()
    with pytest.raises(EngineError, match="more than 50 files") as caught:
        prepare(work_in(project))
    assert caught.value.remedy


def test_the_view_does_not_climb_above_home_or_into_shared_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    nb = home / "a" / "nb"
    nb.mkdir(parents=True)
    (home / "data.csv").write_text("1")
    monkeypatch.setenv("HOME", str(home))
    work = a_work(tmp_path, "r", source_dir=nb, folder=tmp_path / "runs" / "r")
    view = prepare(work)
    assert view.top == home.resolve()
    assert (view.cwd / "../../data.csv").read_text() == "1"
    finish(view)
    (home / "a").chmod(0o1777)
    view = prepare(work)
    assert view.top == nb.resolve()
    finish(view)


def test_a_view_whose_rights_the_run_took_away_is_removed_all_the_same(project: Path) -> None:
    view = prepare(work_in(project))
    (view.cwd / "locked").mkdir()
    (view.cwd / "locked" / "f").write_text("x")
    (view.cwd / "locked").chmod(0o500)
    finish(view)
    assert not view.root.exists()


def test_files_over_the_limit_are_named_and_not_kept(project: Path) -> None:
    view = prepare(work_in(project))
    (view.cwd / "small.csv").write_bytes(b"s" * 10)
    (view.cwd / "large.pt").write_bytes(b"l" * 1000)
    done = finish(view, keep_bytes=100)
    assert {w["path"]: (w["size"], "file" in w) for w in done.written} == {
        "large.pt": (1000, False), "small.csv": (10, True),
    }  # fmt: skip
    assert [path.name for path in view.files.iterdir()] == ["small.csv"]


def test_an_overlay_is_read_instead_of_the_file_and_changes_nothing_there(project: Path) -> None:
    (project / "conf").mkdir()
    (project / "conf" / "a.yaml").write_text("lr: 1\n")
    work = replace(work_in(project), overlay={"helper.py": "V = 3\n", "../../conf/a.yaml": "lr: 2\n"})
    view = prepare(work)
    assert (view.cwd / "helper.py").read_text() == "V = 3\n"
    assert (view.cwd / "../../conf/a.yaml").read_text() == "lr: 2\n"
    done = finish(view)
    assert (done.written, done.strays) == ((), ())
    assert (project / "conf" / "a.yaml").read_text() == "lr: 1\n"
    assert (project / "notebooks" / "deep" / "helper.py").read_text() == "V = 1\n"


def test_a_stale_view_is_replaced(project: Path) -> None:
    work = work_in(project)
    view = prepare(work)
    (view.cwd / "left.txt").write_text("from a dead attempt")
    again = prepare(work)
    assert not (again.cwd / "left.txt").exists()
    finish(again)


def test_runs_inside_the_notebooks_folder_do_not_nest(tmp_path: Path) -> None:
    nb = tmp_path / "nb"
    (nb / "out" / "runs").mkdir(parents=True)
    (nb / "out" / "kept.txt").write_text("x")
    for run in ("run_1", "run_2"):
        view = prepare(a_work(tmp_path, run, source_dir=nb, folder=nb / "out" / "runs" / run))
        assert (view.cwd / "out" / "kept.txt").exists()
        assert not (view.cwd / "out" / "runs").exists()
    shutil.rmtree(nb)


def outcome(run: str, *strays: str) -> Outcome:
    return Outcome(run=run, state="completed", strays=strays)


def test_a_path_that_two_runs_changed_is_a_conflict() -> None:
    (found,) = conflicts([outcome("a", "../x.csv", "mine.bin"), outcome("b", "../x.csv"), outcome("c")])
    assert (found.path, found.runs) == ("../x.csv", ("a", "b"))


def test_a_path_that_one_run_changed_and_another_reads_is_a_conflict() -> None:
    outcomes = [outcome("a", "../x.csv"), outcome("b")]
    assert conflicts(outcomes) == ()
    (found,) = conflicts(outcomes, reads={"b": ["./../x.csv"], "a": ["../x.csv"]})
    assert found.runs == ("a", "b")


def test_code_that_a_person_edits_meanwhile_is_no_conflict() -> None:
    assert conflicts([outcome("a", "utils.py", "notes.md"), outcome("b", "utils.py", "notes.md")]) == ()
