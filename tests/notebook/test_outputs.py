"""What a cell has shown, within a budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.notebook.cells import Cell
from jupyter_coimprove.notebook.outputs import as_number, clip, outputs_text, result_text, stream_text


def cell(*outputs: dict[str, Any]) -> Cell:
    return Cell(index=0, kind="code", source="x", outputs=outputs)


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def test_text_comes_in_order_and_images_are_noted() -> None:
    figure = {"output_type": "display_data", "data": {"image/png": "a" * 100, "text/plain": ["<Figure>"]}}
    result = {"output_type": "execute_result", "data": {"text/plain": "0.5"}}
    shown = cell(stream(["a\n", "b\n"]), figure, result)
    assert outputs_text(shown) == "a\nb\n<Figure>\n[image/png, 100 characters]\n0.5"
    assert result_text(shown) == "0.5"


def test_an_error_shows_its_traceback_without_colours() -> None:
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "v",
        "traceback": ["\x1b[31mE\x1b[0m", "at line 1"],
    }
    assert outputs_text(cell(error)) == "E\nat line 1"
    assert outputs_text(cell({**error, "traceback": []})) == "E: v"


def test_a_progress_bar_is_what_is_left_of_it() -> None:
    assert outputs_text(cell(stream("  0%\r 50%\r100%\ndone\n"))) == "100%\ndone"


def test_format_3_outputs_are_read() -> None:
    assert (
        outputs_text(cell({"output_type": "pyout", "text": ["42"], "png": "abc"}))
        == "42\n[png, 3 characters]"
    )


def test_what_is_searched_for_numbers_is_not_the_error_stream() -> None:
    assert stream_text(cell(stream("acc 1\n"), stream("acc 2\n", "stderr"))) == "acc 1\n"


def test_over_budget_head_and_tail_stay() -> None:
    text = outputs_text(cell(stream("head" + "x" * 200_000 + "tail")))
    assert len(text.encode()) <= 64 * 1024
    assert text.startswith("head")
    assert text.endswith("tail")
    assert "bytes left out" in text


@given(st.text(), st.integers(0, 80))
def test_no_budget_is_overrun_whatever_the_script(text: str, budget: int) -> None:
    assert len(clip(text, budget).encode()) <= budget


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.93", 0.93), ("-1e-05", -1e-05), ("np.float64(0.5)", 0.5), ("tensor(0.25)", 0.25), ("1,234", 1234.0),
        ("tensor(0.25, device='cuda:0')", 0.25), ("nan", None), ("array([1, 2])", None), ("0.1 0.2", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_shown_value_is_a_number_or_not(text: str | None, number: float | None) -> None:
    assert as_number(text) == number
