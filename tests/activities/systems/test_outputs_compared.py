"""Two showings of a cell: equal, equal but for rounding, or different and where."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.systems.comparing import compare
from jupyter_coimprove.activities.systems.shown import shown


def printed(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def result(text: str, **more: str) -> dict:
    return {"output_type": "execute_result", "data": {"text/plain": text, **more}, "metadata": {}}


def how(one, other, **more):
    return compare(shown([one]), shown([other]), **more).status


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("epoch 1 took 0.31 s", "epoch 1 took 12.2 s"),
        ("Wall time: 1min 3s", "Wall time: 4.1 s"),
        ("elapsed: 0.31", "elapsed: 0.42"),
        ("done in 3.4", "done in 1"),
        ("2023-11-05 14:03:09.123456 ok", "2026-11-29 12:40:01 ok"),
        ("at 14:03:09", "at 09:11:10"),
        ("<Net object at 0x7f3a22>", "<Net object at 0x55d10c44>"),
        ("10%|# | 1/10\r100%|###| 10/10\nloss 0.5", "5%| | 1/10\nloss 0.5"),
        ("12.3 it/s, loss 0.5", "9 it/s, loss 0.5"),
        ("100 loops, 1.21 ms ± 3.4 µs per loop", "100 loops, 990 µs ± 12 ns per loop"),
        ("a    1\nb   22", "a 1\nb 22"),
        ("value 1.50", "value 1.5"),
    ],
)
def test_what_differs_by_its_nature_is_equal(one, other):
    assert how(printed(one), printed(other)) == "equal"


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("acc 0.8312", "acc 0.8313", "differs"),
        ("acc 0.83120001", "acc 0.83120002", "within tolerance"),
        ("sum 0.30000000000000004", "sum 0.3", "within tolerance"),
        ("n 1000000", "n 1000001", "differs"),
        ("3 rows", "3 lines", "differs"),
        ("-0.5", "0.5", "differs"),
        ("nan", "0.5", "differs"),
        ("1e-30", "2e-30", "within tolerance"),
        ("one\ntwo", "one", "differs"),
        ("", "one", "differs"),
    ],
)
def test_numbers_are_equal_within_a_millionth_and_words_exactly(one, other, status):
    assert how(printed(one), printed(other)) == status
    assert how(printed(other), printed(one)) == status


def test_exactly_equal_forgives_no_rounding_and_no_other_kind_of_number():
    for one, other in (("n 2", "n 2.0"), ("x 0.83120001", "x 0.83120002"), ("x 1.50", "x 1.5")):
        assert how(printed(one), printed(other), exact=True) == "differs"
    assert how(printed("took 2 s, x 1.5"), printed("took 3 s, x 1.5"), exact=True) == "equal"


def test_the_first_difference_is_named():
    found = compare(shown([printed("a 1\nb 2.5\n")]), shown([printed("a 1\nb 2.75\n")]))
    assert found.detail == "2.5, and 2.75 now"


def test_a_printed_duration_excuses_as_many_numbers_of_its_line_and_no_more():
    assert how(printed("0.31 0.5"), printed("0.44 0.5"), elapsed=1) == "equal"
    assert how(printed("0.31 0.5"), printed("0.44 0.6"), elapsed=1) == "differs"
    assert how(printed("0.31 0.5"), printed("0.44 0.5")) == "differs"


def test_streams_in_pieces_are_one_text_and_stderr_does_not_count():
    pieces = shown([printed("a"), printed("warned", "stderr"), printed("b\n")])
    assert compare(pieces, shown([printed("ab\n")])).status == "equal"


def test_a_picture_alone_is_told_apart_from_text():
    one = result("<Figure size 640x480>", **{"image/png": "AAAA"})
    other = result("<Figure size 640x480>", **{"image/png": "BBBB\n"})
    assert how(one, one) == "equal"
    assert how(one, other) == "picture differs"
    assert how(one, result("<Figure size 320x480>", **{"image/png": "AAAA"})) == "differs"


def test_the_text_of_a_table_is_compared_and_not_its_html():
    one = result("   a\n0  1", **{"text/html": "<style scoped id=1>"})
    assert how(one, result("   a\n0  1", **{"text/html": "<style scoped id=2>"})) == "equal"


def test_an_error_that_comes_or_goes_differs():
    error = {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": []}
    assert how(error, printed("1")) == "differs"
    assert how(error, {**error, "evalue": "y"}) == "equal"
