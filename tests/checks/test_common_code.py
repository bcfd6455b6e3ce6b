"""Common ways to write training code: each with the kind of finding it deserves, or none."""

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
        "keras early stop on test",
        "tuned",
        """
from tensorflow import keras
Xtr, Xte, ytr, yte = train_test_split(X, y)
model = keras.Sequential([keras.layers.Dense(10)])
model.compile('adam')
es = keras.callbacks.EarlyStopping(restore_best_weights=True)
model.fit(Xtr, ytr, validation_data=(Xte, yte), callbacks=[es], epochs=5)
print('test', model.evaluate(Xte, yte))
""",
    ),
    (
        "keras sound",
        None,
        """
from tensorflow import keras
Xtr, Xte, ytr, yte = train_test_split(X, y)
Xtr, Xv, ytr, yv = train_test_split(Xtr, ytr)
model = keras.Sequential([keras.layers.Dense(10)])
es = keras.callbacks.EarlyStopping(restore_best_weights=True)
hist = model.fit(Xtr, ytr, validation_data=(Xv, yv), callbacks=[es], epochs=5)
print('test', model.evaluate(Xte, yte))
""",
    ),
    (
        "xgb eval_set test",
        "tuned",
        """
import xgboost as xgb
Xtr, Xte, ytr, yte = train_test_split(X, y)
model = xgb.XGBClassifier(early_stopping_rounds=10)
model.fit(Xtr, ytr, eval_set=[(Xte, yte)])
pred = model.predict(Xte)
print('acc', accuracy_score(yte, pred))
""",
    ),
    (
        "xgb eval_set without stopping",
        None,
        """
import xgboost as xgb
Xtr, Xte, ytr, yte = train_test_split(X, y)
model = xgb.XGBClassifier(n_estimators=10)
model.fit(Xtr, ytr, eval_set=[(Xte, yte)])
print('acc', accuracy_score(yte, model.predict(Xte)))
""",
    ),
    (
        "custom Dataset normalised by all",
        "preprocessing",
        """
from torch.utils.data import Dataset, DataLoader, random_split
class Rows(Dataset):
    def __init__(self, X, y):
        self.X = (X - X.mean(0)) / X.std(0)
        self.y = y
    def __len__(self): return len(self.X)
    def __getitem__(self, i): return self.X[i], self.y[i]
ds = Rows(X, y)
a, b = random_split(ds, [100, 50])
tl, vl = DataLoader(a), DataLoader(b)
net = nn.Linear(3, 2)
for xb, yb in tl:
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
hits = 0
for xb, yb in vl:
    hits += (net(xb).argmax(1) == yb).sum().item()
print(hits / len(b))
""",
    ),
    (
        "custom Dataset sound",
        None,
        """
from torch.utils.data import Dataset, DataLoader, random_split
class Rows(Dataset):
    def __init__(self, X, y, mean, std):
        self.X = (X - mean) / std
        self.y = y
    def __len__(self): return len(self.X)
    def __getitem__(self, i): return self.X[i], self.y[i]
Xtr, Xte, ytr, yte = train_test_split(X, y)
m, s = Xtr.mean(0), Xtr.std(0)
tl, vl = DataLoader(Rows(Xtr, ytr, m, s)), DataLoader(Rows(Xte, yte, m, s))
net = nn.Linear(3, 2)
for xb, yb in tl:
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
hits = 0
for xb, yb in vl:
    hits += (net(xb).argmax(1) == yb).sum().item()
print(hits / len(yte))
""",
    ),
    (
        "max of test accs",
        "tuned",
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
accs = []
m = SGDClassifier()
for ep in range(20):
    m.partial_fit(Xtr, ytr)
    accs.append(m.score(Xte, yte))
print('best accuracy', max(accs))
""",
    ),
    (
        "history dict argmax val then test",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
Xtr, Xv, ytr, yv = train_test_split(Xtr, ytr)
history = {'val': [], 'test': []}
m = SGDClassifier()
for ep in range(20):
    m.partial_fit(Xtr, ytr)
    history['val'].append(m.score(Xv, yv))
    history['test'].append(m.score(Xte, yte))
best = int(np.argmax(history['val']))
print('test at best val', history['test'][best])
""",
    ),
    (
        "history dict argmax test",
        "tuned",
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
history = {'val': [], 'test': []}
m = SGDClassifier()
for ep in range(20):
    m.partial_fit(Xtr, ytr)
    history['test'].append(m.score(Xte, yte))
best = int(np.argmax(history['test']))
print('test', history['test'][best])
""",
    ),
    (
        "nested cv sound",
        None,
        """
out = []
for tr, te in KFold(5, shuffle=True).split(X):
    s = StandardScaler().fit(X[tr])
    g = GridSearchCV(Ridge(), {'alpha': [1, 2]}, cv=3).fit(s.transform(X[tr]), y[tr])
    out.append(g.score(s.transform(X[te]), y[te]))
print(np.mean(out))
""",
    ),
    (
        "grid then test sound",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
g = GridSearchCV(Ridge(), {'alpha': [1, 2]}).fit(Xtr, ytr)
print(g.best_params_, g.best_score_)
print('test', g.score(Xte, yte))
final = Ridge(**g.best_params_).fit(X, y)
""",
    ),
    (
        "model comparison on test reported all",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
for name, m in [('a', Ridge()), ('b', Lasso())]:
    m.fit(Xtr, ytr)
    print(name, m.score(Xte, yte))
""",
    ),
    (
        "loop over seeds mean std",
        None,
        """
r = []
for seed in range(5):
    Xtr, Xte, ytr, yte = train_test_split(X, y, random_state=seed)
    r.append(Ridge().fit(Xtr, ytr).score(Xte, yte))
print(f'{np.mean(r)} +- {np.std(r)} (best {max(r)})')
""",
    ),
    (
        "best seed",
        "seeds",
        """
best = 0
for seed in range(50):
    torch.manual_seed(seed)
    Xtr, Xte, ytr, yte = train_test_split(X, y, random_state=0)
    m = SGDClassifier(random_state=seed).fit(Xtr, ytr)
    acc = accuracy_score(yte, m.predict(Xte))
    if acc > best:
        best = acc
        best_seed = seed
print('Final accuracy', best)
""",
    ),
    (
        "pandas groupby impute before",
        "preprocessing",
        """
df['age'] = df.groupby('sex')['age'].transform(lambda s: s.fillna(s.median()))
X = df.drop(columns='y'); y = df['y']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "ColumnTransformer fitted before",
        "preprocessing",
        """
from sklearn.compose import ColumnTransformer
ct = ColumnTransformer([('n', StandardScaler(), ['a']), ('c', OneHotEncoder(), ['b'])])
X = ct.fit_transform(df.drop(columns='y'))
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(LogisticRegression().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "pipeline with ct sound",
        None,
        """
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
ct = ColumnTransformer([('n', StandardScaler(), ['a']), ('c', OneHotEncoder(), ['b'])])
pipe = Pipeline([('p', ct), ('m', LogisticRegression())])
X = df.drop(columns='y')
Xtr, Xte, ytr, yte = train_test_split(X, y)
pipe.fit(Xtr, ytr)
print(classification_report(yte, pipe.predict(Xte)))
""",
    ),
    (
        "dict of splits",
        "preprocessing",
        """
X = MinMaxScaler().fit_transform(X)
data = {}
data['train'], data['test'], data['ytrain'], data['ytest'] = train_test_split(X, y)
m = LogisticRegression().fit(data['train'], data['ytrain'])
print(m.score(data['test'], data['ytest']))
""",
    ),
    (
        "scaler fit on test",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
Xtr = StandardScaler().fit_transform(Xtr)
Xte = StandardScaler().fit_transform(Xte)
m = LogisticRegression().fit(Xtr, ytr)
print(m.score(Xte, yte))
""",
    ),
    (
        "eda accuracy on train printed beside",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, y)
