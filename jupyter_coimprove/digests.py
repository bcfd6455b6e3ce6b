"""What a decision is pinned to: a tagged sha256 of exact content.

JSON is canonicalised by RFC 8785, source text by ``\\n`` line ends, so that the
same digest is computed in TypeScript.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any


def digest_json(value: Any) -> str:
    """``json:<hex>`` of the RFC 8785 form. Raises ValueError for NaN, inf or big ints."""
    import rfc8785

    try:
        return "json:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def digest_source(text: str) -> str:
    """``src:<hex>`` of UTF-8 source with ``\\n`` line ends; lone surrogates are replaced."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "src:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def digest_bytes(data: bytes) -> str:
    """``raw:<hex>`` of bytes as they are."""
    return "raw:" + hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """``raw:<hex>`` of a file, read in pieces."""
    with path.open("rb") as handle:
        return "raw:" + hashlib.file_digest(handle, "sha256").hexdigest()
