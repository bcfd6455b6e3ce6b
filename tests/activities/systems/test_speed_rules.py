"""What the rules change, and what they leave alone; that a change is equal is for the runs to say."""

from __future__ import annotations

import numpy as np
import pytest
from made_notebooks import made

from jupyter_coimprove.activities.systems.speed.candidates import candidates

ROWS = (
    "import numpy as np, pandas as pd\ngiven = np.random.default_rng(0).normal(size=(40, 3))\n"
    "X = X_test = given[:12]\n"
    "X = pd.DataFrame(X) if FRAME else X\nm = KNeighborsClassifier(3).fit(given, given[:, 0] > 0)\n"
)

FOUND = [
    ("names = [str(n) for n in range(9)]\nhits = sum(w in names for w in words)", "membership in a list",
     "names = [str(n) for n in range(9)]\nnames_set = frozenset(names)\nhits = sum(w in names_set for w in words)"),
    ("import pandas as pd\nfor f in files:\n    t = pd.concat([t, read(f)], ignore_index=True)\nprint(t)", "growing in a loop",
     "import pandas as pd\nt_parts = []\nfor f in files:\n    t_parts.append(read(f))\n"
     "t = pd.concat([t, *t_parts], ignore_index=True) if t_parts else t\nprint(t)"),
    ("import numpy as np\nfor i in range(9):\n    a = np.append(a, f(i))", "growing in a loop",
     "import numpy as np\na_parts = []\nfor i in range(9):\n    a_parts.extend(np.ravel(f(i)))\na = np.append(a, a_parts) if a_parts else a\n"),
    ("import numpy as np\nfor i in range(9):\n    s += np.linalg.inv(A)[i]", "the same in every round",
     "import numpy as np\nconstant_part = np.linalg.inv(A)\nfor i in range(9):\n    s += constant_part[i]"),
    ("for one in values:\n    ranks.append(sorted(values).index(one))", "the same in every round",
     "constant_part = sorted(values)\nfor one in values:\n    ranks.append(constant_part.index(one))"),
    ("for i, row in df.iterrows():\n    total += row['a']", "iterrows",
     "for i, row in zip(df.index, df.to_dict(\"records\")):\n    total += row['a']"),
    ("df['c'] = df.apply(lambda r: r['a'] * 2 + r.b, axis=1)", "apply by row", "df['c'] = (df['a'] * 2 + df.b)"),
    ("from sklearn.model_selection import cross_val_score\ncross_val_score(m, X, y, cv=5)", "one core",
     "from sklearn.model_selection import cross_val_score\ncross_val_score(m, X, y, cv=5, n_jobs=-1)"),
    ("import torch\ndef score(m):\n    m.eval()\n    return m(X).mean()", "gradients in evaluation",
     "import torch\n@torch.no_grad()\ndef score(m):\n    m.eval()\n    return m(X).mean()"),
    ("%%time\nimport torch\nopt = torch.optim.NAdam(m.parameters())", "optimizer over lists",
     "%%time\nimport torch\nopt = torch.optim.NAdam(m.parameters(), foreach=True)"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "rule", "expected"), FOUND, ids=[rule for _, rule, _ in FOUND])
def test_what_is_commonly_slow_is_changed_and_no_other_character(source, rule, expected):
    (one,) = candidates(made(source))
    assert (one.rule, one.sources[0]) == (rule, expected)


@pytest.mark.parametrize(
    "source",
    [
        "names = ['a']\nfor w in words:\n    if w not in names:\n        names.append(w)",
        "names = ['a']\nprint('a' in names)",
        "import pandas as pd\nfor f in files:\n    t = pd.concat([t, read(f)])\n    print(len(t))",
        "import numpy as np\nfor i in range(9):\n    A = A + 1\n    s += np.linalg.inv(A)[i]",
        "import numpy as np\nfor i in range(9):\n    A[i] = 0\n    s += np.linalg.inv(A)[i]",
        "import numpy as np\nfor i in range(9):\n    s += np.random.normal(m)",
        "import numpy as np\nfor i in range(9):\n    b = np.sort(A)\n    b[0] = i",
        "def sorted(x):\n    return f(x)\nfor one in values:\n    sorted.count = 1\n    ranks.append(sorted(values).index(one))",
        "for i, row in df.iterrows():\n    f(row)",
        "df['c'] = df.apply(lambda r: 'x' if r['a'] else 'y', axis=1)",
        "import torch\ndef step(m):\n    m.eval()\n    m(X).backward()",
        "import torch\nopt = torch.optim.Adam(m.parameters(), foreach=False)",
        "%%bash\nfor f in *; do echo $f; done",
        "for x in (:",
    ],
)
def test_what_might_not_be_the_same_is_left_alone(source):
    assert candidates(made(source)) == ()


