"""Medians of reading notebooks: run as a script, prints milliseconds of CPU.

``python tests/benchmarks/bench_reading.py [FOLDER OF NOTEBOOKS]``

The process is warm: what is imported once counts as start-up, not as reading or planning.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_coimprove.curation.application import apply_edits
from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.io import parse, read, render
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.notebook.trees import parsed
from jupyter_coimprove.proposals.proposal import Edit
from jupyter_coimprove.workbench import planning
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.beside import with_files

TRAINING = Path(__file__).resolve().parents[3] / "shared" / "data" / "training"
CELLS = (
    "%matplotlib inline\nimport numpy as np\ncfg_{i} = {{'lr': 0.1, 'depth': 3, 'opt': {{'wd': 1e-4}}}}\nseed_{i} = {i}",
    "def train_{i}(model, lr=cfg_{j}['lr'], drop=0.3):\n    best = 0.0\n    for e in range(10):\n"
    "        loss = step(model, lr, dropout=drop)\n        best = max(best, loss)\n    return best, [b for b in model if b > lr]",
    "X_{i}, T_{i}, y_{i}, t_{i} = train_test_split(X, y, test_size=0.25, random_state=seed_{k})\n"
    "model_{i} = Pipeline([('scale', StandardScaler()), ('pca', PCA(n_components=5)), ('svm', SVC(C=1.0, gamma=0.1))])\n"
    "model_{i}.fit(X_{i}, y_{i})\nacc_{i} = model_{i}.score(T_{i}, t_{i})\nprint(f'acc {{acc_{i}:.3f}}')",
    "h_{i} = []\nfor epoch in range(cfg_{l}['depth']):\n    value = train_{k}(model_{j}, lr=0.01)\n    h_{i}.append(value)\n"
    "    if value[0] < 0.5:\n        break\nplt.figure(figsize=(4, 3))\nplt.plot(h_{i}, label='h', alpha=0.5)\nnp.mean(h_{i})",
)  # fmt: skip


def notebook_of(count: int) -> bytes:
    """A made notebook: four kinds of cells in turn, each reading those before it."""
    cells: list[dict[str, Any]] = []
    for n in range(count):
        i = n // 4
        source = CELLS[n % 4].format(i=i, j=i, k=i, l=max(0, i - 1))
        output = {"output_type": "stream", "name": "stdout", "text": "acc 0.5\n" * 20}
        cells.append(
            {
                "cell_type": "code",
                "id": f"c{n}",
                "metadata": {},
                "source": source,
                "outputs": [output],
                "execution_count": n,
            }
        )
    return raw_of(cells)


def raw_of(cells: list[dict[str, Any]]) -> bytes:
    """A notebook file of these cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


BLOCK = (
    "class Block{i}(nn.Module):\n    def __init__(self, d, drop=0.1):\n        super().__init__()\n        self.norm = nn.LayerNorm(d)\n"
    "        self.drop = nn.Dropout(drop)\n        self.lin = nn.Linear(d, d)\n\n    def forward(self, x):\n"
    "        h = self.drop(F.relu(self.lin(self.norm(x))))\n        return x + h\n\n\n"
)


