"""Pictures of cells: whole ones are taken, with their size and nothing but what is drawn."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from drawn import chunk, drawn_notebook, encoded, png, shows
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from jupyter_coimprove.notebook.cells import Cell
from jupyter_coimprove.notebook.io import parse as parse_notebook
from jupyter_coimprove.notebook.pictures import decoded, parse, payloads


def jpeg(**more: Any) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((31, 17)).save(out, format="JPEG", **more)
    return out.getvalue()


def opened(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


@given(st.integers(1, 60), st.integers(1, 60), st.binary(max_size=50))
def test_a_png_keeps_its_pixels_and_loses_its_comments(width: int, height: int, comment: bytes) -> None:
    raw = png(width, height, comment=b"secret " + comment)
    found = parse("image/png", raw)
    assert found is not None
    assert (found.width, found.height) == (width, height)
    assert b"secret" not in found.data
    assert opened(found.data).tobytes() == opened(raw).tobytes()
    assert parse("image/png", found.data) == found


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_keeps_its_pixels_and_loses_its_exif(progressive: bool) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    raw = jpeg(exif=exif, comment=b"secret comment", progressive=progressive)
    assert b"secret" in raw
    found = parse("image/jpeg", raw + b"secret behind it")
    assert found is not None
    assert (found.width, found.height) == (31, 17)
    assert b"secret" not in found.data
    assert opened(found.data).tobytes() == opened(raw).tobytes()


@given(st.data())
def test_a_file_that_is_not_whole_is_no_picture(data: st.DataObject) -> None:
    """Cut anywhere, or with a bit turned: never an error, never a picture that a service would refuse."""
    raw = png(9, 7)
    cut = data.draw(st.integers(0, len(raw) - 1))
    assert parse("image/png", raw[:cut]) is None
    at, bit = data.draw(st.integers(8, len(raw) - 1)), data.draw(st.integers(0, 7))
    broken = bytearray(raw)
    broken[at] ^= 1 << bit
    assert parse("image/png", bytes(broken)) is None
    whole = jpeg()
    assert parse("image/jpeg", whole[: data.draw(st.integers(0, len(whole) - 3))]) is None


@given(st.binary(max_size=300), st.sampled_from(["image/png", "image/jpeg", "image/svg+xml"]))
def test_other_bytes_are_none_either(raw: bytes, kind: str) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        assert parse(kind, start + raw) is None


def test_what_says_another_size_than_it_has_chunks_for_is_none() -> None:
    empty = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 5, 8, 0, 0, 0, 0))
        + chunk(b"IEND", b"")
    )
    assert parse("image/png", empty) is None
    assert decoded("image/png", "not base64!") is None
    assert decoded("image/png", encoded(png())[:-8]) is None
    assert decoded("image/jpeg", encoded(png())) is None, "one kind is not another"
    assert decoded("image/png", "\n".join(encoded(png())[i : i + 40] for i in range(0, 400, 40))) is not None


def cell_of(text: str) -> Cell:
    return parse_notebook(text.encode(), Path("n.ipynb")).cells[0]


def test_one_picture_an_output_is_taken_and_no_drawing_that_could_run() -> None:
    outputs = shows(
        {"image/svg+xml": "<svg onload='x'/>"}, {"image/jpeg": "a", "image/png": "b"}, {"image/png": ""}, {"image/png": ["c\n", "d"]},  # type: ignore[dict-item]
    )  # fmt: skip
    found = list(payloads(cell_of(drawn_notebook([("", "plot()", outputs)]))))
    assert found == [("image/png", "b"), ("image/png", "c\nd")]
