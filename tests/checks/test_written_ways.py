"""Trainers in classes, tables of results, forecasts, groups and resampling, as people write them."""

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
        "lightning-like trainer class sound",
        None,
        """
class Trainer:
    def __init__(self, net, opt):
        self.net, self.opt, self.best = net, opt, 0.0
    def step(self, xb, yb):
        loss = nn.functional.cross_entropy(self.net(xb), yb)
        self.opt.zero_grad(); loss.backward(); self.opt.step()
        return loss.item()
    def evaluate(self, x, y):
        with torch.no_grad():
            return (self.net(x).argmax(1) == y).float().mean().item()
    def fit(self, a, ya, v, yv, epochs):
        for e in range(epochs):
            self.step(a, ya)
            acc = self.evaluate(v, yv)
            if acc > self.best:
                self.best = acc
                torch.save(self.net.state_dict(), 'm.pt')
Xtr, Xte, ytr, yte = train_test_split(torch.tensor(X), torch.tensor(y))
Xtr, Xv, ytr, yv = train_test_split(Xtr, ytr)
net = nn.Linear(4, 2)
t = Trainer(net, torch.optim.Adam(net.parameters()))
t.fit(Xtr, ytr, Xv, yv, 10)
print('test', t.evaluate(Xte, yte))
""",
    ),
    (
        "lightning-like trainer class flawed",
        "tuned",
        """
class Trainer:
    def __init__(self, net, opt):
        self.net, self.opt, self.best = net, opt, 0.0
    def step(self, xb, yb):
        loss = nn.functional.cross_entropy(self.net(xb), yb)
        self.opt.zero_grad(); loss.backward(); self.opt.step()
        return loss.item()
    def evaluate(self, x, y):
        with torch.no_grad():
            return (self.net(x).argmax(1) == y).float().mean().item()
    def fit(self, a, ya, v, yv, epochs):
        for e in range(epochs):
            self.step(a, ya)
            acc = self.evaluate(v, yv)
            if acc > self.best:
                self.best = acc
                torch.save(self.net.state_dict(), 'm.pt')
Xtr, Xte, ytr, yte = train_test_split(torch.tensor(X), torch.tensor(y))
net = nn.Linear(4, 2)
t = Trainer(net, torch.optim.Adam(net.parameters()))
t.fit(Xtr, ytr, Xte, yte, 10)
print('test', t.evaluate(Xte, yte))
""",
    ),
    (
        "sorted results head",
        "tuned",
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
rows = []
for a in [0.1, 1, 10]:
    rows.append((a, Ridge(alpha=a).fit(Xtr, ytr).score(Xte, yte)))
rows.sort(key=lambda r: r[1], reverse=True)
print('best', rows[0])
""",
    ),
    (
        "grid product min",
        "tuned",
        """
import itertools
Xtr, Xte, ytr, yte = train_test_split(X, y)
res = {}
for a, b in itertools.product([0.1, 1], [True, False]):
    m = Ridge(alpha=a, fit_intercept=b).fit(Xtr, ytr)
    res[(a, b)] = mean_squared_error(yte, m.predict(Xte))
best = min(res, key=res.get)
print(best, res[best])
""",
    ),
    (
        "walk forward sound",
        None,
        """
s = pd.read_csv('s.csv', parse_dates=['t']).set_index('t')
s['l'] = s['v'].shift(1)
s = s.dropna()
errs = []
for i in range(100, len(s)):
    m = Ridge().fit(s[['l']].iloc[:i], s['v'].iloc[:i])
    errs.append(abs(m.predict(s[['l']].iloc[i:i+1]) - s['v'].iloc[i:i+1]).mean())
print(np.mean(errs))
""",
    ),
    (
        "date cut sound",
        None,
        """
s = pd.read_csv('s.csv', parse_dates=['t'])
s['l'] = s['v'].shift(1)
s = s.dropna()
tr, te = s[s['t'] < '2020-01-01'], s[s['t'] >= '2020-01-01']
m = Ridge().fit(tr[['l']], tr['v'])
print(m.score(te[['l']], te['v']))
""",
    ),
    (
        "log target feature name",
        "target",
        """
df['log_price'] = np.log1p(df['price'])
X = df.drop(columns=['price'])
y = df['price']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(Ridge().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "log target used",
        None,
        """
df['log_price'] = np.log1p(df['price'])
X = df.drop(columns=['price', 'log_price'])
y = df['log_price']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(Ridge().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "label encoded target",
        None,
        """
df['label'] = LabelEncoder().fit_transform(df['species'])
X = df.drop(columns=['species', 'label'])
Xtr, Xte, ytr, yte = train_test_split(X, df['label'])
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "string label kept",
        "target",
        """
df['label'] = df['species'].map({'a': 0, 'b': 1})
X = df.drop(columns=['label'])
Xtr, Xte, ytr, yte = train_test_split(X, df['label'])
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "smote in imblearn pipeline",
        None,
        """
from imblearn.pipeline import Pipeline
from imblearn.over_sampling import SMOTE
pipe = Pipeline([('s', SMOTE()), ('m', LogisticRegression())])
print(cross_val_score(pipe, X, y, scoring='f1').mean())
""",
    ),
    (
        "smote before cv",
        "oversampling",
        """
from imblearn.over_sampling import SMOTE
X, y = SMOTE().fit_resample(X, y)
print(cross_val_score(LogisticRegression(), X, y, scoring='f1').mean())
""",
    ),
    (
        "smote on training only",
        None,
        """
from imblearn.over_sampling import SMOTE
Xtr, Xte, ytr, yte = train_test_split(X, y)
Xtr, ytr = SMOTE().fit_resample(Xtr, ytr)
print(f1_score(yte, LogisticRegression().fit(Xtr, ytr).predict(Xte)))
""",
    ),
    (
        "patients grouped",
        None,
        """
print(df['patient_id'].nunique())
gss = GroupShuffleSplit(n_splits=1, test_size=.2, random_state=0)
a, b = next(gss.split(df, groups=df['patient_id']))
tr, te = df.iloc[a], df.iloc[b]
print(LogisticRegression().fit(tr[['a']], tr['y']).score(te[['a']], te['y']))
""",
    ),
    (
        "patients not grouped",
        "groups",
        """
print(df['patient_id'].nunique())
tr, te = train_test_split(df)
print(LogisticRegression().fit(tr[['a']], tr['y']).score(te[['a']], te['y']))
""",
    ),
    (
        "fit on train plus val then test",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
Xa, Xv, ya, yv = train_test_split(Xtr, ytr)
best = max([0.1, 1], key=lambda a: Ridge(alpha=a).fit(Xa, ya).score(Xv, yv))
m = Ridge(alpha=best).fit(np.vstack([Xa, Xv]), np.r_[ya, yv])
print(m.score(Xte, yte))
""",
    ),
]


@pytest.mark.parametrize(("kind", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_written_this_way_it_gets_the_finding_it_deserves(findings, kind, code):
    assert [f.kind for f in findings(HEAD, code)] == ([kind] if kind else [])
