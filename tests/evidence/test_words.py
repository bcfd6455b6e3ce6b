"""The finding card: what may be said of an effect, in which words, with which digits."""

from __future__ import annotations

import dataclasses
import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.evidence import grounding, words
from jupyter_coimprove.evidence.effects import Interaction, ItemSampling
from jupyter_coimprove.evidence.finding import Finding
from jupyter_coimprove.evidence.printing import clean, code, decimals_of, escape, key, printed
from jupyter_coimprove.testing.sample_findings import arm, effect, evidence, finding

WORSE = effect("dropout=0.0", -0.0213, 0.0139, "worse")
BETTER = effect("scaler dropped", 0.031, 0.02, "better")
SAME = effect("C=10", 0.001, 0.005, "equivalent", equivalence=(-0.003, 0.005))
OPEN = effect("lr=1", 0.004, 0.0101, "undecided", needed=27)


def sampling(low: float, high: float) -> ItemSampling:
    return ItemSampling(low=low, high=high, p=0.5, items=200, clusters=0, method="paired items")


def unread(claim: str, references) -> list[str]:
    """Numbers of a claim outside code spans that no reference stands at."""
    covered = {i for r in references if r.start >= 0 for i in range(r.start, r.start + len(r.text))}
    spans = {i for m in re.finditer(r"`[^`]*`", claim) for i in range(*m.span())}
    return [
        m.group() for m in re.finditer(r"\d[\d.]*", claim) if not set(range(*m.span())) <= covered | spans
    ]


def every_kind() -> list[Finding]:
    """One finding of each kind of result."""
    exact = effect("C=10", 0.0125, 0.0, "better", method="exact difference", p=None, p_adjusted=None)
    still = effect("C=10", 0.0, 0.0, "undecided", points=tuple((b, 0.0) for b in range(8)), p=None)
    skipped = effect("b=2", 0.01, 0.02, "undecided", tested=False)
    return [
        finding(evidence(WORSE, smallest_effect=0.01)),
        finding(evidence(WORSE, BETTER, SAME, OPEN, margin=0.02, smallest_effect=0.01, residual=0.0012)),
        finding(evidence(OPEN), status="exploratory"),
        finding(evidence(dataclasses.replace(OPEN, needed=0), smallest_effect=0.01), status="post hoc"),
        finding(evidence(exact, deterministic=True)),
        finding(evidence(still, deterministic=True)),
        finding(evidence(dataclasses.replace(OPEN, arm="a=1"), skipped, multiplicity="fixed-sequence", sequence=("a=1", "b=2"))),
        finding(evidence(effect("lr=9", None, 0.0, "undecided", n=0), arms=(arm("baseline", 0.9), arm("lr=9", 0.9, failed=8)))),
        finding(evidence(arms=(arm("baseline", 0.93),)), design="baseline-only"),
        finding(evidence(dataclasses.replace(WORSE, items=sampling(-0.05, 0.01)), block_kind="init")),
        finding(evidence(dataclasses.replace(WORSE, n=6, method="nadeau-bengio"), block_kind="split")),
        finding(
            evidence(
                WORSE, BETTER,
                interactions=(Interaction(factors=("dropout", "scaler"), estimate=-0.02, low=-0.03, high=-0.01, p=0.001, p_adjusted=0.002),),
            )
        ),
    ]  # fmt: skip


def test_one_treatment_is_one_sentence_with_estimate_interval_level_blocks_and_verdict() -> None:
    assert finding(evidence(WORSE, smallest_effect=0.01)).claim == (
        "`dropout=0.0` is worse than the baseline on this split: `accuracy` changes by −0.021 "
        "(95 % interval −0.035 to −0.007, 8 blocks). Confirmatory: arms, blocks and analysis were "
        "registered before the first run."
    )


def test_several_treatments_open_with_the_answer() -> None:
    claim = finding(evidence(WORSE, BETTER, SAME, OPEN, margin=0.02, smallest_effect=0.01)).claim
    assert claim.split("\n\n") == [
        "On this split, `dropout=0.0` worsens `accuracy`; `scaler dropped` improves it; `C=10` makes no "
        "difference beyond the registered margin. This experiment does not decide whether `lr=1` changes "
        "`accuracy`.",
        "- `dropout=0.0` is worse than the baseline: `accuracy` changes by −0.021 (95 % interval −0.035 to "
        "−0.007, 8 blocks).\n"
        "- `scaler dropped` is better than the baseline: `accuracy` changes by +0.031 (95 % interval +0.011 "
        "to +0.051, 8 blocks).\n"
        "- `C=10` is equivalent to the baseline, within the registered margin of 0.02: `accuracy` changes by "
        "+0.0010 (95 % interval −0.0040 to +0.0060, 8 blocks); the interval of the equivalence test, −0.0030 to "
        "+0.0050, lies within the margin.\n"
        "- `lr=1` is undecided: `accuracy` changes by +0.004 (95 % interval −0.006 to +0.014, 8 blocks); the "
        "registered smallest effect of 0.01 takes about 27 blocks to decide.",
        "Confirmatory: arms, blocks and analysis were registered before the first run.",
    ]


