"""A result leaves its notebook: a module whose ``run`` gives it for other values of the parameters as well."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Sequence
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Ran, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, book, sources

#: Golden tests of an item, none of them with the values that the notebook has.
GOLDEN = 4
_RELATIVE = 1e-9
#: What a module loses at most by what it carries along.
_BALLAST = 0.5
#: In a template: cells parted by ``%%`` (``%%-``: the result does not need the one that follows), ``<<3..9>>`` a number drawn, the first cell the parameters, ``score`` the result.
_TEMPLATES = {
    "neighbours": """k = <<3..9>>
share = 0.3
%%
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
%%
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X[:, :2], y, test_size=share, random_state=<<1..99>>)
%%-
X_train.mean(axis=0)
%%
model = KNeighborsClassifier(n_neighbors=k).fit(X_train, y_train)
score = model.score(X_test, y_test)
print(score)""",
    "derived": """depth = <<2..5>>
leaves = 4
%%
from sklearn.datasets import load_diabetes
from sklearn.tree import DecisionTreeRegressor
X, y = load_diabetes(return_X_y=True)
half = len(X) // 2
least = depth * leaves
%%
model = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=least, random_state=<<1..99>>)
model.fit(X[:half], y[:half])
%%-
print("rows", half)
%%
score = model.score(X[half:], y[half:])""",
    "shared-chance": """noise = 0.5
n = <<40..90>>
%%
import numpy as np
np.random.seed(<<1..99>>)
%%
x = np.random.normal(size=n)
%%
preview = np.random.permutation(n)[:5]
print(preview)
%%
y = 2 * x + noise * np.random.normal(size=n)
%%
slope = (x * y).sum() / (x * x).sum()
score = float(slope)""",
    "global-read": """rate = 0.1
rounds = <<5..20>>
%%
import numpy as np
rng = np.random.default_rng(<<1..99>>)
A = rng.normal(size=(30, 4))
b = A @ np.array([1.0, -2.0, 0.5, 3.0])
%%
def step(w):
    return w - rate * A.T @ (A @ w - b) / len(b)
%%
w = np.zeros(4)
history = []
for _ in range(rounds):
    w = step(w)
    history.append(float(((A @ w - b) ** 2).mean()))
%%-
history[:3]
%%
score = history[-1]""",
    "changed-in-place": """cut = 2.0
power = <<2..4>>
%%
import numpy as np
values = list(np.random.default_rng(<<1..99>>).normal(size=60) * 2)
%%
kept = values
other = list(values)
%%
kept[:] = [v for v in kept if abs(v) < cut]
other.append(100.0)
%%
score = float(sum(abs(v) ** power for v in values) / len(values))""",
    "file": """scale = <<2..9>>
skip = 3
%%
import json
import numpy as np
%%
rows = np.random.default_rng(<<1..99>>).normal(size=50).round(4).tolist()
with open("rows.json", "w") as out:
    json.dump([scale * r for r in rows], out)
%%-
with open("notes.txt", "w") as out:
    out.write("looked at rows")
%%
with open("rows.json") as given:
    back = json.load(given)
score = sum(back[skip:]) / len(back[skip:])""",
    "redefined": """window = <<3..7>>
level = 0.5
%%
import numpy as np
series = np.cumsum(np.random.default_rng(<<1..99>>).normal(size=80))
%%-
def smooth(x):
    return x
%%
def smooth(x):
    return np.convolve(x, np.ones(window) / window, mode="valid")
%%
line = smooth(series)
score = float(np.quantile(line, level))
%%-
def smooth(x):
    return x * 0
%%-
smooth(series)[:2]""",
    "class": """decay = 0.9
start = <<1..9>>
%%
import numpy as np
class Meter:
    def __init__(self, first):
        self.value = first
        self.seen = 0
    def add(self, x):
        self.value = decay * self.value + (1 - decay) * x
        self.seen += 1
%%
meter = Meter(start)
spare = Meter(0)
%%
for x in np.random.default_rng(<<1..99>>).normal(size=40):
    meter.add(float(x))
spare.add(1.0)
%%
print(spare.seen)
score = meter.value""",
    "pipeline": """c = 0.5
columns = <<3..8>>
%%
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
%%
data = load_breast_cancer()
X, y = data.data[:, :columns], data.target
names = list(data.feature_names[:columns])
%%
model = make_pipeline(StandardScaler(), LogisticRegression(C=c))
model.fit(X[::2], y[::2])
%%-
sorted(names)[0]
%%
score = model.score(X[1::2], y[1::2])
print(f"score {score:.3f}")""",
    "counts": """least = <<2..4>>
top = 5
%%
import collections
import random
random.seed(<<1..99>>)
words = [random.choice("abcdefghij") * random.randint(1, 3) for _ in range(90)]
%%
counts = collections.Counter(words)
shown = counts.most_common(3)
%%
rare = [w for w in counts if counts[w] < least]
for w in rare:
    del counts[w]
%%
score = sum(n * len(w) for w, n in counts.most_common(top))""",
    "clusters": """k = <<3..6>>
rounds = 4
%%
import numpy as np
from sklearn.datasets import make_blobs
X, _ = make_blobs(n_samples=90, centers=5, random_state=<<1..99>>)
centres = X[:k].copy()
%%
def nearest(points, centres):
    return ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
