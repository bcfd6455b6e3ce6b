"""Which treatments the registered analysis would call different: the whole analysis as one array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.evidence.multiplicity import Multiplicity, adjust
from jupyter_coimprove.evidence.paired import Test, p_value

if TYPE_CHECKING:
    import numpy as np


def decide(
    differences: np.ndarray, *, multiplicity: Multiplicity = "holm", alpha: float = 0.05,
    split_ratio: float | None = None, test: Test = "paired t",
) -> np.ndarray:  # fmt: skip
    """Whether each treatment differs from the baseline (better or worse), as ``analyse`` would say.

    Args: differences of shape (…, treatments, blocks), complete and finite, treatments in the
    registered sequence; ``split_ratio`` n_test / n_train where blocks are repeated splits.
    Returns booleans of shape (…, treatments).
    """
    p = p_value(differences, test=test, ratio=split_ratio)
    return adjust(p, multiplicity, alpha).rejected
