"""Data cells of generated notebooks: real and made data sets, in the forms that notebooks load them."""

from __future__ import annotations

import random

_CLF = (
    "from sklearn.datasets import load_breast_cancer\n$X, $y = load_breast_cancer(return_X_y=True)",
    "from sklearn.datasets import load_wine\ndata_set = load_wine()\n$X, $y = data_set.data, data_set.target",
    "from sklearn.datasets import make_classification\n"
    "$X, $y = make_classification(n_samples=400, n_features=12, n_informative=5, random_state=$seed)",
)
_REG = (
    "from sklearn.datasets import load_diabetes\n$X, $y = load_diabetes(return_X_y=True)",
    "from sklearn.datasets import make_friedman1\n$X, $y = make_friedman1(n_samples=420, noise=1.0, random_state=$seed)",
    "from sklearn.datasets import make_regression\n"
    "$X, $y = make_regression(n_samples=400, n_features=8, noise=15.0, random_state=$seed)\n$y = $y / $y.std()",
)
_RARE = (
    "from sklearn.datasets import make_classification\n"
    "$X, $y = make_classification(n_samples=900, n_features=10, n_informative=4, weights=[0.94], random_state=$seed)",
    "from sklearn.datasets import make_classification\n"
    "$X, $y = make_classification(\n    n_samples=1000, n_features=8, weights=[0.95, 0.05], flip_y=0.01, random_state=$seed\n)\n"
    'print("share of positives", $y.mean())',
)
_FRAME_CLF = (
    "from sklearn.datasets import load_breast_cancer\n"
    '$df = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "$t"})\n'
    '$df = $df[["mean radius", "mean texture", "mean area", "mean concavity", "$t"]].copy()',
    "from sklearn.datasets import load_iris\n"
    '$df = load_iris(as_frame=True).frame.rename(columns={"target": "$t"})\n$df.head()',
    "from sklearn.datasets import make_classification\n"
    "values, classes = make_classification(n_samples=350, n_features=6, random_state=$seed)\n"
    '$df = pd.DataFrame(values, columns=list("abcdef"))\n$df["$t"] = classes',
)
_FRAME_REG = (
    "from sklearn.datasets import load_diabetes\n"
    '$df = load_diabetes(as_frame=True).frame.rename(columns={"target": "$t"})\n$df["$t"] /= 100',
    "from sklearn.datasets import make_friedman1\n"
    "values, response = make_friedman1(n_samples=400, noise=1.0, random_state=$seed)\n"
    '$df = pd.DataFrame(values, columns=[f"x{k}" for k in range(values.shape[1])])\n$df["$t"] = response / 5',
)
_HOLES = (
    "\nholes = np.random.default_rng($seed).random(len($df)) < 0.1\n$df.loc[holes, $df.columns[0]] = np.nan",
    "\n$df.iloc[::9, 1] = np.nan\n$df.iloc[::13, 0] = np.nan",
)
_FIXED: dict[str, tuple[str, ...]] = {
    "texts": (
        "draw = np.random.default_rng($seed)\n"
        'words = [f"w{k}" for k in range(120)]\n'
        "$y = draw.integers(0, 2, 300)\n"
        'texts = [" ".join(draw.choice(words[: 80 + 40 * t], 15)) for t in $y]',
    ),
    "wide": (
        "draw = np.random.default_rng($seed)\n$X = draw.normal(size=(140, 600))\n$y = draw.integers(0, 2, 140)",
        "from sklearn.datasets import make_classification\n"
        "$X, $y = make_classification(n_samples=150, n_features=400, n_informative=6, random_state=$seed)",
    ),
    "cats": (
        "draw = np.random.default_rng($seed)\nn = 500\n"
        '$df = pd.DataFrame({"city": draw.choice([f"c{k}" for k in range(40)], n),\n'
        '                    "shop": draw.choice([f"s{k}" for k in range(60)], n),\n'
        '                    "size": draw.normal(size=n)})\n'
        '$df["$t"] = $df["size"] + draw.normal(size=n)',
    ),
    "images": ("from sklearn.datasets import load_digits\n$X, $y = load_digits(return_X_y=True)",),
    "series": (
        "draw = np.random.default_rng($seed)\nn = 420\n"
        'days = pd.date_range("2021-01-01", periods=n, freq="D", name="date")\n'
        '$df = pd.DataFrame({"$t": np.sin(np.arange(n) / 9) + draw.normal(0, 0.3, n).cumsum() / 5}, index=days)',
    ),
}
_THREE = (
    "from sklearn.model_selection import train_test_split\n"
    "$Xtr, $Xte, $ytr, $yte = train_test_split($X, $y, test_size=0.25, random_state=$seed)\n"
    "$Xtr, $Xv, $ytr, $yv = train_test_split($Xtr, $ytr, test_size=0.25, random_state=$seed)",
    "from sklearn.model_selection import train_test_split\n"
    "$Xtr, rest, $ytr, rest_y = train_test_split($X, $y, test_size=0.4, random_state=$seed)\n"
    "$Xv, $Xte, $yv, $yte = train_test_split(rest, rest_y, test_size=0.5, random_state=$seed)",
)
#: Cells that look at data and change nothing a model sees; both twins have them.
LOOKS: dict[str, tuple[str, ...]] = {
    "df": (
        "$df.describe().T.head()",
        "print($df.isna().mean().round(2).head())",
        'numbers = $df.select_dtypes("number")\ncentred = (numbers - numbers.mean()) / numbers.std()\n'
        'print("most skewed:", centred.skew().abs().idxmax())',
        '$df.corr(numeric_only=True)["$t"].abs().sort_values().tail(4)',
    ),
    "xy": (
        'print("range:", $X.min(), $X.max())',
        "from sklearn.decomposition import PCA\nfrom sklearn.preprocessing import StandardScaler as Std\n"
        "picture = PCA(2).fit_transform(Std().fit_transform($X))\nprint(picture[:3])",
    ),
    "xyc": (
        "print(np.bincount(np.asarray($y).astype(int)))",
        "from sklearn.decomposition import PCA\nfrom sklearn.preprocessing import StandardScaler as Std\n"
        "picture = PCA(2).fit_transform(Std().fit_transform($X))\nprint(picture[:3])",
        "from sklearn.dummy import DummyClassifier\nfrom sklearn.model_selection import cross_val_score as cvs\n"
        "from sklearn.pipeline import make_pipeline as chain\nfrom sklearn.preprocessing import StandardScaler as Std\n"
        'print("chance:", cvs(chain(Std(), DummyClassifier()), $X, $y).mean())',
    ),
    "split": (
        "print(len($ytr), len($yte))",
        "from sklearn.preprocessing import StandardScaler as Std\n"
        'drift = Std().fit(np.vstack([$Xtr, $Xte]))\nprint("scale of all rows:", drift.scale_[:3])',
        'print("train", $Xtr.shape, "test", $Xte.shape)',
    ),
}  # fmt: skip


