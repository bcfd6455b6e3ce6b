"""Median of telling what variants of a notebook may share: run as a script, prints milliseconds of CPU for 8 cells.

``python tests/benchmarks/bench_sharing.py [--json] [--repeats N] [FOLDER OF NOTEBOOKS]``

Each repeat reads every notebook anew (nothing is remembered from the last); ``known`` is once more with the
cells remembered, as for further variants of one experiment.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from jupyter_coimprove.engines.shared_prefix.sharing import reach
from jupyter_coimprove.engines.shared_prefix.sharing.reaching import cell_of
from jupyter_coimprove.kernelspace.transform import python_source

TRAINING = Path(__file__).resolve().parents[3] / "shared" / "data" / "training"
#: Where no folder of notebooks is: eight cells of ordinary work.
MADE = [
    "%matplotlib inline\nimport numpy as np\nfrom sklearn.svm import SVC",
    "cfg = {'lr': 0.1, 'depth': 3, 'opt': {'wd': 1e-4}}\nseed = 0",
    "rng = np.random.default_rng(seed)\nX = rng.normal(size=(500, 8))\ny = (X[:, 0] > 0).astype(int)",
    "def train(model, lr=0.1, drop=0.3):\n    best = 0.0\n    for e in range(cfg['depth']):\n        best = max(best, lr * e)\n    return best",
    "class Net:\n    def __init__(self, width):\n        self.width = width\n    def forward(self, x):\n        return x * self.width",
    "net = Net(cfg['depth'])\nhistory = [train(net, lr=cfg['lr']) for _ in range(3)]",
    "model = SVC(C=1.0)\nmodel.fit(X[:400], y[:400])\nacc = model.score(X[400:], y[400:])",
    "print(f'accuracy {acc:.3f}')\nhistory[-1]",
]


def notebooks(folder: Path) -> list[list[str]]:
    found = []
    for path in sorted(folder.rglob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found.append(["".join(c["source"]) for c in cells if c["cell_type"] == "code"])
    return found or [MADE]


def measured(sources: list[list[str]], repeats: int) -> dict[str, float]:
    count = sum(map(len, sources))
    anew, known = [], []
    for _ in range(repeats):
        for times in (anew, known):
            if times is anew:
                cell_of.cache_clear()
                python_source.cache_clear()
            begin = time.process_time()
            for cells in sources:
                reach(cells, ["lr", "seed"], transform=python_source)
            times.append((time.process_time() - begin) * 8000 / count)
    return {"anew": statistics.median(anew), "known": statistics.median(known)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=TRAINING)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    sources = notebooks(options.folder)
    figures = measured(sources, options.repeats)
    if options.json:
        rows = [
            {
                "bench": "sharing", "subject": f"8 cells, {name}", "ours": True, "n": options.repeats,
                "figures": {"cpu_s": value / 1000}, "limits": {},
            }
            for name, value in figures.items()
        ]  # fmt: skip
        print(json.dumps(rows))
    else:
        print("\n".join(f"8 cells, {name}: {value:.1f} ms" for name, value in figures.items()))


if __name__ == "__main__":
    main()
