"""Test features, labels and predictions are found by how a notebook's code uses them."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.cases.expressions import Named
from jupyter_coimprove.activities.cases.naming import named

FOLDS = "__import__('sklearn.model_selection', fromlist=['cross_val_predict']).cross_val_predict"


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


@pytest.mark.parametrize(
    ("code", "features", "truth", "predicted"),
    [
        # An error of a number, however it is averaged.
        ("pred = net(Xte_t).squeeze(1).numpy() * s + m\nrmse = np.sqrt(np.mean((pred - yte) ** 2))", "Xte_t", "yte", "pred"),
        ("te = (model(x_te) - y_te).abs().mean().item() * sd", "x_te", "y_te", "model(x_te)"),
        ("mae = np.abs(y_test - reg.predict(X_test)).mean()", "X_test", "y_test", "reg.predict(X_test)"),
        ("acc = (net(xt)[0].argmax(1) == yt).float().mean()", "xt", "yt", "net(xt)[0].argmax(1)"),
        # A function of the notebook, told by what it was given.
        ("def f(m, X, y):\n    return m.score(X, y)\nf(clf, X_test, y_test)", "X_test", "y_test", "clf.predict(X_test)"),
        ("def f(ds):\n    xb, yb = ds.tensors\n    with no_grad():\n        return (net(xb).argmax(1) == yb).float().mean()\nacc = f(test_ds)",
         "test_ds.tensors[0]", "test_ds.tensors[1]", "net(test_ds.tensors[0]).argmax(1)"),
        ("def e(m, X, y):\n    return (m(X).argmax(1) == y).mean()\ndef train(m):\n    h = []\n    h.append(e(m, X_te, y_te))\n    return h\nh = train(net)",
         "X_te", "y_te", "net(X_te).argmax(1)"),
        # What a function makes is known by the name it is returned to.
        ("def train(c):\n    m = Net()\n    acc = (m(xt).argmax(1) == yt).mean()\n    return m, acc\nbest, acc = train(1)", "xt", "yt", "best(xt).argmax(1)"),
        # Folds: the same once more, keeping each row's prediction.
        ("s = cross_val_score(clf, X, y, cv=5)", "X", "y", FOLDS + "(clf, X, y, cv=5)"),
        ("s = cross_validate(clf, X=X, y=y)", "X", "y", FOLDS + "(clf, X, y)"),
        ("g = GridSearchCV(SVC(), {})\ng.fit(X, y)", "X", "y", FOLDS + "(g.best_estimator_, X, y, cv=g.cv)"),
        # Held out and never compared; fitted and nothing held out.
        ("a, b, c, d = train_test_split(X, y)\nm.fit(a, c)", "b", "d", "m.predict(b)"),
        ("import statsmodels.api as sm\nmod = sm.OLS(y, X)\nres = mod.fit()", "res.model.data.orig_exog", "res.model.endog", "res.predict()"),
    ],
)  # fmt: skip
def test_what_is_compared_in_other_ways_is_named(
    code: str, features: str, truth: str, predicted: str
) -> None:
    found = first(code)
    assert (found.features, found.truth, found.predicted, found.batches) == (features, truth, predicted, "")


@pytest.mark.parametrize(
    "code",
    [
        "hits = sum((net(x).argmax(1) == y).sum().item() for x, y in test_dl)",
        "for x, y in test_dl:\n    out = net(x)\n    p = out.argmax(1)\n    hits += (p == y).sum()",
        "for i, (x, y) in enumerate(tqdm(test_dl)):\n    _, p = torch.max(net(x), 1)\n    hits += (p == y).sum()",
        "def f(dl):\n    n = 0\n    for x, y in dl:\n        n += (net(x).argmax(1) == y).sum()\n    return n / len(dl.dataset)\nf(val_dl)\nacc = f(test_dl)",
    ],
)  # fmt: skip
def test_what_is_compared_batch_by_batch_is_named_whole(code: str) -> None:
    found = first(code)
    assert (found.features, found.truth) == ("x", "y")
    assert found.batches == "for (x, y) in test_dl"


@pytest.mark.parametrize(
    "code",
    [
        # The last batch that was learnt from is no test set.
        "for x, y in train_dl:\n    loss = F.cross_entropy(net(x), y)\n    loss.backward()\n    hits += (net(x).argmax(1) == y).sum()",
        # A model that is built in the call, or in a function that keeps it, is not there afterwards.
        "def e(m, X, y):\n    return (m(X).argmax(1) == y).mean()\ne(Net(), X_test, y_test)",
        "def e(X, y):\n    m = Net()\n    return (m(X).argmax(1) == y).mean()\ne(X_test, y_test)",
        "def o(trial):\n    c = SVC(C=trial.x)\n    return cross_val_score(c, X, y).mean()\nstudy.optimize(o)",
        # Lengths, modes and counts are no predictions; drawing again gives others.
        "ok = len(X) == n\nsame = f(a) == g(b)\nd = np.mean((a - b) ** 2)\nflag = str(x) == 'yes'",
        "def f(m):\n    i = torch.randperm(9)\n    return (m(X[i]).argmax(1) == y[i]).mean()\nf(net)",
        "m.fit(X, y)",
    ],
)  # fmt: skip
def test_what_is_not_there_in_the_end_or_is_no_prediction_is_not_named(code: str) -> None:
    assert named({0: code}) == []


def test_what_is_compared_comes_before_what_is_only_held_out() -> None:
    code = "a, b, c, d = train_test_split(X, y)\nm.fit(a, c)\nm.score(b, d)\ng = GridSearchCV(m, {})\ng.fit(X, y)"
    assert [one.note == "" for one in named({0: code})] == [True, False]
    assert named({0: code})[0].predicted == "m.predict(b)"
