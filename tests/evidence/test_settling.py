"""One plan for several people: nobody's needs are broken, most wishes are met, and conflicts are as small as they can be."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.settling import Condition, Member, plans, read, settle

OPTIONS = {"seeds": (3, 5, 10), "arms": (2, 4, 8), "data": ("news", "mail")}

conditions = st.one_of(
    st.tuples(st.sampled_from(["seeds", "arms"]), st.sampled_from(["at least", "at most"]), st.sampled_from([2, 3, 4, 5, 8, 10])),
    st.tuples(st.just("data"), st.sampled_from(["=", "not"]), st.sampled_from(["news", "mail"])),
    st.tuples(st.just(("seeds", "arms")), st.just("at most"), st.sampled_from([6, 12, 20, 40])),
).map(lambda one: Condition(names=(one[0],) if isinstance(one[0], str) else one[0], relation=one[1], value=one[2]))  # fmt: skip
groups = st.lists(
    st.tuples(st.lists(conditions, max_size=2), st.lists(conditions, max_size=2)), min_size=1, max_size=4
).map(lambda some: [Member(name=f"m{i}", must=tuple(m), wishes=tuple(w)) for i, (m, w) in enumerate(some)])


@settings(max_examples=150, deadline=None)
@given(groups)
def test_it_is_what_going_through_everything_gives(members: list[Member]) -> None:
    found = settle(OPTIONS, members)
    feasible = [p for p in plans(OPTIONS) if all(c.holds(p) for m in members for c in m.must)]
    assert found.feasible == len(feasible)
    assert (found.plan is None) == (not feasible)
    if found.plan is not None:
        assert found.plan in feasible
        assert found.met == max(sum(w.holds(p) for m in members for w in m.wishes) for p in feasible)
        assert list(found.dissent) == [m.name for m in members if not m.content(found.plan)]
        assert found.met + len(found.unmet) == found.wished
        return
    every = list(plans(OPTIONS))
    for conflict in found.conflicts:
        said = [one for _, one in conflict.parts]
        assert not any(all(one.holds(p) for one in said) for p in every)
        for less in itertools.combinations(said, len(said) - 1):
            assert any(all(one.holds(p) for one in less) for p in every), "each of them is needed for it"
    needs = [one for member in members for one in member.must]
    gone = [one for _, one in found.relief]
    for one in gone:
        needs.remove(one)
    assert any(all(one.holds(p) for one in needs) for p in every), "without these a plan is left"
    assert found.conflicts
    assert found.relief


def test_options_that_are_none_and_conditions_that_are_none_are_refused() -> None:
    good: dict[str, Any] = {
        "options": {"a": [1, 2], "b": ["x", "y"]},
        "members": [{"member": "ann", "must": [["a", "at least", 2]]}],
    }
    assert settle(*read(good)).plan == {"a": 2, "b": "x"}
    for options, members in (
        ({}, good["members"]),
        ({"a": "12"}, good["members"]),
        (good["options"], []),
        (good["options"], [{"must": [["c", "=", 1]]}]),
        (good["options"], [{"must": [["b", "at least", 1]]}]),
        (good["options"], [{"must": [["a", "about", 1]]}]),
        (good["options"], [{"must": ["a = 1"]}]),
        (good["options"], [{"must": [["b", "in", "xy"]]}]),
        (good["options"], [{"must": [[["a", "b"], "at most", 3]]}]),
        (good["options"], [{"member": "ann"}, {"member": "ann"}]),
        (good["options"], ["ann"]),
    ):
        with pytest.raises(UsageError):
            read({"options": options, "members": members})


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(UsageError, match="more than are gone through"):
        settle({name: tuple(range(60)) for name in "abc"}, [Member(name="ann")])
