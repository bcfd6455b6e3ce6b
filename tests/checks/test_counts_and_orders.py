"""The best of many tests, labels of other rows, and one place too few: told from their sound twins in other words than the bench's."""

from __future__ import annotations

import pytest
from made_notebooks import made

from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.kernelspace.transform import python_source

#: (kind, what it is, flawed, sound): cells are parted by a line of `%%`.
TWINS = [
    ("multitest", "appended in a loop", """
from scipy import stats
ps = []
for c in df.columns:
    r, p = stats.spearmanr(df[c], y)
    ps.append(p)
%%
print(f"related, p = {min(ps):.3g}")
""", """
from scipy import stats
ps = []
for c in df.columns:
    r, p = stats.spearmanr(df[c], y)
    ps.append(p)
%%
print(f"related, p = {min(ps) * len(ps):.3g}")
"""),
    ("multitest", "by column, the best one named", """
from scipy.stats import ttest_ind
found = {}
for gene in genes:
    found[gene] = ttest_ind(sick[gene], well[gene]).pvalue
best = min(found, key=found.get)
%%
print(best, "is different, p =", found[best])
""", """
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests
found = {}
for gene in genes:
    found[gene] = ttest_ind(sick[gene], well[gene]).pvalue
best = min(found, key=found.get)
kept, q, *_ = multipletests(list(found.values()), method="fdr_bh")
%%
print(best, "is different, p =", found[best], "q =", q.min())
"""),
    ("multitest", "the first of the sorted", """
import scipy.stats as ss
pvals = [ss.mannwhitneyu(a[:, j], b[:, j])[1] for j in range(a.shape[1])]
%%
sorted(pvals)[0]
""", """
import scipy.stats as ss
pvals = [ss.mannwhitneyu(a[:, j], b[:, j])[1] for j in range(a.shape[1])]
%%
sorted(pvals)[len(pvals) // 2]
"""),
    ("multitest", "argmin of an array", """
import numpy as np
from scipy import stats
p = np.array([stats.kstest(x, "norm").pvalue for x in samples])
at = np.argmin(p)
%%
smallest = p[at]
print("not normal, p", smallest)
""", """
import numpy as np
from scipy import stats
p = np.array([stats.kstest(x, "norm").pvalue for x in samples])
at = 0
%%
smallest = p[at]
print("not normal, p", smallest)
"""),
    ("multitest", "the range of all", """
from scipy import stats
p = [stats.pearsonr(x, y)[1] for x in columns]
print("p", min(p))
""", """
from scipy import stats
p = [stats.pearsonr(x, y)[1] for x in columns]
print("p from", min(p), "to", max(p))
"""),
    ("labelnoise", "sorted for the labels alone", """
import pandas as pd
df = pd.read_csv("a.csv")
X = df.drop(columns="y")
y = df.sort_values("id")["y"]
%%
model.fit(X.values, y.values)
""", """
import pandas as pd
df = pd.read_csv("a.csv").sort_values("id")
X = df.drop(columns="y")
y = df["y"]
%%
model.fit(X.values, y.values)
"""),
    ("labelnoise", "shuffled apart", """
import numpy as np
rng = np.random.default_rng(0)
X = data[:, :-1]
y = data[:, -1]
X, y = rng.permutation(X), rng.permutation(y)
%%
model.fit(X, y)
""", """
import numpy as np
rng = np.random.default_rng(0)
data = rng.permutation(data)
X = data[:, :-1]
y = data[:, -1]
%%
model.fit(X, y)
"""),
    ("labelnoise", "turned", """
order = np.argsort(t)
X = X[order]
y = y[order[::-1]]
%%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
""", """
order = np.argsort(t)
X = X[order]
y = y[order]
%%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""),
    ("labelnoise", "shuffled in place", """
X, y = load()
rng.shuffle(X)
%%
model.fit(X, y)
""", """
X, y = load()
order = np.arange(len(X))
rng.shuffle(order)
%%
model.fit(X[order], y[order])
"""),
    ("labelnoise", "sampled for the inputs alone", """
df = pd.read_csv("a.csv")
X = df.sample(frac=1, random_state=3)[["a", "b"]]
y = df["y"].to_numpy()
%%
scores = cross_val_score(model, X, y, cv=5)
""", """
df = pd.read_csv("a.csv")
X = df.sample(frac=1, random_state=3)[["a", "b"]]
y = df.loc[X.index]["y"].to_numpy()
%%
scores = cross_val_score(model, X, y, cv=5)
"""),
    ("offbyone", "the last fold", """
folds = np.array_split(rows, 10)
acc = []
for i in range(len(folds) - 1):
    train = np.concatenate([f for j, f in enumerate(folds) if j != i])
    acc.append(score(train, folds[i]))
    print(f"fold {i + 1}")
""", """
folds = np.array_split(rows, 10)
acc = []
for i in range(len(folds)):
    train = np.concatenate([f for j, f in enumerate(folds) if j != i])
    acc.append(score(train, folds[i]))
    print(f"fold {i + 1}")
"""),
    ("offbyone", "folds of a splitter", """
splits = list(KFold(5).split(X))
for k in range(1, len(splits)):
    train, test = splits[k]
    out.append(model.fit(X[train], y[train]).score(X[test], y[test]))
""", """
splits = list(KFold(5).split(X))
final = splits[0]
for k in range(1, len(splits)):
    train, test = splits[k]
    out.append(model.fit(X[train], y[train]).score(X[test], y[test]))
"""),
    ("offbyone", "windows by appending", """
X, y = [], []
for t in range(len(s) - lag):
    X.append(s[t : t + lag])
    y.append(s[t + lag - 1])
%%
model.fit(np.array(X), np.array(y))
""", """
X, y = [], []
for t in range(len(s) - lag):
    X.append(s[t : t + lag])
    y.append(s[t + lag])
%%
model.fit(np.array(X), np.array(y))
"""),
    ("offbyone", "windows that look back", """
X = np.stack([v[i - 24 : i] for i in range(24, len(v))])
y = np.array([v[i - 1] for i in range(24, len(v))])
%%
X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
""", """
X = np.stack([v[i - 24 : i] for i in range(24, len(v))])
y = v[24:]
%%
X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
"""),
    ("offbyone", "a sliding window", """
from numpy.lib.stride_tricks import sliding_window_view
W = sliding_window_view(series, 7)
nxt = series[6:]
%%
model.fit(W[:-10], nxt[:-10])
""", """
from numpy.lib.stride_tricks import sliding_window_view
W = sliding_window_view(series, 7)[:-1]
nxt = series[7:]
%%
model.fit(W[:-10], nxt[:-10])
"""),
]  # fmt: skip

#: Code that looks alike and is sound.
SOUND = {
    "neighbours have no first": "parts = np.array_split(x, 5)\nfor k in range(1, len(parts)):\n    d.append(parts[k].mean() - parts[k - 1].mean())",
    "growing windows": "parts = np.array_split(x, 5)\nfor k in range(1, len(parts)):\n    m.fit(np.concatenate(parts[:k]))\n    s.append(m.score(parts[k]))",
    "a text's lines": "lines = text.split('\\n')\nfor i in range(1, len(lines)):\n    rows.append(lines[i])",
    "labels of windows": "X = [s[i:i + w] for i in range(n)]\ny = [event[i + w - 1] for i in range(n)]\nm.fit(X, y)",
    "another horizon": "X = [s[i:i + w] for i in range(n)]\ny = [s[i + w + h] for i in range(n)]\nm.fit(X, y)",
    "an autoencoder": "X = np.stack([s[i:i + w] for i in range(n)])\nm.fit(X, X)",
    "both by masks": "X, y = X[mask], y[mask]\nm.fit(X, y)",
    "masks in other words": "m.fit(X[df.a > 0], y[keep])",
    "sorted to draw": "xs = np.sort(x)\nm.fit(x, y)\nplt.plot(xs, m.predict(xs))",
    "both sorted": "df = df.sort_values('t')\nX, y = df[['a']], df['y']\nm.fit(X, y)",
    "resampled by one call": "X2, y2 = shuffle(X, y, random_state=0)\nm.fit(X2, y2)",
    "shuffled labels in place, to see chance": "X, y = load()\nrng.shuffle(y)\nm.fit(X, y)",
    "shuffled labels meant so": "for i in range(100):\n    null.append(m.fit(X, rng.permutation(y)).score(X, y))",
    "the smallest of errors": "errors = [((a - b) ** 2).mean() for a, b in pairs]\nprint(min(errors))",
    "one test": "r = stats.ttest_ind(a, b)\nprint(min(r.pvalue, 1))",
    "a limit of an axis": "p = [stats.pearsonr(x, y)[1] for x in cs]\nplt.ylim(min(p), 1)\nplt.plot(p)",
    "Bonferroni's bound": "p = [stats.pearsonr(x, y)[1] for x in cs]\nprint(min(p) < 0.05 / len(p))",
}


def said(text: str) -> set[str]:
    cells = [part.strip() for part in text.strip().split("%%\n")]
    found, whole = check(made(*cells), python_source)
    assert whole
    return {one.kind for one in found if one.confidence != "low"} & {"multitest", "labelnoise", "offbyone"}


@pytest.mark.parametrize(("kind", "what", "flawed", "sound"), TWINS, ids=[f"{k}: {w}" for k, w, *_ in TWINS])
def test_the_flaw_is_told_and_its_twin_is_not(kind: str, what: str, flawed: str, sound: str) -> None:
    assert said(flawed) == {kind}
    assert said(sound) == set()


@pytest.mark.parametrize("what", SOUND)
def test_what_looks_alike_and_is_sound_is_not_said(what: str) -> None:
    assert said(SOUND[what]) == set()
