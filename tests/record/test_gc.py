"""Making room removes artifacts of runs that have ended, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.record.gc import gc
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.record.store import JournalRecord
from jupyter_coimprove.testing.record_contract import draft, run_id

Open = Callable[..., JournalRecord]


def artifact(root: Path, id_: str, size: int = 1000) -> Path:
    folder = Layout(root).runs / id_
    (folder / "files").mkdir(parents=True)
    (folder / "output.ipynb").write_bytes(b"x" * size)
    (folder / "files" / "model.bin").write_bytes(b"y" * size)
    return folder


@pytest.fixture
def runs(tmp_path: Path, open_here: Open) -> list[str]:
    """Five runs with artifacts of 2,000 bytes: completed, failed, completed, running, completed."""
    ids, record = [run_id() for _ in range(5)], open_here()
    for id_, state in zip(ids, ("completed", "failed", "completed", "running", "completed"), strict=True):
        record.append([draft(id_, "queued")])
        record.append([draft(id_, state)])
        artifact(tmp_path, id_)
    return ids


def test_by_default_it_only_says_what_would_go(tmp_path: Path, runs: list[str]) -> None:
    report = gc(tmp_path, keep_runs=1)
    assert (report.runs, report.bytes, report.kept, report.dry_run) == (tuple(runs[:3]), 6000, 2, True)
    assert all((Layout(tmp_path).runs / id_).is_dir() for id_ in runs)


def test_old_runs_that_ended_go_and_their_records_stay(
    tmp_path: Path, runs: list[str], open_here: Open
) -> None:
    report = gc(tmp_path, keep_runs=1, dry_run=False)
    assert (report.runs, report.bytes, report.failed) == (tuple(runs[:3]), 6000, ())
    assert sorted(path.name for path in Layout(tmp_path).runs.iterdir()) == runs[3:]
    record = open_here()
    assert [item.id for item in record.find("run")] == runs
    assert record.verify().ok
    assert gc(tmp_path, keep_runs=1, dry_run=False).runs == ()


def test_a_run_under_way_never_goes(tmp_path: Path, runs: list[str]) -> None:
    assert runs[3] not in gc(tmp_path, keep_runs=0, dry_run=False).runs


def test_folders_nobody_knows_go_when_they_are_old(tmp_path: Path, runs: list[str]) -> None:
    young, old = run_id(), run_id()
    artifact(tmp_path, young)
    os.utime(artifact(tmp_path, old), (1, 1))
    assert gc(tmp_path, keep_runs=100).runs == (old,)


def test_what_is_no_run_is_left_alone(tmp_path: Path, runs: list[str]) -> None:
    base = Layout(tmp_path).runs
    for name in ("notes", "run_short", "exp_01AAAAAAAAAAAAAAAAAAAAAAAA"):
        os.utime(artifact(tmp_path, name), (1, 1))
    (base / run_id()).write_text("a file")
    gc(tmp_path, keep_runs=0, dry_run=False)
    assert (base / "notes" / "output.ipynb").exists()
    assert len(list(base.iterdir())) == 5


def test_links_are_never_followed(
    tmp_path: Path, runs: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious").write_text("precious" * 1000)
    base = Layout(tmp_path).runs
    (base / runs[0] / "link").symlink_to(outside)
    os.link(outside / "precious", base / runs[0] / "shared")
    shutil.rmtree(base / runs[1])
    (base / runs[1]).symlink_to(outside)
    (base / runs[2] / "files").chmod(0o500)
    report = gc(tmp_path, keep_runs=0, dry_run=False)
    assert (outside / "precious").read_text() == "precious" * 1000
    assert (base / runs[1]).is_symlink()
    assert report.runs == (runs[0], runs[2], runs[4])
    assert report.bytes == 6000


def test_a_removal_that_was_interrupted_is_finished(tmp_path: Path, runs: list[str]) -> None:
    base = Layout(tmp_path).runs
    (base / runs[0]).rename(base / f".removing-{runs[0]}")
    assert gc(tmp_path, keep_runs=100, dry_run=False).runs == (runs[0],)
    assert not (base / f".removing-{runs[0]}").exists()


def test_a_folder_without_runs_has_nothing_to_collect(tmp_path: Path) -> None:
    report = gc(tmp_path, dry_run=False)
    assert (report.runs, report.bytes, report.kept) == ((), 0, 0)


def test_a_size_keeps_the_newest_that_fit(tmp_path: Path, runs: list[str]) -> None:
    assert gc(tmp_path, max_bytes=4500).runs == (runs[0], runs[1])
    assert gc(tmp_path, max_bytes=1999).runs == (runs[0], runs[1], runs[2], runs[4])
    assert gc(tmp_path, keep_runs=1, max_bytes=10**9).runs == tuple(runs[:3])
