"""The journal is the truth: what lies in it, what is put aside, and an index that can always be made again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import RecordReadOnly, UnknownName
from jupyter_coimprove.record import lines
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.key import Key, key_path, load_key
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
