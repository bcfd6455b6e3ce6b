"""A stream of decisions by the scripted lab, with what was learnt gone by, and without: the same lab, the same offers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from jupyter_coimprove.bench.lab import Lab, Offer
from jupyter_coimprove.curation.rules import edit_distance
from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.drafting import drafts, narrower
from jupyter_coimprove.lessons.features import of_source as _features
from jupyter_coimprove.lessons.lesson import Lesson
from jupyter_coimprove.lessons.recall import Kept, favour
from jupyter_coimprove.lessons.tallying import Tally, tally

of_source = lru_cache(maxsize=20_000)(_features)
#: Ways to write a cell that come to mind; what was learnt chooses among them.
WAYS = 12
#: The person looks at what was drafted every so many decisions.
EVERY = 10


@dataclass
class Stream:
    """What happened: decisions in order, and the lessons as they stood at the end."""

    decided: list[Decided] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    retired: list[tuple[int, Lesson]] = field(default_factory=list)

    def acceptance(self, first: int, last: int) -> float:
        part = self.decided[first:last]
        return sum(one.verdict == "accepted" for one in part) / len(part)

    def distance(self, first: int, last: int) -> float:
        """Mean edit distance of what was kept: 0 verbatim."""
        part = [one.distance or 0.0 for one in self.decided[first:last] if one.verdict != "rejected"]
        return sum(part) / len(part)


def run(lab: Lab, many: int = 240, *, memory: bool, planted: Lesson | None = None) -> Stream:
    """The person accepts every draft and retires what is doubted; ``planted`` is a lesson that is there from the start."""
    stream = Stream()
    if planted is not None:
        _accept(stream, planted, 0)
    for place in range(many):
        offers = lab.offers(place, WAYS)
        offer = _chosen(stream, offers) if memory else offers[0]
        stream.decided.append(_decided(lab, offer, place))
        if memory:
            _reconsider(stream, place)
            if place % EVERY == EVERY - 1:
                for lesson in drafts(stream.decided, [one.lesson for one in stream.kept.values()]):
                    _accept(stream, lesson, place + 1)
    return stream


def _chosen(stream: Stream, offers: tuple[Offer, ...]) -> Offer:
    kept = list(stream.kept.values())
    return max(
        offers, key=lambda one: favour(kept, kind="cells", notebook="nb", features=of_source(one.source))
    )


def _decided(lab: Lab, offer: Offer, place: int) -> Decided:
    ruling = lab.decide(offer, place)
    return Decided(
        id=f"dec_{place}", subject=f"prp_{place}", kind="cells", notebook="nb", verdict=ruling.verdict,
        features=of_source(offer.source), kept=of_source(ruling.source), reason=ruling.why,
        proposed=offer.source, stands=ruling.source,
        distance=None if ruling.verdict == "rejected" else edit_distance(offer.source, ruling.source),
    )  # fmt: skip


def _accept(stream: Stream, lesson: Lesson, place: int) -> None:
    id_ = f"les_{len(stream.kept)}"
    stream.kept[id_] = Kept(lesson=replace(lesson, id=id_, state="accepted"))
    stream.since[id_] = place


def _tallied(stream: Stream, id_: str, one: Kept) -> Tally:
    since = stream.since[id_]
    return tally(one.lesson, stream.decided[since:], stream.decided[:since])


def _reconsider(stream: Stream, place: int) -> None:
    for id_, one in list(stream.kept.items()):
        if one.lesson.state != "accepted":
            continue
        now = replace(one, tally=_tallied(stream, id_, one))
        stream.kept[id_] = now
        if now.tally.doubted:
            stream.kept[id_] = replace(now, lesson=replace(now.lesson, state="retired"))
            stream.retired.append((place, now.lesson))
            narrow = narrower(now.lesson, stream.decided[stream.since[id_] :])
            if narrow is not None:
                _accept(stream, narrow, place + 1)
