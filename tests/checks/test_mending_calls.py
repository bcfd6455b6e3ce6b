"""Findings that one changed call mends: the change is shown, and after it nothing is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.evidence.checks.mending import diff, mended
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import parse

HEAD = """import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler"""


def book(*sources):
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for i, source in enumerate((HEAD, *sources))
    ]  # fmt: skip
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return parse(text.encode(), Path("a.ipynb"))


def changes(notebook):
    (found,) = check(notebook, python_source)[0]
    new = mended(notebook, found, python_source)
    assert bool(new) == bool(diff(notebook, found, python_source))
    sources = [new.get(cell.index, cell.source) for cell in notebook.cells]
    return found.kind, "\n".join(new.values()), sources


@pytest.mark.parametrize(
    ("kind", "cells", "wanted"),
    [
        (
            "preprocessing",
            ("df = pd.read_csv('a.csv')\nX, y = df.drop(columns='y'), df['y']\nA, B, a, b = train_test_split(X, y, random_state=1)",
             "scaler = StandardScaler()\nscaler.fit(X)\nm = Ridge().fit(scaler.transform(A), a)\nprint(m.score(scaler.transform(B), b))"),
            "scaler.fit(A)",
        ),
        (
            "metric",
            ("df = pd.read_csv('a.csv')\nX, y = df.drop(columns='y'), df['y']\nA, B, a, b = train_test_split(X, y, random_state=1)",
             "guess = Ridge().fit(A, a).predict(B)\nprint('R2', r2_score(guess, b))"),
            "print('R2', r2_score(b, guess))",
        ),
        (
            "temporal",
            ("df = pd.read_csv('a.csv', index_col='day')\ndf['last'] = df['y'].shift(1)\ndf = df.dropna()",
             "A, B = train_test_split(df, test_size=0.2, shuffle=True, random_state=3)\n"
             "m = Ridge().fit(A[['last']], A['y'])\nprint(m.score(B[['last']], B['y']))"),
            "train_test_split(df, test_size=0.2, shuffle=False, random_state=None)",
        ),
        (
            "temporal",
            ("df = pd.read_csv('a.csv', index_col='day')\ndf['last'] = df['y'].shift(1)\ndf = df.dropna()",
             "A, B = train_test_split(df, random_state=3)\nm = Ridge().fit(A[['last']], A['y'])\nprint(m.score(B[['last']], B['y']))"),
            "train_test_split(df, random_state=None, shuffle=False)",
        ),
    ],
)  # fmt: skip
def test_one_changed_call_mends_it_and_then_nothing_is_found(kind, cells, wanted):
    found, new, sources = changes(book(*cells))
    assert found == kind
    assert wanted in new
    assert check(book(*sources[1:]), python_source)[0] == ()


def test_what_is_not_that_simple_is_left_to_people():
    _, new, _ = changes(
        book(
            "df = pd.read_csv('a.csv')\nX, y = df.drop(columns='y'), df['y']\nA, B, a, b = train_test_split(X, y, random_state=1)",
            "scaler = StandardScaler()\nscaler.fit(np.vstack([A, B]))\nm = Ridge().fit(scaler.transform(A), a)\n"
            "print(m.score(scaler.transform(B), b))",
        )
    )
    assert new == ""