def modules_of(count: int, lines: int = 300) -> dict[str, str]:
    """Local modules of this many lines, each importing the one before."""
    out = {}
    for n in range(count):
        head = "import torch.nn as nn\nimport torch.nn.functional as F\n"
        head += f"from lib.m{n - 1} import Block0 as Before\n" if n else ""
        text = head + "".join(BLOCK.format(i=i) for i in range(lines // BLOCK.count("\n")))
        out[f"lib/m{n}.py"] = text
    return out


def joined(data: Path, count: int = 300) -> tuple[bytes, dict[str, str]]:
    """Cells of the training notebooks one after another, again from the first until there are enough."""
    cells: list[dict[str, Any]] = []
    beside: dict[str, str] = {}
    for path in sorted(data.rglob("*.ipynb")):
        beside.update(with_files(read(path)).beside)
        cells += [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    taken = [{**cells[n % len(cells)], "id": f"c{n}"} for n in range(count)]
    return raw_of(taken), beside


def with_modules(count: int) -> tuple[bytes, dict[str, str]]:
    """The made notebook, its first cell importing ten modules."""
    cells = json.loads(notebook_of(count))["cells"]
    imports = "".join(f"from lib.m{n} import Block1 as B{n}\n" for n in range(10))
    made = ", ".join(f"B{n}(8)" for n in range(10))
    cells[0] = {**cells[0], "source": f"{cells[0]['source']}\n{imports}net = [{made}]"}
    return raw_of(cells), modules_of(10)


def plan_ms(raw: bytes, beside: dict[str, str], factor: str, response: str) -> float:
    """Median CPU time of ``planning.plan``: reading, design, power, cost, checks, and keeping the draft."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file, text in {"n.ipynb": raw.decode(), **beside}.items():
            target = (folder / file).resolve()
            if target.is_relative_to(folder.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        bench = Bench(where=Where(cwd=folder), root_override=folder)
        try:
            return median_ms(
                lambda: planning.plan(
                    bench, notebook="n.ipynb", factor=[factor], response=response, direction="max", blocks=8,
                    smallest_effect=0.01,
                )
            )  # fmt: skip
        finally:
            bench.close()


def median_ms(act: Callable[[], object], times: int = 5) -> float:
    """Median CPU time of one call, in milliseconds, after one call to warm up.

    What was read in an earlier call is forgotten: each call reads its notebook for the first time.
    """
    act()
    spent = []
    for _ in range(times):
        python_source.cache_clear()
        parsed.cache_clear()
        start = time.process_time()
        act()
        spent.append(1000 * (time.process_time() - start))
    return statistics.median(spent)


def main(folder: Path | None) -> None:
    path = Path("n.ipynb")
    for count in (8, 300, 1000):
        raw = notebook_of(count)
        notebook = parse(raw, path)
        edit = Edit(kind="insert", address=notebook.address(count // 2), source="x = 1")
        edited = {**notebook.node, "metadata": {"a": 1}}
        print(
            f"{count:5d} cells   parse {median_ms(lambda r=raw: parse(r, path)):7.1f}"
            f"   analyse {median_ms(lambda n=notebook: analyse(n, python_source)):7.1f}"
            f"   candidates {median_ms(lambda n=notebook: read_candidates(n, python_source)):7.1f}"
            f"   insert {median_ms(lambda n=notebook, e=edit: apply_edits(n, [e], metadata=None, new_id=lambda: 'z')):7.1f}"
            f"   render {median_ms(lambda n=notebook, e=edited: render(n, e)):7.1f} ms"
        )
    made = [
        ("300 simple cells", 1000, notebook_of(300), {}, "cfg_4.lr=0.2", "acc_7"),
        ("300 cells, ten modules", 3000, *with_modules(300), "cfg_4.lr=0.2", "acc_7"),
    ]
    if TRAINING.is_dir():
        name = "300 cells of training notebooks"
        made.insert(1, (name, 1000, *joined(TRAINING), "", ""))
    for name, most, raw, beside, factor, response in made:
        notebook = replace(parse(raw, path), beside=beside)
        reading = read_candidates(notebook, python_source)
        spent = median_ms(lambda n=notebook: read_candidates(n, python_source))
        if not factor:
            first = next(c for c in reading.candidates if c.kind != "seed" and c.levels)
            factor, response = f"{first.name}={first.levels[0]}", reading.measured[0].name
        planned = plan_ms(raw, beside, factor, response)
        checked = median_ms(lambda n=notebook: check(n, python_source))
        print(
            f"  {name:32s} candidates {spent:7.1f}   plan {planned:7.1f}   check {checked:7.1f} ms (each at most {most})"
        )
    if folder is not None:
        spent = [
            median_ms(lambda p=p: read_candidates(parse(p.read_bytes(), p), python_source), 3)
            for p in sorted(folder.rglob("*.ipynb"))
        ]
        print(f"{len(spent)} notebooks: median {statistics.median(spent):.1f}, longest {max(spent):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
