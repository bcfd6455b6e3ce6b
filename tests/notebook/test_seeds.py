"""Where chance is seeded, and which seed a split hangs on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_coimprove.notebook.candidates import Reading, Split

Read = Callable[..., Reading]


def seeds(reading: Reading) -> list[tuple[str, str]]:
    return [(c.name, c.source) for c in reading.candidates if c.kind == "seed"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("np.random.seed(0)", [("np.random.seed", "0")]),
        ("torch.manual_seed(1)", [("torch.manual_seed", "1")]),
        ("random.seed(2)", [("random.seed", "2")]),
        ("rng = np.random.RandomState(3)", [("np.random.RandomState", "3")]),
        ("rng = default_rng(seed=4)", [("default_rng.seed", "4")]),
        ("m = SVC(random_state=5)", [("SVC.random_state", "5")]),
        ("m = SVC(random_state=None)", []),
        ("SEED = 6\nnp.random.seed(SEED)\nm = SVC(random_state=SEED)", [("SEED", "6")]),
        ("s = 7\ntorch.manual_seed(s)", [("s", "7")]),
        ("cfg = {'seed': 8}\nnp.random.seed(cfg['seed'])", [("cfg.seed", "8")]),
        ("class CFG:\n    seed = 9\nseed_everything(CFG.seed)", [("CFG.seed", "9")]),
        ("@dataclass\nclass C:\n    seed: int = 5\nc = C()\nseed_all(c.seed)", [("C.seed", "5")]),
        ("def seed_all(seed=42):\n    np.random.seed(seed)\nseed_all()", [("seed_all.seed", "42")]),
        ("p = A()\np.add_argument('--seed', default=0)\nargs = p.parse_args()\nm = K(random_state=args.seed + 1)", [("args.seed", "0")]),
        ("key = jax.random.PRNGKey(0)", [("jax.random.PRNGKey", "0")]),
        ("x = seed_words('en')", []),
        ("loader = DataLoader(d, shuffle=True, generator=torch.Generator().manual_seed(0))", [("torch.Generator.manual_seed", "0")]),
        ("g = torch.Generator()\ng.manual_seed(3)", [("g.manual_seed", "3")]),
        ("rng = np.random.Generator(np.random.PCG64(11))", [("np.random.PCG64", "11")]),
        ("r = random.Random(5)", [("random.Random", "5")]),
        ("key = jax.random.key(2)", [("jax.random.key", "2")]),
        ("tf.random.set_seed(1)\nkeras.utils.set_random_seed(2)", [("tf.random.set_seed", "1"), ("keras.utils.set_random_seed", "2")]),
        ("pl.seed_everything(42, workers=True)", [("pl.seed_everything", "42")]),
        ("torch.cuda.manual_seed_all(9)", [("torch.cuda.manual_seed_all", "9")]),
        ("study = optuna.create_study(sampler=TPESampler(seed=7))", [("TPESampler.seed", "7")]),
        ("params = {'bagging_seed': 3, 'random_state': 4, 'max_depth': 5}", [("params.bagging_seed", "3"), ("params.random_state", "4")]),
        ("dtrain = xgb.train({'seed': 8, 'eta': 0.1}, d)", [("train.arg1.seed", "8")]),
        ("os.environ['PYTHONHASHSEED'] = '0'", [("os.environ.PYTHONHASHSEED", "'0'")]),
        ("base = 100\nfor fold in range(5):\n    s = base + fold\n    np.random.seed(s)", [("base", "100")]),
        ("for fold in range(5):\n    np.random.seed(42 + fold)", [("np.random.seed", "42")]),
        ("for fold in range(5):\n    np.random.seed(fold * 1000 + 7)", [("np.random.seed", "7")]),
        ("def fix(s):\n    torch.manual_seed(s)\nfix(31)", [("fix.s", "31")]),
        ("def fix(a=5, s=6):\n    torch.manual_seed(s)\nfix()", [("fix.s", "6")]),
        ("class T:\n    def __init__(self, s):\n        self.s = s\n        np.random.seed(self.s)\nt = T(12)", [("T.s", "12")]),
        ("cfg = {'repro': {'value': 3}, 'lr': 1}\nnp.random.seed(cfg['repro']['value'])", [("cfg.repro.value", "3")]),
        ("n = int(os.environ.get('RUN', 17))\nnp.random.seed(n)", [("np.random.seed", "17")]),
        ("np.random.seed(int(time.time()) % 2**32)", []),
        ("n_seeds = 5\nseed_length = 40\nnum_seeds = 3\nseed_text = 'the'\nuse_seed = True", []),
        ("x = f(n_random_states=3)", []),
    ],
)  # fmt: skip
def test_a_seed_is_bound_where_its_value_stands(
    reading: Read, source: str, expected: list[tuple[str, str]]
) -> None:
    assert seeds(reading(source)) == expected


def test_a_global_seed_reaches_everything_after_it(reading: Read) -> None:
    got = reading("x = 1", "torch.manual_seed(0)", "acc = f()\nprint(acc)")
    (seed,) = [c for c in got.candidates if c.kind == "seed"]
    assert (seed.reaches, seed.label) == ((1, 2), "-> acc")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A, B, a, b = train_test_split(X, y, test_size=0.2, random_state=42)", ("len(a)", "len(b)", 0.25, "train_test_split.random_state")),
        ("A, B = train_test_split(X)", ("len(A)", "len(B)", 1 / 3, None)),
        ("from sklearn.model_selection import train_test_split as tts\nA, B = tts(X)", ("len(A)", "len(B)", 1 / 3, None)),
        ("A, B = train_test_split(X, test_size=60, random_state=0)", ("len(A)", "len(B)", None, "train_test_split.random_state")),
        ("A, B = train_test_split(X, train_size=0.8, shuffle=False)", ("len(A)", "len(B)", 0.25, None)),
        ("S = 3\nA, B = train_test_split(X, random_state=S)", ("len(A)", "len(B)", 1 / 3, "S")),
        ("np.random.seed(1)\nA, B = train_test_split(X)", ("len(A)", "len(B)", 1 / 3, "np.random.seed")),
        ("rng = RandomState(0)\nA, B = train_test_split(X, random_state=rng)", ("len(A)", "len(B)", 1 / 3, "RandomState")),
        ("def f():\n    A, B = train_test_split(X, random_state=0)", (None, None, 1 / 3, "train_test_split.random_state")),
        ("cv = KFold(n_splits=10)", (None, None, 1 / 9, None)),
        ("cv = KFold(5, shuffle=True, random_state=1)", (None, None, 0.25, "KFold.random_state")),
        ("N = 4\ncv = StratifiedKFold(n_splits=N)", (None, None, 1 / 3, None)),
        ("cv = RepeatedKFold(n_splits=5, n_repeats=3, random_state=1)", (None, None, 0.25, "RepeatedKFold.random_state")),
        ("cv = ShuffleSplit(test_size=.2)", (None, None, 0.25, None)),
        ("s = cross_val_score(m, X, y, cv=3)", (None, None, 0.5, None)),
        ("s = cross_val_score(m, X, y)", (None, None, 0.25, None)),
        ("g = GridSearchCV(m, p, cv=5)", (None, None, 0.25, None)),
        ("cv = TimeSeriesSplit(n_splits=4)", (None, None, None, None)),
        ("np.random.seed(0)\nperm = np.random.permutation(n)\nX = X[perm]", (None, None, None, "np.random.seed")),
        ("random.shuffle(rows)", (None, None, None, None)),
    ],
)  # fmt: skip
def test_a_split_gives_sizes_ratio_and_seed(
    reading: Read, source: str, expected: tuple[str | None, str | None, float | None, str | None]
) -> None:
    (split,) = reading(source).splits
    assert (split.train_size, split.test_size, split.seed) == (expected[0], expected[1], expected[3])
    assert split.ratio == (expected[2] and pytest.approx(expected[2]))


@pytest.mark.parametrize(
    "source", ["s = cross_val_score(m, X, cv=cv)", "for e in r:\n    p = torch.randperm(n)\n    x = X[p]", "p = np.random.permutation(3)", "x = f(X)"]
)  # fmt: skip
def test_what_splits_nothing_is_no_split(reading: Read, source: str) -> None:
    assert reading(source).splits == ()


def test_splits_come_in_the_order_of_the_notebook(reading: Read) -> None:
    splits: tuple[Split, ...] = reading("A, B = train_test_split(X)", "C, D = train_test_split(A)").splits
    assert [(s.cell, s.train_size) for s in splits] == [(0, "len(A)"), (1, "len(C)")]
