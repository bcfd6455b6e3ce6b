"""How a lesson does once it is in force: which later decisions it helped, which it harmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.lessons.decided import Decided, reasons
from jupyter_coimprove.lessons.lesson import Lesson

#: A lesson is looked at by its newest decisions: what was right for long may be wrong now.
NEWEST = 8
#: So many harmful ones among these, and no fewer than helpful ones, and it is doubted.
HARMFUL = 3


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The decisions that a lesson helped and harmed, oldest first; ``lately`` are the newest, True for helped."""

    helpful: tuple[str, ...] = ()
    harmful: tuple[str, ...] = ()
    lately: tuple[bool, ...] = ()

    @property
    def doubted(self) -> bool:
        """Whether it harms by what was decided lately: a person is asked to retire it, and until then nobody goes by it."""
        bad = self.lately.count(False)
        return bad >= HARMFUL and 2 * bad >= len(self.lately)


def tally(lesson: Lesson, later: Sequence[Decided], before: Sequence[Decided] = ()) -> Tally:
    """The lesson's counts over decisions that came after it was accepted, oldest first; bulk ones say nothing.

    ``before`` are older decisions: a reason that was given for what does not follow the lesson is not its fault.
    """
    elsewhere = frozenset(
        reason for one in (*before, *later) if not lesson.follows(one.features) for reason in one.reasons
    )
    helpful: list[str] = []
    harmful: list[str] = []
    lately: list[bool] = []
    for one in later:
        said = None if one.bulk else outcome(lesson, one, elsewhere)
        if said is not None:
            (helpful if said else harmful).append(one.id)
            lately.append(said)
    return Tally(helpful=tuple(helpful), harmful=tuple(harmful), lately=tuple(lately[-NEWEST:]))


def outcome(lesson: Lesson, one: Decided, elsewhere: frozenset[str] = frozenset()) -> bool | None:
    """Whether a decision speaks for the lesson (True), against it (False), or not of it (None).

    For: what follows it was kept, what breaks it was mended, or rejected for the same reason. Against: what follows it was undone by an
    edit, or rejected for a reason that is given nowhere else (``elsewhere``), what breaks it was kept, or an edit
    put in what the lesson warns of.
    """
    if not lesson.applies(one.kind, one.notebook, one.features):
        return None
    if lesson.breaks(one.features):
        if one.verdict == "rejected":
            # A rejection may have any other cause, where it is not said to be this one.
            why = reasons(lesson.why)
            return True if lesson.avoid and (not why or not set(why).isdisjoint(one.reasons)) else None
        return not lesson.breaks(one.kept)
    if lesson.avoid and one.verdict == "edited" and lesson.avoid in one.kept:
        return False
    if not lesson.follows(one.features):
        return None
    if one.verdict == "rejected":
        return False if one.reasons and elsewhere.isdisjoint(one.reasons) else None
    return lesson.prefer in one.kept
