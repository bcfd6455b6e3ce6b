"""Where a project begins, what is made there, and which folders are refused."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import RecordForeign, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.roots import Layout, find_root, init, make_runtime, network_filesystem
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.testing.record_contract import draft, run_id


def test_a_notebook_belongs_to_the_nearest_project(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert find_root(deep / "nb.ipynb") == deep
    (tmp_path / ".git").mkdir()
    assert find_root(deep / "nb.ipynb") == tmp_path
    (tmp_path / "a" / ".coimprove").mkdir()
    assert find_root(deep) == tmp_path / "a"
    (tmp_path / "a" / "b" / "coimprove").mkdir()
    assert find_root(deep) == tmp_path / "a" / "b"


def test_a_package_of_that_name_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "coimprove").mkdir()
    (tmp_path / "coimprove" / "__init__.py").touch()
    (tmp_path / "sub").mkdir()
    assert find_root(tmp_path / "sub") == tmp_path / "sub"


def test_a_link_to_a_notebook_leads_to_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real" / "coimprove").mkdir(parents=True)
    (tmp_path / "real" / "nb.ipynb").touch()
    (tmp_path / "nb.ipynb").symlink_to(tmp_path / "real" / "nb.ipynb")
    assert find_root(tmp_path / "nb.ipynb") == tmp_path / "real"


def test_init_keeps_artifacts_and_the_hidden_folder_out_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    layout = init(tmp_path)
    init(tmp_path)
    run = layout.run(run_id())
    run.mkdir()
    (run / "output.ipynb").touch()
    record = open_record(tmp_path, clock=SystemClock())
    record.append([draft(run_id())])
    record.close()
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    shown = sorted(name for name in listed if name != "??")
    assert [name.rsplit("/", 1)[-1] for name in shown[:2]] == [".gitignore", ".gitattributes"]
    assert len(shown) == 3
    assert shown[2].endswith(".jsonl")


def test_init_leaves_what_a_person_wrote(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "coimprove" / ".gitignore").write_text("mine\n")
    init(tmp_path)
    assert (tmp_path / "coimprove" / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    "name", ["coimprove", ".coimprove", "coimprove/journal", "coimprove/runs", ".coimprove/locks"]
)
def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    other.mkdir()
    (root / name).parent.mkdir(parents=True)
    (root / name).symlink_to(other)
    with pytest.raises(RecordForeign, match="is a link"):
        open_record(root, clock=SystemClock())
    with pytest.raises(RecordForeign, match="is a link"):
        init(root)
    assert list(other.iterdir()) == []


@pytest.mark.parametrize("name", [".coimprove/locks/record", "coimprove/journal/ada-host.jsonl"])
def test_a_link_in_place_of_a_file_is_refused_and_what_it_points_to_stays(tmp_path: Path, name: str) -> None:
    root, other = tmp_path / "root", tmp_path / "precious"
    other.write_text("precious")
    root.mkdir()
    init(root)
    (root / name).symlink_to(other)
    record = open_record(root, clock=SystemClock(), author="ada", machine="host")
    with pytest.raises(RecordForeign, match="is a link"):
        record.append([draft(run_id())])
    record.close()
    assert other.read_text() == "precious"


def test_a_pipe_among_the_journals_blocks_nobody(tmp_path: Path) -> None:
    layout = init(tmp_path)
    os.mkfifo(layout.journal_dir / "eve-far.jsonl")
    (layout.journal_dir / "dir.jsonl").mkdir()
    record = open_record(tmp_path, clock=SystemClock())
    record.append([draft(run_id())])
    assert record.verify().ok
    record.close()


@pytest.mark.parametrize(
    "id_",
    [
        "../x",
        "run_1",
        "exp_01AAAAAAAAAAAAAAAAAAAAAAAA",
        "",
        "run_01AAAAAAAAAAAAAAAAAAAAAAAA/..",
        "run_\u202e",
    ],
)
def test_only_ids_become_folders(tmp_path: Path, id_: str) -> None:
    with pytest.raises(UsageError, match="not the id of a run"):
        Layout(tmp_path).run(id_)


def test_ids_become_folders(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    experiment, run = new_id("experiment", SystemClock()), run_id()
    assert layout.experiment(experiment) == tmp_path / "coimprove" / "experiments" / experiment
    assert layout.run(run) == tmp_path / "coimprove" / "runs" / run


def test_the_runtime_folder_is_short_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    long = tmp_path / ("x" * 200)
    long.mkdir()
    path = make_runtime(Layout(long))
    assert make_runtime(Layout(long)) == path
    assert len(str(path)) - len(str(tmp_path)) < 40
    assert path.stat().st_mode & 0o777 == path.parent.stat().st_mode & 0o777 == 0o700
    path.rmdir()
    path.symlink_to(long)
    with pytest.raises(RecordForeign):
        make_runtime(Layout(long))


MOUNTS = """rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/home /mnt/home nfs4 rw 0 0
//box/share /mnt/with\\040blank cifs rw 0 0
tmpfs /mnt/home/me/tmp tmpfs rw 0 0
sshfs#x /mnt/ssh fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/home/me/x", "nfs4"), ("/mnt/with blank/x", "cifs"), ("/mnt/home/me/tmp/x", None),
        ("/mnt/homely", None), ("/srv", None), ("/mnt/ssh", "fuse.sshfs"),
    ],
)  # fmt: skip
def test_a_network_file_system_is_known_by_its_mount(path: str, kind: str | None) -> None:
    assert network_filesystem(Path(path), MOUNTS) == kind