m = LogisticRegression().fit(Xtr, ytr)
acc_tr = m.score(Xtr, ytr)
acc = m.score(Xte, yte)
print(acc_tr, acc)
""",
    ),
    (
        "statsmodels",
        None,
        """
import statsmodels.api as sm
res = sm.OLS(y, sm.add_constant(X)).fit()
print(res.summary())
pred = res.predict(X)
print(np.mean((pred - y) ** 2))
""",
    ),
    (
        "target mean scale",
        None,
        """
Xtr, Xte, ytr, yte = train_test_split(X, (y - y.mean()) / y.std())
m = Ridge().fit(Xtr, ytr)
print(m.score(Xte, yte))
""",
    ),
    (
        "synthetic y from X",
        None,
        """
df = pd.DataFrame({'a': np.random.rand(100), 'b': np.random.rand(100)})
df['y'] = 2 * df['a'] + df['b'] + np.random.randn(100)
X, y = df[['a', 'b']], df['y']
Xtr, Xte, ytr, yte = train_test_split(X, y)
print(Ridge().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "synthetic y of one column",
        None,
        """
x = np.linspace(0, 1, 100)[:, None]
y = np.sin(x).ravel() + 0.1 * np.random.randn(100)
Xtr, Xte, ytr, yte = train_test_split(x, y)
print(Ridge().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
    (
        "synthetic y of one frame column",
        None,
        """
df = pd.DataFrame({'a': np.random.rand(100)})
df['y'] = 2 * df['a'] + 1
Xtr, Xte, ytr, yte = train_test_split(df[['a']], df['y'])
print(Ridge().fit(Xtr, ytr).score(Xte, yte))
""",
    ),
]


@pytest.mark.parametrize(("kind", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_common_code_gets_the_finding_it_deserves(findings, kind, code):
    assert [f.kind for f in findings(HEAD, code)] == ([kind] if kind else [])
