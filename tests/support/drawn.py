"""Small pictures as files, and notebooks that show them."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int = 8, height: int = 6, *, comment: bytes = b"", shade: int = 200, noise: bool = False
) -> bytes:
    """A grey PNG of this size, or one of ``noise``; ``comment`` goes into a text chunk."""
    random = Random(width * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(
        b"".join(
            b"\0" + (random.randbytes(width) if noise else bytes([shade]) * width) for _ in range(height)
        )
    )
    said = chunk(b"tEXt", b"Comment\0" + comment) if comment else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + said + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def shows(*pictures: Mapping[str, str]) -> list[dict[str, Any]]:
    """Outputs of a cell, one for each bundle of media types."""
    return [
        {"output_type": "display_data", "data": {**bundle, "text/plain": "<Figure>"}, "metadata": {}}
        for bundle in pictures
    ]  # fmt: skip


def drawn_notebook(cells: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]) -> str:
    """A notebook of code cells (tag or nothing, source, outputs), with ids ``cell-0`` on."""
    made = [
        {
            "cell_type": "code", "id": f"cell-{n}", "metadata": {"tags": [tag] if tag else []}, "source": source,
            "execution_count": n + 1, "outputs": list(outputs),
        }
        for n, (tag, source, outputs) in enumerate(cells)
    ]  # fmt: skip
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
