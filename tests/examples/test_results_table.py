"""The table of results is whole: every model on every split."""

from __future__ import annotations

import csv
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "notebooks" / "results.csv"


def test_every_model_was_measured_on_every_split() -> None:
    with TABLE.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    cells = {(row["seed"], row["model"]): float(row["accuracy"]) for row in rows}
    seeds, models = {seed for seed, _ in cells}, {model for _, model in cells}
    assert len(rows) == len(cells) == len(seeds) * len(models)
    assert len(seeds) == 10
    assert "logistic" in models
    assert all(0 < accuracy < 1 for accuracy in cells.values())
