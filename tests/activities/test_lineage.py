"""From a problem to what came of it, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.activities.lineage import Lineage, Node


def node(id_: str, *used: str, kind: str = "experiment") -> Node:
    return Node(id=id_, kind=kind, state="", title=id_, used=used)


WAY = Lineage.of([
    node("problem", kind="card"), node("plan", "problem"), node("other plan", "problem"), node("finding", "plan", kind="finding"),
    node("module", "finding", "plan", kind="card"), node("elsewhere", kind="card"),
])  # fmt: skip


def test_the_way_from_a_problem_reaches_the_shipped_result() -> None:
    steps = {step.node.id: step.distance for step in WAY.walk("problem")}
    assert steps == {"problem": 0, "plan": 1, "other plan": 1, "finding": 2, "module": 2}


def test_the_way_back_holds_what_led_to_it_alone() -> None:
    steps = [(step.node.id, step.distance) for step in WAY.walk("module")]
    assert steps == [("problem", -2), ("plan", -1), ("finding", -1), ("module", 0)]


def test_what_nobody_has_and_what_nothing_knows_is_left_out() -> None:
    assert [step.node.id for step in Lineage.of([node("a", "gone")]).walk("a")] == ["a"]
    assert WAY.walk("gone") == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_each_thing_is_on_the_way_once_whatever_is_drawn_in_circles(edges: list[tuple[int, int]]) -> None:
    used: dict[int, list[str]] = {}
    for a, b in edges:
        used.setdefault(a, []).append(str(b))
    found = Lineage.of([node(str(i), *used.get(i, ())) for i in range(10)]).walk("0")
    ids = [step.node.id for step in found]
    assert len(ids) == len(set(ids))
    assert [step.distance for step in found] == sorted(step.distance for step in found)
    assert [step.node.id for step in found if step.distance == 0] == ["0"]


def test_as_a_tree_each_stands_below_what_it_came_of_and_names_what_it_rests_on_besides() -> None:
    drawn = {step.node.id: (step.after, step.also) for step in WAY.walk("module")}
    assert drawn == {
        "problem": ("", ()),
        "plan": ("problem", ()),
        "finding": ("plan", ()),
        "module": ("finding", ("plan",)),
    }
    assert {step.node.id: step.after for step in WAY.walk("problem")}["other plan"] == "problem"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_a_tree_has_all_of_the_way_whatever_rests_on_each_other(edges: list[tuple[int, int]]) -> None:
    used: dict[int, list[str]] = {}
    for a, b in edges:
        used.setdefault(a, []).append(str(b))
    way = Lineage.of([node(str(i), *used.get(i, ())) for i in range(10)]).walk("0")
    below: dict[str, list[str]] = {}
    for step in way:
        below.setdefault(step.after, []).append(step.node.id)
        assert {step.after, *step.also} - {""} <= {one.node.id for one in way}
    reached, todo = [], [""]
    while todo:
        found = below.get(todo.pop(), [])
        reached += found
        todo += found
    assert sorted(reached) == sorted(step.node.id for step in way)
