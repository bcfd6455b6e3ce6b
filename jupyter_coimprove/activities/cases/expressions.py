"""Expressions that give a notebook's test items after its last cell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Named:
    """Expressions that hold in the notebook's last state; an empty one was not found.

    ``model`` is what predicted, whose ``predict_proba`` may be asked. ``cell`` counts from 1. ``batches`` is ``for … in …``
    where the expressions are of each batch. ``note`` says what is to be known of such predictions.
    """

    features: str
    truth: str
    predicted: str
    model: str = ""
    cell: int = 0
    batches: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        return {
            "features": self.features, "truth": self.truth, "predicted": self.predicted, "model": self.model,
            "batches": self.batches, "note": self.note,
        }  # fmt: skip
