"""Makes notebooks/results.csv: four models on ten splits of scikit-learn's digits, a table as people have it.

python tests/examples/make_results.py
"""

from __future__ import annotations

import csv
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TABLE = Path(__file__).resolve().parents[2] / "notebooks" / "results.csv"
SEEDS = range(10)


def rows() -> list[tuple[int, str, str]]:
    """(seed, model, accuracy on the test part), every model on the same splits."""
    digits = load_digits()
    out = []
    for seed in SEEDS:
        X_train, X_test, y_train, y_test = train_test_split(
            digits.data, digits.target, test_size=0.25, random_state=seed, stratify=digits.target
        )
        models = {
            "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            "neighbours": KNeighborsClassifier(n_neighbors=3),
            "forest": RandomForestClassifier(100, random_state=seed),
            "naive bayes": GaussianNB(),
        }
        for name, model in models.items():
            out.append((seed, name, f"{model.fit(X_train, y_train).score(X_test, y_test):.4f}"))
    return out


if __name__ == "__main__":
    with TABLE.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["seed", "model", "accuracy"])
        writer.writerows(rows())
    print(f"wrote {TABLE}")
