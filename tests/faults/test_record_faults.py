"""Nothing acknowledged is lost: real processes, killed at each point where it could hurt, and full disks.

Every test ends with: the chain is whole, every acknowledged line is there, and one more can be written.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import RecordForeign, RecordReadOnly
from jupyter_coimprove.record.locks import holder
from jupyter_coimprove.record.roots import Layout, check_ours
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.testing.record_contract import draft, run_id

#: Writes pairs of lines until it is ended, and says after each what was acknowledged.
WRITER = """
import os, sys
from pathlib import Path
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import RecordError
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.testing.record_contract import draft, run_id
record = open_record(Path(sys.argv[1]), clock=SystemClock(), timeout=60)
for n in range(int(sys.argv[2])):
    id_ = run_id()
    try:
        lines = record.append([draft(id_, n=n, text="x" * int(sys.argv[3])), draft(id_, "running")])
    except RecordError as error:
        os.write(1, f"error {error.code}: {error.message}\\n".encode())
        sys.exit(3)
    os.write(1, "".join(f"{line.digest}\\n" for line in lines).encode())
os.write(1, f"notes {record.notes}".encode())
"""


@pytest.fixture(autouse=True)
def own_key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("user")))


def write(
    root: Path,
    *,
    times: int = 20,
    size: int = 100,
    fault: str = "",
    limit: int | None = None,
    stdout: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """A writer in a process of its own; ``limit`` is the largest file it may write (bytes)."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    env = {**os.environ, "COIMPROVE_FAULT": fault} if fault else dict(os.environ)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(times), str(size)],
        stdout=stdout, text=True, env=env, preexec_fn=limited,
    )  # fmt: skip


def acknowledged(output: str) -> list[str]:
    return [line for line in output.splitlines() if len(line) == 64]


def assert_nothing_lost(root: Path, told: list[str]) -> None:
    record = open_record(root, clock=SystemClock())
    kept = [line.digest for line in record.follow()]
    assert set(told) <= set(kept)
    # Pairs were written together; no half of one may count.
    events = [line.event for line in record.follow()]
    assert events.count("queued") == events.count("running")
    report = record.verify()
    assert report.ok, report.sentence
    record.append([draft(run_id())])
    assert record.verify().ok
    assert len(list(record.follow())) == len(kept) + 1
    record.close()
    assert holder(Layout(root).locks / "record") is None


@pytest.mark.parametrize("nth", [1, 7])
@pytest.mark.parametrize(
    "point",
    ["record.before_write", "record.mid_write", "record.after_write", "record.before_ack", "index.mid_sync"],
)
def test_killed_at_a_fault_point_every_acknowledged_line_is_there(
    tmp_path: Path, point: str, nth: int
) -> None:
    before = []
    if point == "index.mid_sync":
        # There is something to sync when somebody else has written: an index that is behind.
        child = write(tmp_path)
        before = acknowledged(child.communicate()[0])
        (tmp_path / ".coimprove" / "index.sqlite").unlink()
        nth = 1
    child = write(tmp_path, fault=f"{point}:{nth}")
    told = acknowledged(child.communicate()[0])
    assert child.returncode == -signal.SIGKILL
    assert len(told) == (0 if before else 2 * (nth - 1))
    assert_nothing_lost(tmp_path, before + told)


def test_a_half_written_pair_is_put_aside_not_deleted(tmp_path: Path) -> None:
    child = write(tmp_path, fault="record.mid_write:3")
    told = acknowledged(child.communicate()[0])
    record = open_record(tmp_path, clock=SystemClock())
    assert len(list(record.follow())) == len(told) == 4
    assert record.verify().files[0].torn > 100
    record.append([draft(run_id())])
    record.close()
    (torn,) = (tmp_path / ".coimprove" / "quarantine").glob("*.torn")
    assert torn.read_bytes().startswith(b'{"v":1,"n":5,')


