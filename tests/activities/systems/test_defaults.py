"""Defaults that have changed since a notebook ran: which calls rest on them, and what says them outright."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_coimprove.activities.systems import defaults
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.io import parse

NOW = {"scikit-learn": "1.7.2", "pandas": "3.0.1", "numpy": "2.3.0"}


def book(*cells):
    made = [
        {"cell_type": "markdown" if cell.startswith("md:") else "code", "id": f"c{i}", "metadata": {}, "source": cell.removeprefix("md:")}
        | ({} if cell.startswith("md:") else {"outputs": [], "execution_count": None})
        for i, cell in enumerate(cells)
    ]  # fmt: skip
    text = json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return parse(text.encode(), Path("old.ipynb"))


def said(notebook, ran, now=NOW):
    flow = analyse(notebook, python_source)
    found = defaults.changed(notebook, flow, ran, now)
    return found, defaults.stated(notebook, flow, found, python_source)


def test_a_call_that_takes_a_changed_default_is_found_and_said_outright():
    notebook = book(
        "from sklearn.cluster import KMeans", "model = KMeans(\n    n_clusters=8,\n)\nmodel.fit(X)"
    )
    found, sources = said(notebook, {"scikit-learn": "1.1.3"})
    assert [(one.cell, one.line, one.call) for one in found] == [(1, 1, "KMeans")]
    assert found[0].said == "KMeans: n_init was 10 before scikit-learn 1.4"
    assert sources == {1: "model = KMeans(\n    n_clusters=8, n_init=10\n)\nmodel.fit(X)"}


@pytest.mark.parametrize(
    ("code", "ran"),
    [
        ("from sklearn.cluster import KMeans\nKMeans(8, n_init=5)", {"scikit-learn": "1.1"}),
        ("from sklearn.cluster import KMeans\nKMeans(8)", {"scikit-learn": "1.4.0"}),
        ("from sklearn.cluster import KMeans\nKMeans(8)", {"pandas": "1.1"}),
        ("from sklearn.cluster import KMeans\nKMeans(**settings)", {"scikit-learn": "1.1"}),
        ("from mine import KMeans\nKMeans(8)", {"scikit-learn": "1.1"}),
        ("def KMeans(n):\n    return n\nKMeans(8)", {"scikit-learn": "1.1"}),
        (
            "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier(50)",
            {"scikit-learn": "0.20"},
        ),
        ("import pandas as pd\npd.DataFrame(rows).groupby('a').sum()", {"pandas": "2.2"}),
    ],
)
def test_what_is_given_newer_unknown_or_another_s_is_left_alone(code, ran):
    assert said(book(code), ran) == ((), {})


def test_groups_without_rows_matter_where_there_are_categories():
    code = "import pandas as pd\nsizes = pd.Categorical(['s'])\nt = frame.groupby('size')['x'].sum()"
    found, sources = said(book(code), {"pandas": "2.2.0"})
    assert len(found) == 1
    assert "frame.groupby('size', observed=False)['x']" in sources[0]


def test_several_in_one_cell_and_one_call_that_takes_two():
    code = (
        "from sklearn import svm, model_selection as ms\nfrom sklearn.manifold import TSNE\n"
        "ms.cross_val_score(svm.SVC(), X, y)\nTSNE().fit(X)"
    )
    found, sources = said(book(code), {"scikit-learn": "0.21.3"})
    assert len(found) == 4
    last = sources[0].splitlines()[2:]
    assert last == [
        'ms.cross_val_score(svm.SVC(gamma="auto"), X, y, cv=3)', 'TSNE(init="random", learning_rate=200.0).fit(X)',
    ]  # fmt: skip


def test_versions_are_read_from_prose_and_comments_not_from_code():
    notebook = book(
        "md:Made with scikit-learn 0.21.3, pandas==1.3 and Python 3.8.",
        "# numpy 1.19\nversion = 'pandas 0.25'\n%pip install sklearn==0.24",
    )
    assert defaults.named(notebook) == {"scikit-learn": "0.21.3", "pandas": "1.3", "numpy": "1.19"}


def test_the_section_names_cell_call_and_what_it_took():
    notebook = book("from sklearn.cluster import KMeans\nKMeans(8)")
    found, _ = said(notebook, {"scikit-learn": "1.1"})
    assert defaults.section(found, "the lock").rows == ((1, "KMeans", "n_init=10", "scikit-learn 1.4"),)
