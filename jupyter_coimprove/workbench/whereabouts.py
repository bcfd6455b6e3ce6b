"""Where a notebook lies now: one that was renamed or moved is followed by what its cells say.

A copy is a notebook of its own and starts empty. One that is gone, or that could be several,
is not guessed at: what waits for it is shown as orphaned, with what can be done.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import shelf

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: What refers to a notebook by its name.
KINDS = ("experiment", "finding", "proposal", "check", "card", "lesson", "application")
#: The share of cells that two notebooks have in common from which one is the other, moved.
ALIKE = 0.5
#: How many notebooks are looked into, and how large one may be.
MOST, LARGEST = 500, 64 * 2**20
#: How long a search that found no one notebook counts, in seconds.
AGAIN_S = 5.0
#: Searches of this process: (project, name) to when, and what was found.
_looked: dict[tuple[Path, str], tuple[float, list[Path]]] = {}
#: So many cells, and so many characters of each one's digest, tell one notebook from another.
CELLS, DIGITS = 500, 16


def key_of(notebook: Notebook) -> list[str]:
    """What a notebook is, wherever it lies: the beginnings of its cells' digests, empty cells aside."""
    return [cell.digest.rpartition(":")[2][:DIGITS] for cell in notebook.cells if cell.source.strip()][:CELLS]


def path_of(bench: Bench, name: str) -> Path | None:
    """Where the notebook of this name lies now; None when it is gone. A move is recorded when it is seen."""
    path = shelf.notebook_path(bench.root(), name)
    if path.is_file():
        return path
    known = _known(bench, name)
    found = _searched(bench, name, known)
    if len(found) != 1:
        return None
    return found[0] if bench.looks or bench.record().read_only else _moved(bench, name, found[0])


def name_at(bench: Bench, path: Path) -> str:
    """What the record calls the notebook at this path, after following one that was moved there."""
    root = bench.root()
    here = shelf.notebook_name(root, path)
    if bench.looks or bench.record().read_only:
        return here
    gone = [name for name in _names(bench) if name != here and not shelf.notebook_path(root, name).is_file()]
    for name in gone:
        known = _known(bench, name)
        if known and _alike(bench, known, [path]):
            # Another notebook may be as much like it: then nothing is followed.
            _looked.pop((root, name), None)
            path_of(bench, name)
    return here


def renamed(bench: Bench, old: Path, new: Path) -> int:
    """Who renamed or moved a notebook, or a folder with some, says so; how many were followed.

    Nothing is compared then, so that a copy beside it does not matter.
    """
    root = bench.root(new)
    before, after = shelf.notebook_name(root, old), shelf.notebook_name(root, new)
    found = [name for name in _names(bench) if name == before or name.startswith(before + "/")]
    moves = {name: shelf.notebook_path(root, after + name[len(before) :]) for name in found}
    gone = {name: path for name, path in moves.items() if path.is_file()}
    for name, path in gone.items():
        _moved(bench, name, path)
    return len(gone)


def remedy(bench: Bench, name: str, subject: str) -> str:
    """What can be done about a notebook that is gone."""
    several = _searched(bench, name, _known(bench, name))
    if len(several) > 1:
        names = " and ".join(shelf.notebook_name(bench.root(), path) for path in several[:3])
        return f"{names} are alike: rename the right one to {name}, or `coimprove undo {subject}`"
    return f"bring {name} back, or `coimprove undo {subject}`"


def _searched(bench: Bench, name: str, known: Sequence[str]) -> list[Path]:
    """The notebooks of the project that are most like what is known; not looked for again for a moment.

    A list that a window asks for again and again must not read the whole project each time.
    """
    key, now = (bench.root(), name), bench.clock.steady_s()
    at, found = _looked.get(key, (-AGAIN_S, []))
    if now - at >= AGAIN_S or not all(path.is_file() for path in found):
        found = _alike(bench, known, _notebooks(bench.root())) if known else []
        _looked[key] = (now, found)
    return found


