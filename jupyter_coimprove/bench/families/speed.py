"""Notebooks that do slowly what can be done fast: an equal result in at most half the time."""

from __future__ import annotations

import difflib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Ran, Simple
from jupyter_coimprove.bench.item import Answer, Item, Patch, Sample, Truth, book, sources

#: How many times faster the patched notebook has to be.
FASTER = 2.0
_ALIKE = 0.25
_CLOCK = ("import time as _clock\n_began = _clock.process_time()", "_took = _clock.process_time() - _began")


@dataclass(frozen=True, kw_only=True)
class _Work:
    """``data`` makes what is worked on from SEED and N, ``slow`` and ``fast`` give the same ``result``."""

    data: str
    slow: str
    fast: str
    n: int
    words: str


_WORKS = {
    "membership": _Work(
        words="which customers came back", n=2500, data="known = [int(x) for x in rng.integers(0, 10 * N, N)]\nseen = [int(x) for x in rng.integers(0, 10 * N, N)]",
        slow="result = 0\nfor one in seen:\n    if one in known:\n        result += one", fast="known_set = frozenset(known)\nresult = 0\nfor one in seen:\n    if one in known_set:\n        result += one",
    ),
    "growing-table": _Work(
        words="a table put together from parts", n=160, data="rows = pd.DataFrame({'a': rng.integers(0, 99, 900 * N), 'b': rng.integers(0, 9, 900 * N)})\nparts = [rows[i : i + 900] for i in range(0, 900 * N, 900)]\ntable = parts[0]",
        slow="for part in parts[1:]:\n    table = pd.concat([table, part], ignore_index=True)\nresult = int((table['a'] * table['b']).sum())",
        fast="table = pd.concat(parts, ignore_index=True)\nresult = int((table['a'] * table['b']).sum())",
    ),
    "growing-array": _Work(
        words="a series of readings", n=20000, data="readings = [int(x) for x in rng.integers(0, 1000, N)]\nkept = np.array([0])",
        slow="for one in readings:\n    kept = np.append(kept, one % 97)\nresult = int(kept.sum())", fast="kept = np.append(kept, [one % 97 for one in readings])\nresult = int(kept.sum())",
    ),
    "inverse": _Work(
        words="weighted sums under one covariance", n=400, data="A = rng.normal(size=(90, 90)) + 90 * np.eye(90)\nrows = rng.normal(size=(N, 90))",
        slow="total = 0.0\nfor row in rows:\n    total += float(row @ np.linalg.inv(A) @ row)\nresult = round(total, 6)",
        fast="inverse = np.linalg.inv(A)\ntotal = 0.0\nfor row in rows:\n    total += float(row @ inverse @ row)\nresult = round(total, 6)",
    ),
    "iterrows": _Work(
        words="what each order is worth", n=2500, data="orders = pd.DataFrame({'price': rng.integers(1, 99, N), 'count': rng.integers(1, 9, N)})",
        slow="worth = []\nfor i, row in orders.iterrows():\n    worth.append(int(row['price']) * int(row['count']))\nresult = sum(worth)",
        fast="result = int((orders['price'] * orders['count']).sum())",
    ),
    "rowwise": _Work(
        words="an index of two columns", n=9000, data="frame = pd.DataFrame({'height': rng.uniform(1.5, 2, N), 'weight': rng.uniform(50, 99, N)})",
        slow="frame['index'] = frame.apply(lambda r: r['weight'] / r['height'] / r['height'], axis=1)\nresult = round(float(frame['index'].mean()), 9)",
        fast="frame['index'] = frame['weight'] / frame['height'] / frame['height']\nresult = round(float(frame['index'].mean()), 9)",
    ),
    "reading-again": _Work(
        words="statistics of one file", n=600, data="pd.DataFrame(rng.integers(0, 9, size=(N, 8)), columns=list('abcdefgh')).to_csv('rows.csv', index=False)",
        slow="values = []\nfor name in ('mean', 'std', 'max', 'min', 'median'):\n    values += [float(getattr(pd.read_csv('rows.csv')[c], name)()) for c in 'abcdefgh']\nresult = round(sum(values), 9)",
        fast="values = []\nrows = pd.read_csv('rows.csv')\nfor name in ('mean', 'std', 'max', 'min', 'median'):\n    values += [float(getattr(rows[c], name)()) for c in 'abcdefgh']\nresult = round(sum(values), 9)",
    ),
    "sorted-again": _Work(
        words="the rank of each value", n=700, data="values = [int(x) for x in rng.integers(0, 10 * N, N)]",
        slow="ranks = []\nfor one in values:\n    ranks.append(sorted(values).index(one))\nresult = sum(r * r for r in ranks)",
        fast="place = {}\nfor rank, one in enumerate(sorted(values)):\n    place.setdefault(one, rank)\nresult = sum(place[one] ** 2 for one in values)",
    ),
    "pairs": _Work(
        words="the nearest neighbour of each point", n=220, data="points = rng.integers(0, 1000, size=(N, 2))",
        slow="nearest = []\nfor i in range(N):\n    best = None\n    for j in range(N):\n        if i != j:\n            d = int(((points[i] - points[j]) ** 2).sum())\n            best = d if best is None else min(best, d)\n    nearest.append(best)\nresult = sum(nearest)",
        fast="gaps = ((points[:, None] - points[None]) ** 2).sum(axis=2)\ngaps[np.arange(N), np.arange(N)] = gaps.max() + 1\nresult = int(gaps.min(axis=1).sum())",
    ),
    "recursion": _Work(
        words="paths through a grid", n=9, data="walls = {(int(a), int(b)) for a, b in rng.integers(1, N, size=(4, 2))} - {(N, N)}",
        slow="def paths(i, j):\n    if (i, j) in walls:\n        return 0\n    if i == 0 and j == 0:\n        return 1\n    return (paths(i - 1, j) if i else 0) + (paths(i, j - 1) if j else 0)\n\nresult = paths(N, N)",
        fast="import functools\n\n@functools.cache\ndef paths(i, j):\n    if (i, j) in walls:\n        return 0\n    if i == 0 and j == 0:\n        return 1\n    return (paths(i - 1, j) if i else 0) + (paths(i, j - 1) if j else 0)\n\nresult = paths(N, N)",
    ),
    "refitted": _Work(
        words="a model asked row by row", n=60, data="X = rng.normal(size=(N, 6))\ny = (X[:, 0] + rng.normal(size=N) > 0).astype(int)",
        slow="said = []\nfor i in range(N):\n    model = LogisticRegression(max_iter=60).fit(X, y)\n    said.append(int(model.predict(X[i : i + 1])[0]))\nresult = sum(said)",
        fast="model = LogisticRegression(max_iter=60).fit(X, y)\nresult = int(model.predict(X).sum())",
    ),
    "counting": _Work(
        words="how often each word comes", n=3000, data="words = ['w' + str(int(x)) for x in rng.integers(0, 400, N)]",
        slow="counts = {}\nfor word in words:\n    if word not in counts:\n        counts[word] = words.count(word)\nresult = sum(c * c for c in counts.values())",
        fast="counts = {}\nfor word in words:\n    counts[word] = counts.get(word, 0) + 1\nresult = sum(c * c for c in counts.values())",
    ),
}  # fmt: skip
_HEAD = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression\n\nSEED = {seed}\nN = {n}"


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    work = _WORKS[template]
    chance = random.Random(f"speed/{template}/{seed}")
    n = round(work.n * chance.uniform(0.9, 1.1)) if work.n > 20 else work.n
    head = _HEAD.format(seed=chance.randint(1, 99), n=n)
    data = f"rng = np.random.default_rng(SEED)\n{work.data}"
    item = Item(
        family="speed", template=template, seed=seed, notebook=book([head, data, work.slow, "print(result)"]), material={"result": "result"},
        ask=f"This computes {work.words}. As patch give new sources of cells behind the first so that `result` stays the same, "
            "for any SEED, in at most half the processor time.",
    )  # fmt: skip
    other = _HEAD.format(seed=chance.randint(100, 199), n=n)
    return (Sample(item=item, truth=Truth(data={"other": other, "patch": [[3, work.fast]]})),)