_SK = "from sklearn.neighbors import KNeighborsClassifier\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("p = [m.predict([x])[0] for x in X_test]", "p = list(m.predict(X_test))"),
        ("p = [m.predict(x.reshape(1, -1))[0] for x in X.values]", "p = list(m.predict(X.values))"),
        ("p = [m.predict_proba(x[None, :])[0] for x in X]", "p = list(m.predict_proba(X))"),
        ("p = [m.predict(X[i:i + 1])[0] for i in range(len(X))]", "p = list(m.predict(X))"),
        ("p = [m.predict(X.iloc[[i]])[0] for i in range(X.shape[0])]", "p = list(m.predict(X))"),
        ("p = [m.predict([X[i]])[0] for i in range(len(X))]", "p = list(m.predict(X))"),
        ("p = []\nfor x in X:\n    p.append(m.predict([x])[0])\nprint(p)", "p = []\np.extend(m.predict(X))\nprint(p)"),
    ],
)  # fmt: skip
def test_a_model_is_asked_about_all_rows_at_once_and_says_the_same(source, expected):
    (one,) = candidates(made(_SK + source))
    assert (one.rule, one.sources[0]) == ("predictions row by row", _SK + expected)
    before, after = ({}, {})
    for text, space in ((source, before), (expected, after)):
        space["FRAME"] = "iloc" in source or "X.values" in source
        exec(_SK + ROWS, space)
        exec(text, space)
    assert [list(map(float, np.atleast_1d(v))) for v in before["p"]] == [
        list(map(float, np.atleast_1d(v))) for v in after["p"]
    ]


@pytest.mark.parametrize(
    "source",
    [
        "p = [m.predict([x]) for x in X]", "p = [m.predict([x])[0] for x in X if x[0]]", "p = [m.predict([x])[1] for x in X]",
        "p = [m.predict([x])[0] for x in make()]", "p = [m.predict([y])[0] for x in X]", "p = [m.predict([x, x])[0] for x in X]",
        "p = [x.predict([X])[0] for x in models]", "p = [m.predict([x], batch=1)[0] for x in X]",
        "p = [m.predict(X[i:i + 2])[0] for i in range(len(X))]", "p = [m.predict(X[i:i + 1])[0] for i in range(len(Y))]",
        "for x in X:\n    p.append(m.predict([x])[0])\n    m.partial_fit([x], [1])", "for x in p:\n    p.append(m.predict([x])[0])",
    ],
)  # fmt: skip
def test_other_answers_of_a_model_are_left_alone(source):
    assert candidates(made(_SK + source)) == ()
    assert candidates(made("p = [m.predict([x])[0] for x in X]")) == ()


def test_a_file_that_two_cells_read_is_read_once():
    (one,) = candidates(made("import pandas as pd\na = pd.read_csv('x.csv')", "b = pd.read_csv('x.csv')"))
    assert one.sources == {
        0: "import pandas as pd\ntable_read = pd.read_csv('x.csv')\na = table_read.copy()", 1: "b = table_read.copy()",
    }  # fmt: skip


def test_batches_of_tensors_are_drawn_by_the_same_sampler():
    (one,) = candidates(
        made(
            "from torch.utils.data import DataLoader, TensorDataset",
            "ds = TensorDataset(X, y)\ndl = DataLoader(ds, batch_size=8, shuffle=True)",
        )
    )
    assert one.sources[1].endswith("ds = TensorDataset(X, y)\ndl = batches_of(ds, 8, True, False, None)")


def test_a_loader_with_workers_or_of_another_data_set_is_left_alone():
    head = "from torch.utils.data import DataLoader, TensorDataset\nds = TensorDataset(X)\n"
    assert candidates(made(head + "dl = DataLoader(ds, batch_size=8, num_workers=2)")) == ()
    assert (
        candidates(made("from torch.utils.data import DataLoader\ndl = DataLoader(images, batch_size=8)"))
        == ()
    )


def test_the_second_of_two_ways_is_tried_where_the_first_does_not_hold():
    fused, lists = candidates(made("import torch\nopt = torch.optim.Adam(\n    m.parameters(), lr=0.1,\n)"))
    assert (fused.rule, lists.rule, lists.after) == (
        "fused optimizer",
        "optimizer over lists",
        "fused optimizer",
    )
    assert fused.sources[0].endswith("lr=0.1,\nfused=True)")
