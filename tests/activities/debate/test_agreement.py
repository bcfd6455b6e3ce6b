"""The map of a debate: who agrees, how many different views there are, and what may be called a consensus."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.activities.debate.agreement import agreement, outcome
from jupyter_coimprove.activities.debate.cards import cards
from jupyter_coimprove.activities.debate.position import Position, Question, chosen, content, seal, stood
from jupyter_coimprove.activities.debate.repeats import repeated, resemblance
from jupyter_coimprove.activities.debate.study import Cited, Sight, debate
from jupyter_coimprove.errors import UsageError

Q = Question(
    id="crd_1", text="Which rate?", options=("lr=0.1", "lr=0.3"), claims=("it overfits",), notebook="train.ipynb", by="ann"
)  # fmt: skip


def said(who: str, choice: str, text: str = "", **more: object) -> Position:
    given = {
        "id": f"pos_{who}",
        "key": who,
        "who": who,
        "kind": "person",
        "choice": choice,
        "text": text or f"{who} has a reason",
    }
    return Position(**{**given, **more})  # type: ignore[arg-type]


def came(*positions: Position):
    return outcome(Q, agreement(Q, positions))


def test_two_of_three_different_views_are_a_consensus_and_the_third_is_kept_in_its_words() -> None:
    positions = [said("ann", "lr=0.1"), said("bo", "lr=0.1"), said("cy", "lr=0.3", "the curve had not ended")]
    found = came(*positions)
    assert (found.kind, found.option, [one.text for one in found.dissent]) == (
        "consensus",
        "lr=0.1",
        ["the curve had not ended"],
    )
    (card, test) = cards(
        Q,
        agreement(Q, positions),
        found,
        {"fnd_1": Cited(id="fnd_1", kind="finding")},
        {"lr=0.1": ("lr", ""), "lr=0.3": ("lr", "0.3")},
    )
    assert card.kind == "consensus"
    assert card.known == ("dissent, cy (lr=0.3): the curve had not ended",)
    assert test.next == ("plan train.ipynb -f lr=0.3 --question 'Which rate?' --because {id}",)


def test_one_alone_is_no_consensus_and_what_is_missing_is_said() -> None:
    assert came().missing == "nobody has taken a position"
    assert came(said("ann", "lr=0.1")).missing == "a debate of one: a second view is missing"
    assert came(said("ann", "lr=0.1"), said("bo", "")).missing == "fewer than two have chosen an option"
    model = said("sceptic", "lr=0.1", kind="ai", origin="m")
    assert (
        came(model, said("other", "lr=0.1", kind="ai", origin="n")).missing
        == "no person has taken a position"
    )


def test_roles_of_one_model_are_one_view_however_many_there_are() -> None:
    roles = [
        said(role, "lr=0.3", kind="ai", origin="m")
        for role in ("advocate", "sceptic", "methodologist", "practitioner")
    ]
    found = agreement(Q, [said("ann", "lr=0.1"), said("bo", "lr=0.1"), *roles])
    assert found.views == pytest.approx(3)
    assert found.shares["lr=0.1"] == pytest.approx(2 / 3)
    assert outcome(Q, found).kind == "consensus"
    assert found.repeats == ("advocate, sceptic, methodologist and practitioner are one model: one view",)
    assert "are one model" in " ".join(debate(Sight(question=Q, positions=found.last)).sections[5].lines)


def test_the_same_words_are_one_view() -> None:
    text = "The higher rate diverged in two of the five blocks when we ran it last week on the cluster"
    copies = [
        said(who, "lr=0.1", f"{text}{end}") for who, end in (("ann", "."), ("bo", "!"), ("cy", " again."))
    ]
    found = came(*copies)
    assert (found.kind, found.missing) == (
        "too few",
        "all who chose are one view: a second, independent one is missing",
    )
    with_another = agreement(Q, [*copies, said("di", "lr=0.3", "I would rather have the faster one")])
    assert with_another.shares == {"lr=0.1": pytest.approx(0.5), "lr=0.3": pytest.approx(0.5)}
    assert outcome(Q, with_another).kind == "split"


def test_copied_votes_on_many_claims_are_found_out() -> None:
    import random

    rng = random.Random(5)
    claims = tuple(f"claim {i}" for i in range(30))
    question = Question(id="crd_2", text="?", options=("a", "b"), claims=claims)
    truth = [rng.random() < 0.5 for _ in claims]

    def votes(skill: float) -> dict[str, str]:
        return {
            c: "for" if t == (rng.random() < skill) else "against" for c, t in zip(claims, truth, strict=True)
        }

    good = [said(who, "a", stands=votes(0.85)) for who in ("ann", "bo", "cy", "di")]
    bad = votes(0.6)
    copies = [said(f"copy {i}", "b", f"reason number {i} of its own", stands=bad) for i in range(5)]
    found = agreement(question, [*good, *copies])
    assert found.merged.method == "dawid-skene"
    assert found.views == pytest.approx(5, abs=0.5)
    assert outcome(question, found).option == "a"
    assert any("agree more than skill explains" in one for one in found.repeats)


def test_the_last_word_counts_and_who_changed_after_what_is_told() -> None:
    first, second = (
        said("bo", "lr=0.3"),
        said("bo", "lr=0.1", id="pos_2", round=2, change="revised", cites=("fnd_1",)),
    )
    study = debate(
        Sight(
            question=Q,
            positions=[said("ann", "lr=0.1"), first, second],
            cited={"fnd_1": Cited(id="fnd_1", kind="finding", state="accepted")},
        )
    )
    (changed,) = [part for part in study.sections if part.title == "Who changed"]
    assert changed.rows == (("bo", 2, "revised", "lr=0.3", "lr=0.1", "fnd_1"),)
    assert study.headline == "Which rate?: consensus on lr=0.1, 100% of the views (2 for it), no dissent"


def test_nothing_of_what_others_say_is_told_to_who_has_not_written() -> None:
    study = debate(Sight(question=Q, sealed=[("ann", True), ("bo", False)], withheld=True))
    assert study.headline == "Which rate?: 2 wrote blind; write yours to see what others say"
    assert [part.title for part in study.sections] == ["Question"]
    assert study.unseen == (
        "what ann, bo (unverified) wrote: it is shown once you have written your own, or the round is over",
    )


def test_options_are_named_by_words_or_number_and_others_are_refused() -> None:
    assert [chosen(one, Q) for one in ("lr=0.3", "2", " LR=0.3 ", "unsure")] == [
        "lr=0.3",
        "lr=0.3",
        "lr=0.3",
        "",
    ]
    for wrong in ("3", "lr=0.2", ""):
        with pytest.raises(UsageError, match="is no option"):
            chosen(wrong, Q)
    assert stood(["1=for"], Q) == stood(["It overfits = FOR"], Q) == {"it overfits": "for"}
    for wrong in ("it overfits", "2=for", "1=perhaps"):
        with pytest.raises(UsageError, match="no stand"):
            stood([wrong], Q)
    with pytest.raises(UsageError, match="voted on twice"):
        stood(["1=for", "1=against"], Q)


_TEXT = st.text(alphabet="ab é\n𝄞", max_size=12)
_SAID = st.fixed_dictionaries(
    {
        "choice": _TEXT, "text": _TEXT, "action": _TEXT, "salt": _TEXT, "author": _TEXT, "debate": st.just("crd_1"), "asked": st.just("json:0"),
        "stands": st.dictionaries(_TEXT, st.just("for"), max_size=3), "cites": st.lists(_TEXT, max_size=3).map(tuple),
    }
)  # fmt: skip


@given(_SAID, st.sampled_from(["choice", "text", "salt", "author"]))
def test_a_seal_is_of_every_part_of_what_was_said(given_: dict, part: str) -> None:
    clean = {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for k, v in given_.items()}
    whole = content(**clean)
    assert seal(whole) == seal(dict(reversed(list(whole.items()))))
    assert seal(whole) != seal({**whole, part: f"{whole[part]}x"})


@given(_TEXT, _TEXT)
def test_resemblance_is_symmetric_and_one_for_itself(first: str, second: str) -> None:
    assert resemblance(first, second) == resemblance(second, first) <= 1
    assert resemblance(first, first) in (0, 1)
    assert not repeated({"a": "", "b": ""})