%%
for _ in range(rounds):
    at = nearest(X, centres)
    centres = np.array([X[at == i].mean(axis=0) if (at == i).any() else centres[i] for i in range(k)])
%%-
X.shape
%%
score = float(((X - centres[nearest(X, centres)]) ** 2).sum(axis=1).mean())""",
}  # fmt: skip
_DRAW = re.compile(r"<<(\d+)\.\.(\d+)>>")


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    chance = random.Random(f"extract-and-parametrise/{template}/{seed}")
    text = _DRAW.sub(lambda m: str(chance.randint(int(m[1]), int(m[2]))), _TEMPLATES[template])
    parts = re.split(r"\n%%(-?)\n", text)
    cells, spare = parts[::2], [cell for mark, cell in zip(parts[1::2], parts[2::2], strict=True) if mark]
    defaults = {
        name: json.loads(value) for name, value in (line.split(" = ") for line in cells[0].split("\n"))
    }
    item = Item(
        family="extract-and-parametrise", template=template, seed=seed, notebook=book(cells),
        material={"parameters": defaults, "cell": 1, "result": "score"},
        ask="Cell 1 holds the parameters. Write the source of a Python module with a function `run` that takes them as keyword arguments "
            "(with these defaults) and returns what `score` is after all cells, as a number or as {name: number}. What the result does not "
            "need is left out.",
        schema={"type": "string"},
    )  # fmt: skip
    golden: list[dict[str, Any]] = []
    while len(golden) < GOLDEN:
        given = {name: _other(value, chance) for name, value in defaults.items()}
        if given != defaults and given not in golden:
            golden.append(given)
    return (
        Sample(
            item=item,
            truth=Truth(
                data={
                    "golden": golden,
                    "spare": spare,
                    "module": _module([one for one in cells if one not in spare], defaults),
                }
            ),
        ),
    )


def _other(value: int | float, chance: random.Random) -> int | float:
    """Another value of the same kind, near enough that the notebook still runs."""
    if isinstance(value, int):
        return max(1, value + chance.randint(-2, 3))
    return round(value * chance.choice((0.5, 0.8, 1.0, 1.5)), 3)


def _module(cells: Sequence[str], defaults: dict[str, Any]) -> str:
    """The cells that are needed as a module: what the truth answers."""
    signature = ", ".join(f"{name}={value!r}" for name, value in defaults.items())
    names = ", ".join(f"{name}={name}" for name in defaults)
    return (
        f"CELLS = {list(cells[1:])!r}\n\n\ndef run({signature}, **more):\n    space = dict({names})\n"
        "    for cell in CELLS:\n        exec(cell, space)\n    return space['score']\n"
    )  # fmt: skip


def expected(sample: Sample, execute: Execute) -> Ran:
    """The notebook itself with each of the golden values, all in one execution: ``results``."""
    cells = sources(sample.item)[1:]
    return execute(
        [
            f"CELLS = {cells!r}\nresults = []\nfor given in {sample.truth.data['golden']!r}:\n    space = {{'__name__': '__main__', **given}}\n"
            "    for cell in CELLS:\n        exec(cell, space)\n    results.append(float(space['score']))"
        ],
        ("results",),
    )  # fmt: skip


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    """The share of golden tests that the module passes, less for cells that are not needed; what it prints is its own affair."""
    if not isinstance(answer.value, str) or "def run" not in answer.value:
        return valuing.mark(sample, 0.0, "no module with run")
    wanted = expected(sample, execute)
    golden = sample.truth.data["golden"]
    ran = execute(
        [
            f"import pathlib, sys\npathlib.Path('extracted.py').write_text({answer.value!r})\nsys.path.insert(0, '.')\nimport extracted",
            f"results = []\nfor given in {golden!r}:\n    try:\n        one = extracted.run(**given)\n"
            "        results.append(float(next(iter(one.values())) if isinstance(one, dict) else one))\n"
            "    except Exception as error:\n        results.append(repr(error))",
        ],
        ("results",),
    )  # fmt: skip
    told, known = ran.values.get("results"), wanted.values.get("results")
    if not isinstance(told, list) or not isinstance(known, list):
        return valuing.mark(sample, 0.0, ran.error or wanted.error)
    right = [
        isinstance(a, (int, float)) and isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=_RELATIVE)
        for a, b in zip(told, known, strict=True)
    ]
    passed = sum(right) / len(golden)
    spare = sample.truth.data["spare"]
    carried = sum(cell.split("\n")[-1].strip() in answer.value for cell in spare)
    lost = _BALLAST * carried / len(spare) if spare else 0.0
    return valuing.mark(
        sample, passed * (1 - lost), f"{told} for {known}, {carried} of {len(spare)} cells too many"
    )


def _perfect(sample: Sample) -> Answer:
    return Answer(value=str(sample.truth.data["module"]), confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No module, one that gives nothing, or one that gives a number."""
    if how == "pass":
        return Answer()
    given = "0.0" if how == "fail" else repr(round(chance.uniform(0, 10), 3))
    return Answer(value=f"def run(**given):\n    return {given}\n")


EXTRACT = Family(
    name="extract-and-parametrise", activity=9, title="A module that gives the result", measure="golden tests passed, without ballast",
    templates=tuple(_TEMPLATES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.mean,
)  # fmt: skip
