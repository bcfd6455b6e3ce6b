"""The names of data and model, for the words of a finding."""

from __future__ import annotations

import ast

import pytest

from jupyter_coimprove.notebook.subject import subject


@pytest.mark.parametrize(
    ("source", "data", "models"),
    [
        ("X, y = load_digits(return_X_y=True)\nm = Ridge()\nm.fit(X, y)", ("digits",), ("Ridge",)),
        ("d = pd.read_csv('../data/yield.csv')\nRandomForestClassifier(5).fit(d, y)", ("yield.csv",), ("RandomForestClassifier",)),
        ("p = make_pipeline(StandardScaler(), SVC())\np.fit(X, y)", (), ("SVC",)),
        ("p = Pipeline([('s', StandardScaler()), ('m', Lasso())])\np.fit(X, y)", (), ("Lasso",)),
        ("net = Net(3)\nopt = torch.optim.Adam(net.parameters())", (), ("Net",)),
        ("s = StandardScaler()\ns.fit_transform(X)\nprint(open('notes.md').read())", (), ()),
        ("d = load_dataset('imdb')\nb = make_scorer(f)", ("imdb",), ()),
        ("x = load(path)\ndef f():\n    return model.fit(x)", (), ()),
    ],
)  # fmt: skip
def test_data_and_models_are_named_as_the_code_names_them(source, data, models):
    found = subject([ast.parse(source)])
    assert (found.data, found.models) == (data, models)
