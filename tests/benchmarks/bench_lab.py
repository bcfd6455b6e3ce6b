"""What JupyterLab's server costs at its start with this extension, beside the same without it.

    python tests/benchmarks/bench_lab.py [--repeats 5] [--json]

Both are started in turns; figures are medians: CPU seconds and memory of the server's process until it answers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

OURS, PLAIN = "jupyter_coimprove", "jupyterlab"
MODULE = "jupyter_coimprove.interfaces.server"


def start_once(with_ours: bool) -> dict[str, float]:
    """CPU and memory of a server until it has answered once."""
    from running_lab import TOKEN, Lab

    with tempfile.TemporaryDirectory() as home:
        lab = Lab(Path(home), options=[f"--ServerApp.jpserver_extensions={{'{MODULE}': {with_ours}}}"])
        try:
            asked = urllib.request.Request(
                f"{lab.url}api/status", headers={"Authorization": f"token {TOKEN}"}
            )
            answered = False
            while not answered:
                # The address is written down a moment before somebody listens there.
                with contextlib.suppress(ConnectionError, urllib.error.URLError):
                    urllib.request.urlopen(asked, timeout=30).read()
                    answered = True
                assert lab.process.poll() is None, "the server ended"
            process = psutil.Process(lab.process.pid)
            spent = process.cpu_times()
            return {"cpu_s": spent.user + spent.system, "memory_mb": process.memory_full_info().uss / 2**20}
        finally:
            lab.end()


def starts(repeats: int) -> list[dict[str, Any]]:
    """Both kinds of server by turns, and the difference of their medians."""
    taken: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    for which in taken:
        start_once(which)  # compiles what was never imported; not counted
    for _ in range(repeats):
        for which, found in taken.items():
            found.append(start_once(which))
    medians = {
        which: {key: statistics.median(one[key] for one in found) for key in found[0]}
        for which, found in taken.items()
    }
    more = {key: medians[True][key] - medians[False][key] for key in medians[True]}
    return [
        row("lab start", OURS, True, repeats, medians[True]),
        row("lab start", PLAIN, False, repeats, medians[False]),
        row("lab start, more", OURS, True, repeats, more, {"cpu_s": 0.15, "memory_mb": 15.0}),
    ]


def row(
    bench: str,
    subject: str,
    ours: bool,
    n: int,
    figures: dict[str, float],
    limits: dict[str, float] | None = None,
) -> dict[str, Any]:
    return {
        "bench": bench,
        "subject": subject,
        "ours": ours,
        "n": n,
        "figures": figures,
        "limits": limits or {},
    }


def main() -> int:
    """Print the rows, as JSON or in words."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = starts(args.repeats)
    if args.json:
        print(json.dumps(rows))
        return 0
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"medians; load of the machine {load} on {os.cpu_count()} cores")
    for one in rows:
        figures = "  ".join(f"{value:8.3f} {key}" for key, value in one["figures"].items())
        print(f"{one['bench']:28s} {one['subject']:20s} {figures}   n={one['n']} limits {one['limits']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
