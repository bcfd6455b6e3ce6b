"""Pictures in what is sent: whether they may go along, how they are told, and what of them is kept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block, Provider


def why_not(provider: Provider) -> str:
    """Why who is asked gets no pictures; empty where they do."""
    return "" if provider.images else "who is asked takes no pictures"


def words(context: Sequence[Block]) -> str:
    """How many pictures go along, and how many do not, for the line that says what was sent."""
    sent = sum(block.kind == "image" for block in context)
    left = [str(block.data["why"]) for block in context if block.kind == "image_left_out"]
    said = f", {sent} picture{'s' if sent > 1 else ''}" if sent else ""
    if left:
        said += (
            f", {len(left)} picture{'s' if len(left) > 1 else ''} left out ({'; '.join(dict.fromkeys(left))})"
        )
    return said


def kept(context: Sequence[Block]) -> list[dict[str, Any]]:
    """What is kept of the pictures that were sent: of which cell, how large, and their digests."""
    keys = ("cell", "media_type", "width", "height", "bytes", "digest")
    return [{key: block.data[key] for key in keys} for block in context if block.kind == "image"]


def without(value: Any, sizes: Mapping[str, str]) -> Any:
    """A request to be shown: each picture by its type, size, bytes and digest instead of its base64."""
    if isinstance(value, Mapping):
        if value.get("type") == "base64" and isinstance(value.get("data"), str):
            return {**value, "data": _told(str(value.get("media_type")), value["data"], sizes)}
        return {key: without(inner, sizes) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(inner, sizes) for inner in value]
    return value


def sizes(context: Sequence[Block]) -> dict[str, str]:
    """``WIDTHxHEIGHT`` of each picture of a context, by its digest."""
    return {str(row["digest"]): f"{row['width']}x{row['height']}" for row in kept(context)}


def _told(media_type: str, text: str, sizes: Mapping[str, str]) -> str:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return f"image, {media_type}, not readable"
    digest = f"sha256:{sha256(raw).hexdigest()}"
    return f"image, {sizes.get(digest, 'size unknown')}, {len(raw)} bytes, {media_type}, {digest}"
