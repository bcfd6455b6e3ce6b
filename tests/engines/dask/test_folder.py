"""The notebook's folder travels once: what has not changed is not read again, what has is never read stale."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.engines.dask import folder as folders
from jupyter_coimprove.engines.dask import parcel
from jupyter_coimprove.engines.dask.folder import Folders, Sent
from jupyter_coimprove.runs.beside import Beside
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.snapshot import freeze
from jupyter_coimprove.testing.engine_contract import a_work


class There:
    """Bytes at a worker, as Dask's futures tell of them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.status = data, "finished"


class Wire:
    """What was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[There] = []

    def scatter(self, data: bytes) -> There:
        self.sent.append(There(data))
        return self.sent[-1]

    def folders(self, **options: Any) -> Folders:
        # Long after all files were written: their times tell.
        return Folders(scatter=self.scatter, **{"most_mb": 8, "now_ns": lambda: 2**62, **options})


def _work(base: Path, **changes: Any) -> Work:
    work = a_work(base, "run_1", "import helper\nx = open('../data.csv').read()", **changes)
    (base / "data.csv").write_text("1,2\n", encoding="utf-8")
    (work.source_dir / "own").mkdir()
    (work.source_dir / "own" / "more.txt").write_text("40", encoding="utf-8")
    (work.source_dir / "tool.sh").write_text("echo", encoding="utf-8")
    (work.source_dir / "tool.sh").chmod(0o755)
    (work.source_dir / ".git").mkdir()
    (work.source_dir / ".git" / "HEAD").write_text("ref", encoding="utf-8")
    return work


def _unpacked(sent: Sent, dest: Path) -> dict[str, bytes]:
    source, _ = parcel.unpack(sent.where.data, [piece.data for piece in sent.pieces.values()], dest)
    return {p.relative_to(source).as_posix(): p.read_bytes() for p in source.rglob("*") if p.is_file()}


def test_a_folder_arrives_as_it_is_with_what_the_code_names_above_it_and_the_frozen_code(
    tmp_path: Path,
) -> None:
    frozen = tmp_path / "frozen"
    freeze(Beside(files={"helper.py": b"factor = 3\n"}), frozen)
    work = _work(tmp_path, snapshot=frozen)
    sent = Wire().folders().send([work])
    source, code = parcel.unpack(sent.where.data, [p.data for p in sent.pieces.values()], tmp_path / "there")
    assert (source / "own" / "more.txt").read_text() == "40"
    assert (source.parent / "data.csv").read_text() == "1,2\n"
    assert (source / "tool.sh").stat().st_mode & 0o777 == 0o755
    assert not (source / ".git").exists()
    assert code is not None
    assert sorted(p.name for p in code.rglob("*.py")) == ["helper.py"]


def test_what_has_not_changed_is_neither_read_nor_sent_again(tmp_path: Path) -> None:
    work, wire = _work(tmp_path), Wire()
    sending = wire.folders()
    first = sending.send([work])
    read, sent = sending.read, len(wire.sent)
    assert read == 3
    assert all(sending.send([work]) is first for _ in range(3))
    assert (sending.read, len(wire.sent)) == (read, sent)


def test_one_byte_that_changed_is_sent_alone_though_size_and_time_are_the_same(tmp_path: Path) -> None:
    work, wire = _work(tmp_path), Wire()
    (work.source_dir / "large.bin").write_bytes(os.urandom(1 << 18))
    sending = wire.folders()
    first = sending.send([work])
    file = work.source_dir / "own" / "more.txt"
    before = file.stat()
    file.write_text("41", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    read, sent = sending.read, len(wire.sent)
    second = sending.send([work])
    assert second.tree != first.tree
    assert sending.read == read + 1
    # The changed content, and the tree that names it.
    assert sum(len(one.data) for one in wire.sent[sent:]) < 2000
    assert _unpacked(first, tmp_path / "1")["own/more.txt"] == b"40"
    assert _unpacked(second, tmp_path / "2") == {**_unpacked(first, tmp_path / "3"), "own/more.txt": b"41"}


def test_times_that_are_too_young_to_tell_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, wire = _work(tmp_path), Wire()
    file = work.source_dir / "own" / "more.txt"
    # A change within one tick of the clock: all that the system tells stays the same.
    frozen = {
        path: folders._stamp(path.stat()) for path in (tmp_path / "data.csv", *work.source_dir.rglob("*"))
    }
    by_inode = {stamp[0]: stamp for stamp in frozen.values()}
    monkeypatch.setattr(folders, "_stamp", lambda info: by_inode[info.st_ino])
    sending = wire.folders(now_ns=lambda: by_inode[file.stat().st_ino][3] + 1)
    first = sending.send([work])
    file.write_text("41", encoding="utf-8")
    second = sending.send([work])
    assert second.tree != first.tree
    assert _unpacked(second, tmp_path / "there")["own/more.txt"] == b"41"


def test_files_that_went_and_files_that_came_are_seen(tmp_path: Path) -> None:
    work, wire = _work(tmp_path), Wire()
    sending = wire.folders()
    sending.send([work])
    (work.source_dir / "own" / "more.txt").rename(work.source_dir / "other.txt")
    moved = sending.send([work])
    assert sorted(_unpacked(moved, tmp_path / "there")) == ["other.txt", "tool.sh"]


def test_what_went_with_its_worker_is_sent_anew(tmp_path: Path) -> None:
    work, wire = _work(tmp_path), Wire()
    sending = wire.folders()
    first = sending.send([work])
    next(iter(first.pieces.values())).status = "lost"
    again = sending.send([work])
    assert again is not first
    assert not again.lost
    assert _unpacked(again, tmp_path / "there") == _unpacked(first, tmp_path / "as before")


def test_a_file_that_changes_all_the_time_does_not_pile_up(tmp_path: Path) -> None:
    work, wire = _work(tmp_path), Wire()
    sending = wire.folders()
    for round_ in range(12):
        (work.source_dir / "large.bin").write_bytes(os.urandom(1 << 18))
        (work.source_dir / f"{round_}.bin").write_bytes(b"x")
        sent = sending.send([work])
        assert sum(len(piece.data) for piece in sent.pieces.values()) < 4 * (1 << 18)
    assert len(_unpacked(sent, tmp_path / "there")) == 15


def test_packing_is_left_out_where_it_gains_nothing(tmp_path: Path) -> None:
    assert folders.packing(os.urandom(4096)) == zipfile.ZIP_STORED
    assert folders.packing(b"1,2,3\n" * 700) == zipfile.ZIP_DEFLATED