def test_every_number_of_every_claim_is_a_reference_at_its_place() -> None:
    for made in every_kind():
        assert unread(made.claim, made.references) == [], made.claim
        for reference in made.references:
            if reference.start >= 0:
                assert made.claim[reference.start :].startswith(reference.text)
                assert math.isfinite(reference.value)


def test_every_claim_stands_up_to_its_own_check() -> None:
    for made in every_kind():
        assert grounding.check(made.claim, made.references).unbacked == (), made.claim


def test_an_estimate_names_the_runs_of_its_arm_and_of_the_baseline_only() -> None:
    made = finding(evidence(WORSE, BETTER))
    estimate = next(r for r in made.references if r.key == "effects/scaler dropped/estimate")
    assert estimate.runs == tuple(f"run_{a:02d}{b:02d}" for a in (0, 2) for b in range(8))


def test_a_name_with_a_slash_stays_one_step_of_its_path() -> None:
    assert key("effects", "data=a/b~c", "p") == "effects/data=a~1b~0c/p"


# -- wording rules ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "words_"),
    [
        ("init", "on this split"), ("order", "on this split"), ("split", "over repeated splits of this data set"),
        ("unknown", "in these blocks"),
    ],
)  # fmt: skip
def test_a_verdict_reaches_as_far_as_its_blocks(kind: str, words_: str) -> None:
    claim = finding(evidence(WORSE, block_kind=kind)).claim
    assert f"worse than the baseline {words_}:" in claim
    assert ("not known from the code" in claim) == (kind == "unknown")


def test_nothing_is_said_in_general_when_the_items_interval_covers_zero() -> None:
    covers = finding(evidence(dataclasses.replace(BETTER, items=sampling(-0.01, 0.05)))).claim
    assert "interval is −0.010 to +0.050, so this is about these items and not in general" in covers
    leaves = finding(evidence(dataclasses.replace(BETTER, items=sampling(0.01, 0.05)))).claim
    assert "in general" not in leaves
    assert all("better in general" not in made.claim for made in every_kind())


def test_undecided_gives_the_blocks_for_the_registered_smallest_effect() -> None:
    said = finding(evidence(OPEN, smallest_effect=0.01)).claim
    assert "the registered smallest effect of 0.01 takes about 27 blocks to decide" in said
    never = finding(evidence(dataclasses.replace(OPEN, needed=0), smallest_effect=0.01)).claim
    assert "no number of blocks decides the registered smallest effect of 0.01, it takes more data" in never
    without = finding(evidence(dataclasses.replace(OPEN, needed=None))).claim
    assert "No smallest effect of interest was registered" in without
    assert "27" not in without


def test_no_difference_is_claimed_only_with_a_registered_margin() -> None:
    made = finding(evidence(SAME, margin=None))
    assert made.verdicts == {"C=10": "undecided"}
    assert made.extra["effects"][0]["verdict"] == "undecided"
    assert "equivalent" not in made.claim
    assert "no difference" not in made.claim


def test_a_difference_below_the_margin_is_called_both() -> None:
    small = effect("C=10", 0.006, 0.004, "equivalent", equivalence=(0.003, 0.009))
    assert "different, but below the margin" in finding(evidence(small, margin=0.02)).claim
    assert "different, but" not in finding(evidence(SAME, margin=0.02)).claim


def test_equal_responses_are_an_exact_difference_without_a_test() -> None:
    exact = effect("C=10", 0.0125, 0.0, "better", method="exact difference", p=None, p_adjusted=None)
    claim = finding(evidence(exact, deterministic=True)).claim
    assert "changes by exactly +0.01250 (8 blocks); the runs are deterministic" in claim
    assert "interval" not in claim


def test_no_change_is_observed_not_tested() -> None:
    still = effect("C=10", 0.0, 0.0, "undecided", points=tuple((b, 0.0) for b in range(8)))
    claim = finding(evidence(still, WORSE)).claim
    assert (
        "`C=10`: no change observed: `accuracy` equals the baseline's in 8 blocks, so no test was made."
        in claim
    )
    assert "no change was observed with `C=10`" in claim


