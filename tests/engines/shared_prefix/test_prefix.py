"""What cells in common left in their folder is what a forked run finds, and no more."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_coimprove.engines.shared_prefix.prefix import _copy


def test_a_module_that_was_only_read_is_not_taken_for_written(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "prefix", tmp_path / "run"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "helper.py").write_text("x = 1")
    os.utime(ours / "helper.py", (1, 1))
    before = os.stat(theirs / "helper.py").st_mtime_ns
    _copy(ours, theirs)
    assert os.stat(theirs / "helper.py").st_mtime_ns == before


def test_what_the_cells_changed_or_made_is_there(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "prefix", tmp_path / "run"
    (ours / "out").mkdir(parents=True)
    theirs.mkdir()
    (theirs / "helper.py").write_text("x = 1")
    (ours / "helper.py").write_text("x = 2")
    (ours / "out" / "made.txt").write_text("made")
    (ours / "link").symlink_to("helper.py")
    _copy(ours, theirs)
    assert (theirs / "helper.py").read_text() == "x = 2"
    assert (theirs / "out" / "made.txt").read_text() == "made"
    assert os.readlink(theirs / "link") == "helper.py"
