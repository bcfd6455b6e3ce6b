"""Block numbers nobody picked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.experiments.blocks import LIMIT, block_numbers, seed_value

KNOWN = (1338855747, 2053283005, 649053216)
KNOWN_GROUP = 151715537


@given(st.text(), st.binary(max_size=32), st.integers(0, 40))
def test_blocks_are_distinct_seeds_that_only_digest_and_salt_decide(digest, salt, n):
    found = block_numbers(digest, salt, n)
    assert len(set(found)) == n
    assert all(0 < number < LIMIT < 2**31 - 1 for number in found)
    assert found == block_numbers(digest, salt, n)
    assert block_numbers(digest, salt, n + 3)[:n] == found


@given(st.text(max_size=10), st.text(max_size=10), st.binary(max_size=8), st.binary(max_size=8))
def test_another_plan_or_salt_has_other_blocks(one, other, salt, pepper):
    if (one, salt) != (other, pepper):
        assert block_numbers(one, salt, 3) != block_numbers(other, pepper, 3)


@given(st.integers(1, 12), st.integers(1, 12))
def test_fresh_blocks_never_overlap_earlier_ones(first, then):
    earlier = block_numbers("d", b"s", first)
    assert not set(earlier) & set(block_numbers("d", b"s", then, exclude=frozenset(earlier)))


def test_known_values_stay_so_that_registered_experiments_keep_their_blocks():
    assert block_numbers("json:00", b"salt", 3) == KNOWN
    assert seed_value(KNOWN[0], 1) == KNOWN_GROUP


@given(st.integers(0, LIMIT), st.integers(1, 20))
def test_groups_have_seeds_of_their_own_and_the_first_is_the_block(block, group):
    assert seed_value(block, 0) == block
    assert 0 < seed_value(block, group) < 2**31 - 1
    assert seed_value(block, group) == seed_value(block, group)
    assert seed_value(block, group) != seed_value(block, group + 1)


def test_blocks_are_spread_evenly():
    found = block_numbers("even", b"", 4000)
    quarters = [sum(q * LIMIT / 4 <= number < (q + 1) * LIMIT / 4 for number in found) for q in range(4)]
    assert max(abs(count - 1000) for count in quarters) < 120  # over four standard deviations
