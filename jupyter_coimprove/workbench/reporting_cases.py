"""The accepted slices and tags of a report, with the pictures of their cases as they lie on disk."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.writeup.contents import ToldCase, ToldCases

#: Bytes of one picture that goes into a report.
_MOST = 1_000_000


def cases(bench: Bench, notebooks: Iterable[str], *, beside: Path, pictures: bool) -> tuple[ToldCases, ...]:
    """Those of these notebooks that a person accepted. ``beside`` is the report's folder; without ``pictures`` words alone."""
    from jupyter_coimprove.workbench import cards
    from jupyter_coimprove.writeup.contents import ToldCases

    return tuple(
        ToldCases(
            id=item.id, title=str(item.data["title"]), evidence=tuple(map(str, item.data["evidence"])),
            cases=tuple(_case(bench, one, beside, pictures) for one in item.data["more"].get("shown", ())),
        )
        for notebook in notebooks
        for item in cards.of(bench, notebook, "errors")
        if item.state == "accepted" and item.data["card"] in ("slice", "tag")
    )  # fmt: skip


def _case(bench: Bench, one: Mapping[str, Any], beside: Path, pictures: bool) -> ToldCase:
    """One item; its file is read where it is the one that was written, and no other."""
    from jupyter_coimprove.writeup.contents import ToldCase

    title, path = str(one["title"]), bench.root() / str(one["file"])
    home = bench.layout().cases.resolve()
    if home not in path.resolve().parents or not path.is_file() or path.stat().st_size > _MOST:
        return ToldCase(title=title, note="its picture is no longer there")
    raw = path.read_bytes()
    if digest_bytes(raw) != one["digest"]:
        return ToldCase(title=title, note="it is shown otherwise since")
    kind = {".png": "image/png", ".jpg": "image/jpeg"}.get(path.suffix, "text/plain")
    if kind == "text/plain":
        return ToldCase(title=title, kind=kind, data=raw.decode("utf-8", "replace"))
    if not pictures:
        return ToldCase(title=title, note=path.name)
    file = os.path.relpath(path, beside).replace(os.sep, "/")
    return ToldCase(title=title, kind=kind, data=base64.b64encode(raw).decode(), file=file)
