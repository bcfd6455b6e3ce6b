"""How code is read: through functions, classes, modules, loops and pandas; what is no flaw."""

from __future__ import annotations

LOAD = """
import numpy as np, pandas as pd
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split, cross_val_score
from sklearn.pipeline import make_pipeline
df = pd.read_csv("data.csv")
X, y = df.drop(columns="y"), df["y"]
"""
FIT = """
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""


def kinds(found):
    return [f.kind for f in found]


def test_a_scaler_fitted_before_the_split_names_its_variables_and_cells(findings):
    (found,) = findings(
        LOAD, "scaler = StandardScaler()\nZ = scaler.fit_transform(X)",
        "X_train, X_test, y_train, y_test = train_test_split(Z, y)", FIT,
    )  # fmt: skip
    assert found.kind == "preprocessing"
    assert found.where.cell == 1
    assert found.where.line == 2
    assert "`scaler` is learnt from `X` in cell 2" in found.evidence
    assert found.confidence == "high"
    assert [w.cell for w in found.trail] == [1, 3]


def test_a_scaler_fitted_on_the_training_rows_may_transform_all(findings):
    assert not findings(
        LOAD, "X_train, X_test, y_train, y_test = train_test_split(X, y)",
        "scaler = StandardScaler().fit(X_train)\neverything = scaler.transform(X)",
        "X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)", FIT,
    )  # fmt: skip


def test_a_scaler_in_a_pipeline_is_fitted_in_each_fold(findings):
    assert not findings(
        LOAD, "print(cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()), X, y))"
    )


def test_a_scaler_for_a_picture_reaches_no_score(findings):
    assert not findings(
        LOAD, "picture = StandardScaler().fit_transform(X)\npicture[:3]",
        "X_train, X_test, y_train, y_test = train_test_split(X, y)", FIT,
    )  # fmt: skip


def test_features_made_row_by_row_before_the_split_are_sound(findings):
    assert not findings(
        LOAD, "df['ratio'] = df['a'] / (df['b'] + 1)\ndf['log'] = np.log1p(df['a'])\nX = df[['ratio', 'log']]",
        "X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y)", FIT,
    )  # fmt: skip


def test_a_flaw_in_a_module_beside_the_notebook_is_found_there(findings):
    module = """
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

def prepare(X, y):
    X = StandardScaler().fit_transform(X)
    return train_test_split(X, y, random_state=0)
"""
    (found,) = findings(
        LOAD, "from helpers import prepare\nX_train, X_test, y_train, y_test = prepare(X, y)", FIT,
        beside={"helpers.py": module},
    )  # fmt: skip
    assert (found.kind, found.where.file, found.where.line) == ("preprocessing", "helpers.py", 6)
    assert "helpers.py, line 6" in found.evidence


def test_classes_with_state_are_followed(findings):
    code = """
class Study:
    def __init__(self, X, y):
        self.scaler = StandardScaler()
        self.X = {first}
        self.y = y

    def run(self):
        a, b, c, d = train_test_split(self.X, self.y)
        {second}
        return LogisticRegression().fit(a, c).score(b, d)

print(Study(X, y).run())
"""
    flawed = code.format(first="self.scaler.fit_transform(X)", second="pass")
    sound = code.format(first="X", second="a = self.scaler.fit_transform(a); b = self.scaler.transform(b)")
    assert kinds(findings(LOAD, flawed)) == ["preprocessing"]
    assert not findings(LOAD, sound)


def test_an_early_stop_watched_on_a_part_named_strangely_is_sound(findings):
    loop = """
best = 1e9
for epoch in range(50):
    model.partial_fit(a, ya)
    loss = ((model.predict({0}) - {1}) ** 2).mean()
    if loss < best:
        best = loss
print("final", model.score(c, yc))
"""
    head = """
from sklearn.linear_model import SGDRegressor
rest, c, yrest, yc = train_test_split(X, y)
a, test, ya, ytest = train_test_split(rest, yrest)
model = SGDRegressor()
"""
    assert not findings(LOAD, head, loop.format("test", "ytest"))
    assert kinds(findings(LOAD, head, loop.format("c", "yc"))) == ["tuned"]


def test_the_same_score_for_training_and_test_is_no_flaw(findings):
    assert not findings(
        LOAD, "X_train, X_test, y_train, y_test = train_test_split(X, y)", FIT,
        "print(model.score(X_train, y_train))",
    )  # fmt: skip


def test_targets_shifted_ahead_are_what_forecasts_predict(findings):
    make = (
        "s = pd.read_csv('s.csv')\ns['lag'] = s['v'].shift(1)\ns['goal'] = s['v'].shift(-1)\ns = s.dropna()"
    )
    use = """
n = 300
model = LogisticRegression().fit(s[{0}].iloc[:n], s['goal'].iloc[:n])
print(model.score(s[{0}].iloc[n:], s['goal'].iloc[n:]))
"""
    assert not findings(LOAD, make, use.format("['v', 'lag']"))
    present = use.replace("'goal'", "'v'").format("['lag', 'late']")
    assert kinds(findings(LOAD, make + "\ns['late'] = s['v'].rolling(3, center=True).mean()", present)) == [
        "temporal"
    ]


def test_an_autoencoder_is_given_its_own_target(findings):
    assert not findings(LOAD, "from keras import Model\nnet = Model()\nnet.fit(X, X)\nnet.predict(X)")


def test_bootstraps_of_training_rows_are_sound(findings):
    assert not findings(
        LOAD, "from sklearn.utils import resample\nX_train, X_test, y_train, y_test = train_test_split(X, y)",
        "X_train, y_train = resample(X_train, y_train)", FIT,
    )  # fmt: skip


def test_cells_that_do_not_parse_and_endless_code_are_read_as_far_as_possible(findings):
    assert not findings(LOAD, "this is no python", "def f(x):\n    return f(x)\nf(1)")


def test_rows_compared_with_chance_are_a_random_split(findings):
    cut = """
keep = np.random.default_rng(0).random(len(df)) < 0.7
train, test = df[keep], df[~keep]
model = LogisticRegression().fit(train[["a"]], train["y"])
print(model.score(test[["a"]], test["y"]))
"""
    assert not findings(LOAD, cut)
    assert kinds(findings(LOAD, "df = pd.concat([df, df.sample(50, replace=True)])", cut)) == ["oversampling"]
