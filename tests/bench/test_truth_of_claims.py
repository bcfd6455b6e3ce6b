"""Ledgers are what their differences give, a flawed claim differs from its twin in what was planted, and a traced text is traced."""

from __future__ import annotations

import math
import random
from statistics import mean

import pytest
from scipy import stats

from jupyter_coimprove.bench.families import claim_check, write_up
from jupyter_coimprove.bench.item import Answer

CLAIMS = [
    s
    for t in claim_check.CLAIM_CHECK.templates
    for seed in range(8)
    for s in claim_check.CLAIM_CHECK.make(t, seed)
]


def test_every_number_of_a_ledger_follows_from_its_differences() -> None:
    for sample in CLAIMS:
        for row in sample.item.material["ledger"]:
            test = stats.ttest_1samp(row["differences"], 0.0)
            low, high = test.confidence_interval(row["level"])
            assert row["blocks"] == len(row["differences"])
            assert row["estimate"] == pytest.approx(mean(row["differences"]), abs=1e-6)
            assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-6)
            better = (row["estimate"] > 0) == (sample.item.material["better"] == "larger")
            wanted = ("better" if better else "worse") if test.pvalue < 0.05 else "undecided"
            assert row["verdict"] == wanted


def test_twins_have_one_ledger_and_as_many_numbers_and_every_kind_is_planted() -> None:
    pairs = list(zip(CLAIMS[::2], CLAIMS[1::2], strict=True))
    for one, other in pairs:
        assert one.item.material["ledger"] == other.item.material["ledger"]
        texts = [s.item.material["claim"] for s in (one, other)]
        assert texts[0] != texts[1]
        numbers = [write_up.printed_numbers(text) for text in texts]
        assert len(numbers[0]) == len(numbers[1])
        assert abs(len(texts[0]) - len(texts[1])) < 20
        changed = [a != b for a, b in zip(*(text.split("\n") for text in texts), strict=True)]
        assert sum(changed) <= 2, "the planted line, and the line whose scope is told when another reaches"
    assert {s.truth.kind for s in CLAIMS} == {"", *claim_check.KINDS}


def test_macro_f1_counts_a_wrong_kind_as_missed() -> None:
    flawed, sound = (next(s for s in CLAIMS if s.truth.verdict == v) for v in ("flawed", "sound"))
    other = next(k for k in claim_check.KINDS if k != flawed.truth.kind)
    said = [
        claim_check.CLAIM_CHECK.mark(flawed, Answer(verdict="flawed", kind=kind), None)  # type: ignore[arg-type]
        for kind in (flawed.truth.kind, other)
    ]
    fine = claim_check.CLAIM_CHECK.mark(sound, Answer(verdict="sound"), None)  # type: ignore[arg-type]
    assert claim_check.macro_f1([said[0], fine]) == 1.0
    assert claim_check.macro_f1([said[1], fine]) == pytest.approx(0.5)
    assert math.isnan(claim_check.macro_f1([fine]))


def test_the_floor_of_claims_is_what_saying_always_the_same_gets() -> None:
    marks = [claim_check.CLAIM_CHECK.mark(s, Answer(verdict="sound"), None) for s in CLAIMS]  # type: ignore[arg-type]
    assert claim_check.macro_f1(marks) == pytest.approx(claim_check._FLOOR)
    chance = random.Random(3)
    simple = [
        claim_check.macro_f1(
            [
                claim_check.CLAIM_CHECK.mark(
                    s, claim_check.CLAIM_CHECK.simple(s.item, "random", chance), None
                )
                for s in CLAIMS
            ]  # type: ignore[arg-type]
        )
        for _ in range(20)
    ]
    assert mean(simple) == pytest.approx(claim_check._FLOOR, abs=0.03)


def told(text: str, *numbers: tuple[str, str]) -> Answer:
    return Answer(value={"text": text, "numbers": [{"text": t, "key": k} for t, k in numbers]})


def test_a_number_is_traced_by_its_key_its_digits_its_sign_and_the_treatment_in_its_line() -> None:
    (sample,) = write_up.WRITE_UP.make("digits", 1)
    path = "effects/gamma=0.01/estimate"
    value = sample.item.material["numbers"][path]
    shown = f"{value:+.3f}"
    assert write_up.traced(sample.item, told(f"`gamma=0.01`: {shown}", (shown, path)).value)[0] == 1.0
    turned = f"{-value:+.3f}"
    other = f"{value + 0.002:+.3f}"
    for wrong in (
        told(f"`gamma=0.01`: {turned}", (turned, path)), told(f"`gamma=0.01`: {other}", (other, path)),
        told(f"`no_scaler`: {shown}", (shown, path)), told(f"`gamma=0.01`: {shown}", (shown, "effects/no_scaler/estimate")),
        told(f"`gamma=0.01`: {shown} and 3", (shown, path)), told("nothing",), Answer(), Answer(value="text"),
    ):  # fmt: skip
        assert write_up.traced(sample.item, wrong.value) == (0.0, 0.0)


def test_the_floor_of_a_write_up_is_what_keys_drawn_blindly_get() -> None:
    got = []
    for template in write_up.WRITE_UP.templates:
        for seed in range(12):
            (sample,) = write_up.WRITE_UP.make(template, seed)
            chance = random.Random(f"{template}{seed}")
            got += [
                write_up.raw(sample, write_up.WRITE_UP.simple(sample.item, "random", chance))
                for _ in range(5)
            ]
    assert mean(got) == pytest.approx(write_up.FLOOR, abs=0.02)
