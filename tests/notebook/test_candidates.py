"""What could be varied, as a person would name it, with exact places."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.reading import read_candidates

Read = Callable[..., Reading]


def named(reading: Reading) -> dict[str, Candidate]:
    return {c.name: c for c in reading.candidates}


@pytest.mark.parametrize(
    ("source", "name", "kind", "text"),
    [
        ("lr = 1e-3", "lr", "constant", "1e-3"),
        ("lr: float = 1e-3", "lr", "constant", "1e-3"),
        ("a, b = 10, 20", "b", "constant", "20"),
        ("if fast:\n    n = 5", "n", "constant", "5"),
        ("x = -1", "x", "constant", "-1"),
        ("x = 2 * 8", "x", "constant", "2 * 8"),
        ("cfg = {'lr': 0.1}", "cfg.lr", "config", "0.1"),
        ("cfg = {'opt': {'lr': 0.1}}", "cfg.opt.lr", "config", "0.1"),
        ("cfg = dict(lr=0.1)", "cfg.lr", "config", "0.1"),
        ("cfg = SimpleNamespace(lr=0.1)", "cfg.lr", "config", "0.1"),
        ("cfg = OmegaConf.create({'lr': 0.1})", "cfg.lr", "config", "0.1"),
        ("cfg['lr'] = 0.1", "cfg.lr", "config", "0.1"),
        ("CFG.lr = 0.1", "CFG.lr", "config", "0.1"),
        ("class CFG:\n    lr = 0.1", "CFG.lr", "config", "0.1"),
        ("@dataclass\nclass C:\n    lr: float = 0.1", "C.lr", "config", "0.1"),
        ("@dataclass\nclass C:\n    lr: float = field(default=0.1)", "C.lr", "config", "0.1"),
        ("p = ArgumentParser()\np.add_argument('--word-drop', type=float, default=0.2)\na = p.parse_args([])", "a.word_drop", "config", "0.2"),
        ("def f(x, sigma=0.1):\n    return x", "f.sigma", "default", "0.1"),
        ("def f(x, *, lags=(24, 168)):\n    return x", "f.lags", "default", "(24, 168)"),
        ("class N:\n    def __init__(self, hidden=32):\n        pass", "N.hidden", "default", "32"),
        ("class N:\n    def go(self, p=0.5):\n        pass", "N.go.p", "default", "0.5"),
        ("m = SVC(C=10)", "SVC.C", "literal", "10"),
        ("d = nn.Dropout(0.3)", "Dropout.p", "literal", "0.3"),
        ("def g(a, b):\n    return a\ng(1.5, 2.5)", "g.b", "literal", "2.5"),
        ("f(x, {'frac': 0.1})", "f.arg2.frac", "literal", "0.1"),
        ("t = partial(train, lr=0.1)", "train.lr", "literal", "0.1"),
        ("o = Adam([{'params': p, 'lr': 0.1}])", "Adam.params.lr", "literal", "0.1"),
        ("def f():\n    rate = 0.25\n    return rate", "f.rate", "constant", "0.25"),
        ("class N:\n    def __init__(self):\n        self.rate = 0.25", "N.rate", "constant", "0.25"),
        ("features = ['age', 'income']", "features[age]", "item", "'age'"),
        ("p = Pipeline([('pca', PCA(2)), ('svm', SVC())])", "Pipeline[pca]", "item", "('pca', PCA(2))"),
        ("p = make_pipeline(PCA(2), SVC())", "make_pipeline[PCA]", "item", "PCA(2)"),
        ("n = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))", "Sequential[BatchNorm1d]", "item", "nn.BatchNorm1d(2)"),
        ("v = VotingClassifier([('a', A()), ('b', B())])", "VotingClassifier[a]", "item", "('a', A())"),
        ("v = VotingClassifier(estimators=[('a', A()), ('b', B())])", "VotingClassifier.estimators[b]", "item", "('b', B())"),
    ],
)  # fmt: skip
def test_it_is_found_where_it_stands(reading: Read, source: str, name: str, kind: str, text: str) -> None:
    found = named(reading(source))
    assert name in found, sorted(found)
    candidate = found[name]
    (place,) = candidate.places
    assert (candidate.kind, candidate.source, source[place.start : place.end]) == (kind, text, text)


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(10):\n    pass", "x = X[:500]", "history = []", "best = None", "name = ''", "print('epoch', 3)",
        "a = np.zeros((3, 4))", "plt.plot(x, 'r')", "t = np.array([1, 2, 3])", "x = f'{y:.3f} {g(0.5)}'",
        "data = [[1, 2], [3, 4]]", "p = Pipeline([('only', SVC())])", "x = (X, y)", "s = nn.Sequential(nn.Linear(a, b), nn.Linear(b, c))",
        "%%bash\nlr=0.1", "!pip install x==1.0", "%timeit -n 10 x",
    ],
)  # fmt: skip
def test_plumbing_is_no_candidate(reading: Read, source: str) -> None:
    assert named(reading(source)) == {}


def test_places_are_characters_also_after_other_scripts(reading: Read) -> None:
    source = "größe = 'ü'; λ = {'日本': 0, 'lr': 0.5}  # é"
    candidate = named(reading(source))["λ.lr"]
    assert source[candidate.places[0].start : candidate.places[0].end] == "0.5"


def test_a_repeated_name_says_its_cell_and_its_number(reading: Read) -> None:
    assert set(named(reading("SVC(C=1)", "SVC(C=2)\nSVC(C=3)"))) == {
        "SVC.C@cell1",
        "SVC.C@cell2",
        "SVC.C@cell2#2",
    }


def test_values_are_json_and_typed(reading: Read) -> None:
    found = named(
        reading(
            "cfg = {'a': 1, 'b': 0.5, 'c': True, 'd': 'x', 'e': (1, 2), 'f': 1e999, 'g': 2 / 4, 'h': '\\ud800'}"
        )
    )
    assert {n: (c.value, c.type) for n, c in found.items() if "[" not in n} == {
        "cfg.a": (1, "int"), "cfg.b": (0.5, "float"), "cfg.c": (True, "bool"), "cfg.d": ("x", "str"),
        "cfg.e": ([1, 2], "tuple"), "cfg.f": (None, "float"), "cfg.g": (0.5, "float"), "cfg.h": (None, "str"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "levels"),
    [
        ("lr = 2e-3", ("2e-4", "2e-2")),
        ("lr = 0.05", ("0.005", "0.5")),
        ("use_aug = True", ("False",)),
        ("dropout = 0.3", ("0.0", "0.6")),
        ("dropout = 0.5", ("0.0", "0.25")),
        ("weight_decay = 1e-4", ("0.0", "2e-4")),
        ("epochs = 12", ("6", "24")),
        ("depth = 1", ("2",)),
        ("C = 3.0", ("0.3", "30.0")),
        ("n_junk = 13", ("0", "26")),
        ("SVC(kernel='rbf')", ("'linear'",)),
        ("SVC(kernel=mine('rbf'))", ()),
        ("name = 'rbf'", ()),
        ("dropout = 0.0", ()),
        ("threshold = 0.3", ("0.15", "0.6")),
        ("effect_group = 1", ()),
        ("n_classes = 4", ("2", "8")),
    ],
)
def test_levels_are_what_a_researcher_would_try(reading: Read, source: str, levels: tuple[str, ...]) -> None:
    assert next((c.levels for c in reading(source).candidates), ()) == levels


def test_a_value_that_nothing_reads_says_so_and_comes_last(reading: Read) -> None:
    found = reading("cfg = {'lr': 0.1, 'warmup': 100}", "acc = train(lr=cfg['lr'])\nprint(acc)").candidates
    assert [(c.name, c.label) for c in found] == [
        ("cfg.lr", "training -> acc"), ("cfg.warmup", "never read"),
    ]  # fmt: skip
    assert found[1].reaches == ()


def test_a_dead_class_and_an_overridden_default_are_never_read(reading: Read) -> None:
    found = named(
        reading(
            "class Old:\n    def __init__(self, hidden=32):\n        pass",
            "def f(a, k=3):\n    return a",
            "print(f(1, k=7))",
        )
    )
    assert found["Old.hidden"].label == found["f.k@cell2"].label == "never read"


def test_a_whole_config_handed_on_uses_all_its_keys(reading: Read) -> None:
    assert (
        named(reading("cfg = {'depth': 3}", "acc = Model(**cfg).score(X)\nprint(acc)"))["cfg.depth"].label
        == "model -> acc"
    )


def test_drawing_and_machinery_come_after_everything_else(reading: Read) -> None:
    found = reading(
        "import matplotlib.pyplot as plt\nlr = 0.1\nn_jobs = 2\nverbose = True\npath = 'data/x.csv'",
        "acc = fit(path, lr, n_jobs, verbose)\nprint(acc)", "plt.figure(figsize=(8, 2))\nplt.plot(acc, alpha=0.5)",
    ).candidates  # fmt: skip
    assert found[0].name == "lr"
    assert all(c.score <= 0.2 and c.label for c in found[1:])


def test_counters_are_no_candidates_and_settings_that_change_later_say_so(reading: Read) -> None:
    found = named(
        reading(
            "best = 0.0\nlr = 0.1",
            "for e in range(3):\n    best = max(best, run(lr))\n    lr = lr * 0.9\nprint(best)",
        )
    )
    assert "best" not in found
    assert found["lr"].label == "set again later"


def test_what_only_a_leftover_print_reads_reaches_no_measure(reading: Read) -> None:
    found = named(reading("ratio = 0.5\nlr = 0.1", "acc = fit(lr)\nprint(acc)", "print(ratio)"))
    assert (found["ratio"].label, found["lr"].label) == ("reaches no measure", "training -> acc")
    assert found["ratio"].reaches == (2,)


def test_names_of_the_parameters_cell_are_parameters(reading: Read) -> None:
    found = named(
        reading(
            "import os",
            "lr = 0.1\nseed = 3",
            "np.random.seed(seed)\nacc = fit(lr)\nprint(acc)",
            tags={1: ["parameters"]},
        )
    )
    assert {n: (c.kind, c.parameter) for n, c in found.items()} == {
        "lr": ("parameter", True),
        "seed": ("seed", True),
    }


def test_a_parameter_set_again_later_is_warned_about(reading: Read) -> None:
    got = reading("lr = 0.1", "lr = 0.5", "acc = fit(lr)\nprint(acc)", tags={0: ["parameters"]})
    assert got.warnings == (
        "parameter lr is set again in cell 2: what is set from outside has no effect after it",
    )


def test_a_cell_that_does_not_parse_is_named(reading: Read) -> None:
    assert "cell 1 does not parse" in reading("x = (", "acc = f()").warnings[0]


def test_a_notebook_that_keeps_no_measure_is_told_how_to(reading: Read) -> None:
    assert "coimprove.log" in reading("def f():\n    acc = 1\nf()").warnings[0]


def test_code_inside_time_has_places(reading: Read) -> None:
    source = "%time model = SVC(C=10).fit(X)"
    assert source[named(reading(source))["SVC.C"].places[0].start :].startswith("10")


def test_of_other_languages_only_the_parameters_are_read(notebook: Callable[..., Notebook]) -> None:
    made = notebook(
        "lr <- 0.1\nfast = TRUE\nname <- 'x' # note\nv <- c(1, 2)", "acc <- fit(lr)", tags={0: ["parameters"]}
    )
    found = read_candidates(replace(made, language="R"), python_source)
    assert [(c.name, c.source, c.levels) for c in found.candidates] == [
        ("lr", "0.1", ("0.01", "1.0")), ("fast", "TRUE", ("FALSE",)), ("name", "'x'", ()),
    ]  # fmt: skip
    assert "in R" in found.warnings[0]
    for candidate in found.candidates:
        candidate.places[0].check(made)


def _check(notebook: Notebook, found: Reading) -> None:
    names = [c.name for c in found.candidates]
    assert len(set(names)) == len(names)
    for candidate in found.candidates:
        for place in candidate.places:
            source = place.check(notebook)
            assert place.text == candidate.source
            for level in candidate.levels:
                changed = source[: place.start] + level + source[place.end :]
                ast.parse(python_source(changed))
                assert changed != source
    for measure in found.measured:
        ast.parse(measure.expr, mode="eval")


def test_every_public_notebook_gives_candidates_and_measures(shared_data: Path) -> None:
    some = measured = total = 0
    for path in sorted((shared_data / "notebooks").rglob("*.ipynb")):
        notebook = read(path)
        found = read_candidates(notebook, python_source)
        _check(notebook, found)
        total += 1
        some += any(c.kind != "seed" and c.score > 0.1 for c in found.candidates)
        measured += bool(found.measured)
    assert total == 47
    assert some >= 45, f"{some} of {total} with a candidate"
    assert measured >= 40, f"{measured} of {total} with a measure"


def test_a_loop_that_only_draws_offers_no_member_and_one_that_fits_does(reading: Read) -> None:
    drawn = "for kind, style in (('train', '--'), ('test', '-')):\n    mean = table[kind]\n    ax.plot(mean, style)"
    fitted = "for kind in [Tree(), Boost()]:\n    kind.fit(X, y)\n    ax.plot(kind.loss_)\n    acc = kind.score(T, t)"
    read = reading(f"{drawn}\nacc = 0.5\nprint('accuracy', acc)")
    labels = {c.name: c.label for c in read.candidates if c.operator == "drop-item"}
    assert labels == {"loop[train]": "drawing only", "loop[test]": "drawing only"}
    read = reading(f"{fitted}\nprint('accuracy', acc)")
    members = [c for c in read.candidates if c.operator == "drop-item"]
    assert len(members) == 2
    assert all(c.label != "drawing only" for c in members)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("import matplotlib.colors as mc\nfrom matplotlib.colors import ListedColormap\ncm = ListedColormap(['c', 'm'])", "ListedColormap"),
        ("ax = df.loc[names].T.plot(legend=False)", "ax.plot"),
    ],
)  # fmt: skip
def test_what_is_only_drawn_is_no_part_to_leave_out(reading: Read, source: str, part: str) -> None:
    cells = (source, "m = SVC(C=2)\nm.fit(X, y)\nacc = m.score(X, y)")
    assert [n for n, c in named(reading(*cells)).items() if n.startswith(part) and c.operator != "set"] == []


def test_how_a_result_is_told_does_not_change_it(reading: Read) -> None:
    cells = ("res = sm.OLS(y, X).fit(method='qr')", "ci = res.conf_int(alpha=0.05)\nprint(ci, res.rsquared)")
    assert named(reading(*cells))["conf_int.alpha"].label == "changes no result by its name"


@pytest.mark.parametrize(
    ("source", "levels"),
    [
        ("SVC(gamma='auto')", ("'scale'",)), ("SGDClassifier(loss='hinge')", ("'squared_hinge'",)),
        ("Boost(loss='squared_error')", ("'absolute_error'",)), ("ExponentialSmoothing(y, trend='additive')", ("'mul'",)),
        ("GaussianMixture(covariance_type='full')", ("'diag'", "'spherical'")), ("f(gamma='other')", ()),
    ],
)  # fmt: skip
def test_words_that_a_library_knows_have_their_others_as_levels(
    reading: Read, source: str, levels: tuple[str, ...]
) -> None:
    (found,) = (c for c in reading(f"m = {source}\nacc = m.score(X, y)").candidates if c.type == "str")
    assert found.levels == levels
