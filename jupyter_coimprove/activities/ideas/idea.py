"""An idea before it is a card: what it would change, why, and where it comes from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.activities.ideas.distance import GONE, Features
from jupyter_coimprove.notebook.candidates import Candidate

#: Where ideas come from without a model, in the order in which they are told, and what each is worth before
#: its distance is known (from 0 to 1): a better arm put together with another promises more than a level
#: that nobody tried, and what speaks against a belief is what nobody would think of.
SOURCES = {
    "against": 0.9, "model of the runs": 0.85, "recombination": 0.8, "problem": 0.7, "slice": 0.6, "untested level": 0.5, "operator": 0.45,
    "untested together": 0.4,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One arm that has run: of which experiment, with which verdict (empty: none yet). ``accepted`` is the finding
    that a person accepted, ``baseline`` the levels that it changed away from."""

    experiment: str
    features: Features
    verdict: str = ""
    accepted: str = ""
    baseline: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What is held to be so: by an accepted finding, a person's prediction, or only by the code as it stands.

    ``verdict`` is of ``features`` against the baseline's levels; ``used`` is the id behind it.
    """

    text: str
    features: Features
    verdict: str
    baseline: Mapping[str, str]
    used: str = ""


@dataclass(frozen=True, kw_only=True)
class Idea:
    """What would be changed (``features``) and why. ``crossed`` asks for all combinations, to see whether one
    effect depends on the other. ``against`` is the belief that it would show wrong, in words."""

    features: Features
    source: str
    why: tuple[str, ...]
    goal: str = ""
    against: str = ""
    used: tuple[str, ...] = ()
    crossed: bool = False

    @property
    def title(self) -> str:
        return f"try {self.features.text}"


def plan_words(idea: Idea, notebook: str, response: str) -> str:
    """The command that makes a plan of it, without the leading word; ``{id}`` stands for the card's id."""
    words = ["plan", notebook]
    for name, level in idea.features.settings.items():
        words += ["--drop", name] if level == GONE else ["-f", f"{name}={level}"]
    if response:
        words += ["-r", response]
    if idea.crossed:
        words += ["--design", "full-factorial"]
    return " ".join([*map(shlex.quote, words), "--because", "{id}"])


def setting(candidate: Candidate, level: str = "") -> Features:
    """One candidate changed: given this level, or taken away by its operator."""
    if candidate.operator != "set":
        return Features(settings={candidate.name: GONE}, operators=frozenset({candidate.operator}))
    return Features(settings={candidate.name: level}, operators=frozenset({"set"}))


def together(parts: Sequence[Features]) -> Features:
    """Several changes at once; of one factor the first counts."""
    settings: dict[str, str] = {}
    for part in parts:
        settings |= {name: level for name, level in part.settings.items() if name not in settings}
    return Features(
        settings=settings, operators=frozenset().union(*(part.operators for part in parts)),
        slices=frozenset().union(*(part.slices for part in parts)),
    )  # fmt: skip
