"""Ideas from what the arms gained: a model of all runs of a notebook says which untested settings promise most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.activities.ideas.distance import Features, number
from jupyter_coimprove.activities.ideas.idea import Idea
from jupyter_coimprove.experiments import surrogate
from jupyter_coimprove.notebook.candidates import Candidate

#: How many such ideas are told; and levels of one factor that are weighed.
MANY, LEVELS = 2, 6


@dataclass(frozen=True, kw_only=True)
class Gained:
    """One arm: the levels that it changed (as source), those of the baseline, and its estimate, larger being better."""

    experiment: str
    settings: dict[str, str]
    baseline: dict[str, str]
    gain: float


def modelled(arms: Sequence[Gained], candidates: Sequence[Candidate]) -> list[Idea]:
    """The most promising settings that did not run; none of fewer than ``surrogate.LEAST`` runs, the baseline one of them.

    Arms of experiments with another baseline are left out: their gains are held against something else.
    """
    if not arms:
        return []
    names = list(dict.fromkeys(name for arm in arms for name in arm.settings))
    offered = {one.name: one for one in candidates if one.operator == "set"}
    base = {name: offered[name].source for name in names if name in offered}
    used = [
        arm for arm in arms
        if set(arm.settings) <= set(base) and all(level == base.get(name, level) for name, level in arm.baseline.items())
    ]  # fmt: skip
    texts: dict[str, dict[Any, str]] = {}
    for name in base:
        listed = [
            base[name],
            *(arm.settings[name] for arm in used if name in arm.settings),
            *offered[name].levels,
        ]
        levels: dict[Any, str] = {}
        for text in listed:
            if len(levels) < LEVELS:
                levels.setdefault(_value(text), text)
        texts[name] = levels
    space = {name: list(levels) for name, levels in texts.items() if len(levels) > 1}
    runs = [({name: _value(base[name]) for name in space}, 0.0)]
    runs += [
        ({name: _value(arm.settings.get(name, base[name])) for name in space}, arm.gain)
        for arm in used
        if all(_value(arm.settings.get(name, base[name])) in texts[name] for name in space)
    ]
    size = 1
    for levels_ in space.values():
        size *= len(levels_)
    different = {tuple(run.items()) for run, _ in runs}
    if not space or size > surrogate.MOST or len(different) < surrogate.LEAST:
        return []
    ideas = []
    sources = tuple(dict.fromkeys(arm.experiment for arm in used))
    for found in surrogate.next_settings(space, runs, MANY):
        changed = {
            name: texts[name][level]
            for name, level in found.settings.items()
            if texts[name][level] != base[name]
        }
        if changed:
            ideas.append(
                Idea(
                    features=Features(settings=changed, operators=frozenset({"set"})), source="model of the runs",
                    why=(f"a Gaussian process over {len(runs)} runs expects {found.expected:+.3g} ± {found.spread:.2g} against the baseline",),
                    goal="the best settings known become better", used=sources,
                )
            )  # fmt: skip
    return ideas


def _value(text: str) -> Any:
    """A number where it is written as one, so that 0.10 and 1e-1 are one level."""
    found = number(text)
    return text if found is None else float(found)