def _names(bench: Bench) -> set[str]:
    """The notebooks that something in the record is about."""
    record = bench.record()
    return {
        str(item.data["notebook"]) for kind in KINDS for item in record.find(kind)
        if item.trust == "own" and item.data.get("notebook")
    }  # fmt: skip


def _about(bench: Bench, name: str) -> list[Item]:
    record = bench.record()
    return [item for kind in KINDS for item in record.find(kind, notebook=name) if item.trust == "own"]


def _known(bench: Bench, name: str) -> Sequence[str]:
    """The cells by which the notebook of this name was last known; empty when by none."""
    from jupyter_coimprove.notebook.io import read

    items = _about(bench, name)
    for item in sorted(items, key=lambda item: item.changed, reverse=True):
        if item.kind == "experiment":
            frozen = bench.layout().experiment(item.id) / shelf.NOTEBOOK_FILE
            if frozen.is_file():
                return key_of(read(frozen))
        if item.data.get("cells"):
            return [str(digest) for digest in item.data["cells"]]
    return ()


def _alike(bench: Bench, known: Sequence[str], paths: Sequence[Path]) -> list[Path]:
    """Those that have most cells in common with what is known, several when they are equally like it."""
    from jupyter_coimprove.notebook.io import read

    taken = _names(bench)
    best: list[Path] = []
    most = ALIKE
    for path in paths:
        # One that has a history of its own is another notebook.
        if shelf.notebook_name(bench.root(), path) in taken:
            continue
        try:
            cells = key_of(read(path))
        except (CoimproveError, OSError):
            continue  # no notebook after all, or one that may not be read: it cannot be told to be this one
        common = sum((Counter(known) & Counter(cells)).values())
        share = common / max(len(known), len(cells), 1)
        if share > most or (share == most and not best):
            best, most = [path], share
        elif share == most:
            best.append(path)
    return best


def _notebooks(root: Path) -> list[Path]:
    found = []
    for path in walk(root):
        found.append(path)
        if len(found) >= MOST:
            break
    return found


def walk(root: Path) -> Iterator[Path]:
    """Notebooks of the project, but for hidden folders and what runs left."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in ("node_modules", "coimprove")
        )
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".ipynb") and not path.is_symlink() and path.stat().st_size <= LARGEST:
                yield path


def _moved(bench: Bench, old: str, path: Path) -> Path:
    """Everything that is about the notebook is about its new name from here on; drafts of plans too."""
    from jupyter_coimprove.record.base import Draft

    new = shelf.notebook_name(bench.root(), path)
    lines = []
    for item in _about(bench, old):
        told: dict[str, object] = {"notebook": new, "moved_from": old}
        if item.kind == "experiment" and item.state in ("draft", "deferred"):
            told["plan_toml"] = _renamed(bench, item, new)
        lines.append(Draft(id=item.id, kind=item.kind, event="moved", data=told, actor=TOOL))
    bench.record().append(lines)
    return path


def _renamed(bench: Bench, item: Item, new: str) -> str:
    """The plan of a draft under the new name, in its file too; what a person edited there stays."""
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.workbench.editing import with_values

    entry = [f"notebook={json.dumps(new, ensure_ascii=False)}"]
    file = shelf.plan_path(bench.root(), item.id)
    if file.is_file():
        raw = file.read_bytes()
        write_atomic(file, with_values(raw.decode("utf-8"), entry).encode(), expect=raw)
    return with_values(str(item.data["plan_toml"]), entry)


def settled(bench: Bench, item: Item) -> Item:
    """A draft as it is once its notebook was followed to where it lies now."""
    if item.trust != "own" or item.state not in ("draft", "deferred") or bench.looks:
        return item
    name = str(item.data.get("notebook", ""))
    if not name or shelf.notebook_path(bench.root(), name).is_file() or path_of(bench, name) is None:
        return item
    return bench.record().get(item.id)
