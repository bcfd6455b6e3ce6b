"""What a notebook measures, which way it is better, and what it last was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.metrics import direction

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("cells", "name", "how", "expr", "way", "last"),
    [
        (["acc = f()"], "acc", "variable", "acc", "max", None),
        ([("acc = f()\nprint(acc)", "0.5\n")], "acc", "variable", "acc", "max", 0.5),
        ([("rmse = f()\nprint(f'test RMSE: {rmse:.3f} MPa')", "test RMSE: 4.189 MPa\n")], "rmse", "variable", "rmse", "min", 4.189),
        ([("r = f()\nprint('CV F1: %.4f +- %.4f' % (r.mean(), r.std()))", "CV F1: 0.62 +- 0.05\n")], "CV F1", "printed", "r.mean()", "max", 0.62),
        ([("m = f()\nprint('Test Accuracy: %.2f%%' % (100 * m.score(X)))\nX = 1", "Test Accuracy: 84.6%\n")], "Test Accuracy", "printed", "100 * m.score(X)", "max", 84.6),
        ([("m = f()\nprint('{:.3f} loss'.format(m.loss))", "0.250 loss\n")], "m.loss", "printed", "m.loss", "min", 0.25),
        ([("m = f()\nprint('mae', m.value, sep='=')", "mae=3\n")], "m.value", "printed", "m.value", "min", 3.0),
        ([("m = f()\nprint('AUC: ' + str(round(m.value, 3)))", "AUC: 0.9\n")], "AUC", "printed", "round(m.value, 3)", "max", 0.9),
        ([("h = f()\nh['acc'][-1]", "", "0.75")], "h['acc'][-1]", "displayed", "h['acc'][-1]", "max", 0.75),
        ([("c = f()\nX = 1\nc.score(X)", "", "np.float64(0.9)")], "c.score(X)", "displayed", "c.score(X)", "max", 0.9),
        (["s = cross_val_score(m, X)"], "s.mean()", "displayed", "s.mean()", "max", None),
        (["best, te = f()", ("print(f'val {best:.2f}  test MAE {te:.2f}')", "val 1.00  test MAE 2.50\n")], "te", "printed", "te", "min", 2.5),
        (["x = f()\ncoimprove.log('val_loss', x)"], "val_loss", "logged", "val_loss", "min", None),
        (["from jupyter_coimprove import log", "for i in s:\n    log('acc', f(i), step=i)"], "acc", "logged", "acc", "max", None),
        (["sb.glue('auc', f())"], "auc", "scrap", "auc", "max", None),
        (["p = q()\ne = mean_absolute_error(y, p)\ny = 0"], "e", "variable", "e", "min", None),
    ],
)  # fmt: skip
def test_it_is_found(
    reading: Read, cells: list[object], name: str, how: str, expr: str, way: str, last: float | None
) -> None:
    found = {m.name: m for m in reading(*cells).measured}
    assert name in found, found
    m = found[name]
    assert (m.how, m.expr, m.direction, m.last) == (how, expr, way, last)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    acc = 1\n    print(acc)", "loss = nn.MSELoss()", "score = []", "best_loss = float('inf')", "accuracy = 'text'",
        "m = f()\nprint(m.fit(X))\nX = 1", "df = f()\ndf.head()", "x = f()\nx;", "print('done')", "print([a for a in s])", "import m\nprint(m.f())",
        "for title in ['a', 'b']:\n    print(title)", "opts = [('a', 1), ('b', 2)]\nfor title, n_ in opts:\n    print(title)",
        "clf = SVC(C=1)\nclf", "results = pd.DataFrame(index=[1])\nresults", "pred = m().predict(X)\nprint(pred)", "d = f()\nprint(d.NOTE)",
        "r = f()\nr.nobs[10:15]", "x_scores = clf.fit(X).negative_outlier_factor_", "r = f()\nprint(r.param_names)", "end = d.index[3]\nend",
        "clf = f()\nprint(classification_report(y, clf))\ny = 1", "print(undefined)", "lr = 0.1\nprint(lr)", "x = f()\nx.shape",
    ],
)  # fmt: skip
def test_what_is_no_number_or_cannot_be_asked_again_is_not(reading: Read, source: str) -> None:
    assert [m for m in reading(source).measured if m.name != "df"] == []


@pytest.mark.parametrize(
    ("source", "expr", "way"),
    [
        ("from sklearn.svm import SVC\nX, y = f()\nclf = SVC().fit(X, y)", "clf.score(X, y)", "max"),
        (
            "d = f()\nclf = SVC()\nclf.fit(d.data[:, :2], d.target)",
            "clf.score(d.data[:, :2], d.target)",
            "max",
        ),
        ("X = f()\nkm = KMeans(3)\nkm.fit(X)", "km.inertia_", "min"),
        ("X = f()\ngm = GaussianMixture(2).fit(X)", "gm.score(X)", "max"),
        ("X = f()\npca = PCA(2)\npca.fit(X)", "pca.explained_variance_ratio_.sum()", "max"),
        (
            "import statsmodels.api as sm\nmod = Own(f())\nres = mod.fit(disp=0)\nprint(res.summary())",
            "res.llf",
            "max",
        ),
        ("import statsmodels.api as sm\nfit = Holt(f()).fit(smoothing_level=0.8)", "fit.sse", "min"),
    ],
)
def test_what_was_fitted_says_how_well_where_nothing_else_is_measured(
    reading: Read, source: str, expr: str, way: str
) -> None:
    assert [(m.expr, m.direction) for m in reading(source).measured] == [(expr, way)]


@pytest.mark.parametrize(
    "source",
    [
        "import statsmodels.api as sm\nres = ThetaModel(f()).fit()\nprint(res.summary())",
        "model = keras.Model()\nmodel.fit(X, y, epochs=3)", "X = f()\nsc = StandardScaler()\nsc.fit(X, X)", "mod = Own(f())\nres = mod.fit()", "X, y, a = f()\nm = SVC().fit(X[a], y[a])",
    ],
)  # fmt: skip
def test_what_says_nothing_of_its_fit_is_not_asked(reading: Read, source: str) -> None:
    assert list(reading(source).measured) == []


def test_a_name_that_is_also_given_a_number_is_asked_at_run_time(reading: Read) -> None:
    assert [m.expr for m in reading("val = m.predict(X)", "val = f()", "print(val)").measured] == ["val"]


def test_the_last_and_held_out_measure_comes_first(reading: Read) -> None:
    cells = ["train_loss = f()", "val_acc = g()", "test_acc = h()\nprint(test_acc)"]
    assert [m.name for m in reading(*cells).measured] == ["test_acc", "val_acc", "train_loss"]


def test_the_last_line_of_a_loop_is_the_last_value(reading: Read) -> None:
    cell = (
        "for e in range(2):\n    acc = f(e)\n    print(f'epoch {e} acc {acc:.2f}')",
        "epoch 0 acc 0.10\nepoch 1 acc 0.20\n",
    )
    assert reading(cell).measured[0].last == 0.2


def test_an_expression_whose_names_change_later_ranks_lower(reading: Read) -> None:
    cells = ["clf = a()\nX = 1\nclf.score(X)", "clf = b()", "clf.score(X, 1)"]
    assert [m.expr for m in reading(*cells).measured] == ["clf.score(X, 1)", "clf.score(X)"]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("test_acc", "max"), ("valLoss", "min"), ("neg_mean_squared_error", "max"), ("R2", "max"), ("F1 score", "max"), ("RMSE", "min"),
        ("best_AUC", "max"), ("mean error", "min"), ("perplexity", "min"), ("x", "unknown"), ("epoch", "unknown"), ("rsquared", "max"), ("aic", "min"),
    ],
)  # fmt: skip
def test_the_direction_is_in_the_name(text: str, way: str) -> None:
    assert direction(text) == way