def storm(root: Path, outputs: Path, *, seconds: float, writers: int, kills: int) -> None:
    """So many processes write at once; some are killed at random moments, others start in their place."""

    def start() -> subprocess.Popen[str]:
        said.append(outputs / f"{len(said)}")
        # A file, not a pipe: a full pipe would stop its writer.
        with said[-1].open("w") as handle:
            return write(root, times=10**6, stdout=handle.fileno())

    said: list[Path] = []
    children = [start() for _ in range(writers)]
    while not all(path.stat().st_size for path in said):
        assert all(child.poll() is None for child in children)
        time.sleep(0.05)
    end = time.monotonic() + seconds
    for _ in range(kills):
        time.sleep(random.uniform(0.3, 0.8) * seconds / kills)
        victim = random.choice([child for child in children if child.poll() is None])
        victim.send_signal(signal.SIGKILL)
        children.append(start())
    time.sleep(max(0.0, end - time.monotonic()))
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    told = [digest for path in said for digest in acknowledged(path.read_text())]
    assert len(told) == len(set(told)) > 20
    assert_nothing_lost(root, told)


def test_two_kernels_a_server_and_a_command_line_write_and_two_are_killed(tmp_path: Path) -> None:
    (root := tmp_path / "root").mkdir()
    storm(root, tmp_path, seconds=3, writers=4, kills=2)


@pytest.mark.slow
def test_the_same_for_a_minute_with_twenty_kills(tmp_path: Path) -> None:
    (root := tmp_path / "root").mkdir()
    storm(root, tmp_path, seconds=60, writers=4, kills=20)


def test_at_a_file_size_limit_the_refused_lines_leave_nothing_behind(tmp_path: Path) -> None:
    child = write(tmp_path, times=400, size=2000, limit=150_000)
    output = child.communicate()[0]
    assert child.returncode == 3
    assert "error record_read_only" in output
    assert "File too large" in output
    told = acknowledged(output)
    assert len(told) > 20
    (journal,) = (tmp_path / "coimprove" / "journal").glob("*.jsonl")
    assert journal.read_bytes().count(b"\n") == len(told)
    assert_nothing_lost(tmp_path, told)


def test_when_only_the_index_finds_no_room_lines_are_still_acknowledged(tmp_path: Path) -> None:
    # The index (pages, write-ahead log) outgrows 100 kB before a journal of 60 small pairs does.
    child = write(tmp_path, times=60, size=1, limit=100_000)
    output = child.communicate()[0]
    assert child.returncode == 0, output
    assert len(acknowledged(output)) == 120
    assert "answers come from memory" in output
    assert_nothing_lost(tmp_path, acknowledged(output))


@pytest.fixture
def tiny_disk() -> Iterator[Path | None]:
    """A file system of 256 kB, where this user may mount one; else None."""
    with tempfile.TemporaryDirectory() as name:
        mounted = (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", name], capture_output=True, check=False
            ).returncode
            == 0
        )
        try:
            yield Path(name) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", "-l", name], check=True)


def test_on_a_full_disk_the_refused_lines_leave_nothing_behind(
    tiny_disk: Path | None, tmp_path: Path
) -> None:
    # Where nothing can be mounted, the limit on file sizes stands for the disk (as above).
    root, limit = (tiny_disk, None) if tiny_disk is not None else (tmp_path, 200_000)
    child = write(root, times=400, size=2000, limit=limit)
    output = child.communicate()[0]
    assert child.returncode == 3
    assert "nothing of this was kept" in output
    told = acknowledged(output)
    record = open_record(root, clock=SystemClock(), read_only=True)
    assert set(told) == {line.digest for line in record.follow()}
    assert record.verify().ok
    record.close()


#: Does something as a user without rights here, and says what came of it.
NOBODY = """
import os, sys, tempfile
from pathlib import Path
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.testing.record_contract import draft, run_id
with tempfile.TemporaryDirectory() as name:
    # Everything is imported now: the interpreter may lie where that user cannot read.
    os.environ["JUPYTER_DATA_DIR"] = name
    record = open_record(Path(name), clock=SystemClock())
    record.append([draft(run_id())])
    record.close()
os.environ["JUPYTER_DATA_DIR"] = sys.argv[2]
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    record = open_record(Path(sys.argv[1]), clock=SystemClock())
    print("read_only", record.read_only, record.reason)
    print("runs", len(record.find("run")), {item.trust for item in record.find("run")})
    record.append([draft(run_id())])
    print("written")
except CoimproveError as error:
    print(error.code, error.message, error.remedy)
"""


