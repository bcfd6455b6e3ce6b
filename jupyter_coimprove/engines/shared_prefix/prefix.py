"""What a worker needs to know of cells that were executed beforehand."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_coimprove.runs.layers import Layers

#: The index of the cell that papermill adds.
ADDED = -1


class NotShared(Exception):
    """A run could not go on from what it shares: it is executed whole, in a fresh kernel, and says why."""


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """Where a run may begin. ``socket`` is the waiting process's, ``kept`` the file with its cells' outputs,
    ``covered`` its layers as (folder, what it wrote there), ``opened`` what it told of files, ``give``
    how what it withheld comes back as (address, literal or None), ``cells`` the indices in ``Work.notebook`` (-1:
    papermill's own), ``own`` those of them that are not the same text in every run, ``key`` of the
    process (equal for runs that were forked from the same), ``seconds`` what they took, ``why`` the reason that no
    more are shared."""

    socket: str
    kept: str
    covered: Sequence[Sequence[str]]
    opened: str
    give: Sequence[Sequence[str | None]]
    cells: Sequence[int]
    own: Sequence[int] = ()
    key: str = ""
    seconds: float = 0.0
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Prefix:
        return cls(**data)

    def told(self) -> dict[str, Any]:
        """What the record keeps of it."""
        return {"cells": len(self.cells), "seconds": self.seconds, "why": self.why, "at": self.key[-12:]}

    def outputs(self) -> dict[int, dict[str, Any]]:
        """``{messages, reply, seconds}`` of each executed cell, by index in ``Work.notebook``."""
        if not self.cells:
            return {}
        with open(self.kept, encoding="utf-8") as text:
            return {int(cell["index"]): cell for cell in json.load(text)}

    def bring(self, layers: Layers, opened: Path) -> None:
        """Let the run have what was written and told before it. Raises OSError, NotShared."""
        carry(self.covered, layers)
        if os.path.exists(self.opened):
            shutil.copyfile(self.opened, opened)


def carry(covered: Sequence[Sequence[str]], layers: Layers) -> None:
    """Copy what was written in other layers to these, which are over the same folders. Raises NotShared."""
    mine = {str(layer.at): layer.upper for layer in layers.layers}
    if set(mine) != {at for at, _ in covered}:
        raise NotShared("its layers are over other folders")
    for at, upper in covered:
        _copy(Path(upper), mine[at])


def _same(one: str, other: Path) -> bool:
    """Whether two names hold the same bytes; what is no plain file is another."""
    return stat.S_ISREG(os.lstat(other).st_mode) and filecmp.cmp(one, other, shallow=False)


def _copy(source: Path, target: Path) -> None:
    for entry in os.scandir(source):
        goal = target / entry.name
        info = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(info.st_mode):
            if not goal.is_dir():
                goal.mkdir()
                shutil.copystat(entry.path, goal)
            _copy(Path(entry.path), goal)
        elif os.path.lexists(goal):
            # Both have it: hidden folders, frozen modules. What the cells in common made of it counts;
            # one that they left as it was keeps its own time, so that nobody takes it for written.
            if stat.S_ISREG(info.st_mode) and not _same(entry.path, goal):
                shutil.copy2(entry.path, goal)
        elif stat.S_ISCHR(info.st_mode):
            os.mknod(goal, stat.S_IFCHR, os.makedev(0, 0))
        elif stat.S_ISLNK(info.st_mode):
            goal.symlink_to(os.readlink(entry.path))
        elif stat.S_ISREG(info.st_mode):
            shutil.copy2(entry.path, goal)
        else:
            raise NotShared(f"{entry.name} is no plain file")
