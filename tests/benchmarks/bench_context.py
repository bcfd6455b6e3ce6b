"""What a question takes before it is sent: the facts of a notebook, live variables, and the way through the host.

python tests/benchmarks/bench_context.py [--repeats N] [--json]

``warm_s``: facts and budget for a question about 200 cells that were read before. ``cold_s``,
``cold_cpu_s`` and ``cold_mb``: 1,000 cells and 200 MB in a fresh child that reads them for the first
time (its imports aside). ``variables_s``: summaries of 60 names with frames and arrays. ``first_word_added_s``: from
the host's request to the first word of a scripted service, over the bare SDK sending the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench_reading import notebook_of

from jupyter_coimprove.kernelspace.client import HostClient
from jupyter_coimprove.kernelspace.snapshot import summaries
from jupyter_coimprove.proposals.context import arrange
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import knowing, talking
from jupyter_coimprove.workbench.bench import Bench, Where

LIMITS = {"warm_s": 0.05, "cold_s": 3.0, "cold_mb": 700, "variables_s": 0.06, "first_word_added_s": 0.06}
QUESTION = "why is acc_3 so low, and what does cell 7 show?"


def facts(path: Path) -> float:
    bench = Bench(where=Where(cwd=path.parent, notebook=path), root_override=path.parent)
    try:
        began = time.perf_counter()
        arrange(knowing.blocks(bench, path, QUESTION), talking.BUDGET)
        return time.perf_counter() - began
    finally:
        bench.close()


def large(path: Path) -> None:
    """A thousand cells, every other with a picture: 200 MB."""
    node = json.loads(notebook_of(1000))
    for cell in node["cells"][::2]:
        picture = {"image/png": "A" * 400_000, "text/plain": "<Figure>"}
        cell["outputs"].append({"output_type": "display_data", "data": picture, "metadata": {}})
    path.write_text(json.dumps(node, indent=1))


def cold(path: Path) -> tuple[float, float, float]:
    code = f"import bench_context, pathlib; bench_context.child(pathlib.Path({str(path)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    seconds, cpu, mb = done.stdout.split()
    return float(seconds), float(cpu), float(mb)


def child(path: Path) -> None:
    small = path.parent / "small.ipynb"
    small.write_bytes(notebook_of(4))
    facts(small)
    before = time.process_time()
    took = facts(path)
    print(took, time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def variables(repeats: int) -> float:
    import numpy as np
    import pandas as pd

    names: dict[str, Any] = {f"n{i}": i for i in range(40)}
    names |= {f"a{i}": np.zeros((1000, 100)) for i in range(10)}
    names |= {f"f{i}": pd.DataFrame(np.zeros((2000, 20))) for i in range(10)}
    summaries(names)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        summaries(names)
        times.append(time.perf_counter() - began)
    return median(times)


def through_host(folder: Path, path: Path, repeats: int) -> tuple[float, float]:
    """Seconds to the first word through the host, and of the bare SDK with the same body; medians."""
    import anthropic

    said = Answer(content=(Text("It fits a model in 200 steps, and measures it at the end."),))
    client = HostClient()
    with MessagesServer(lambda body: said) as server:
        os.environ |= {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": server.url,
            "COIMPROVE_ROOT": str(folder),
            "JUPYTER_DATA_DIR": str(folder / "data"),
        }
        where = {
            "cwd": str(folder),
            "notebook": str(path),
            "cell_id": "c9",
            "lone_line": False,
            "at_prompt": True,
        }

        def ask(number: int) -> float:
            first: list[float] = []
            began = time.perf_counter()
            client.call(
                ["ask", "--fresh", "--", f"{QUESTION} {number}"], where, version=client.version or "0.1.0",
                say=lambda text: first.append(time.perf_counter()),
            )  # fmt: skip
            return first[0] - began

        def bare(service: anthropic.Anthropic, body: dict[str, Any]) -> float:
            began = time.perf_counter()
            with service.messages.stream(**body) as stream:
                next(iter(stream.text_stream))
                took = time.perf_counter() - began
                stream.until_done()
            return took

        try:
            ask(-2), ask(-1)
            body = {k: v for k, v in server.asked[-1].body.items() if k != "stream"}
            with anthropic.Anthropic(api_key="k", base_url=server.url) as service:
                bare(service, body)
                times = [(bare(service, body), ask(n)) for n in range(repeats)]
        finally:
            client.close()
    return median(b - a for a, b in times), median(a for a, _ in times)


def measure(repeats: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["JUPYTER_DATA_DIR"] = str(folder / "data")
        path = folder / "n.ipynb"
        path.write_bytes(notebook_of(200))
        facts(path)
        warm = median(facts(path) for _ in range(repeats))
        large(folder / "large.ipynb")
        colds = [cold(folder / "large.ipynb") for _ in range(min(3, repeats))]
        added, bare = through_host(folder, path, repeats)
        figures = {
            "warm_s": warm, "cold_s": median(c[0] for c in colds), "cold_cpu_s": median(c[1] for c in colds),
            "cold_mb": max(c[2] for c in colds),
            "variables_s": variables(repeats), "first_word_added_s": added,
        }  # fmt: skip
    return [
        {"bench": "context", "subject": "a question", "ours": True, "n": repeats, "limits": LIMITS, "figures": figures},
        {"bench": "context", "subject": "bare SDK", "ours": False, "n": repeats, "limits": {}, "figures": {"first_word_s": bare}},
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measure(given.repeats)
    print(json.dumps(rows) if given.json else json.dumps(rows, indent=2))
