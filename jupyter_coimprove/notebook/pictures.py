"""Pictures that a cell has shown: PNG and JPEG that are whole, with their size, and nothing else of the file.

A file carries more than its picture (comments, software, places, EXIF): that is left out. Whether
the picture can be drawn is seen by its chunks and their checksums; it is not decoded here.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jupyter_coimprove.notebook.cells import Cell

KINDS = ("image/png", "image/jpeg")
_PNG = b"\x89PNG\r\n\x1a\n"
#: What changes how a PNG looks.
_DRAWN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Segments of a JPEG that change how it looks: JFIF and Adobe's kind of colours; the other ones of an application go.
_KEPT_APPS = frozenset({0xE0, 0xEE})


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A whole PNG or JPEG; width and height in pixels."""

    media_type: str
    data: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return f"sha256:{sha256(self.data).hexdigest()}"

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode("ascii")


def payloads(cell: Cell) -> Iterator[tuple[str, str]]:
    """(media type, base64) of each PNG and JPEG among the cell's outputs, one an output."""
    for output in cell.outputs:
        data = output.get("data")
        # In nbformat 3 the kinds lie in the output itself, by shorter names.
        found: Mapping[str, Any] = data if isinstance(data, dict) else output
        for kind in KINDS:
            value = found.get(kind, found.get(kind.removeprefix("image/")) if found is output else None)
            text = "".join(t for t in value if isinstance(t, str)) if isinstance(value, list) else value
            if isinstance(text, str) and text.strip():
                yield kind, text
                break


def decoded(media_type: str, text: str) -> Picture | None:
    """The picture that this base64 is; None where it is no whole one of its kind."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return parse(media_type, raw)


def parse(media_type: str, raw: bytes) -> Picture | None:
    """The picture of a file's bytes, without what is not drawn; None where it is no whole one of its kind."""
    try:
        made = _png(raw) if media_type == "image/png" else _jpeg(raw) if media_type == "image/jpeg" else None
    except (struct.error, IndexError):
        return None
    if made is None or made[1] <= 0 or made[2] <= 0:
        return None
    return Picture(media_type=media_type, data=made[0], width=made[1], height=made[2])


def _png(raw: bytes) -> tuple[bytes, int, int] | None:
    if not raw.startswith(_PNG):
        return None
    kept, at, size, pixels = [_PNG], len(_PNG), (0, 0), False
    while True:
        (length,) = struct.unpack_from(">I", raw, at)
        end = at + 12 + length
        kind, body = raw[at + 4 : at + 8], raw[at + 8 : end - 4]
        (checksum,) = struct.unpack_from(">I", raw, end - 4)
        if zlib.crc32(raw[at + 4 : end - 4]) != checksum or (kind == b"IHDR") != (at == len(_PNG)):
            return None
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
        pixels = pixels or kind == b"IDAT"
        if kind in _DRAWN:
            kept.append(raw[at:end])
        if kind == b"IEND":
            return (b"".join(kept), *size) if pixels else None
        at = end


def _jpeg(raw: bytes) -> tuple[bytes, int, int] | None:
    if not raw.startswith(b"\xff\xd8\xff"):
        return None
    kept, at, size = [raw[:2]], 2, (0, 0)
    while True:
        if raw[at] != 0xFF:
            return None
        marker = raw[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xDA:
            last = raw.rfind(b"\xff\xd9", at)
            return (b"".join([*kept, raw[at : last + 2]]), *size) if last > at and size != (0, 0) else None
        (length,) = struct.unpack_from(">H", raw, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(raw):
            return None
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", raw, at + 5)
            size = (width, height)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _KEPT_APPS:
            kept.append(raw[at:end])
        at = end
