"""Levels that the code itself knows: the other texts of a switch, a list of parts without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates

Read = Callable[..., Reading]
PORT = "def unload(way, crew):\n    if way == 'crane':\n        return lift(crew)\n    elif way in ('belt', \"ramp\"):\n        return roll(crew, way)\n    raise ValueError(way)\n"


def levels(reading: Reading) -> dict[str, tuple[str, ...]]:
    return {c.name: c.levels for c in reading.candidates if c.operator == "set"}


@pytest.mark.parametrize(
    ("cells", "name", "found"),
    [
        (["HULL = 'steel'\nif HULL == 'steel':\n    mass = 9\nelif HULL == 'wood':\n    mass = 4\nelse:\n    mass = 2"], "HULL", ("'wood'",)),
        ([PORT, 'HOW = "belt"\nscore = unload(HOW, 3)'], "HOW", ('"crane"', '"ramp"')),
        ([PORT, "score = unload(way='crane', crew=3)"], "unload.way", ("'belt'", "'ramp'")),
        (["class Dock:\n    tide = 'high'", "def wait(d):\n    match d.tide:\n        case 'high':\n            return 1\n        case 'low':\n            return 2", "score = wait(Dock)"], "Dock.tide", ("'low'",)),
        (["cfg = {'fuel': 'oil'}\nengine = {'oil': Oil, 'gas': Gas}[cfg['fuel']]()\nscore = engine.run()"], "cfg.fuel", ("'gas'",)),
        (["FLAG = 'red'\nscore = sail(FLAG)"], "FLAG", ()),
        (["FLAG = 'red'\nscore = sail() if FLAG == 'red' else 0"], "FLAG", ()),
        (["m = LogisticRegression(class_weight='balanced', penalty='l2')\nscore = m.fit(X, y).score(X, y)"], "LogisticRegression.class_weight", ("None",)),
    ],
)  # fmt: skip
def test_a_switch_offers_the_other_texts_that_the_code_compares_with(
    reading: Read, cells: list[str], name: str, found: tuple[str, ...]
) -> None:
    assert levels(reading(*cells))[name] == found


def test_a_switch_ranks_before_a_text_that_nothing_compares(reading: Read) -> None:
    read = reading(PORT, "LIST = 'left'\nHOW = 'belt'\nscore = unload(HOW, LIST)")
    order = [c.name for c in read.candidates]
    assert order.index("HOW") < order.index("LIST")


def test_a_switch_in_a_config_text_offers_its_others_too(notebook: Callable[..., Notebook]) -> None:
    made = replace(
        notebook(PORT, "cfg = yaml.safe_load(open('port.yaml'))", "score = unload(cfg['way'], cfg['crew'])"),
        beside={"port.yaml": "way: crane\ncrew: 4\n"},
    )
    (way,) = [c for c in read_candidates(made, python_source).candidates if c.name == "cfg.way"]
    assert way.levels == ('"belt"', '"ramp"')


@pytest.mark.parametrize(
    ("cells", "name", "found"),
    [
        (["def fit(data, lags=(1, 7)):\n    return model(data, lags)", "score = fit(d)"], "fit.lags", ("()", "(1,)")),
        (["HIDDEN = [32, 16]\nscore = mlp(HIDDEN)"], "HIDDEN", ("[]", "[32]")),
        (["cfg = {'augment': ['flip', 'crop', 'hue']}\nscore = run(cfg['augment'])"], "cfg.augment", ("[]", "['flip', 'crop']")),
        (["FEATURES = ['draft', 'beam']\nscore = run(df[FEATURES])"], "FEATURES", ("['draft']", "[]")),
        (["layers = (8,)\nscore = net(layers)"], "layers", ("()",)),
        (["hidden = [32, 16]\nscore = net(hidden[0], hidden)"], "hidden", ()),
        (["lags = (1, 7)\nshort, long = lags\nscore = net(short, long)"], "lags", ()),
        (["def net(layers):\n    return make(layers[-1])", "SIZES = [8, 4]\nscore = net(SIZES)"], "SIZES", ()),
        (["betas = (0.9, 0.99)\nscore = net(betas)"], "betas", ()),
        (["t = pd.DataFrame(rows, columns=['depth', 'salt'])\nscore = net(t)"], "DataFrame.columns", ()),
        (["layer_range = (2, 3)\nscore = net(layer_range)"], "layer_range", ()),
    ],
)  # fmt: skip
def test_a_list_of_parts_offers_none_and_one_fewer(
    reading: Read, cells: list[str], name: str, found: tuple[str, ...]
) -> None:
    assert levels(reading(*cells))[name] == found


def test_a_common_word_is_no_switch_for_another_setting_of_that_name(reading: Read) -> None:
    cells = ["cfg = {'sail': {'name': 'jib'}, 'boat': {'name': 'cutter'}}", "n = cfg['sail']['name']\nif cfg['sail']['name'] == 'jib':\n    area = 9\nelif cfg['sail']['name'] == 'genoa':\n    area = 14\nscore = race(area, cfg['boat']['name'])"]  # fmt: skip
    read = reading(*cells)
    assert levels(read)["cfg.sail.name"] == ("'genoa'",)
    assert levels(read)["cfg.boat.name"] == ()
    labels = {c.name: c.label for c in read.candidates}
    assert labels["cfg.sail.name"] != labels["cfg.boat.name"] == "changes no result by its name"


@pytest.mark.parametrize(
    ("code", "name", "first"),
    [
        ("m = PCA(n_components=2)", "PCA.n_components", "4"), ("m = SelectKBest(k=2)", "SelectKBest.k", "4"),
        ("m = HalvingGridSearchCV(e, g, factor=3)", "HalvingGridSearchCV.factor", "2"),
        ("m = Net(n_layers=2)", "Net.n_layers", "1"),
    ],
)  # fmt: skip
def test_a_first_level_leaves_what_later_code_reads(reading: Read, code: str, name: str, first: str) -> None:
    assert levels(reading(code + "\nm.fit(X, y)\nacc = m.score(X, y)"))[name][0] == first


def test_what_only_makes_a_method_that_later_code_calls_is_no_likely_factor(reading: Read) -> None:
    read = reading(
        "from sklearn.svm import SVC\nclf = SVC(C=2.0, probability=True)\nclf.fit(X, y)",
        ("acc = clf.score(T, t)\nprint('accuracy', acc)", "accuracy 0.9"),
    )
    by_name = {c.name: c for c in read.candidates}
    assert by_name["SVC.probability"].label == "changes no result by its name"
    assert by_name["SVC.C"].label == "model, training -> acc"