def test_a_stopped_sequence_says_where_it_stopped() -> None:
    first, second = dataclasses.replace(OPEN, arm="a=1"), effect("b=2", 0.01, 0.02, "undecided", tested=False)
    claim = finding(evidence(second, first, multiplicity="fixed-sequence", sequence=("a=1", "b=2"))).claim
    assert (
        "`b=2` was not tested: `accuracy` changed by +0.010 (8 blocks); the fixed sequence had stopped at "
        "`a=1`, the first where no difference was shown." in claim
    )
    primary = finding(evidence(first, second, multiplicity="primary", sequence=("a=1",))).claim
    assert (
        "`b=2` is not the primary contrast and was not tested: `accuracy` changed by +0.010 (8 blocks)."
        in primary
    )


def test_failures_are_told_by_arm_and_leave_it_undecided_when_unequal() -> None:
    found = evidence(
        dataclasses.replace(OPEN, n=6, arm="lr=9"), arms=(arm("baseline", 0.93), arm("lr=9", 0.94, failed=2)),
        smallest_effect=0.01,
    )  # fmt: skip
    claim = finding(found).claim
    assert "6 of 8 blocks" in claim
    assert "Of the 8 runs of `lr=9`, 2 failed (error)." in claim
    assert "its runs fail at another rate than the baseline's, which alone leaves it undecided" in claim


def test_an_arm_without_any_response_is_undecided() -> None:
    found = evidence(
        effect("lr=9", None, 0.0, "undecided", n=0), arms=(arm("baseline", 0.9), arm("lr=9", 0.9, failed=8, reason="kernel_died")),
    )  # fmt: skip
    claim = finding(found).claim
    assert "no pair of runs gave `accuracy` (0 of 8 blocks)" in claim
    assert "8 failed (kernel died)" in claim


def test_only_an_interaction_that_the_level_finds_is_told() -> None:
    strong = Interaction(factors=("a", "b"), estimate=-0.02, low=-0.03, high=-0.01, p=0.001, p_adjusted=0.002)
    weak = dataclasses.replace(strong, factors=("a", "c"), p_adjusted=0.2)
    claim = finding(evidence(WORSE, BETTER, interactions=(strong, weak))).claim
    assert "`a` and `b` interact" in claim
    assert "−0.020 (interval −0.030 to −0.010)" in claim
    assert "`c`" not in claim


@pytest.mark.parametrize("status", ["confirmatory", "exploratory", "post hoc"])
def test_the_status_is_said(status: str) -> None:
    made = finding(evidence(WORSE), status=status)
    assert made.status == status
    assert f"{status[0].upper()}{status[1:]}: " in made.claim


def test_a_registered_hypothesis_gets_its_verdict() -> None:
    held = dataclasses.replace(WORSE, hypothesis="refuted")
    claim = finding(evidence(held, hypothesis="dropout=0.0 better")).claim
    assert "The registered hypothesis `dropout=0.0 better` is refuted." in claim


def test_nondeterminism_of_the_baseline_is_told() -> None:
    assert "differs from itself by 0.0012" in finding(evidence(WORSE, residual=0.0012)).claim
    assert "differs from itself" not in finding(evidence(WORSE, residual=0.0)).claim


def test_no_unit_is_invented() -> None:
    for made in every_kind():
        assert "point" not in made.claim
        assert all(r.quantity == "level" for r in made.references if "%" in r.text)


# -- digits ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "half", "said"),
    [
        (-0.02134, 0.0139, "−0.021"), (0.02134, 0.00139, "+0.0213"), (12.345, 3.4, "+12.3"), (0.0004, 0.02, "0.000"),
        (1234.5, 120.0, "+1234"), (3.4e-8, 1.1e-8, "+3.4e-08"), (2.5e9, 1.2e8, "+2.50e+09"), (-0.5, 0.095, "−0.500"),
    ],
)  # fmt: skip
def test_numbers_have_two_digits_of_the_half_width(value: float, half: float, said: str) -> None:
    assert printed(value, decimals_of(half), sign=True) == said


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e9))
def test_a_printed_number_is_within_half_a_unit_of_its_last_digit(value: float, half: float) -> None:
    places = decimals_of(half)
    text = printed(value, places).replace("−", "-")
    assert abs(float(text) - value) <= 0.5000001 * 10.0 ** -min(places, 300) + 1e-9 * abs(value)
    assert not re.fullmatch(r"-[0.]+", text)


