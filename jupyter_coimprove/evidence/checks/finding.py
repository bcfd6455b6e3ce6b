"""A finding of a check: what is wrong where, by which evidence, why it matters, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.evidence.checks.values import Where

Confidence = Literal["high", "medium", "low"]

#: Kinds of finding: what each is called, and why it matters in one sentence.
WHY: dict[str, tuple[str, str]] = {
    "preprocessing": (
        "learnt before the split",
        "Test rows shape what the model is given, so the score is not that of new data.",
    ),
    "selection": (
        "columns chosen with test rows",
        "Columns chosen with the test rows' labels look predictive even where nothing is.",
    ),
    "encoding": (
        "labels of test rows in the inputs",
        "The inputs carry the test rows' own labels, which new data do not have.",
    ),
    "categories": (
        "categories listed before the split",
        "Categories that only test rows have are known in training; new data may bring others.",
    ),
    "neighbours": (
        "gaps filled across rows before the split",
        "A training row can be filled from a test row, and the other way round.",
    ),
    "oversampling": (
        "copies before the split",
        "Copies of one row stand in training and test: the test asks what was learnt by heart.",
    ),
    "overlap": ("test rows in the training data", "The model has seen rows that it is tested on."),
    "groups": (
        "one group on both sides of the split",
        "The model can recognise who a row belongs to; on people or things it never saw it does worse.",
    ),
    "temporal": (
        "the future in the training data",
        "At the time of a forecast these values are not known yet.",
    ),
    "target": ("the target among the inputs", "The answer is part of the question."),
    "identifier": (
        "the number of a row among the inputs",
        "Rows of a class were written down together; new data are not numbered like this.",
    ),
    "shuffled": (
        "the score survives shuffled labels",
        "With shuffled labels there is nothing to learn: what still scores above chance has seen the answers.",
    ),
    "tuned": (
        "chosen and reported on the same rows",
        "The best of several on a test set is better there than anywhere else.",
    ),
    "trainscore": (
        "scored on the training rows",
        "How well a model remembers says little about how well it predicts.",
    ),
    "metric": ("the metric does not show what is claimed", "A number that answers another question misleads."),
    "seeds": (
        "the best seed reported",
        "The best of several seeds is luck; the next run does not repeat it.",
    ),
    "multitest": (
        "the best of many tests",
        "Of twenty tests where nothing is, one falls under 0.05 by chance.",
    ),
    "labelnoise": ("labels of other rows", "Inputs stand beside the answers of other items."),
    "offbyone": ("one place too early or too few", "What is measured is not what is said, by one place."),
}  # fmt: skip


_RANK = {"low": 0, "medium": 1, "high": 2}


def counts(confidence: str, least: str = "medium") -> bool:
    """Whether a finding of this confidence is one, where those from ``least`` on are."""
    return _RANK[confidence] >= _RANK[least]


@dataclass(frozen=True, kw_only=True)
class CheckFinding:
    """``trail`` are the places the evidence rests on, in order; ``where`` the one to look at first."""

    kind: str
    where: Where
    evidence: str
    fix: str
    confidence: Confidence
    trail: tuple[Where, ...]
    diff: str = ""

    @property
    def title(self) -> str:
        return WHY[self.kind][0]

    @property
    def why(self) -> str:
        return WHY[self.kind][1]
