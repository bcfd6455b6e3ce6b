"""Lessons are drafted from what repeats, with what stands against them, and never twice."""

from __future__ import annotations

from dataclasses import replace

from jupyter_coimprove.lessons.decided import Decided, reasons
from jupyter_coimprove.lessons.drafting import drafts, narrower
from jupyter_coimprove.lessons.features import changes, of_plan, of_source
from jupyter_coimprove.lessons.lesson import Lesson, Scope

SCORE = "scores = cross_val_score(SVC(random_state={seed}), X, y, scoring='{score}')\nprint(f'{{scores.mean():.2f}}')"
FIT = "model = SVC(random_state={seed}).fit(X, y)"


def decided(
    place: int, before: str, after: str | None = None, *, why: str = "", kind: str = "cells", **more: object
) -> Decided:
    """Accepted where ``after`` is the same, rejected where it is None."""
    verdict = "rejected" if after is None else "accepted" if after == before else "edited"
    return Decided(
        id=f"dec_{place}", subject=f"prp_{place}", kind=kind, notebook="a.ipynb", verdict=verdict, reason=why,  # type: ignore[arg-type]
        features=of_source(before), kept=of_source(after or ""), proposed=before, stands=after or "", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def edited(place: int, *, score: str = "accuracy", why: str = "the classes are not balanced") -> Decided:
    return decided(place, SCORE.format(seed=0, score=score), SCORE.format(seed=0, score="f1_macro"), why=why)


def test_a_cell_is_made_of_what_is_called_given_bound_imported_and_printed() -> None:
    source = "%matplotlib inline\nimport numpy.linalg as la\nSEED = 3\nmodel = SVC(C=1.0, kernel='rbf')\nprint(f'{model.score(X, y):.3f}')"
    assert of_source(source) == {
        "import numpy", "SEED=3", "SVC()", "C=1.0", "kernel='rbf'", "print()", ".score()", ":.3f",
    }  # fmt: skip
    assert of_source("this is no code") == frozenset()


def test_a_plan_is_made_of_what_it_varies_and_how() -> None:
    plan = {"arms": [{"set": {"lr": "0.3"}}, {"set": {}}], "blocks": 5, "response": {"name": "score"}}
    assert of_plan(plan) == {"vary lr", "lr=0.3", "blocks=5", "response=score"}


def test_what_was_put_in_the_place_of_what() -> None:
    assert changes({"cv=5", "SVC()", ":.2f"}, {"cv=3", "MLP()", ":.2f"}) == (
        ("SVC()", "MLP()"),
        ("cv=5", "cv=3"),
    )
    assert changes({"a()"}, {"a()", "n_jobs=1"}) == (("", "n_jobs=1"),)


def test_the_same_reason_is_the_same_however_it_is_written() -> None:
    assert reasons("Too slow (12 s); not in our style.") == ("too slow s", "not in our style")
    assert reasons("  ") == ()


def test_three_edits_of_one_sort_are_a_lesson_two_are_none() -> None:
    assert drafts([edited(0), edited(1)]) == ()
    (lesson,) = drafts([edited(0), edited(1), edited(2, why="")])
    assert lesson.words == (
        "cells of a.ipynb: scoring='f1_macro' instead of scoring='accuracy' (the classes are not balanced)"
    )
    assert lesson.drawn_from == ("dec_0", "dec_1", "dec_2")
    assert lesson.against == ()


def test_it_is_narrowed_to_where_fewer_stand_against_it_and_tells_those_that_do() -> None:
    fitted = [decided(10 + i, FIT.format(seed=0), FIT.format(seed=0)) for i in range(3)]
    scored = [
        decided(i, SCORE.format(seed=0, score="f1"), SCORE.format(seed=1, score="f1")) for i in range(4)
    ]
    kept = decided(20, SCORE.format(seed=0, score="f1"), SCORE.format(seed=0, score="f1"))
    (lesson,) = drafts([*scored, *fitted, kept])
    assert (lesson.avoid, lesson.prefer) == ("random_state=0", "random_state=1")
    assert lesson.scope.given in (
        (".mean()",),
        (":.2f",),
        ("cross_val_score()",),
        ("print()",),
        ("scoring='f1'",),
    )
    assert lesson.against == ("dec_20",)


def test_what_was_accepted_as_often_as_edited_is_no_lesson() -> None:
    kept = [
        decided(10 + i, SCORE.format(seed=0, score="accuracy"), SCORE.format(seed=0, score="accuracy")) for i in range(3)
    ]  # fmt: skip
    assert drafts([edited(0), kept[0], edited(1), kept[1], edited(2), kept[2]]) == ()


def test_rejections_with_one_reason_are_a_lesson_about_what_they_share() -> None:
    slow = [decided(i, f"MLPClassifier(random_state={i}).fit(X, y)", why="Too slow!") for i in range(3)]
    others = [decided(10 + i, FIT.format(seed=i), FIT.format(seed=i)) for i in range(3)]
    other = decided(20, "plt.plot(x)", why="no plots here")
    (lesson,) = drafts([*others, *slow, other])
    assert lesson.avoid == "MLPClassifier()"
    assert lesson.why == "Too slow!"


def test_cards_that_are_always_rejected_are_a_lesson_without_a_reason_too() -> None:
    def card(place: int, source: str, verdict: str) -> Decided:
        features = frozenset({"card problem", f"source {source}"})
        return Decided(
            id=f"dec_{place}", subject=f"crd_{place}", kind="card", notebook="a.ipynb", verdict=verdict,  # type: ignore[arg-type]
            features=features, kept=frozenset() if verdict == "rejected" else features,
        )  # fmt: skip

    (lesson,) = drafts([*(card(i, "curve", "rejected") for i in range(4)), card(9, "claim", "accepted")])
    assert (lesson.scope.kind, lesson.avoid) == ("card", "source curve")


def test_bulk_decisions_and_a_persons_own_proposals_teach_nothing() -> None:
    assert drafts([replace(edited(i), bulk=True) for i in range(5)]) == ()
    assert drafts([replace(edited(i), author_kind="person") for i in range(5)]) == ()


def test_nothing_is_drafted_that_is_known_waits_or_was_refused() -> None:
    found = [edited(i) for i in range(4)]
    (lesson,) = drafts(found)
    for state in ("pending", "accepted", "rejected", "retired", "suspended"):
        assert drafts(found, [replace(lesson, state=state)]) == (), state


def test_a_doubted_lesson_is_narrowed_by_what_went_against_it_or_not_at_all() -> None:
    lesson = Lesson(scope=Scope(kind="cells"), avoid="random_state=0", prefer="random_state=1", id="les_1")
    right = [decided(i, SCORE.format(seed=1, score="f1"), SCORE.format(seed=1, score="f1")) for i in range(5)]
    wrong = [decided(10 + i, FIT.format(seed=1), FIT.format(seed=0)) for i in range(4)]
    found = narrower(lesson, [*right, *wrong])
    assert found is not None
    assert found.supersedes == "les_1"
    assert found.state == "pending"
    assert len(found.scope.given) == 1
    assert not found.scope.covers("cells", "a.ipynb", wrong[0].features)
    assert narrower(lesson, wrong) is None
