"""Items as the notebook shows them, written as files that a person can open: ``coimprove/cases/NOTEBOOK/item-7.png``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from jupyter_coimprove.activities.activity import Picture, Study
    from jupyter_coimprove.workbench.bench import Bench

#: So many cases are kept with what a person may accept.
_KEPT = 6
#: What is written, by what it ends with; the first that an output has.
_ENDS = {"image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


def written(bench: Bench, notebook: str, study: Study) -> tuple[Study, tuple[str, ...]]:
    """The study with its pictures' files named, and their folder; those of an earlier look are replaced.

    The folder is kept out of git: what it shows is data. ``notebook`` is its recorded name.
    """
    from jupyter_coimprove.notebook.io import write_atomic

    if not any(part.shown for part in study.sections):
        return study, ()
    folder = bench.layout().cases / notebook.removesuffix(".ipynb").replace("/", "--")
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n", expect=None)
    for old in folder.glob("item-*.*"):
        old.unlink()
    sections = []
    for part in study.sections:
        shown = []
        for one in part.shown:
            path = _write(folder, one)
            shown.append(replace(one, file=str(path) if path else ""))
        sections.append(replace(part, shown=tuple(shown)))
    return replace(study, sections=tuple(sections)), (str(folder),)


def kept(bench: Bench, study: Study, items: Collection[int]) -> list[dict[str, Any]]:
    """Those of these items that were shown, as a card keeps them: in words, by their file and its digest."""
    from jupyter_coimprove.digests import digest_bytes

    root = bench.root().resolve()
    return [
        {
            "item": one.item, "title": one.title, "file": Path(one.file).resolve().relative_to(root).as_posix(),
            "digest": digest_bytes(Path(one.file).read_bytes()),
        }
        for part in study.sections
        for one in part.shown
        if one.file and one.item in items
    ][:_KEPT]  # fmt: skip


def _write(folder: Path, one: Picture) -> Path | None:
    """The file of one item; None where its output is of no kind that is written, or no picture."""
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.notebook.pictures import decoded

    kind = next((kind for kind in _ENDS if kind in one.data), None)
    if kind is None:
        return None
    if kind == "text/plain":
        raw = one.data[kind].encode()
    else:
        whole = decoded(kind, one.data[kind])
        if whole is None:
            return None
        raw = whole.data
    path = folder / f"item-{one.item}.{_ENDS[kind]}"
    write_atomic(path, raw, expect=None)
    return path
