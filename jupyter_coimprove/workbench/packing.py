"""What goes into a bundle and what does not, and the file that comes of it: sealed, the same bytes for the same content."""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.redaction import Scrubber
    from jupyter_coimprove.writeup.crate import Action, Packed, Withheld

#: What reading a zip raises where a byte of it is another: of its headers too (a method or an encryption that is not
#: there), which is a RuntimeError.
SPOILT = (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)

#: What is text, and is read for secrets. Others travel as they are.
TEXT = frozenset(
    {
        ".ipynb",
        ".py",
        ".toml",
        ".json",
        ".md",
        ".txt",
        ".csv",
        ".tsv",
        ".yaml",
        ".yml",
        ".cfg",
        ".ini",
        ".html",
        ".log",
        "",
    }
)
#: Zip files of the same content have the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNSEALED = b"0" * 64


@dataclass
class Packing:
    """What goes into the bundle so far, and what does not."""

    root: Path
    scrubber: Scrubber
    rules: Sequence[tuple[str, str]]
    most: int
    content: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    withheld: list[Withheld] = field(default_factory=list)
    scrubbed: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, about: str) -> None:
        """A file of the project, unless it is withheld; secrets in a text are masked, and that is said."""
        from jupyter_coimprove.writeup.crate import Withheld

        if name in self.content or any(one.path == name for one in self.withheld):
            return
        path = self.root / name
        why = next(
            (
                why
                for glob, why in self.rules
                if fnmatch.fnmatch(name, glob) or fnmatch.fnmatch(path.name, glob)
            ),
            "",
        )
        size = path.stat().st_size
        if not why and size > self.most:
            why = f"larger than {self.most / 2**20:g} MB"
        if why:
            self.withheld.append(Withheld(path=name, why=why, size=size))
            return
        raw = path.read_bytes()
        if path.suffix.lower() in TEXT:
            raw = self.clean(name, raw)
        self.content[name], self.about[name] = raw, about

    def clean(self, name: str, raw: bytes) -> bytes:
        """The text without secrets and without the way to this project; bytes that are no text stay."""
        from jupyter_coimprove.writeup.crate import Withheld

        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw
        before = self.scrubber.masked
        clean = self.scrubber.text(text)
        if count := self.scrubber.masked - before:
            self.withheld.append(
                Withheld(
                    path=name, why=f"{count} secret{'s' if count > 1 else ''} in it masked; the rest is there"
                )
            )
        return self.local(clean).encode("utf-8")

    def local(self, text: str) -> str:
        """The text with paths cut down to the project, and to the person's folder."""
        for place, short in ((str(self.root), "."), (os.path.expanduser("~"), "~")):
            if len(place) > 1:
                text = text.replace(json.dumps(place)[1:-1], short).replace(place, short)
        return text

    def put(self, name: str, text: str, about: str) -> None:
        """A file that is made for the bundle."""
        self.content[name], self.about[name] = text.encode("utf-8"), about


def rules(given: Sequence[str]) -> list[tuple[str, str]]:
    out = []
    for one in given:
        glob, sign, why = one.partition("=")
        if not glob or not sign or not why.strip():
            raise UsageError(
                f"{one!r} says not what is withheld and why",
                remedy="--withhold 'data/*.csv=patients did not agree'",
            )
        out.append((glob, why.strip()))
    return out


def scrubber() -> Scrubber:
    from jupyter_coimprove.redaction import Scrubber

    return Scrubber(os.environ)


def is_bundle(path: Path) -> bool:
    from jupyter_coimprove.writeup.crate import NAME

    try:
        with zipfile.ZipFile(path) as found:
            return NAME in found.namelist()
    except SPOILT:
        return False


def written(
    packing: Packing, *, name: str, at: str, people: Sequence[str], actions: Sequence[Action], licence: str
) -> bytes:  # fmt: skip
    """The whole file: a zip whose bytes depend on its content alone, sealed."""
    from jupyter_coimprove import __version__
    from jupyter_coimprove.writeup.crate import NAME, Packed, crate

    files: list[Packed] = [
        Packed(path=path, about=packing.about[path], size=len(raw), sha256=hashlib.sha256(raw).hexdigest())
        for path, raw in sorted(packing.content.items())
    ]
    about = "Notebook, plans, runs, environment, findings and decisions; README.md says how to run it again."
    found = crate(
        name=name, at=at, about=about, files=files, withheld=packing.withheld, people=people, actions=actions, licence=licence,
        version=__version__,
    )  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        first = {NAME: json.dumps(found, indent=1, ensure_ascii=False).encode("utf-8")}
        for path, raw in {**first, **dict(sorted(packing.content.items()))}.items():
            entry = zipfile.ZipInfo(path, date_time=_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            made.writestr(entry, raw)
        made.comment = _UNSEALED
    whole = out.getvalue()
    return whole[: -len(_UNSEALED)] + _seal(whole)


def _seal(whole: bytes) -> bytes:
    """The sha256 in hex of a bundle's bytes with the seal at its end (the zip's comment) set to zeros."""
    return hashlib.sha256(whole[: -len(_UNSEALED)] + _UNSEALED).hexdigest().encode()


def sealed(path: Path) -> bool:
    """Whether not one byte of the file was changed since it was written."""
    whole = path.read_bytes()
    return whole[-len(_UNSEALED) :] == _seal(whole)


def read(path: Path) -> tuple[zipfile.ZipFile, tuple[Packed, ...], tuple[Withheld, ...]]:
    """An opened bundle with what it says of itself. UsageError where it is none."""
    from jupyter_coimprove.writeup.crate import NAME, described

    try:
        found = zipfile.ZipFile(path)
        files, withheld = described(json.loads(found.read(NAME)))
    except SPOILT as error:
        raise UsageError(
            f"{path} is no bundle of ours: {error}", remedy="`coimprove share NOTEBOOK` makes one"
        ) from error
    return found, files, withheld