def as_nobody(root: Path, data: Path) -> str:
    args = [sys.executable, "-c", NOBODY, str(root), str(data)]
    return subprocess.run(args, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder any user can reach (pytest's own are its user's alone)."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def chown_all(root: Path, uid: int) -> None:
    if os.geteuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, uid, uid)


def test_in_a_folder_that_cannot_be_written_everything_can_be_read(open_folder: Path) -> None:
    root, data = open_folder / "project", open_folder / "data"
    root.mkdir()
    data.mkdir()
    chown_all(open_folder, 65534)
    assert "written" in as_nobody(root, data)
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    said = as_nobody(root, data)
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    assert "read_only True" in said
    assert "is not writable" in said
    assert "runs 1 {'own'}" in said
    assert "record_read_only nothing can be kept in" in said
    assert "written" not in said.splitlines()


def test_a_journal_that_cannot_be_read_is_named(open_folder: Path) -> None:
    root, data = open_folder / "project", open_folder / "data"
    root.mkdir()
    data.mkdir()
    chown_all(open_folder, 65534)
    assert "written" in as_nobody(root, data)
    (journal,) = (root / "coimprove" / "journal").glob("*.jsonl")
    pulled = journal.with_name("eve-far.jsonl")
    pulled.touch(mode=0o000)
    said = as_nobody(root, data)
    assert f"record_read_only {pulled} cannot be read: Permission denied" in said
    pulled.unlink()
    assert "runs 1 {'own'}" in as_nobody(root, data)


@pytest.mark.parametrize("name", ["coimprove", ".coimprove"])
def test_a_record_of_another_user_is_refused(open_folder: Path, name: str) -> None:
    if os.geteuid() != 0:
        # Without the right to give files away: the system's own folder is another user's.
        with pytest.raises(RecordForeign, match="belongs to the user 'root'"):
            check_ours(
                type("Elsewhere", (Layout,), {"visible": property(lambda self: Path("/etc"))})(open_folder)
            )
        return
    data = open_folder / "data"
    data.mkdir()
    (open_folder / "root" / name).mkdir(parents=True)
    chown_all(open_folder, 65534)
    os.chown(open_folder / "root" / name, 0, 0)
    said = as_nobody(open_folder / "root", data)
    assert said.startswith("record_foreign")
    assert "belongs to the user 'root', not to you" in said
    assert "--root" in said


def test_without_a_place_for_the_key_nothing_is_kept_and_the_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file"))
    record = open_record(tmp_path, clock=SystemClock())
    assert record.read_only
    assert str(tmp_path / "file") in record.reason
    with pytest.raises(RecordReadOnly):
        record.append([draft(run_id())])
    record.close()


def test_a_forged_journal_in_a_cloned_folder_approves_nothing(tmp_path: Path) -> None:
    """The worst a repository can ship: a journal in this user's file name that says all is accepted."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    finding = "fnd_01AAAAAAAAAAAAAAAAAAAAAAAA"
    child_env = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "eve")}
    code = (
        "import sys; from pathlib import Path; from jupyter_coimprove.clock import SystemClock\n"
        "from jupyter_coimprove.record.store import open_record\n"
        "from jupyter_coimprove.testing.record_contract import draft\n"
        "record = open_record(Path(sys.argv[1]), clock=SystemClock())\n"
        "record.append([draft(sys.argv[2], 'accepted', kind='finding'), draft(sys.argv[2], 'trusted', kind='trust')])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(theirs), finding], check=True, env=child_env)
    record = open_record(theirs, clock=SystemClock())
    (journal,) = (theirs / "coimprove" / "journal").glob("*.jsonl")
    assert journal.name == record.name
    assert record.trust_of(finding) == "imported"
    assert {line.trust for line in record.follow()} == {"imported"}
    assert record.verify().files[0].own == 0
    # Naming this user's key does not help: the line is called forged.
    key = record.access.key
    assert key is not None
    text = journal.read_text("utf-8")
    shipped = json.loads(text.splitlines()[0])["key"]
    journal.write_text(text.replace(shipped, key.id), "utf-8")
    assert not record.verify().ok
    assert not any(item.trust == "own" for item in record.find("finding"))
    record.close()
