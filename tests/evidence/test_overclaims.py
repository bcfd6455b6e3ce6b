"""What a claim's words say beyond the runs, and what they may say."""

from __future__ import annotations

import dataclasses

import pytest

from jupyter_coimprove.evidence.overclaims import beyond
from jupyter_coimprove.testing.sample_findings import effect, evidence, finding

WORSE = effect("dropout=0.0", -0.0213, 0.0139, "worse")
BETTER = effect("no_scaler", 0.031, 0.02, "better")
OPEN = effect("lr=1", 0.004, 0.0101, "undecided", needed=27)
SAME = effect("C=10", 0.001, 0.005, "equivalent", equivalence=(-0.003, 0.005))
FOUND = finding(evidence(WORSE, BETTER, OPEN, SAME, margin=0.02, smallest_effect=0.01))


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.arm) for one in beyond(text, FOUND.references, FOUND.verdicts)]


@pytest.mark.parametrize(
    "text",
    [
        "`dropout=0.0` worsens accuracy; `no_scaler` improves it; `lr=1` is undecided.",
        "Whether `lr=1` improves accuracy is not decided.",
        "`lr=1` may raise accuracy, and C=10 does not lower it.",
        "`lr=1` is thought to raise accuracy, and C=10 has yet to lower it.",
        "`lr=1` probably raises accuracy.",
        "`no_scaler` raises accuracy in all these blocks and was proven to do so over every seed.",
        "`no_scaler` helps here. This does not hold in general.",
        "`lr=1`: accuracy (higher is better) stays undecided.",
        "Accuracy rises by 0.031 (95 % interval +0.011 to +0.051) with `no_scaler`.",
    ],
)
def test_what_the_runs_decide_may_be_said(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`lr=1` improves accuracy.", [("decides", "lr=1")]),
        ("`dropout=0.0` is worse, while `lr=1` helps.", [("decides", "lr=1")]),
        ("We looked at `lr=1`. It clearly raises accuracy.", [("decides", "lr=1")]),
        ("`lr=1` is shown to raise accuracy.", [("decides", "lr=1")]),
        ("`no_scaler` improves accuracy on any data set.", [("reaches", "no_scaler")]),
        ("`no_scaler` improves accuracy, whatever the data.", [("reaches", "no_scaler")]),
        ("C=10 hurts.", [("decides", "C=10")]),
        ("`no_scaler` always improves accuracy.", [("reaches", "no_scaler")]),
        ("This proves that `dropout=0.0` hurts.", [("reaches", "dropout=0.0")]),
        ("`dropout=0.0` lowers accuracy by 0.021.", [("no interval", "dropout=0.0")]),
    ],
)
def test_what_they_do_not_decide_is_told_with_its_treatment(text: str, said: list[tuple[str, str]]) -> None:
    assert kinds(text) == said


def test_a_treatment_that_leaves_zero_out_over_items_too_may_be_told_in_general() -> None:
    from jupyter_coimprove.evidence.effects import ItemSampling

    items = ItemSampling(low=0.01, high=0.05, p=0.01, items=200, clusters=0, method="paired items")
    wide = finding(evidence(dataclasses.replace(BETTER, items=items)))
    text = "`no_scaler` improves accuracy in general."
    assert not beyond(text, wide.references, wide.verdicts)
    assert [one.kind for one in beyond(text, FOUND.references, FOUND.verdicts)] == ["reaches"]


def test_computed_claims_say_no_more_than_they_show() -> None:
    for made in (
        FOUND,
        finding(evidence(WORSE)),
        finding(evidence(OPEN)),
        finding(evidence(SAME, margin=0.02)),
    ):
        assert beyond(made.claim, made.references, made.verdicts) == ()
