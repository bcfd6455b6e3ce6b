"""Programs made from a seed: what varies in them, and where it is read, hidden in ordinary work.

Those of class ``hidden`` read a setting by a way that no reader of code can see: a file, the environment, time.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharing_configs import DERIVED, STYLES, cells_of, uses
from sharing_fragments import FAMILIES
from sharing_truth import Shell, Told, running, told

from jupyter_coimprove.engines.shared_prefix.sharing import Variant

_NAMES = ("lr", "alpha", "depth", "seed", "k", "n_units", "C", "dropout")
_WORDS = ("data", "total", "model", "runner", "items", "store", "value", "part", "thing", "frame")
_BASE, _LEVELS = 0.1, (0.25, 3)
_SOURCES = [
    ("$a = 3 * 2\n---\nprint($a)", "*", "+"),
    ("$a = [1, 2, 3]\n---\nprint(sum($a))", "3", "30"),
    ("def $a(x):\n    return x + 1\n---\n$b = 1\n---\nprint($a(3))", "+ 1", "- 1"),
    ("$a = 'relu'\n---\nprint($a)", "relu", "tanh"),
    ("$a = dict(x=1)\n$a['y'] = 2\n---\nprint($a)", "$a['y'] = 2", "pass"),
    ("$a = 5 > 3 and 2\n---\nprint($a)", " and 2", ""),
    ("$a = sorted([3, 1, 2])\n---\nprint($a)", "sorted", "list"),
    ("# a remark\n$a = 1\n---\nprint($a)", "remark", "comment"),
]
_HIDDEN = [
    "import os\n$a = os.environ['RUN_SETTING']\n---\nprint($a)",
    "import os\n$a = int(os.getenv('RUN_SETTING', '0')) > 1\n---\n$b = 1",
    "with open('setting.txt') as $b:\n    $a = $b.read()\n$b = 0\n---\nprint($a)",
    "from pathlib import Path\n$a = len(Path('setting.txt').read_text())\n---\n$b = $a + 1",
    "import time\n$a = time.perf_counter_ns()\n---\nprint($a)",
    "import time\n$a = time.perf_counter_ns()\n---\n$b = 1",
    "import os\n$a = os.path.basename(os.getcwd())\n---\nprint($a)",
    "import os, pathlib\n$a = sorted(pathlib.Path(os.environ['RUN_FOLDER']).name)\n---\n$b = len($a)\nprint($a)",
    "import uuid\n$a = uuid.uuid4().hex\n---\nprint($a)",
    "import subprocess, sys\n$a = open('setting.txt').read().strip()\n---\nprint('setting', $a)",
]


@dataclass(frozen=True, kw_only=True)
class Program:
    """``families`` say for each cell where it comes from; ``expected`` what varies, by variant."""

    seed: int
    kind: str
    families: Sequence[str]
    variants: Sequence[Variant]
    expected: Sequence[Mapping[str, Any]]


class _Fresh:
    def __init__(self, rng: random.Random) -> None:
        self.rng, self.count = rng, 0

    def __call__(self) -> str:
        self.count += 1
        return f"{self.rng.choice(_WORDS)}{self.count}"


def programs(seeds: range) -> Iterator[Program]:
    for seed in seeds:
        yield program(seed)


def program(seed: int) -> Program:
    rng = random.Random(seed)
    kind = rng.choices(["parameter", "config", "derived", "source", "hidden"], weights=[60, 22, 5, 8, 5])[0]
    return {"parameter": _parameter, "config": _config, "derived": _derived}.get(kind, _other)(
        seed, kind, rng
    )


def _merged(rng: random.Random, parts: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """The cells of all parts, each part's in its order."""
    todo = [(family, list(cells)) for family, cells in parts if cells]
    out = []
    while todo:
        family, cells = rng.choice(todo)
        out.append((family, cells.pop(0)))
        todo = [part for part in todo if part[1]]
    return out


def _neutral(rng: random.Random, fresh: _Fresh, count: int) -> list[tuple[str, list[str]]]:
    return [("neutral", made("unused", fresh)) for made in rng.sample(FAMILIES["neutral"], count)]


