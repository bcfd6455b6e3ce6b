"""Where chance enters a notebook, what it is for, and which seed drives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_coimprove.notebook.candidates import Reading

Read = Callable[..., Reading]


def draws(reading: Reading) -> list[tuple[str, str, tuple[str, ...], bool]]:
    """(generator, kind, seeds, seeded) of every draw, once."""
    assert reading.chance is not None
    found = [(d.generator, d.kind, d.seeds, d.seeded) for d in reading.chance.draws]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("np.random.seed(0)\nA, B = train_test_split(X)", [("numpy", "split", ("np.random.seed",), True)]),
        ("A, B = train_test_split(X)", [("numpy", "split", (), False)]),
        ("A, B = train_test_split(X, shuffle=False)", []),
        ("A, B = train_test_split(X, random_state=None)", [("numpy", "split", (), False)]),
        ("cv = KFold(5)", []),
        ("cv = KFold(5, shuffle=True)", [("numpy", "split", (), False)]),
        ("import random\nrandom.seed(1)\nidx = list(range(9))\nrandom.shuffle(idx)\ntr, te = idx[:6], idx[6:]", [("random", "split", ("random.seed",), True)]),
        ("from random import shuffle\nshuffle(rows)", [("random", "split", (), False)]),
        ("train = df.sample(frac=0.8, random_state=3)\ntest = df.drop(train.index)", [("own", "split", ("sample.random_state",), True)]),
        ("train = df.sample(frac=0.8)", [("numpy", "split", (), False)]),
        ("rng = np.random.default_rng(4)\np = rng.permutation(n)\ntr, te = p[:5], p[5:]", [("own", "split", ("np.random.default_rng",), True)]),
        ("rng = np.random.default_rng(4)\nboot = rng.choice(n, n)\nX = X[boot]", [("own", "split", ("np.random.default_rng",), True)]),
        ("for epoch in range(3):\n    p = np.random.permutation(n)\n    for i in range(0, n, 8):\n        f(X[p[i:i + 8]])", [("numpy", "order", (), False)]),
        ("for rep in range(3):\n    p = np.random.permutation(n)\n    tr, te = p[:k], p[k:]", [("numpy", "split", (), False)]),
        ("for b in torch.randperm(n).split(32):\n    f(b)", [("torch", "order", (), False)]),
        ("dl = DataLoader(d, batch_size=8, shuffle=True)", [("torch", "order", (), False)]),
        ("dl = DataLoader(d, batch_size=8)", []),
        ("g = torch.Generator().manual_seed(1)\ndl = DataLoader(d, shuffle=True, generator=g)", [("own", "order", ("torch.Generator.manual_seed",), True)]),
        ("a, b = random_split(d, [8, 2], generator=torch.Generator().manual_seed(0))", [("own", "split", ("torch.Generator.manual_seed",), True)]),
        ("torch.manual_seed(2)\na, b = random_split(d, [8, 2])", [("torch", "split", ("torch.manual_seed",), True)]),
        ("torch.manual_seed(2)\nnet = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.BatchNorm1d(2))", [("torch", "init", ("torch.manual_seed",), True)]),
        ("m = RandomForestClassifier()", [("numpy", "init", (), False)]),
        ("m = RandomForestClassifier(random_state=1)", [("own", "init", ("RandomForestClassifier.random_state",), True)]),
        ("m = LogisticRegression()", []),
        ("from sklearn.model_selection import train_test_split as tts\nA, B = tts(X, random_state=1)", [("own", "split", ("tts.random_state",), True)]),
        ("import keras\nkeras.utils.set_random_seed(1)\nm = keras.layers.Dense(3)", [("random", "init", ("keras.utils.set_random_seed",), True), ("numpy", "init", ("keras.utils.set_random_seed",), True), ("tensorflow", "init", ("keras.utils.set_random_seed",), True)]),
        ("import optuna\ns = optuna.samplers.TPESampler(seed=3)", [("own", "init", ("TPESampler.seed",), True)]),
        ("m = RandomForestClassifier()\nnp.random.seed(4)\nm.fit(X, y)", [("numpy", "init", ("np.random.seed",), True)]),
        ("p = {'random_state': 2, 'depth': 3}\nq = dict(p)\nm = RandomForestClassifier(**q)", [("own", "init", ("p.random_state",), True)]),
        ("X, y = make_moons(100, random_state=5)", [("own", "data", ("make_moons.random_state",), True)]),
        ("set_seed(3)\nnet = nn.Linear(2, 2)\nx = random.random()", [("torch", "init", ("set_seed",), True), ("random", "data", ("set_seed",), True)]),
        ("x = np.random.rand(3)\nnp.random.seed(0)\ny = np.random.rand(3)", [("numpy", "data", (), False), ("numpy", "data", ("np.random.seed",), True)]),
        ("def fix(seed):\n    random.seed(seed)\n    np.random.seed(seed)\nfix(7)\nnet = nn.Linear(2, 2)\nA, B = train_test_split(X)", [("torch", "init", (), False), ("numpy", "split", ("fix.seed",), True)]),
        ("def split(n, seed=3):\n    r = np.random.RandomState(seed)\n    i = r.permutation(n)\n    return i[:5], i[5:]\na, b = split(10)", [("own", "split", ("split.seed",), True)]),
        ("def run(seed):\n    torch.manual_seed(seed)\n    return nn.Linear(2, 2)\nrun(1)\nrun(2)", [("torch", "init", ("run.seed@cell1",), True), ("torch", "init", ("run.seed@cell1#2",), True)]),
    ],
)  # fmt: skip
def test_a_draw_has_a_generator_a_purpose_and_a_seed(
    reading: Read, source: str, expected: list[tuple[str, str, tuple[str, ...], bool]]
) -> None:
    assert draws(reading(source)) == expected


def test_a_module_beside_the_notebook_may_seed_and_draw(notebook: Callable[..., object]) -> None:
    import dataclasses

    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.reading import read_candidates

    made = notebook("from helpers import fix, Net\nfix(5)", "net = Net()")
    beside = {
        "helpers.py": "import random, torch\nfrom torch import nn\n"
        "def fix(s):\n    torch.manual_seed(s)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        self.a = nn.Linear(2, 2)\n"
    }
    got = read_candidates(dataclasses.replace(made, beside=beside), python_source)  # type: ignore[type-var]
    assert draws(got) == [("torch", "init", ("fix.s",), True)]
    assert [(c.name, c.source) for c in got.candidates if c.kind == "seed"] == [("fix.s", "5")]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("rng = np.random.default_rng()\nx = rng.normal()", "fresh seed"),
        ("import os\nx = os.urandom(4)", "os.urandom"),
        ("import secrets\nx = secrets.randbelow(4)", "secrets.randbelow"),
        ("import time\nnp.random.seed(int(time.time()))", "from the machine"),
        ("random.seed()", "from the machine"),
        ("import random\nr = random.SystemRandom()", "SystemRandom"),
        ("dl = DataLoader(d, num_workers=4)", "worker processes"),
        ("import optuna\nstudy = optuna.create_study()", "optuna's sampler"),
    ],
)
def test_chance_that_no_seed_controls_is_named(reading: Read, source: str, words: str) -> None:
    got = reading(source).chance
    assert got is not None
    assert any(words in text for text in got.uncontrolled)


@pytest.mark.parametrize(
    "loop", ["for seed in range(5):", "for seed in [1, 2]:", "for i, seed in enumerate(SEEDS):"]
)
def test_a_loop_over_seeds_is_warned_of(reading: Read, loop: str) -> None:
    got = reading(f"{loop}\n    torch.manual_seed(seed)\n    accs.append(fit())")
    assert any("loops over seeds itself" in text for text in got.warnings)
    assert not any("loops over seeds" in text for text in reading("for e in range(3):\n    fit(e)").warnings)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("idx = np.random.permutation(len(X))\nn = int(0.8 * len(X))\ntrain_idx, test_idx = idx[:n], idx[n:]", ("len(train_idx)", "len(test_idx)", 0.25)),
        ("random.shuffle(rows)\nn = len(rows) // 5\ntest, train = rows[:n], rows[n:]", ("len(train)", "len(test)", 0.25)),
        ("SHARE = 0.75\np = torch.randperm(len(X))\nk = int(SHARE * len(X))\nX_tr = X[p[:k]]\nX_te = X[p[k:]]", ("len(X_tr)", "len(X_te)", 1 / 3)),
        ("p = rng.permutation(150)\nX, y = X[p], y[p]\nX_train, X_test = X[:100], X[100:]", ("len(X_train)", "len(X_test)", None)),
        ("train = df.sample(frac=0.8, random_state=1)\ntest = df.drop(train.index)", ("len(train)", "len(test)", 0.25)),
        ("df = df.sample(frac=1)\ntr = df[:70]\nte = df[70:]", ("len(tr)", "len(te)", None)),
        ("a, v, t = random_split(d, [6, 2, 2])", ("len(a)", "len(t)", None)),
    ],
)  # fmt: skip
def test_sizes_of_a_split_by_hand_can_be_read(
    reading: Read, source: str, expected: tuple[str | None, str | None, float | None]
) -> None:
    before = "rng = np.random.default_rng(0)\n"
    split = reading(before + source).splits[0]
    assert (split.train_size, split.test_size) == expected[:2]
    assert split.ratio == (expected[2] and pytest.approx(expected[2]))


def test_a_seed_reaches_what_is_drawn_from_it_through_an_object(reading: Read) -> None:
    got = reading(
        "class Trainer:\n    def __init__(self, lr=0.1, seed=7):\n        self.rng = np.random.default_rng(seed)\n"
        "    def split(self, X):\n        p = self.rng.permutation(len(X))\n        return X[p[:5]], X[p[5:]]\n"
        "    def fit(self, X):\n        a, b = self.split(X)\n        return a.mean()",
        "t = Trainer(lr=0.1)\nacc = t.fit(np.arange(10))",
    )
    (seed,) = [c for c in got.candidates if c.kind == "seed"]
    assert seed.name == "Trainer.seed"
    assert seed.label != "never read"
    assert 1 in seed.reaches
    assert draws(got) == [("own", "split", ("Trainer.seed",), True)]
