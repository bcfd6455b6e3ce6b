"""The way from a problem to what came of it, and back: what each thing used, over all that was recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

#: The order of the one way through; what is reached at the same distance is told in it.
ORDER = ("card", "proposal", "experiment", "prediction", "finding", "lesson")


@dataclass(frozen=True, kw_only=True)
class Node:
    """Something recorded: ``used`` are the ids it rests on, ``title`` a line of it."""

    id: str
    kind: str
    state: str
    title: str
    used: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """A node at ``distance`` steps from the one asked about: before it (negative), itself (0) or after it.

    ``by`` is the neighbour through which it was reached; empty for the one asked about. Drawn as a tree it
    stands below ``after``, which is on the way too and what it came of (empty: it begins one); ``also`` are the
    others on the way that it rests on.
    """

    node: Node
    distance: int
    by: str = ""
    after: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """All nodes by id, and who used each (PROV's ``used`` and its inverse)."""

    nodes: Mapping[str, Node]
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Lineage:
        """The graph of these; ids that nobody has are left out."""
        by_id = {node.id: node for node in nodes}
        users: dict[str, list[str]] = {}
        for node in nodes:
            for one in node.used:
                if one in by_id and one != node.id:
                    users.setdefault(one, []).append(node.id)
        return cls(nodes=by_id, users={id_: tuple(dict.fromkeys(found)) for id_, found in users.items()})

    def walk(self, start: str) -> tuple[Step, ...]:
        """All that led to ``start`` and all that came of it, the farthest before first, each once.

        What shares an origin with it but neither led to it nor came of it is not on the way.
        """
        if start not in self.nodes:
            return ()
        before = self._reached(start, lambda node: node.used, -1)
        after = self._reached(start, lambda node: self.users.get(node.id, ()), 1)
        known = {step.node.id for step in before}
        steps = [
            *before,
            Step(node=self.nodes[start], distance=0),
            *(s for s in after if s.node.id not in known),
        ]
        return _drawn(sorted(steps, key=lambda step: (step.distance, _place(step.node), step.node.id)))

    def _reached(self, start: str, onward: Callable[[Node], tuple[str, ...]], sign: int) -> list[Step]:
        seen = {start}
        out: list[Step] = []
        queue = deque([(start, 0)])
        while queue:
            id_, distance = queue.popleft()
            for one in onward(self.nodes[id_]):
                if one in self.nodes and one not in seen:
                    seen.add(one)
                    out.append(Step(node=self.nodes[one], distance=distance + sign, by=id_))
                    queue.append((one, distance + sign))
        return out


def _place(node: Node) -> int:
    return ORDER.index(node.kind) if node.kind in ORDER else len(ORDER)


def _drawn(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same steps as a forest: below each what came of it, each once, whatever rests on whatever."""
    on_the_way = {step.node.id for step in steps}
    parents: dict[str, str] = {}
    out = []
    for step in steps:
        id_ = step.node.id
        rests = [one for one in dict.fromkeys(step.node.used) if one in on_the_way and one != id_]
        # What came of the one asked about stands below that through which it came.
        first = [step.by] if step.distance > 0 else rests
        above = next((one for one in first if not _is_below(one, id_, parents)), "")
        parents[id_] = above
        out.append(replace(step, after=above, also=tuple(one for one in rests if one != above)))
    return tuple(out)


def _is_below(id_: str, top: str, parents: Mapping[str, str]) -> bool:
    """Whether ``id_`` is ``top``, or stands below it as drawn so far: things that rest on each other end here."""
    while id_:
        if id_ == top:
            return True
        id_ = parents.get(id_, "")
    return False