def data_cell(rng: random.Random, macro: str, argument: str) -> str:
    """The text of the cell that makes the data ``macro`` names (``xy clf``, ``patients user``)."""
    if macro in _FIXED:
        return rng.choice(_FIXED[macro])
    if macro == "xy":
        return rng.choice(_CLF if argument == "clf" else _REG)
    if macro in ("frame", "holes"):
        text = rng.choice(_FRAME_CLF if argument == "clf" else _FRAME_REG)
        return text + (rng.choice(_HOLES) if macro == "holes" else "")
    if macro == "rare":
        return rng.choice(_RARE)
    if macro == "rareframe":
        return (
            rng.choice(_RARE)
            + '\n$df = pd.DataFrame($X, columns=[f"v{k}" for k in range($X.shape[1])])\n$df["$t"] = $y'
        )
    if macro == "threeway":
        source = {"clf": _CLF, "reg": _REG, "rare": _RARE}[argument]
        return rng.choice(source) + "\n" + rng.choice(_THREE)
    if macro == "patients":
        return (
            "draw = np.random.default_rng($seed)\nmany, each = 60, 8\n"
            "who_is = np.repeat(np.arange(many), each)\n"
            "own = draw.normal(size=(many, 3))[who_is]\n"
            '$df = pd.DataFrame(own + draw.normal(0, 0.2, own.shape), columns=["f0", "f1", "f2"])\n'
            f'$df["{argument}"] = who_is\n$df["$t"] = draw.integers(0, 2, many)[who_is]'
        )
    raise ValueError(f"no data macro {macro!r}")
