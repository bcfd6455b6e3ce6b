"""Code that looks like a flaw to a reader in a hurry, and is none."""

from __future__ import annotations

import pytest

HEAD = """
import numpy as np, pandas as pd, torch
from torch import nn
from sklearn.preprocessing import *
from sklearn.model_selection import *
from sklearn.linear_model import *
from sklearn.metrics import *
df = pd.read_csv('a.csv')
X = df.drop('y', axis=1).values
y = df['y'].values
"""

CASES = [
    (
        "strides",
        """
m = Ridge().fit(X[::2], y[::2])
print(m.score(X[1::2], y[1::2]))
""",
    ),
    (
        "masks by hand",
        """
mask = np.zeros(len(X), dtype=bool)
mask[np.random.choice(len(X), 50, replace=False)] = True
m = Ridge().fit(X[~mask], y[~mask])
print(m.score(X[mask], y[mask]))
""",
    ),
    (
        "unknown index",
        """
import my
a, b = my.indices(len(X))
m = Ridge().fit(X[a], y[a])
print(m.score(X[b], y[b]))
""",
    ),
    (
        "array_split",
        """
Xf, yf = np.array_split(X, 3), np.array_split(y, 3)
sc = []
for k in range(3):
    tr = list(Xf); te = tr.pop(k); tr = np.concatenate(tr)
    ytr = list(yf); yte = ytr.pop(k); ytr = np.concatenate(ytr)
    sc.append(Ridge().fit(tr, ytr).score(te, yte))
print(sc)
""",
    ),
    (
        "folds by hand, all parts but one",
        """
parts = np.array_split(np.random.default_rng(0).permutation(len(y)), 5)
sc = []
for k in range(len(parts)):
    rest = np.concatenate([part for j, part in enumerate(parts) if j != k])
    sc.append(Ridge().fit(X[rest], y[rest]).score(X[parts[k]], y[parts[k]]))
print(np.mean(sc))
""",
    ),
    (
        "cv predict",
        """
p = cross_val_predict(Ridge(), X, y, cv=10)
print(r2_score(y, p))
""",
    ),
    (
        "outliers",
        """
from sklearn.svm import OneClassSVM
from sklearn.ensemble import IsolationForest
clf = IsolationForest(contamination=0.1)
pred = clf.fit_predict(X)
print((pred == -1).sum())
""",
    ),
    (
        "kmeans",
        """
from sklearn.cluster import KMeans
km = KMeans(3).fit(StandardScaler().fit_transform(X))
print(silhouette_score(X, km.labels_), adjusted_rand_score(y, km.labels_))
""",
    ),
    (
        "logit",
        """
import statsmodels.api as sm
spector = sm.datasets.spector.load()
spector.exog = sm.add_constant(spector.exog)
res = sm.Logit(spector.endog, spector.exog).fit()
print(res.params, res.pred_table())
""",
    ),
    (
        "optuna cv",
        """
import optuna
def objective(trial):
    c = trial.suggest_float('c', 1e-3, 1)
    return cross_val_score(Ridge(alpha=c), X, y, cv=3).mean()
study = optuna.create_study(direction='maximize')
study.optimize(objective, n_trials=10)
print(study.best_trial, study.best_value)
""",
    ),
    (
        "staged curves plotted",
        """
import matplotlib.pyplot as plt
from sklearn.ensemble import GradientBoostingRegressor
Xtr, Xte, ytr, yte = train_test_split(X, y)
g = GradientBoostingRegressor().fit(Xtr, ytr)
mse = mean_squared_error(yte, g.predict(Xte))
print('MSE on test', mse)
test_score = np.zeros(100)
for i, p in enumerate(g.staged_predict(Xte)):
    test_score[i] = mean_squared_error(yte, p)
plt.plot(test_score)
""",
    ),
    (
        "permutation importance",
        """
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
Xtr, Xte, ytr, yte = train_test_split(X, y)
rf = RandomForestClassifier().fit(Xtr, ytr)
print(f'Baseline accuracy on test data: {rf.score(Xte, yte):.2}')
r = permutation_importance(rf, Xte, yte)
print(r.importances_mean.argsort())
""",
    ),
    (
        "curves over k",
        """
from sklearn.neighbors import KNeighborsClassifier
import matplotlib.pyplot as plt
Xtr, Xte, ytr, yte = train_test_split(X, y)
tr, te = [], []
for k in range(1, 20):
    m = KNeighborsClassifier(k).fit(Xtr, ytr)
    tr.append(m.score(Xtr, ytr)); te.append(m.score(Xte, yte))
plt.plot(tr); plt.plot(te)
print(te)
""",
    ),
    (
        "sfs",
        """
from mlxtend.feature_selection import SequentialFeatureSelector as SFS
from sklearn.neighbors import KNeighborsClassifier
sfs = SFS(KNeighborsClassifier(3), k_features=3, cv=5)
sfs = sfs.fit(X, y)
print(sfs.k_score_, sfs.subsets_)
""",
    ),
    (
        "paired t",
        """
from mlxtend.evaluate import paired_ttest_5x2cv
Xtr, Xte, ytr, yte = train_test_split(X, y)
a, b = LogisticRegression(), RidgeClassifier()
print(a.fit(Xtr, ytr).score(Xte, yte), b.fit(Xtr, ytr).score(Xte, yte))
t, p = paired_ttest_5x2cv(estimator1=a, estimator2=b, X=X, y=y)
print(t, p)
""",
    ),
    (
        "bootstrap interval",
        """
from sklearn.utils import resample
Xtr, Xte, ytr, yte = train_test_split(X, y)
m = LogisticRegression().fit(Xtr, ytr)
p = m.predict(Xte)
s = []
for i in range(100):
    yt, yp = resample(yte, p, random_state=i)
    s.append(accuracy_score(yt, yp))
print(np.percentile(s, [2.5, 97.5]), accuracy_score(yte, p))
""",
    ),
    (
        "bagging by bootstrap",
        """
rng = np.random.default_rng(0)
Xtr, Xte, ytr, yte = train_test_split(X, y)
preds = []
for b in range(10):
    idx = rng.choice(len(Xtr), len(Xtr))
    preds.append(Ridge().fit(Xtr[idx], ytr[idx]).predict(Xte))
print(r2_score(yte, np.mean(preds, axis=0)))
""",
    ),
    (
        "user ids dropped",
        """
df = df.drop(columns=['user_id'])
X, y = df.drop(columns='y'), df['y']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "customers, one row each",
        """
print(df['customer_id'].dtype)
X, y = df.drop(columns=['y', 'customer_id']), df['y']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "value counts look",
        """
print(df['y'].value_counts(normalize=True))
Xtr, Xte, ytr, yte = train_test_split(X, y, stratify=y)
print('accuracy', LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "confusion of prediction and truth in plot",
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
m = Ridge().fit(Xtr, ytr)
pred = m.predict(Xte)
print(mean_squared_error(pred, yte))
""",
    ),
    (
        "stacking out of fold",
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
oof = np.zeros(len(Xtr)); test = np.zeros(len(Xte))
for a, b in KFold(5).split(Xtr):
    m = Ridge().fit(Xtr[a], ytr[a])
    oof[b] = m.predict(Xtr[b]); test += m.predict(Xte) / 5
meta = LogisticRegression().fit(oof.reshape(-1, 1), ytr)
print(meta.score(test.reshape(-1, 1), yte))
""",
    ),
    (
        "transfer: pretrained features",
        """
from transformers import AutoModel
enc = AutoModel.from_pretrained('x')
Z = enc.encode(list(df['text']))
Xtr, Xte, ytr, yte = train_test_split(Z, df['y'])
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "cross_validate with return",
        """
r = cross_validate(LogisticRegression(), X, y, scoring=['roc_auc', 'f1'])
print(r['test_f1'].mean(), r['test_roc_auc'].max())
""",
    ),
    (
        "float cast",
        """
X = X.astype(float) / 255.0
X = np.clip(X, 0, 1)
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "dedupe and filter",
        """
df = df.drop_duplicates().dropna()
df = df[df['a'] > 0]
X, y = df[['a', 'b']], df['y']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "sent again and dropped again",
        """
again = df.sample(frac=0.5, random_state=1)
df = pd.concat([df, again], ignore_index=True)
df = df.drop_duplicates('id')
tr, te = train_test_split(df, test_size=0.3)
model = LogisticRegression().fit(tr[['a', 'b']], tr['y'])
print(model.score(te[['a', 'b']], te['y']))
""",
    ),
]


@pytest.mark.parametrize("code", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_sound_code_is_left_alone(findings, code):
    assert not findings(HEAD, code)
