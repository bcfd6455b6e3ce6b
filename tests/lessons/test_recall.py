"""A lesson is kept as it was, counted by what came later, and recalled where it holds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.lesson import Lesson, Scope
from jupyter_coimprove.lessons.recall import Kept, against, favour, guidance, recall
from jupyter_coimprove.lessons.tallying import tally

_LETTERS = "ab ß=()'.:\n\u2028"
WORD = st.text(_LETTERS, max_size=20)
LESSONS = st.builds(
    Lesson,
    scope=st.builds(Scope, kind=st.sampled_from(["", "cells", "plan"]), notebook=WORD, given=st.lists(WORD, max_size=3).map(tuple)),
    avoid=WORD, prefer=WORD, why=WORD, rule=st.text(_LETTERS, min_size=1, max_size=40), drawn_from=st.lists(WORD, max_size=4).map(tuple),
    against=st.lists(WORD, max_size=2).map(tuple), supersedes=WORD,
)  # fmt: skip
LESSON = Lesson(scope=Scope(kind="cells"), avoid="cv=5", prefer="cv=3", state="accepted", id="les_1")


def decided(place: int, features: set[str], kept: set[str] | None, why: str = "") -> Decided:
    verdict = "rejected" if kept is None else "accepted" if kept == features else "edited"
    return Decided(
        id=f"dec_{place}", subject=f"prp_{place}", kind="cells", notebook="a.ipynb", verdict=verdict, reason=why,  # type: ignore[arg-type]
        features=frozenset(features), kept=frozenset(kept or ()),
    )  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(lesson=LESSONS)
def test_what_is_kept_is_read_back(lesson: Lesson) -> None:
    again = Lesson.from_dict(lesson.as_dict(), id=lesson.id, state=lesson.state)
    assert again == lesson
    assert again.key == lesson.key


def test_what_follows_and_is_kept_helps_what_follows_and_is_undone_harms() -> None:
    found = tally(
        LESSON,
        [
            decided(1, {"cv=3"}, {"cv=3"}), decided(2, {"cv=3"}, {"cv=5"}), decided(3, {"cv=5"}, {"cv=3"}),
            decided(4, {"cv=5"}, {"cv=5"}), decided(5, {"cv=10"}, {"cv=10"}), decided(6, {"cv=3"}, None, "too slow"),
        ],
    )  # fmt: skip
    assert found.helpful == ("dec_1", "dec_3")
    assert found.harmful == ("dec_2", "dec_4", "dec_6")


def test_a_reason_that_is_given_elsewhere_too_is_not_the_lessons_fault() -> None:
    later = [decided(1, {"cv=3"}, None, "Too slow"), decided(2, {"cv=10"}, None, "too slow.")]
    assert tally(LESSON, later).harmful == ()
    assert tally(LESSON, later[:1], [later[1]]).harmful == ()
    assert tally(LESSON, later[:1]).harmful == ("dec_1",)


def test_it_is_doubted_by_what_was_decided_lately() -> None:
    right = [decided(i, {"cv=3"}, {"cv=3"}) for i in range(30)]
    wrong = [decided(50 + i, {"cv=3"}, {"cv=5"}) for i in range(4)]
    assert not tally(LESSON, right).doubted
    assert not tally(LESSON, [*right, *wrong[:3]]).doubted
    assert tally(LESSON, [*right, *wrong]).doubted
    assert tally(LESSON, wrong[:3]).doubted


def test_only_what_a_person_accepted_here_and_does_not_harm_guides() -> None:
    doubted = tally(LESSON, [decided(i, {"cv=3"}, {"cv=5"}) for i in range(3)])
    everything = [
        Kept(lesson=LESSON), Kept(lesson=LESSON, own=False), Kept(lesson=LESSON, tally=doubted),
        *(Kept(lesson=Lesson(scope=Scope(), avoid="x", state=state)) for state in ("pending", "rejected", "retired", "suspended")),
    ]  # fmt: skip
    (found,) = recall(everything, kind="cells", notebook="b.ipynb")
    assert guidance([found]) == [
        {"id": "les_1", "rule": "cells: cv=3 instead of cv=5", "for": "cells", "helped": 0, "harmed": 0}
    ]
    assert recall(everything, kind="plan") == ()


def test_the_scope_decides_where_it_is_recalled_and_the_better_one_comes_first() -> None:
    here = Kept(lesson=Lesson(scope=Scope(kind="cells", notebook="a.ipynb"), avoid="x", state="accepted"))
    helped = Kept(lesson=LESSON, tally=tally(LESSON, [decided(1, {"cv=3"}, {"cv=3"})]))
    assert recall([here, helped], notebook="a.ipynb") == (helped, here)
    assert recall([here, helped], notebook="b.ipynb") == (helped,)


def test_a_proposal_is_held_against_them() -> None:
    narrow = Kept(
        lesson=Lesson(scope=Scope(kind="cells", given=("fit()",)), prefer="n_jobs=1", state="edited")
    )
    kept = [Kept(lesson=LESSON), narrow]

    def of(*features: str) -> int:
        return favour(kept, kind="cells", notebook="a.ipynb", features=frozenset(features))

    assert (of("cv=3"), of("cv=5"), of("cv=5", "fit()"), of("cv=5", "fit()", "n_jobs=1")) == (0, -1, -2, -1)
    assert against(kept, kind="plan", notebook="a.ipynb", features=frozenset({"cv=5"})) == ()
