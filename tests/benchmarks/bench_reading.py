"""Medians of reading notebooks: run as a script, prints milliseconds of CPU.

``python tests/benchmarks/bench_reading.py [FOLDER OF NOTEBOOKS]``
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_coimprove.curation.application import apply_edits
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.io import parse, render
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.proposals.proposal import Edit

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
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def median_ms(act: Callable[[], object], times: int = 7) -> float:
    """Median CPU time of one call, in milliseconds, after one call to warm up."""
    act()
    spent = []
    for _ in range(times):
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
    if folder is not None:
        spent = [
            median_ms(lambda p=p: read_candidates(parse(p.read_bytes(), p), python_source), 3)
            for p in sorted(folder.rglob("*.ipynb"))
        ]
        print(f"{len(spent)} notebooks: median {statistics.median(spent):.1f}, longest {max(spent):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
