"""How long a preview of a small cell takes, in a kernel that holds 2 GB of numpy arrays.

python tests/benchmarks/bench_preview.py [--gb N] [--repeats N] [--json]

``kernel_s``: in the kernel, from the request until its result is there: the copy made, locked up, the cell run, the
copy ended. ``small_kernel_s`` is the same in a kernel that holds nothing, ``self_test_s`` the fourteen probes, once a kernel.
``asked_s``: at the door of a terminal or a window, from the message to the reply, with the text of our modules read by
the kernel each time. ``kernel_cpu_s`` is
what one of them costs in processor time, reading that text and its copy included. ``copy_s`` is a bare fork that ends at once, of the same kernel: what no preview can go below.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_door import Kernel
from previewed import preview

LIMITS = {"kernel_s": 0.05}
CELL = "y = x + 1\nprint(y)"
USED = """
import resource
{} = sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""
FORK = """
import os, time
def once():
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return time.perf_counter() - begin
print(sorted(once() for _ in range(9))[4])
"""


def timed(kernel: Kernel, folder: Path, repeats: int, **more: Any) -> tuple[list[float], list[float]]:
    """(seconds in the kernel, seconds at the door) of every repeat."""
    inside, outside = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        answer = preview(kernel, folder, CELL, **more)
        outside.append(time.perf_counter() - began)
        assert answer["state"] == "ran", answer
        assert answer["ended"] == "completed", answer
        inside.append(answer["whole"])
    return inside, outside


def measure(gb: float, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "nb"
        folder.mkdir()
        kernel = Kernel(Path(name))
        try:
            kernel.run("import numpy as np\nx = 41")
            began = time.perf_counter()
            preview(kernel, folder, CELL, probe=True)
            first = time.perf_counter() - began
            small, asked = timed(kernel, folder, repeats)
            rows = int(gb * 2**30 / 8 / 8)
            kernel.run(f"held = [np.random.default_rng(n).random({rows}) for n in range(8)]")
            kernel.run(USED.format("before"))
            large, asked_large = timed(kernel, folder, repeats)
            (used,) = kernel.run(USED.format("after") + "print(after - before)")
            (said,) = kernel.run(FORK)
            return {
                "gb": gb, "repeats": repeats, "kernel_s": median(large), "kernel_least_s": min(large), "small_kernel_s": median(small),
                "small_kernel_least_s": min(small), "asked_s": median(asked_large), "small_asked_s": median(asked),
                "kernel_cpu_s": float(used["text"]) / repeats,
                "self_test_s": first - median(asked), "copy_s": float(said["text"]),
            }  # fmt: skip
        finally:
            kernel.end()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gb", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.gb, asked.repeats)
    if asked.json:
        print(json.dumps({**found, "limits": LIMITS}))
        return 0
    for name, value in found.items():
        limit = f"   (aim: at most {LIMITS[name] * 1000:.0f} ms)" if name in LIMITS else ""
        print(f"{name:22} {value * 1000:8.1f} ms{limit}" if name.endswith("_s") else f"{name:22} {value:8g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
