"""The index is made from the journal: what git does to the files, what damages it, and who may use it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import pytest

from jupyter_coimprove.clock import FixedClock, SystemClock
from jupyter_coimprove.errors import RecordBusy, RecordError, RecordReadOnly, UnknownName
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.key import Key
from jupyter_coimprove.record.locks import held
from jupyter_coimprove.record.opening import modes
from jupyter_coimprove.record.store import JournalRecord, open_record
from jupyter_coimprove.testing.record_contract import draft, run_id

Open = Callable[..., JournalRecord]
Write = Callable[[Path, Sequence[Draft]], None]


def journal_of(root: Path) -> Path:
    (path,) = (root / "coimprove" / "journal").glob("*.jsonl")
    return path


def test_a_pull_that_rewrites_a_file_keeps_the_numbers_of_known_lines(
    tmp_path: Path, open_here: Open, colleague: Write
) -> None:
    record = open_here()
    colleague(tmp_path, [draft(run_id(), n=1)])
    record.append([draft(run_id(), n=2)])
    before = list(record.follow())
    colleague(tmp_path, [draft(run_id(), n=3)])
    after = list(record.follow())
    assert after[:2] == before
    assert [line.data["n"] for line in after] == [1, 2, 3]
    # And back to an older commit: the line is gone, numbers are never used again.
    path = tmp_path / "coimprove" / "journal" / "eve-far.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert list(record.follow()) == before
    record.append([draft(run_id(), n=4)])
    assert [line.seq for line in record.follow()][:2] == [1, 2]
    assert record.sync() > after[-1].seq


def test_a_file_that_was_renamed_or_copied_brings_no_line_twice(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    ids = [run_id(), run_id()]
    record.append([draft(id_) for id_ in ids])
    path = journal_of(tmp_path)
    copy = path.with_name("copy-x.jsonl")
    shutil.copy(path, copy)
    assert [line.id for line in record.follow()] == ids
    path.rename(path.with_name("moved-x.jsonl"))
    assert [line.id for line in record.follow()] == ids
    path.with_name("moved-x.jsonl").unlink()
    assert [line.id for line in record.follow()] == ids
    copy.unlink()
    assert list(record.follow()) == []
    assert not record.verify().ok


def test_a_replayed_line_counts_once(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    id_ = run_id()
    record.append([draft(id_, "accepted", kind="finding")])
    record.append([draft(id_, "undone", kind="finding")])
    path = journal_of(tmp_path)
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(path.read_bytes() + first)
    assert record.get(id_).state == "undone"
    assert "twice" in record.verify().sentence


def test_two_clones_that_both_went_on_are_merged_and_reported(tmp_path: Path, open_here: Open) -> None:
    root, clone = tmp_path / "root", tmp_path / "clone"
    root.mkdir()
    record = open_here(root)
    shared, mine, theirs = run_id(), run_id(), run_id()
    record.append([draft(shared)])
    shutil.copytree(root / "coimprove", clone / "coimprove")
    other = open_here(clone)
    other.append([draft(theirs)])
    record.append([draft(mine)])
    path = journal_of(root)
    both = path.read_bytes() + journal_of(clone).read_bytes().splitlines(keepends=True)[1]
    path.write_bytes(both)
    assert [item.id for item in record.find("run")] == [shared, mine, theirs]
    assert {item.trust for item in record.find("run")} == {"own"}
    assert record.verify().ok
    assert "1 merged from a copy" in record.verify().files[0].text
    record.append([draft(shared, "running")])
    assert record.verify().ok


def test_the_marks_of_an_unsettled_merge_are_named_and_nothing_crashes(
    tmp_path: Path, open_here: Open
) -> None:
    record = open_here()
    ids = [run_id() for _ in range(3)]
    for id_ in ids:
        record.append([draft(id_)])
    path = journal_of(tmp_path)
    a, b, c = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(a + b"<<<<<<< HEAD\n" + b + b"=======\n" + c + b">>>>>>> theirs\n")
    assert {item.id for item in record.find("run")} == set(ids)
    report = record.verify()
    assert report.files[0].problem is not None
    assert report.files[0].problem[0] == 2
    assert "unsettled merge" in report.sentence
    record.append([draft(ids[0], "running")])
    assert record.get(ids[0]).state == "running"


def test_an_index_that_came_with_a_folder_is_not_believed(
    tmp_path: Path, open_here: Open, colleague: Write
) -> None:
    root = tmp_path / "cloned"
    root.mkdir()
    id_ = run_id()
    colleague(root, [draft(id_, "pending", kind="finding")])
    record = open_here(root)
    assert record.get(id_).trust == "imported"
    record.close()
    # As an attacker would: the right tables, with what they want to be believed.
    index = root / ".coimprove" / "index.sqlite"
    db = sqlite3.connect(index)
    db.execute("UPDATE items SET trust = 'own', own = 1, state = 'accepted'")
    db.commit()
    db.close()
    (index.parent / "index.seal").write_text(Key(b"e" * 32).sign(f"index {index.stat().st_ino}"))
    record = open_here(root)
    assert (record.get(id_).trust, record.get(id_).state) == ("imported", "pending")
    assert any("not made here" in note for note in record.notes)
    assert list((root / ".coimprove" / "quarantine").glob("index-*.sqlite"))


@pytest.mark.parametrize("damage", ["garbage", "half", "page"])
def test_a_damaged_index_is_put_aside_and_made_again(tmp_path: Path, open_here: Open, damage: str) -> None:
    record = open_here()
    ids = [run_id() for _ in range(60)]
    record.append([draft(id_, text="x" * 500) for id_ in ids])
    record.close()
    index = tmp_path / ".coimprove" / "index.sqlite"
    whole = index.read_bytes()
    index.write_bytes(
        {
            "garbage": b"garbage" * 1000,
            "half": whole[: len(whole) // 2],
            "page": whole[:4096] + b"\xff" * (len(whole) - 4096),
        }[damage]
    )
    record = open_here()
    assert [item.id for item in record.find("run")] == ids
    assert any("put aside" in note for note in record.notes)
    assert len(list((tmp_path / ".coimprove" / "quarantine").glob("index-*.sqlite"))) == 1
    record.append([draft(ids[0], "running")])
    assert open_here().get(ids[0]).state == "running"


def test_an_index_damaged_while_two_have_it_open_is_mended_once(tmp_path: Path, open_here: Open) -> None:
    one, two = open_here(), open_here()
    id_ = run_id()
    one.append([draft(id_)])
    two.get(id_)
    index = tmp_path / ".coimprove" / "index.sqlite"
    index.with_name("index.sqlite-wal").unlink(missing_ok=True)
    index.unlink()
    one.append([draft(id_, "running")])
    assert two.get(id_).state == "running"
    two.append([draft(id_, "completed")])
    assert one.get(id_).state == "completed"


def test_a_busy_record_names_who_holds_it(tmp_path: Path, open_here: Open) -> None:
    record = open_here(timeout=0.2)
    record.append([draft(run_id())])
    with (
        held(tmp_path / ".coimprove" / "locks" / "record", what="a slow backup"),
        pytest.raises(RecordBusy, match=rf"process {os.getpid()} \(a slow backup\)") as caught,
    ):
        record.append([draft(run_id())])
    assert caught.value.remedy
    # Reading what is known needs no lock.
    with held(tmp_path / ".coimprove" / "locks" / "record"):
        assert len(record.find("run")) == 1


def test_an_index_locked_by_a_foreign_program_is_a_clear_error(tmp_path: Path, open_here: Open) -> None:
    record = open_here(timeout=0.2)
    record.append([draft(run_id())])
    # In a process of its own: within one, SQLite's locks exclude nobody.
    code = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('BEGIN IMMEDIATE'); print(1, flush=True); input()"
    browser = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / ".coimprove" / "index.sqlite")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert browser.stdout is not None
    browser.stdout.readline()
    before = journal_of(tmp_path).read_bytes()
    with pytest.raises(RecordBusy, match="another program"):
        record.append([draft(run_id())])
    assert journal_of(tmp_path).read_bytes() == before
    browser.communicate(b"\n")
    record.append([draft(run_id())])


def test_what_is_erased_is_gone_everywhere_and_the_chain_stays(tmp_path: Path, open_here: Open) -> None:
    record, other = open_here(), open_here()
    secret, keep = run_id(), run_id()
    record.append([draft(secret, token="hunter2"), draft(keep, arm="a")])
    record.append([draft(secret, "completed", note="hunter2 again")])
    head = [line.digest for line in record.follow()]
    assert other.get(secret).data["token"] == "hunter2"
    assert record.erase(secret, reason="a password") == 2
    assert record.get(secret).data == other.get(secret).data == {}
    assert record.get(secret).state == "completed"
    assert other.get(keep).data == {"arm": "a"}
    assert [line.digest for line in other.follow()][:3] == head
    assert record.verify().ok
    assert "2 erased" in record.verify().files[0].text
    record.append([draft(keep, "running")])
    record.close()
    other.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
    shutil.rmtree(tmp_path / ".coimprove")
    assert open_here().get(secret).data == {}
    with pytest.raises(UnknownName):
        open_here().erase("run_01NONE")


def test_a_forked_child_opens_the_record_anew(open_here: Open) -> None:
    record = open_here()
    mine, childs = run_id(), run_id()
    record.append([draft(mine)])
    pid = os.fork()
    if pid == 0:
        try:
            record.append([draft(childs)])
            os._exit(0 if len(record.find("run")) == 2 else 1)
        except BaseException:  # noqa: BLE001  a child must never return into the test run
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    record.append([draft(mine, "running")])
    assert [item.id for item in record.find("run")] == [mine, childs]


def test_a_record_opened_for_reading_writes_nothing(tmp_path: Path, open_here: Open) -> None:
    id_ = run_id()
    open_here().append([draft(id_)])
    shutil.rmtree(tmp_path / ".coimprove")
    record = open_here(read_only=True)
    assert record.get(id_).trust == "own"
    for write in (
        lambda: record.append([draft(id_)]),
        lambda: record.claim("a", "b"),
        lambda: record.erase(id_),
    ):
        with pytest.raises(RecordReadOnly):
            write()
    assert not (tmp_path / ".coimprove").exists()


def test_a_root_that_is_not_there_is_named(tmp_path: Path, open_here: Open) -> None:
    with pytest.raises(Exception, match="there is no folder") as caught:
        open_here(tmp_path / "none")
    assert not isinstance(caught.value, RecordError)


def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path) -> None:
    ids = [run_id() for _ in range(4)]
    for n, start in enumerate((1_700_000_000_000, 1_800_000_000_000, 1_600_000_000_000, 1_500_000_000_000)):
        record = open_record(tmp_path, clock=FixedClock(start))
        record.append([draft(ids[n]), draft(ids[0], "running", n=n)])
        record.close()
    for _ in range(2):
        record = open_record(tmp_path, clock=SystemClock())
        assert [item.id for item in record.find("run")] == ids
        assert record.get(ids[0]).data == {"n": 3}
        # The time that was said stays what was said.
        assert record.get(ids[3]).created.startswith("2017-07-14")
        record.close()
        shutil.rmtree(tmp_path / ".coimprove")


def test_on_a_network_file_system_the_index_keeps_a_journal_of_its_own_and_says_so(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "x.sqlite"))
    (note,) = modes(db, "nfs4")
    assert "network file system (nfs4)" in note
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert modes(db, None) == []
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_eight_processes_start_at_once_in_a_folder_without_a_record(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from jupyter_coimprove.clock import SystemClock\n"
        "from jupyter_coimprove.record.store import open_record\n"
        "from jupyter_coimprove.testing.record_contract import draft, run_id\n"
        "sys.stdin.readline()\n"
        "record = open_record(Path(sys.argv[1]), clock=SystemClock(), timeout=60)\n"
        "print(record.append([draft(run_id())])[0].trust, record.notes)\n"
    )
    args = [sys.executable, "-c", code, str(tmp_path)]
    children = [
        subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    outputs = [child.communicate("go\n")[0] for child in children]
    assert outputs == ["own ()\n"] * 8
    record = open_record(tmp_path, clock=SystemClock())
    assert [line.trust for line in record.follow()] == ["own"] * 8
    assert record.verify().ok
    record.close()
