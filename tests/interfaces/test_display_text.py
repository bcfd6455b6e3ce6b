"""What people read: plans, results and runs as text, and as the same sheet in HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.interfaces.display.html import render_html
from jupyter_coimprove.interfaces.display.numbers import Scale, duration, interval, number
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import views as v

RESULTS = v.ResultsView(
    summary="One of 3 arms is better", experiment="exp_1", status="confirmatory", response="accuracy", direction="max",
    baseline="baseline",
    effects=tuple(
        v.EffectRow(
            arm=arm, verdict=verdict, estimate=e, low=low, high=high, level=0.95, p=0.01, p_adjusted=0.012, n=8, planned=8,
            method="paired t", needed=27 if verdict == "undecided" else None, better=(7, 8),
        )
        for arm, verdict, e, low, high in [
            ("lr=0.1", "better", 0.0123, 0.0040, 0.0206),
            ("no_aug", "worse", -0.02, -0.03, -0.01),
            ("width=64", "equivalent", 0.0001, -0.001, 0.0012),
            ("dropout=0", "undecided", 0.002, -0.01, 0.014),
        ]
    ),
    arms=(v.ArmResult(arm="baseline", mean=0.91, sd=0.011, completed=7, planned=8, failures={"kernel_died": 1}),),
    claim="lr=0.1 raises accuracy.", finding="fnd_1", finding_state="pending", next=("coimprove accept fnd_1",),
)  # fmt: skip
PLAN = v.PlanView(
    summary="1 arm", id="exp_1", state="draft", status="confirmatory", notebook="nb.ipynb", question="?",
    design="one-at-a-time", response="accuracy", direction="max",
    arms=(v.ArmRow(name="baseline", settings={}), v.ArmRow(name="lr=0.1", settings={"lr": "0.1"}, diff="-lr = 0.01\n+lr = 0.1")),
    blocks=8, block_kind="split", seeds=("seed",), seeding_cell=False, smallest_effect=0.01, margin=None,
    multiplicity="holm", sequence=(), hypothesis=None,
    power=v.PowerRow(power=0.63, needed=13, reachable=True, basis="simulated"),
    cost=v.CostRow(runs=16, run_seconds=12.0, total_seconds=96.0, workers=2, basis="recorded cell times"),
    plan_file="coimprove/experiments/exp_1/plan.toml", digest="d",
)  # fmt: skip


def test_an_interval_has_the_digits_its_width_allows() -> None:
    assert interval(0.01234, 0.0040, 0.0206) == "+0.0123 [+0.0040, +0.0206]"
    assert interval(-3.2, -5.0, -1.4) == "−3.2 [−5.0, −1.4]"
    assert interval(None, None, None) == "–"


def test_a_time_is_said_in_words() -> None:
    assert [duration(s) for s in (0.42, 12, 250, 7500, None)] == [
        "0.4 s",
        "12 s",
        "4 min 10 s",
        "2 h 5 min",
        "",
    ]


def test_a_missing_number_is_a_dash_and_never_nan() -> None:
    assert number(None) == number(float("nan")) == number(float("inf")) == "–"


def test_each_effect_is_drawn_with_its_interval_its_sign_and_its_place() -> None:
    shown = render(RESULTS, width=120)
    assert "+0.0123 [+0.0040, +0.0206]" in shown
    for sign in ("▲ better", "▼ worse", "≈ equivalent", "? undecided"):
        assert sign in shown
    rows = [line for line in shown.splitlines() if "●" in line]
    assert len(rows) == 4
    assert sum("├" in row and "┤" in row for row in rows) == 3  # the fourth is narrower than its point
    assert "needs about 27 blocks" in shown
    assert "1 kernel_died" in shown


def test_meaning_is_there_without_colour_and_colour_adds_only_escapes() -> None:
    plain, coloured = render(RESULTS, width=120), render(RESULTS, width=120, color=True)
    assert "\x1b" not in plain
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert stripped.split() == plain.split()


def test_a_plan_says_what_each_arm_changes_whether_it_can_decide_and_what_it_costs() -> None:
    shown = render(PLAN)
    assert "+lr = 0.1" in shown
    assert "with a chance of 63 %; 80 % needs about 13 blocks" in shown
    assert "16 runs of 12 s, 1 min 36 s in all on 2 workers" in shown
    assert "plan.toml" in shown


def test_a_plan_that_cannot_decide_says_so() -> None:
    import dataclasses

    power = v.PowerRow(power=0.2, needed=40, reachable=False, basis="simulated")
    assert "✗ 8 blocks cannot decide an effect of 0.01; 80 % needs about 40 blocks" in " ".join(
        render(dataclasses.replace(PLAN, power=power)).split()
    )


def test_runs_are_a_grid_of_arms_and_blocks() -> None:
    runs = tuple(
        v.RunRow(id=f"run_{arm}{block}", arm=arm, block=block, replicate=0, state=state, reason=reason)
        for arm, block, state, reason in [
            ("a", 1, "completed", ""), ("a", 2, "running", ""), ("b", 1, "failed", "error"), ("b", 2, "queued", ""),
        ]
    )  # fmt: skip
    row = v.ExperimentRow(
        id="exp_1", state="running", question="why?", notebook="nb.ipynb", left_s=33.0, alive=True, runs=runs, total=4,
        counts={"completed": 1, "running": 1, "failed": 1, "queued": 1},
    )  # fmt: skip
    shown = render(v.StatusView(summary="1 experiment", experiments=(row,)))
    grid = [line.split() for line in shown.splitlines()]
    assert ["a", "✓", "▸"] in grid
    assert ["b", "✗", "·"] in grid
    assert "2 of 4" in shown
    assert "about 33 s left" in shown


def test_no_line_is_wider_than_the_screen(view_class: type, fill_view: Callable[..., Any]) -> None:
    shown = render(fill_view(view_class, "some words that are long enough to need folding " * 3), width=72)
    assert max(len(line) for line in shown.splitlines()) <= 72


def test_html_holds_the_same_words_as_text(
    view_class: type, fill_view: Callable[..., Any], read_html: Any
) -> None:
    view = fill_view(view_class, "word")
    in_text = set(re.findall(r"\w{3,}", render(view, width=400)))
    in_html = set(re.findall(r"\w{3,}", read_html(render_html(view)).text))
    assert in_text <= in_html | {"word"}


finite = st.floats(-1e6, 1e6)


@given(st.tuples(finite, finite, finite))
def test_an_interval_is_drawn_in_order_on_any_scale(values: tuple[float, float, float]) -> None:
    low, estimate, high = sorted(values)
    scale = Scale(values)
    drawn = scale.draw(estimate, low, high)
    assert len(drawn) == scale.width
    assert scale.column(low) <= scale.column(estimate) <= scale.column(high)
    assert drawn.count("●") == 1
