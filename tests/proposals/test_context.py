"""What a provider gets to see fits its budget and is the same bytes every time."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.proposals.context import arrange, encode, fill, text
from jupyter_coimprove.proposals.provider import Block


def block(name: str, size: int = 0) -> Block:
    return Block(kind="candidate", v=1, data={"name": name, "pad": "x" * size})


def test_all_that_fits_is_kept_in_the_order_given() -> None:
    blocks = [(1.0, block("a")), (9.0, block("b")), (5.0, block("c"))]
    assert [b.data["name"] for b in fill(blocks, 10_000)] == ["a", "b", "c"]


def test_the_most_valuable_get_in_first() -> None:
    blocks = [(1.0, block("a")), (9.0, block("b")), (5.0, block("c"))]
    size = len(encode(block("a"))) + 1
    assert [b.data["name"] for b in fill(blocks, 2 * size)] == ["b", "c"]


def test_what_does_not_fit_is_left_out_whole_and_a_smaller_one_gets_in() -> None:
    blocks = [(9.0, block("big", 500)), (1.0, block("small"))]
    assert [b.data["name"] for b in fill(blocks, 100)] == ["small"]
    assert fill(blocks, 0) == ()


def test_the_bytes_do_not_depend_on_the_order_of_keys() -> None:
    one = Block(kind="k", v=1, data={"a": 1, "b": {"c": 2, "d": 3}})
    two = Block(kind="k", v=1, data={"b": {"d": 3, "c": 2}, "a": 1})
    assert encode(one) == encode(two)
    assert "\n" not in encode(Block(kind="k", v=1, data={"t": "a\nb"}))


def test_a_number_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError):
        encode(Block(kind="k", v=1, data={"x": float("nan")}))


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 80)), max_size=12), st.integers(0, 600))
def test_the_budget_holds_for_any_blocks(values: list[tuple[float, int]], budget: int) -> None:
    blocks = [(value, block(str(i), size)) for i, (value, size) in enumerate(values)]
    kept = fill(blocks, budget)
    assert len(text(kept)) <= budget
    assert kept == fill(blocks, budget)
    assert [json.loads(line)["data"]["name"] for line in text(kept).splitlines()] == [
        b.data["name"] for b in kept
    ]


def test_the_stable_part_comes_first_and_depends_on_nothing_else() -> None:
    same = [(float(n), True, block(f"s{n}", 20)) for n in range(10)]
    one, first = arrange([(99.0, False, block("q")), *same], 800)
    two, second = arrange([*same, (1.0, False, block("other", 300))], 800)
    assert first == second > 0
    assert one[:first] == two[:second]
    assert one[first:] == (block("q"),)
    assert len(text(one)) <= 800


def test_what_the_stable_part_says_is_not_said_again() -> None:
    assert arrange([(1.0, True, block("a")), (9.0, False, block("a"))], 800) == ((block("a"),), 1)
