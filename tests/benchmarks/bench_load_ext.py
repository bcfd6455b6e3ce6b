"""What ``%load_ext`` costs a kernel: CPU seconds, modules, memory, each time in a fresh process.

    python tests/benchmarks/bench_load_ext.py [--repeats 9] [--json]

Extensions take turns, so that a busy minute of the machine hits all of them alike; figures are
medians. ``COIMPROVE_PEERS_PYTHON`` names a Python in which other extensions are installed
(jupyter-ai's magics); its share of IPython is loaded before the count starts, as here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from typing import Any

LIMITS = {"cpu_s": 0.05, "modules": 30, "memory_mb": 5.0}
OURS = "jupyter_coimprove"
PEERS = ("jupyter_ai_magics", "jupyter_ai_magic_commands", "jupyter_cc")

#: Runs in the measured process. Memory is the resident set; a collection before keeps garbage out of it.
PROBE = """
import gc, json, os, resource, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("1 + 1", silent=True)
def memory():
    gc.collect()
    try:
        with open("/proc/self/statm") as handle:
            return int(handle.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, modules, cpu = memory(), set(sys.modules), time.process_time()
shell.run_line_magic("load_ext", sys.argv[1])
cpu = time.process_time() - cpu
new = sorted(set(sys.modules) - modules)
print(json.dumps({"cpu_s": cpu, "modules": len(new), "memory_mb": (memory() - before) / 2**20, "names": new}))
"""


def load_once(python: str, extension: str) -> dict[str, Any] | None:
    """One measurement, or None where the extension does not load."""
    done = subprocess.run(
        [python, "-c", PROBE, extension], capture_output=True, text=True, check=False, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        return None
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures if extension in figures["names"] or figures["modules"] else None


def measure(repeats: int) -> list[dict[str, Any]]:
    """A row for each extension that loads; medians over ``repeats`` interleaved processes."""
    subjects = [(sys.executable, OURS), (sys.executable, "autoreload")]
    if peers := os.environ.get("COIMPROVE_PEERS_PYTHON"):
        subjects += [(peers, name) for name in PEERS if load_once(peers, name)]
    samples: dict[str, list[dict[str, Any]]] = {name: [] for _, name in subjects}
    for python, name in subjects:
        load_once(python, name)  # compiles what was never imported; not counted
    for _ in range(repeats):
        for python, name in subjects:
            if figures := load_once(python, name):
                samples[name].append(figures)
    return [
        {
            "bench": "load_ext", "subject": name, "ours": name == OURS, "n": len(taken),
            "figures": {key: statistics.median(one[key] for one in taken) for key in LIMITS},
            "limits": LIMITS if name == OURS else {},
        }
        for name, taken in samples.items()
        if taken
    ]  # fmt: skip


def main() -> int:
    """Print the rows, as JSON or in words."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = measure(args.repeats)
    if args.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        figures = row["figures"]
        print(
            f"{row['subject']:28s} {figures['cpu_s']:.3f} s CPU  {figures['modules']:5.0f} modules  "
            f"{figures['memory_mb']:6.1f} MB  (median of {row['n']})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
