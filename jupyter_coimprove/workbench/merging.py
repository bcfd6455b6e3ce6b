"""`merge-notebook`: what git calls for a notebook that changed on both sides, so that findings of both stay."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NotebookError, UsageError
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench

#: The line of ``.gitattributes``, and what git calls: base, ours, theirs, and the file's name.
ATTRIBUTE = "*.ipynb merge=coimprove"
CALL = "merge-notebook %O %A %B %P"
#: Seconds that git may take.
_LONG = 60


def merge_notebook(
    bench: Bench, *, base: str | None = None, ours: str | None = None, theirs: str | None = None, name: str | None = None,
    setup: bool = False,
) -> ChecksView:  # fmt: skip
    """Put both sides into ``ours``, as git's merge drivers do; exit code 1 leaves a conflict for the person.

    Where it is not plain by cells, git's merge by lines stands there. With ``setup`` git is told once, in this repository.
    """
    if setup:
        if base or ours or theirs:
            raise UsageError("--setup merges nothing", remedy="give three files, or --setup alone")
        return _set_up(bench)
    if not (base and ours and theirs):
        raise UsageError(
            "three files are merged: BASE OURS THEIRS",
            remedy="`coimprove merge-notebook --setup` lets git call it by itself",
        )
    return _merged(bench.path(base), bench.path(ours), bench.path(theirs), name or Path(ours).name)


def _merged(base: Path, ours: Path, theirs: Path, name: str) -> ChecksView:
    from jupyter_coimprove.notebook.io import parse, write_atomic
    from jupyter_coimprove.notebook.merging import Conflict, merged
    from jupyter_coimprove.notebook.splice import render

    raw = [_read(path) for path in (base, ours, theirs)]
    try:
        books = [parse(one, path) for one, path in zip(raw, (base, ours, theirs), strict=True)]
        out = render(books[1], merged(books[0], books[1], books[2]))
    except (Conflict, NotebookError) as error:
        return _by_lines(base, ours, theirs, name, str(error))
    write_atomic(ours, out, expect=raw[1])
    row = CheckRow(name=name, ok=True, text="what both sides did is in it")
    return ChecksView(summary=f"{name} is merged cell by cell", ok=True, checks=(row,))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy="three files are merged: BASE OURS THEIRS"
        ) from error


def _by_lines(base: Path, ours: Path, theirs: Path, name: str, why: str) -> ChecksView:
    """As git would have done it without us."""
    from jupyter_coimprove.notebook.io import parse

    labels = [word for label in ("ours", "base", "theirs") for word in ("-L", label)]
    done = _git(["merge-file", *labels, str(ours), str(base), str(theirs)], ours.parent)
    if done.returncode == 0:
        try:
            parse(_read(ours), Path(name))
        except NotebookError as error:
            why = error.message
        else:
            row = CheckRow(name=name, ok=True, text="what both sides did is in it, by lines")
            return ChecksView(summary=f"{name} is merged by lines: {why}", ok=True, checks=(row,))
    row = CheckRow(
        name=name, ok=False, text=why, remedy=f"choose between the marks in {name}, then `git add {name}`"
    )
    return ChecksView(summary=f"{name} has a conflict: {why}", ok=False, checks=(row,), exit_code=1)


def _set_up(bench: Bench) -> ChecksView:
    """Tell git of this repository which merge notebooks take; a line that stands there already is left."""
    from jupyter_coimprove.notebook.io import write_atomic

    bench.require_person("telling git how notebooks are merged")
    top = _git(["rev-parse", "--show-toplevel"], bench.where.cwd)
    if top.returncode:
        raise UsageError("this folder is in no git repository", remedy="`git init` first, or go to one")
    root = Path(top.stdout.strip())
    # By name where the shell finds it: that outlives an environment that is made anew.
    ours = (
        "coimprove"
        if shutil.which("coimprove")
        else f"{shlex.quote(sys.executable)} -m jupyter_coimprove.interfaces.cli"
    )
    driver = f"{ours} {CALL}"
    for key, value in (("name", "notebooks, cell by cell"), ("driver", driver)):
        done = _git(["config", f"merge.coimprove.{key}", value], root)
        if done.returncode:
            raise UsageError(
                f"git does not take it: {done.stderr.strip()}", remedy="is its configuration writable?"
            )
    path = root / ".gitattributes"
    raw = path.read_bytes() if path.exists() else b""
    known = ATTRIBUTE in raw.decode("utf-8", errors="replace").splitlines()
    if not known:
        start = raw if not raw or raw.endswith(b"\n") else raw + b"\n"
        write_atomic(path, start + f"{ATTRIBUTE}\n".encode(), expect=raw if path.exists() else None)
    rows = (
        CheckRow(
            name=".gitattributes",
            ok=True,
            text=f"{ATTRIBUTE}{' (it stood there)' if known else ': commit it'}",
        ),
        CheckRow(name="git config", ok=True, text=f"merge.coimprove.driver = {driver}"),
    )
    return ChecksView(
        summary="git merges notebooks of this repository cell by cell", ok=True, checks=rows,
        warnings=("everybody says `coimprove merge-notebook --setup` once in their own clone: git copies no configuration",),
    )  # fmt: skip


def _git(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=_LONG
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git does not answer: {error}", remedy="is git installed?") from error