def _parameter(seed: int, kind: str, rng: random.Random) -> Program:
    fresh = _Fresh(rng)
    names = rng.sample(_NAMES, rng.choice([1, 1, 2]))
    parts = _neutral(rng, fresh, rng.randint(1, 3))
    families = [f for f in FAMILIES if f != "neutral"]
    for _ in range(rng.randint(1, 2)):
        family = rng.choice(families)
        parts.append((family, rng.choice(FAMILIES[family])(rng.choice(names), fresh)))
    cells = _merged(rng, parts)
    at = 1
    header = ("parameters", "\n".join(f"{name} = {_BASE}" for name in names))
    body = [header, *cells]
    if rng.random() < 0.3:
        body = [("neutral", "import os, sys"), *body]
        at = 2
    first: list[dict[str, Any]] = [{}] if rng.random() < 0.5 else [dict.fromkeys(names[:1], _BASE)]
    given = first + [{name: level} for name in names for level in _LEVELS[: 3 - len(names)]]
    if len(names) == 2:
        given.append(dict.fromkeys(names, _LEVELS[0]))
    sources = [text for _, text in body]
    return Program(
        seed=seed, kind=kind, families=[family for family, _ in body],
        variants=[Variant(sources=sources, parameters=parameters, at=at) for parameters in given],
        expected=[dict.fromkeys(names, _BASE) | parameters for parameters in given],
    )  # fmt: skip


def _by_source(
    seed: int, kind: str, cells: list[tuple[str, list[str]]], addresses: Sequence[str], levels: Sequence[Any]
) -> Program:
    """One variant a level; a cell is its text in each of them."""
    return Program(
        seed=seed, kind=kind, families=[family for family, _ in cells],
        variants=[Variant(sources=[texts[i % len(texts)] for _, texts in cells]) for i in range(len(levels))],
        expected=[dict.fromkeys(addresses, level) for level in levels],
    )  # fmt: skip


def _config(seed: int, kind: str, rng: random.Random) -> Program:
    fresh = _Fresh(rng)
    style = rng.choice(STYLES)
    levels = [_BASE, *_LEVELS]
    parts = _neutral(rng, fresh, rng.randint(0, 2))
    for _ in range(rng.randint(1, 2)):
        family, templates = uses(style, rng)
        parts += [(f"config, {family}", cells_of(style, text, fresh)) for text in templates]
    cells = [(family, [text]) for family, text in _merged(rng, parts)]
    header = (f"config, {style.name}", [style.cell.replace("@L@", repr(level)) for level in levels])
    return _by_source(seed, kind, [header, *cells], style.addresses, levels)


def _derived(seed: int, kind: str, rng: random.Random) -> Program:
    fresh = _Fresh(rng)
    levels = [_BASE, *_LEVELS]
    text = rng.choice(DERIVED)
    for letter in "abcd":
        if f"${letter}" in text:
            text = text.replace(f"${letter}", fresh())
    parts = [*_neutral(rng, fresh, 1), ("config, derived", text.split("\n---\n"))]
    merged = _merged(rng, parts)
    cells = [(family, [cell.replace("@L@", repr(level)) for level in levels]) for family, cell in merged]
    return _by_source(seed, kind, cells, (), levels)


def _other(seed: int, kind: str, rng: random.Random) -> Program:
    """An operator or literal that differs, or a way of reading that cannot be seen."""
    fresh = _Fresh(rng)
    template, old, new = rng.choice(_SOURCES)
    if kind == "hidden":
        template, old, new = rng.choice(_HIDDEN), "", ""
    for letter in "ab":
        name = fresh()
        template, old, new = (text.replace(f"${letter}", name) for text in (template, old, new))
    merged = _merged(rng, [*_neutral(rng, fresh, rng.randint(1, 3)), (kind, template.split("\n---\n"))])
    cells = []
    for family, text in merged:
        changes = family == "source" and old in text and not any(len(texts) > 1 for _, texts in cells)
        cells.append((family, [text, text.replace(old, new, 1)] if changes else [text]))
    return _by_source(seed, kind, cells, (), [0, 1])


def evaluated(text: str) -> Any:
    """The value of a literal, arithmetic of numbers included."""
    return eval(text, {"__builtins__": {}})


def executed(program: Program, index: int, sets: Mapping[str, Any]) -> list[Told]:
    """What each cell of a variant gives, up to the first that raises; the values at ``sets`` are left out."""
    variant, expected = program.variants[index], {**sets, **program.expected[index]}
    out: list[Told] = []
    with place(program, index) as shell:
        for i, source in enumerate(variant.sources):
            if i == variant.at and variant.parameters:
                told(shell, injected(variant.parameters), {})
            out.append(told(shell, source, expected if i >= variant.at else sets))
            if out[-1].raised:
                break
    return out


def injected(parameters: Mapping[str, Any]) -> str:
    """The cell that papermill adds."""
    return "\n".join(f"{name} = {value!r}" for name, value in parameters.items())


@contextlib.contextmanager
def place(program: Program, index: int) -> Iterator[Shell]:
    """Where a variant runs: what only a ``hidden`` program looks at is its own."""
    with contextlib.ExitStack() as stack:
        folder = None
        if program.kind == "hidden":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()), f"run{index}")
            folder.mkdir()
            (folder / "setting.txt").write_text(f"{index}")
        environment = {"RUN_SETTING": f"{index}", "RUN_FOLDER": str(folder)}
        yield stack.enter_context(running(folder, environment))
