"""Where a probe listens and where it shuffles labels: by the dataflow, and never before the inputs exist."""

from __future__ import annotations

import pytest
from made_notebooks import made

from jupyter_coimprove.evidence.checks.labelling import source
from jupyter_coimprove.evidence.checks.listening import listen
from jupyter_coimprove.kernelspace.transform import python_source

SPLIT = "from sklearn.model_selection import train_test_split\nXa, Xb, ya, yb = train_test_split(X, y)"
MODEL = "from sklearn.linear_model import LogisticRegression\nm = LogisticRegression().fit(Xa, ya)\ns = m.score(Xb, yb)"


def heard(*cells, beside=None):
    notebook = made(*cells, beside=beside)
    _, found = listen(notebook, python_source)
    return notebook, found, source(notebook, python_source, found)


def place(*cells):
    """(what is shuffled, the statement before which it is)."""
    _, _, found = heard(*cells)
    assert not isinstance(found, str), found
    return found.labels.what, found.where.text.partition(" = ")[0]


def test_what_is_fitted_and_what_is_scored_is_listened_to():
    _, found, _ = heard("X, y = load()", SPLIT, MODEL)
    assert [(s.role, s.text, s.fits) for s in found.spots.spots] == [
        ("fit", "Xa", ()),
        ("fit_y", "ya", ()),
        ("scored", "Xb", (0,)),
    ]


def test_a_score_of_training_rows_and_a_picture_of_all_rows_are_no_test():
    _, found, _ = heard("X, y = load()", SPLIT, MODEL + "\nmemory = m.score(Xa, ya)\npicture = m.predict(X)")
    assert [s.text for s in found.spots.spots] == ["Xa", "ya", "Xb"]


def test_a_prediction_that_a_metric_judges_is_listened_to_where_it_is_made():
    cells = "from sklearn.metrics import f1_score\nsaid = m.predict(Xb)", "s = f1_score(yb, said)"
    _, found, _ = heard("X, y = load()", SPLIT, MODEL.rpartition("\n")[0], *cells)
    assert [(s.key, s.text) for s in found.spots.spots][-1] == (3, "Xb")


def test_rows_in_folds_and_rows_in_a_module_are_listened_to():
    _, found, _ = heard(
        "X, y = load()",
        "from sklearn.model_selection import cross_val_score as cvs\nfrom sklearn.svm import SVC\ns = cvs(SVC(), X, y).mean()",
    )
    assert [s.role for s in found.spots.spots] == ["crossed", "crossed_y"]
    helpers = "def assess(m, a, b, c, d):\n    m.fit(a, b)\n    return m.score(c, d)\n"
    _, found, _ = heard(
        "from helpers import assess\nX, y = load()", SPLIT,
        "from sklearn.svm import SVC\ns = assess(SVC(), Xa, ya, Xb, yb)", beside={"helpers.py": helpers},
    )  # fmt: skip
    assert {s.key for s in found.spots.spots} == {"helpers.py"}


def test_labels_are_shuffled_before_anything_reads_them():
    select = "from sklearn.feature_selection import SelectKBest\nX = SelectKBest(k=5).fit_transform(X, y)"
    assert place("X, y = load()", "print(1)", select, SPLIT, MODEL) == ("y", "X")
    frame = (
        "import pandas as pd\ndf = pd.read_csv('d.csv')",
        "df['rate'] = df['city'].map(df.groupby('city')['t'].mean())",
    )
    assert place(*frame, "X, y = df[['rate', 'a']], df['t']", SPLIT, MODEL) == ("df['t']", "df['rate']")


def test_another_column_made_meanwhile_is_no_reading_of_the_labels():
    frame = "import pandas as pd\ndf = pd.read_csv('d.csv')\ndf['b'] = df['a'] * 2"
    assert place(frame, "X, y = df[['a', 'b']], df['t']", SPLIT, MODEL) == ("df['t']", "X, y")


def test_where_data_are_invented_labels_are_shuffled_after_the_inputs_are_made_from_them():
    drawn = "import numpy as np\nrng = np.random.default_rng(0)\ny = rng.integers(0, 2, 99)"
    assert place(drawn, "X = rng.normal(size=(99, 4)) + y[:, None]", SPLIT, MODEL)[1].startswith("Xa")
    assert place(drawn, "X = rng.normal(size=(99, 4))\nX[:, 0] += y", SPLIT, MODEL)[1].startswith("Xa")
    leak = "import numpy as np\nX, y = load()", "X = np.column_stack([X, y])"
    assert place(*leak, SPLIT, MODEL)[1] == "X"


def test_oversampled_labels_are_shuffled_before_they_are_copied():
    more = "from sklearn.utils import resample\nX, y = resample(X, y)"
    assert place("X, y = load()", more, SPLIT, MODEL) == ("y", "X, y")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("x = 1",), "no `fit"),
        (("X, y = load()", "from sklearn.cluster import KMeans\nKMeans().fit(X)"), "no `fit"),
        (("def all():\n    X, y = load()\n    " + SPLIT.replace("\n", "\n    ") + "\n    " + MODEL.replace("\n", "\n    "), "all()"), "not clear"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_said(cells, why):
    assert why in heard(*cells)[2]


def test_two_masks_that_are_not_followed_are_two_parts_for_a_probe_to_compare():
    data = "import numpy as np\nwho = np.repeat(np.arange(30), 7)\nX = np.random.normal(size=(30, 3))[who]\ny = np.random.normal(size=30)[who]"
    masks = "from sklearn.model_selection import train_test_split\nknown, fresh = train_test_split(np.unique(who))\na, b = np.isin(who, known), np.isin(who, fresh)"
    model = "from sklearn.linear_model import Ridge\nm = Ridge().fit(X[a], y[a])\ns = m.score(X[b], y[b])"
    _, found, _ = heard(data, masks, model)
    assert [s.text for s in found.spots.spots if s.role == "scored"] == ["X[b]"]