# -- the cell and the terminal ---------------------------------------------------------------
def test_the_cell_is_readable_markdown() -> None:
    made = finding(evidence(WORSE, smallest_effect=0.01), deviations=["arm `lr=1` <cancelled>"])
    assert words.markdown(made, figures=False) == (
        "### Finding: Which of these parts matter?\n\n"
        "`dropout=0.0` is worse than the baseline on this split: `accuracy` changes by −0.021 (95 % interval "
        "−0.035 to −0.007, 8 blocks). Confirmatory: arms, blocks and analysis were registered before the first "
        "run. Deviations from the plan are listed with it.\n\n"
        "| treatment | change in `accuracy` | 95 % interval | blocks | better in | verdict |\n"
        "|---|--:|:-:|--:|--:|---|\n"
        f"| `dropout=0.0` | −0.021 | −0.035 to −0.007 | 8 | {WORSE.better[0]} of 8 | worse |\n\n"
        "Deviations from the plan:\n\n"
        "- arm \\`lr=1\\` \\<cancelled\\>\n\n"
        "Confirmatory · experiment `exp_01JDCXQ7Z00000000000000001` · finding `fnd_01JDCXQ7Z00000000000000001` · "
        "8 blocks (init) · 16 runs · experiments here: 3 registered, 1 reported, 1 abandoned, 2 on the same response\n"
    )


def test_figures_draw_the_intervals_as_text() -> None:
    text = words.markdown(finding(evidence(WORSE, BETTER)), figures=True)
    assert "dropout=0.0     ├──────●──────┤   ┊" in text
    assert "+0.031\n" in text
    for line in text.splitlines():
        assert "<" not in line


HOSTILE = "a|b`c``<img src=x onerror=alert(1)> ![x](http://e.org/?q) $x$ \u202e\x1b[31m\ud800\n# H"


def test_hostile_names_stay_names() -> None:
    made = finding(
        evidence(dataclasses.replace(WORSE, arm=HOSTILE)), question=HOSTILE, deviations=[HOSTILE]
    )  # fmt: skip
    text = words.markdown(made, figures=True)
    text.encode()
    drawn = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert not re.findall(r"<(?!/?(?:p|h3|ul|li|code|pre|em|strong|table|thead|tbody|tr|th|td)\b)", drawn)
    assert "<img" not in drawn
    assert drawn.count("<td") % 6 == 0
    assert not re.search("[\u202e\x1b\ud800]", text)
    assert text.count("\n# H") == 0
    assert "\x1b" not in words.plain(made)


@given(st.text())
def test_a_code_span_holds_any_name(name: str) -> None:
    span = code(name)
    span.encode()
    fence = re.match("`+", span)
    assert fence is not None
    assert span.endswith(fence.group())
    inner = span[fence.end() : -fence.end()]
    assert fence.group() not in [m for m in re.findall("`+", inner) if len(m) == fence.end()]
    assert "\n" not in span


@given(st.text())
def test_escaped_text_has_no_bare_markup(text: str) -> None:
    escaped = escape(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>`*_\[\]$|]", escaped)
    assert escaped.replace("\\", "") == clean(text).replace("\\", "")


def test_a_terminal_gets_wrapped_lines_and_the_intervals() -> None:
    text = words.plain(finding(evidence(WORSE, BETTER, notes=("a note",))), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "●" in text
    assert "- note: a note" in text


# -- what is decided on ----------------------------------------------------------------------
def test_a_finding_is_json_that_comes_back_the_same() -> None:
    for made in every_kind():
        assert Finding.from_dict(
            json.loads(json.dumps(made.as_dict(), allow_nan=False))
        ) == Finding.from_dict(made.as_dict())
        assert Finding.from_dict(made.as_dict()).claim == made.claim
        digest_json(made.as_dict())


def test_the_digest_covers_everything_but_the_id() -> None:
    made = finding(evidence(WORSE))
    assert made.digest == words.digest(dataclasses.replace(made, id="fnd_other"))
    assert made.digest != words.digest(dataclasses.replace(made, claim=made.claim + " "))
    assert made.digest != words.digest(dataclasses.replace(made, deviations=("x",)))


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-50, 50), st.floats(1e-6, 20), st.sampled_from(["better", "worse", "equivalent", "undecided"]),
    st.sampled_from([None, 0.5]), st.sampled_from([None, 0, 9]),
)  # fmt: skip
def test_any_result_can_be_told(estimate, half, verdict, margin, needed) -> None:
    one = effect("lr=0.1", estimate, half, verdict, needed=needed)
    made = finding(evidence(one, WORSE, margin=margin, smallest_effect=0.5))
    assert unread(made.claim, made.references) == []
    assert grounding.check(made.claim, made.references).unbacked == ()
