"""Candidates beyond plain values in cells: config texts, modules, given arguments, and what can be taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.notebook.texts import Format, entries

Make = Callable[..., Notebook]
Read = Callable[..., Reading]


def named(reading: Reading) -> dict[str, Candidate]:
    return {c.name: c for c in reading.candidates}


def beside(make: Make, *sources: str, **files: str) -> Reading:
    texts = {name.replace("__", "/").replace("_DOT_", "."): text for name, text in files.items()}
    return read_candidates(replace(make(*sources), beside=texts), python_source)


@pytest.mark.parametrize(
    ("text", "format_", "found"),
    [
        ("a: 1\nb:\n  c: 0.5  # note\n  d: [1, 2]\n", "yaml", {"a": "1", "b.c": "0.5", "b.d": "[1, 2]"}),
        ("lr: 1e-3\nname: adam\non: true\n", "yaml", {"lr": "1e-3", "name": "adam", "on": "true"}),
        ('{"a": {"b": 2}, "s": "x", "n": null}', "json", {"a.b": "2", "s": '"x"', "n": "null"}),
        ('{\n\t"a": 1\n}', "json", {"a": "1"}),
        ("x = 1\n[t]\ny = 'z' # c\nl = [1, 2]\n", "toml", {"x": "1", "t.y": "'z'", "t.l": "[1, 2]"}),
        ("stages:\n- lr: 0.1\n  n: 3\n- lr: 0.2\nw:\n  - 8\n  - 4\n", "yaml", {"stages.0.lr": "0.1", "stages.0.n": "3", "stages.1.lr": "0.2", "w.0": "8", "w.1": "4"}),
        ("rows:\n" + "- 1\n" * 13, "yaml", {}),
        ("[fit]\nrate = 0.1\nMode: slow\n; note = 1\nwarm = yes\nlong = a\n  b\n[data]\nn=30\n", "ini", {"fit.rate": "0.1", "fit.mode": "slow", "fit.warm": "yes", "data.n": "30"}),
        ("rate = 0.1\n", "ini", {}),
        ("a: [", "yaml", {}), ("{", "json", {}), ("x = ", "toml", {}), ("- 1\n- 2\n", "yaml", {}),
    ],
)  # fmt: skip
def test_values_of_config_texts_are_found_where_they_stand(
    text: str, format_: Format, found: dict[str, str]
) -> None:
    assert {".".join(e.path): text[e.start : e.end] for e in entries(text, format_)} == found


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.integers() | st.booleans(), min_size=1)
)
def test_every_value_of_a_json_text_is_found(values: dict[str, int | bool]) -> None:
    import json

    text = json.dumps(values, indent=1)
    assert {e.path[0]: json.loads(text[e.start : e.end]) for e in entries(text, "json")} == values


def test_a_number_in_scientific_notation_is_one_in_yaml_too(reading: Read) -> None:
    found = named(
        reading(
            'c = yaml.safe_load("""\nlr: 1e-3\nflip: true\n""")\nacc = fit(c["lr"], c["flip"])\nprint(acc)'
        )
    )
    assert (found["c.lr"].value, found["c.lr"].levels) == (0.001, ("1e-4", "1e-2"))
    assert (found["c.flip"].value, found["c.flip"].levels) == (True, ("false",))


@pytest.mark.parametrize(
    "load",
    ["yaml.safe_load({})", "OmegaConf.create({})", "yaml.load(io.StringIO({}), Loader=yaml.SafeLoader)"],
)
def test_a_string_that_a_loader_is_given_is_a_configuration(reading: Read, load: str) -> None:
    source = f'TEXT = """\nopt:\n  rate: 0.1\n"""\nconf = {load.format("TEXT")}'
    candidate = named(reading(source, "acc = fit(conf)\nprint(acc)"))["conf.opt.rate"]
    (place,) = candidate.places
    assert (candidate.kind, source[place.start : place.end]) == ("config", "0.1")


def test_escapes_in_a_string_leave_no_place(reading: Read) -> None:
    assert "c.a" not in named(reading("c = json.loads('{\\n\"a\": 1}')\nprint(fit(c))"))


@pytest.mark.parametrize(
    "load",
    [
        "conf = yaml.safe_load(open('conf/base.yaml'))",
        "with open('conf/base.yaml') as f:\n    conf = yaml.safe_load(f)",
        "PATH = 'conf/base.yaml'\nconf = OmegaConf.load(PATH)",
    ],
)
def test_files_that_the_code_names_are_bound_to_what_they_are_loaded_into(notebook: Make, load: str) -> None:
    text = "opt:\n  rate: 0.1\n  unread: 3\n"
    found = named(
        beside(notebook, load, "acc = fit(conf['opt']['rate'])\nprint(acc)", conf__base_DOT_yaml=text)
    )
    rate = found["conf.opt.rate"]
    (place,) = rate.places
    assert (place.file, place.address.ordinal, text[place.start : place.end]) == ("conf/base.yaml", -1, "0.1")
    assert (rate.reaches[-1], rate.label) == (1, "training -> acc")
    assert found["conf.opt.unread"].label == "never read"


def test_a_given_argument_wins_over_its_default(reading: Read) -> None:
    source = (
        "p = ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\np.add_argument('--depth', default=3)\n"
        "p.add_argument('--amp', action='store_true')\nargs = p.parse_args(['--lr', '0.02', '--amp'])"
    )
    found = named(reading(source, "acc = fit(args.lr, args.depth, args.amp)\nprint(acc)"))
    assert (found["args.lr"].source, found["args.lr"].levels) == ("'0.02'", ("'0.002'", "'0.2'"))
    assert (found["args.depth"].source, found["args.amp"].operator) == ("3", "drop-item")


@pytest.mark.parametrize(
    ("parse", "source"),
    [
        ("args = p.parse_args(['--lr=0.02'])", "0.02"),
        ("args = p.parse_args(args=['--lr', '0.02'])", "'0.02'"),
        ("args = p.parse_args('--depth 3 --lr 0.02'.split())", "0.02"),
        ("import sys\nsys.argv = ['x.py', '--lr', '0.02']\nargs = p.parse_args()", "'0.02'"),
        ("args, rest = p.parse_known_args([])", "0.1"),
        ("args = p.parse_args()", "0.1"),
    ],
)
def test_arguments_are_given_in_several_ways(reading: Read, parse: str, source: str) -> None:
    code = f"p = ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\n{parse}"
    assert named(reading(code, "acc = fit(args.lr)\nprint(acc)"))["args.lr"].source == source


NET = (
    "import torch.nn as nn\nWIDTH = 8\n\n\nclass Block(nn.Module):\n    def __init__(self, p=0.1, q=0.2):\n"
    "        super().__init__()\n        self.norm = nn.LayerNorm(WIDTH)\n        self.drop = nn.Dropout(p)\n        self.off = nn.Dropout(q)\n\n"
    "    def forward(self, x):\n        return x + self.drop(self.norm(x))\n\n\nclass Old(nn.Module):\n"
    "    def __init__(self, p=0.9):\n        super().__init__()\n"
)


@pytest.mark.parametrize(
    ("imports", "make"),
    [
        ("from nets.block import Block", "Block()"),
        ("from nets.block import Block as B", "B()"),
        ("import nets.block as nb", "nb.Block()"),
        ("import nets.block", "nets.block.Block()"),
        ("from nets import block", "block.Block()"),
        ("from nets.block import *", "Block()"),
    ],
)
def test_literals_of_local_modules_reach_what_imports_them(notebook: Make, imports: str, make: str) -> None:
    reading = beside(
        notebook, imports, f"net = {make}", "acc = net.score()\nprint(acc)", nets__block_DOT_py=NET
    )
    found = named(reading)
    assert found["WIDTH"].reaches == found["Block.norm"].reaches == (1, 2)
    assert {p.file for p in found["Block.norm"].places} == {"nets/block.py"}
    assert (found["Block.norm"].operator, found["Block.norm"].source) == ("identity", "self.norm(x)")
    assert found["Block.forward[x]"].operator == "drop-term"


def test_what_a_module_makes_and_never_calls_is_never_read(notebook: Make) -> None:
    found = named(
        beside(
            notebook, "from nets.block import Block", "acc = Block()(x)\nprint(acc)", nets__block_DOT_py=NET
        )
    )
    assert (found["Block.q"].label, found["Block.p"].label) == ("never read", "model -> acc")


def test_what_no_cell_uses_of_a_module_is_left_out(notebook: Make) -> None:
    reading = beside(
        notebook, "from nets.block import Block", "acc = Block()(x)\nprint(acc)", nets__block_DOT_py=NET
    )
    assert not any(c.name.startswith("Old") for c in reading.candidates)
    alone = beside(notebook, "acc = fit()\nprint(acc)", nets__block_DOT_py=NET)
    assert not any(p.file for c in alone.candidates for p in c.places)


def test_modules_reach_through_modules(notebook: Make) -> None:
    found = named(
        beside(
            notebook, "from pack.top import run", "acc = run()\nprint(acc)",
            pack__top_DOT_py="from .deep import core\n\n\ndef run():\n    return core()\n",
            pack__deep_DOT_py="def core(rate=0.3):\n    return rate\n",
        )
    )  # fmt: skip
    assert found["core.rate"].reaches == (1,)
    assert found["core.rate"].places[0].file == "pack/deep.py"


def test_a_seed_in_a_module_or_a_config_file_is_a_seed(notebook: Make) -> None:
    found = named(
        beside(
            notebook, "from tools import split\nimport json\nc = json.load(open('c.json'))",
            "acc = split(c['seed'])\nprint(acc)", c_DOT_json='{"seed": 3}',
            tools_DOT_py="def split(s, seed=7):\n    return train_test_split(s, random_state=seed)\n",
        )
    )  # fmt: skip
    assert {n for n, c in found.items() if c.kind == "seed"} == {"c.seed", "split.seed"}


@pytest.mark.parametrize(
    ("source", "name", "text"),
    [
        ("loss = ce + w * aux", "loss[aux]", "w * aux"),
        ("loss = (ce + w * aux).mean()", "loss[aux]", "w * aux"),
        ("loss = ce - 0.01 * entropy(p)", "loss[entropy]", "0.01 * entropy(p)"),
        ("for b in data:\n    loss = step(b)\n    loss += w * penalty(net)", "loss[penalty]", "w * penalty(net)"),
        ("def vae_loss(r, k, beta=0.1):\n    return r + beta * k", "vae_loss[k]", "beta * k"),
        ("class N(nn.Module):\n    def forward(self, x):\n        h = self.f(x)\n        h = h + x\n        return h", "N.h[x]", "x"),
        ("class N(nn.Module):\n    def forward(self, h):\n        return h + F.relu(self.mid(h))", "N.forward[h]", "h"),
        ("class N(nn.Module):\n    def forward(self, x):\n        out = self.f(x)\n        out += x\n        return out", "N.out[x]", "x"),
        ("z = mu + torch.randn_like(mu) * sd", "z[noise]", "torch.randn_like(mu) * sd"),
        ("def jitter(x, s):\n    return x + s * torch.randn_like(x)", "jitter[noise]", "s * torch.randn_like(x)"),
    ],
)  # fmt: skip
def test_terms_of_sums_are_named_for_what_they_add(reading: Read, source: str, name: str, text: str) -> None:
    candidate = named(reading(source))[name]
    (place,) = candidate.places
    assert (candidate.kind, candidate.operator, source[place.start : place.end]) == (
        "term",
        "drop-term",
        text,
    )


def test_of_a_residual_sum_only_what_goes_around_is_offered(reading: Read) -> None:
    source = "class N(nn.Module):\n    def forward(self, x):\n        h = self.f(x)\n        h = h + x\n        return h"
    assert [c.name for c in reading(source).candidates if c.kind == "term"] == ["N.h[x]"]


@pytest.mark.parametrize(
    "source",
    [
        "n = n_train + n_test", "i = i + 1", "total = 0\nfor b in data:\n    total += loss.item() * len(b)", "name = 'a' + b",
        "layers = []\nlayers += [f(3)]", "end = start + size", "d = (a - b) ** 2", "x = y - y.mean()", "p = base + '/' + sub",
        "loss = float(a)\nrunning_loss = 0\nfor b in data:\n    running_loss += loss.item()",
    ],
)  # fmt: skip
def test_counters_and_texts_have_no_terms(reading: Read, source: str) -> None:
    assert not [c.name for c in reading(source).candidates if c.kind == "term"]


@pytest.mark.parametrize(
    ("source", "name", "text"),
    [
        ("import numpy as np\npred = np.clip(pred, 0, None)", "pred.clip", "np.clip(pred, 0, None)"),
        ("from sklearn.preprocessing import StandardScaler\nscaler = StandardScaler()\nX = scaler.fit_transform(X)", "scaler", "StandardScaler()"),
        ("def augment(x):\n    return x[::-1]\nxb = augment(xb)", "augment", "augment(xb)"),
        ("import torch.nn.functional as F\ny = F.dropout(y, 0.3)", "y.dropout", "F.dropout(y, 0.3)"),
        ("p = p.clip(min=0)", "p.clip", "p.clip(min=0)"),
        ("h = layers.Dropout(0.3)(h)", "Dropout", "layers.Dropout(0.3)(h)"),
    ],
)  # fmt: skip
def test_steps_are_calls_that_could_pass_their_input_on(
    reading: Read, source: str, name: str, text: str
) -> None:
    candidate = named(reading(source))[name]
    (place,) = candidate.places
    assert (candidate.kind, candidate.operator, source[place.start : place.end]) == ("step", "identity", text)


def test_a_layer_called_twice_is_one_candidate(reading: Read) -> None:
    source = (
        "class N(nn.Module):\n    def __init__(self):\n        self.drop = nn.Dropout(0.1)\n"
        "    def forward(self, x):\n        x = self.drop(self.a(x))\n        return self.drop(self.b(x))"
    )
    candidate = named(reading(source))["N.drop"]
    assert [p.text for p in candidate.places] == ["self.drop(self.a(x))", "self.drop(self.b(x))"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("X[:, 7] = np.log1p(X[:, 7])", "X[:,7]"),
        ("out['hour'] = df['when'].dt.hour", "out.hour"),
        ("df['text'] = df['text'].str.lower()", "df.text"),
        ("for b in data:\n    nn.utils.clip_grad_norm_(net.parameters(), 1.0)", "clip_grad_norm_"),
        ("sched = StepLR(opt, 3)\nfor b in data:\n    sched.step()", "sched.step"),
        ("df = df[df.price > 0]", "df.subset"),
        ("X = (X - X.mean(0)) / X.std(0)", "X.scaled"),
        ("lr = f()\nfor e in es:\n    lr *= 0.9", "lr.times"),
        ("net = Sequential()\nnet.add(BatchNormalization())", "net[BatchNormalization]"),
        ("df.fillna(0, inplace=True)", "df.fillna"),
    ],
)  # fmt: skip
def test_statements_that_can_be_left_out_are_named(reading: Read, source: str, name: str) -> None:
    candidate = named(reading(source))[name]
    assert (candidate.kind, candidate.operator) == ("statement", "drop-statement")
    assert candidate.source in source


@pytest.mark.parametrize(
    "source",
    [
        "out['hour'] = df['when'].dt.hour\nprint(out['hour'].max())", "X = X.values", "y = torch.tensor(y)", "opt.step()",
        "history['loss'] = f(x)", "i = i * 2", "x = x.view(-1, 3)", "model = model.to(device)", "rows.append(x)",
        "class N(nn.Module):\n    def forward(self, x):\n        x = F.max_pool2d(x, 2)\n        return x",
    ],
)  # fmt: skip
def test_statements_that_later_code_needs_are_no_candidates(reading: Read, source: str) -> None:
    left = [
        c.name for c in reading(source).candidates if c.kind == "statement" and not c.name.startswith("i.")
    ]
    assert not left


def test_a_setting_read_only_in_a_branch_not_taken_says_when_it_would_be(reading: Read) -> None:
    found = named(
        reading(
            "cfg = {'opt': {'name': 'adam', 'momentum': 0.9}, 'w': 0.0, 'mix': False}",
            "def make(p):\n    o = cfg['opt']\n    if o['name'] == 'sgd':\n        return SGD(p, momentum=o['momentum'])\n    return Adam(p)",
            "loss = fit(make(p)) + cfg['w'] * aux(p)\nif cfg['mix']:\n    loss = mixup(loss)\nprint(loss)",
        )
    )
    assert found["cfg.opt.momentum"].label == "only when opt.name == 'sgd'"
    assert found["loss[aux]"].label == "only when cfg.w is not 0"
    assert found["loss.mixup"].label == "only when mix"


def test_a_label_says_what_is_reached(reading: Read) -> None:
    found = named(
        reading(
            "X = pd.read_csv('a.csv')[:500]\nC = 3.0", "model = SVC(C=C)\nmodel.fit(X, y)",
            "acc = model.score(X, y)\nprint(acc)",
        )
    )  # fmt: skip
    assert found["C"].label == "model, training -> acc"


def test_a_name_handed_to_a_known_argument_ranks_as_that_argument(reading: Read) -> None:
    first = reading("RATE = 2\nOTHER = 2", "acc = fit(lr=RATE, thing=OTHER)\nprint(acc)").candidates
    assert [c.name for c in first[:2]] == ["RATE", "OTHER"]
    assert first[0].score > first[1].score


def test_members_of_a_list_in_lines_are_candidates_with_their_number(notebook: Make) -> None:
    read = beside(
        notebook,
        "plan = yaml.safe_load(open('dive.yaml'))",
        "for leg in plan['legs']:\n    air = dive(leg['depth'], leg['minutes'])",
        "score = surface(air)",
        dive_DOT_yaml="legs:\n  - depth: 30\n    minutes: 20\n  - depth: 12\n    minutes: 8\n",
    )
    found = named(read)
    assert found["plan.legs.1.depth"].source == "12"
    assert found["plan.legs.1.depth"].label == "-> score"
    assert found["plan.legs.0.minutes"].levels == ("10", "40")


def test_values_of_an_ini_file_are_candidates(notebook: Make) -> None:
    read = beside(
        notebook,
        "cp = ConfigParser()\ncp.read('kiln.ini')\nheat = cp.getfloat('kiln', 'heat')",
        "glaze = cp['kiln']['glaze']\nif glaze == 'ash':\n    heat += 1\nelif glaze == 'salt':\n    heat += 2",
        "score = fire(heat, cp.getboolean('kiln', 'slow'))",
        kiln_DOT_ini="[kiln]\nheat = 0.8\nglaze = ash\nslow = no\n",
    )
    found = named(read)
    assert {n: c.levels for n, c in found.items() if n.startswith("kiln")} == {
        "kiln.kiln.heat": ("0.4",),
        "kiln.kiln.glaze": ("salt",),
        "kiln.kiln.slow": ("true",),
    }
    assert all(found[f"kiln.kiln.{n}"].label == "-> score" for n in ("heat", "glaze", "slow"))


def test_the_last_word_of_a_name_says_what_it_is(reading: Read) -> None:
    found = named(
        reading(
            "import torch.nn.functional as F\nlabel_smoothing = 0.1\nlabel_path = 'a.csv'",
            "out = train(label_path)\nloss = F.cross_entropy(out, y, label_smoothing=label_smoothing)\nacc = 1 - float(loss)",
            "print(f'{acc:.3f}')",
        )
    )
    assert found["label_smoothing"].score > 0.5
    assert found["label_path"].score < 0.2
