"""The journal is the truth: what lies in it, what is put aside, and an index that can always be made again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_coimprove.clock import FixedClock, SystemClock
from jupyter_coimprove.errors import RecordBusy, RecordError, RecordReadOnly, UnknownName
from jupyter_coimprove.record import lines
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.key import Key, key_path, load_key
from jupyter_coimprove.record.locks import held
from jupyter_coimprove.record.opening import modes
from jupyter_coimprove.record.store import JournalRecord, open_record
from jupyter_coimprove.testing.record_contract import draft, run_id

Open = Callable[..., JournalRecord]
Write = Callable[[Path, Sequence[Draft]], None]


def journal_of(root: Path) -> Path:
    (path,) = (root / "coimprove" / "journal").glob("*.jsonl")
    return path


def forget_index(root: Path) -> None:
    for path in (root / ".coimprove").glob("index.*"):
        path.unlink()


def test_looking_at_a_folder_without_a_record_creates_nothing(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    assert record.find("experiment") == list(record.follow()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_one_line_of_json_chained_and_signed(tmp_path: Path, open_here: Open) -> None:
    record = open_here(author="Ada Lovelace", machine="../host")
    record.append([draft(run_id(), arm="a")])
    record.append([draft(run_id(), arm="b"), draft(run_id(), arm="c")])
    path = journal_of(tmp_path)
    assert path.name == "Ada_Lovelace-host.jsonl"
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["n"] for line in found] == [1, 2, 3]
    assert [line["prev"] for line in found] == [lines.GENESIS, found[0]["hash"], found[1]["hash"]]
    assert [line.get("part") for line in found] == [None, [1, 2], [2, 2]]
    key = load_key(SystemClock(), create=False)
    assert key is not None
    assert all(key.signed(line["hash"], line["mac"]) for line in found)


def test_the_key_is_the_users_alone(open_here: Open, tmp_path: Path) -> None:
    open_here().append([draft(run_id())])
    assert key_path().stat().st_mode & 0o777 == 0o600
    key_path().chmod(0o644)
    load_key(SystemClock())
    assert key_path().stat().st_mode & 0o777 == 0o600
    secret = key_path().read_text().strip()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()


def test_a_spoilt_key_makes_the_record_read_only_and_says_how_to_go_on(open_here: Open) -> None:
    id_ = run_id()
    open_here().append([draft(id_)])
    key_path().write_text("abc")
    record = open_here()
    assert record.read_only
    assert "not a key" in record.reason
    assert record.get(id_).trust == "imported"


def test_the_index_is_made_again_from_the_journal_with_the_same_numbers(
    tmp_path: Path, open_here: Open
) -> None:
    record = open_here()
    for n in range(5):
        record.append([draft(run_id(), n=n), draft(run_id(), "running", n=n)])
    before = list(record.follow()), record.find("run")
    record.close()
    shutil.rmtree(tmp_path / ".coimprove")
    again = open_here()
    assert (list(again.follow()), again.find("run")) == before


def test_lines_of_another_handle_and_another_process_are_seen(tmp_path: Path, open_here: Open) -> None:
    one, two = open_here(), open_here()
    id_ = run_id()
    one.append([draft(id_)])
    assert two.get(id_).state == "queued"
    code = (
        "import sys; from pathlib import Path; from jupyter_coimprove.clock import SystemClock\n"
        "from jupyter_coimprove.record.store import open_record\n"
        "from jupyter_coimprove.testing.record_contract import draft\n"
        "open_record(Path(sys.argv[1]), clock=SystemClock()).append([draft(sys.argv[2], 'running')])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), id_], check=True)
    assert [one.get(id_).state, two.get(id_).state] == ["running"] * 2


def test_waiting_ends_when_a_line_comes(open_here: Open) -> None:
    reader, writer = open_here(), open_here()
    writer.append([draft(run_id())])
    top = reader.sync()
    assert not reader.wait(top, 0.05)
    timer = threading.Timer(0.1, lambda: writer.append([draft(run_id())]))
    timer.start()
    begin = time.monotonic()
    assert reader.wait(top, 20)
    assert time.monotonic() - begin < 15
    timer.join()


def test_a_torn_last_line_is_put_aside_and_the_next_line_is_whole(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    id_ = run_id()
    record.append([draft(id_)])
    path = journal_of(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"v":1,"n":2,"id":"run_')
    assert record.get(id_).state == "queued"
    assert "23 bytes torn off" in record.verify().files[0].text
    record.append([draft(id_, "running")])
    assert record.get(id_).state == "running"
    assert path.read_bytes().startswith(whole + b'{"v":1,"n":2,"at":')
    assert [p.read_bytes() for p in (tmp_path / ".coimprove" / "quarantine").glob("*.torn")] == [
        b'{"v":1,"n":2,"id":"run_'
    ]
    assert record.verify().ok


def test_lines_written_together_count_together_or_not_at_all(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    a, b = run_id(), run_id()
    record.append([draft(a), draft(b)])
    path = journal_of(tmp_path)
    first, _ = path.read_bytes().splitlines(keepends=True)
    record.close()
    forget_index(tmp_path)
    path.write_bytes(first)
    record = open_here()
    with pytest.raises(UnknownName):
        record.get(a)
    record.append([draft(b, "running")])
    assert [line.id for line in record.follow()] == [b]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), groups=st.lists(st.integers(1, 3), min_size=1, max_size=6))
def test_a_journal_cut_anywhere_keeps_every_group_that_is_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: float, groups: list[int]
) -> None:
    root = tmp_path_factory.mktemp("cut")
    record = open_record(root, clock=SystemClock())
    ends, path = [], root / "coimprove" / "journal"
    for size in groups:
        record.append([draft(run_id(), size=size) for _ in range(size)])
        ends.append(journal_of(root).stat().st_size)
    record.close()
    path = journal_of(root)
    place = round(cut * ends[-1])
    os.truncate(path, place)
    shutil.rmtree(root / ".coimprove")
    record = open_record(root, clock=SystemClock())
    whole = sum(size for size, end in zip(groups, ends, strict=True) if end <= place)
    assert len(list(record.follow())) == whole
    record.append([draft(run_id())])
    assert len(list(record.follow())) == whole + 1
    assert record.verify().ok
    record.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(data=st.dictionaries(st.text(), json_values, max_size=4), state=st.text(max_size=8))
def test_any_line_is_read_back_sound_and_no_changed_byte_stays_unseen(
    data: dict[str, object], state: str
) -> None:
    key = Key(b"k" * 32)
    actor = draft("run_1").actor
    kept = lines.checked(Draft(id="run_1", kind="run", event="queued", state=state, data=data, actor=actor))
    raw, entry = lines.write_line(
        kept, n=1, prev=lines.GENESIS, at="now", new=True, part=(1, 1), key=key, salt="00"
    )
    assert lines.read_line(raw) == entry
    assert entry.trust(key) == "own"
    assert entry.trust(Key(b"x" * 32)) == entry.trust(None) == "imported"
    for place in range(0, len(raw) - 1, max(1, len(raw) // 40)):
        changed = lines.read_line(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert changed is None or changed.trust(key) == "imported" or changed == entry
    gone = lines.read_line(lines.erased(raw))
    assert gone is not None
    assert (gone.data, gone.hash, gone.trust(key)) == (None, entry.hash, "own")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_reading_a_line_fail(raw: bytes) -> None:
    assert lines.read_line(raw) is None


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"a":' * 100_000, b'{"v":' + b"9" * 5000 + b"}", b'{"v":NaN}', b"null"]
)
def test_hostile_json_is_no_line(raw: bytes) -> None:
    assert lines.read_line(raw) is None


def test_a_gigantic_line_is_passed_over_in_little_memory(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    record.append([draft(run_id())])
    with (journal_of(tmp_path).with_name("eve-far.jsonl")).open("wb") as handle:
        for _ in range(40):
            handle.write(b"x" * 1_000_000)
        handle.write(b"\n")
    assert len(list(record.follow())) == 1
    assert "no JSON" in record.verify().sentence
    record.append([draft(run_id())])
    assert len(list(record.follow())) == 2


def test_lines_of_a_newer_version_are_kept_and_make_their_file_read_only(
    tmp_path: Path, open_here: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = run_id(), run_id()
    record = open_here()
    record.append([draft(old)])
    with monkeypatch.context() as later:
        later.setattr(lines, "VERSION", 2)
        newer = Draft(id=new, kind="run", event="queued", data={}, actor=draft(old).actor, v=2)
        record.append([newer])
    record.close()
    forget_index(tmp_path)
    record, text = open_here(), journal_of(tmp_path).read_bytes()
    assert [item.id for item in record.find("run")] == [old]
    assert record.read_only
    assert "newer coimprove" in record.reason
    with pytest.raises(RecordReadOnly):
        record.append([draft(run_id())])
    assert journal_of(tmp_path).read_bytes() == text


def test_newer_lines_of_a_colleague_do_not_stop_ones_own_work(
    tmp_path: Path, open_here: Open, colleague: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr(lines, "VERSION", 2)
        colleague(tmp_path, [Draft(id=run_id(), kind="run", event="queued", actor=draft("run_1").actor, v=2)])
    record = open_here()
    record.append([draft(run_id())])
    assert len(list(record.follow())) == 1
    assert any("newer" in note for note in record.notes)


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