def timed(cells: Sequence[str], execute: Execute, names: Sequence[str] = ("result",)) -> tuple[Ran, float]:
    """An execution and the processor seconds of the cells behind the first, which imports."""
    ran = execute([cells[0], _CLOCK[0], *cells[1:], _CLOCK[1]], (*names, "_took"))
    took = ran.values.get("_took")
    return ran, float(took) if isinstance(took, (int, float)) else float("inf")


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    """Both are run with a seed that was not shown, so that a result which was copied is not equal."""
    if not answer.patch or any(one.cell <= 1 for one in answer.patch):
        return valuing.mark(sample, 0.0, "no patch of what is computed")
    before, after = sources(sample.item), sources(sample.item, answer.patch)
    if difflib.SequenceMatcher(None, "\n".join(before), "\n".join(after), autojunk=False).ratio() < _ALIKE:
        return valuing.mark(sample, 0.0, "the patch leaves little of the notebook")
    (one, slow), (other, fast) = (
        timed([sample.truth.data["other"], *cells[1:]], execute) for cells in (before, after)
    )
    if (
        other.error
        or one.values.get("result") != other.values.get("result")
        or one.printed[-2] != other.printed[-2]
    ):
        return valuing.mark(sample, 0.0, other.error or "the result is another")
    ratio = slow / max(fast, 1e-6)
    return valuing.mark(sample, float(ratio >= FASTER), f"{ratio:.1f} times as fast")


def _perfect(sample: Sample) -> Answer:
    patch = tuple(Patch(cell=n, source=source) for n, source in sample.truth.data["patch"])
    return Answer(patch=patch, confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Nothing, the cells as they are, or the lines of a cell in another order."""
    if how == "pass":
        return Answer()
    lines = sources(item)[2].split("\n")
    if how == "random":
        chance.shuffle(lines)
    return Answer(patch=(Patch(cell=3, source="\n".join(lines)),))


SPEED = Family(
    name="speed", activity=8, title="The same in half the time", measure="share of equal results at least twice as fast",
    templates=tuple(_WORKS), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.mean,
)  # fmt: skip
