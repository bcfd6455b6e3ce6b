"""Test features, labels and predictions are found by how a notebook's code uses them."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.cases.naming import Named, named


def first(*cells: str) -> Named:
    return named(dict(enumerate(cells)))[0]


@pytest.mark.parametrize(
    ("code", "features", "truth", "predicted", "model"),
    [
        ("clf.fit(X_train, y_train)\nclf.score(X_test, y_test)", "X_test", "y_test", "clf.predict(X_test)", "clf"),
        ("p = clf.predict(X_te)\nprint(accuracy_score(y_te, p))", "X_te", "y_te", "p", "clf"),
        ("acc = (clf.predict(X_test) == y_test).mean()", "X_test", "y_test", "clf.predict(X_test)", "clf"),
        ("p = net.predict(x).argmax(1)\nacc = np.mean(p == y)", "x", "y", "p", "net"),
        ("q = cross_val_predict(m, X, y, cv=5)\nf1_score(y, q)", "X", "y", "q", ""),
        ("e = metrics.mean_absolute_error(y_test, reg.predict(X_test))", "X_test", "y_test", "reg.predict(X_test)", "reg"),
        ("p = forward(X_test, w)[1].argmax(1)\nacc = float((p == y_test).mean())", "X_test", "y_test", "p", ""),
        ("p = net(x_test).argmax(1)\nacc = (y_test == p).float().mean()", "x_test", "y_test", "p", ""),
        ("proba = m.predict_proba(Xv)\npred = proba.argmax(1)\nf1_score(yv, pred)", "Xv", "yv", "pred", "m"),
    ],
)  # fmt: skip
def test_what_is_compared_is_named(code: str, features: str, truth: str, predicted: str, model: str) -> None:
    found = first(code)
    assert (found.features, found.truth, found.predicted, found.model) == (features, truth, predicted, model)


def test_test_data_come_before_training_data_and_the_later_before_the_earlier() -> None:
    cells = (
        "m.score(X_test, y_test)",
        "m.score(X_train, y_train)",
        "n.score(X_test, y_test)",
        "n.score(X_val, y_val)",
    )
    assert [one.predicted for one in named(dict(enumerate(cells)))] == [
        "n.predict(X_test)", "m.predict(X_test)", "n.predict(X_val)", "m.predict(X_train)",
    ]  # fmt: skip
    assert first(*cells).cell == 3


def test_what_a_function_keeps_to_itself_and_plain_comparisons_are_left_out() -> None:
    assert (
        named({0: "def f(m, X, y):\n    return m.score(X, y)", 1: "if mode == 'fast': pass", 2: "((("}) == []
    )
