"""Plans that change two things: what cannot be told apart is computed from the arms themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from jupyter_coimprove.bench.families.confounded_plan import CONFOUNDED_PLAN, KINDS
from jupyter_coimprove.bench.item import Sample


def design(plan: Mapping[str, Any]) -> tuple[np.ndarray, list[str]]:
    """One row a run: what it has beside the baseline's, of settings, seeds and tuning; and the columns' names."""
    arms = {arm["name"]: arm for arm in plan["arms"]}
    base = arms[plan["baseline"]]
    columns: dict[str, list[float]] = {}
    for row, arm in enumerate(plan["arms"]):
        changed = {f"{k}={v}" for k, v in arm["settings"].items() if v != base["settings"][k]}
        if arm["tuned_in_runs"] != base["tuned_in_runs"]:
            changed.add("tuning")
        if arm["seeds"] != base["seeds"]:
            changed.add("seeds")
        for name in changed:
            columns.setdefault(name, [0.0] * len(plan["arms"]))[row] = 1.0
    names = sorted(columns)
    return np.array([columns[name] for name in names]).T, names


def identified(plan: Mapping[str, Any]) -> list[bool]:
    """Which of the changes the arms tell from all others, by least squares."""
    x, names = design(plan)
    x = x - x.mean(axis=0)
    return [bool(ok) for ok in np.isclose(np.linalg.pinv(x) @ x, np.eye(len(names)), atol=1e-8).all(axis=1)]


@pytest.mark.parametrize("template", CONFOUNDED_PLAN.templates)
def test_the_flawed_plan_leaves_something_unidentified_and_the_sound_one_nothing(template: str) -> None:
    for seed in range(5):
        for sample in CONFOUNDED_PLAN.make(template, seed):
            assert all(identified(sample.truth.data["plan"])) is (sample.truth.verdict == "sound")


@pytest.mark.parametrize("template", CONFOUNDED_PLAN.templates)
def test_twins_have_the_same_size(template: str) -> None:
    one, other = (_text(s) for s in CONFOUNDED_PLAN.make(template, 7))
    assert len(one) == len(other)
    assert sum(c.isdigit() for c in one) == sum(c.isdigit() for c in other)


def _text(sample: Sample) -> str:
    return f"{sample.item.notebook} {sample.item.material}"


def test_every_kind_has_its_templates() -> None:
    kinds = [s.truth.kind for t in CONFOUNDED_PLAN.templates for s in CONFOUNDED_PLAN.make(t, 1)]
    assert {kind: kinds.count(kind) for kind in KINDS} == {
        "two-changes": 4,
        "aliased": 4,
        "blocks": 2,
        "budget": 2,
    }
