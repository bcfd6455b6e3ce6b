"""What starting the command line costs: CPU seconds of ``--help``, beside papermill's.

python tests/benchmarks/bench_cli.py [--repeats 9] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

LIMITS = {"cpu_s": 0.25}
COMMANDS = (
    ("coimprove --help", ["coimprove", "--help"]),
    ("coimprove plan --help", ["coimprove", "plan", "--help"]),
    ("papermill --help", ["papermill", "--help"]),
    ("jupyter --help", ["jupyter", "--help"]),
    ("python -c pass", [sys.executable, "-c", "pass"]),
)


def cpu_of(command: list[str]) -> float | None:
    """User and system seconds of one process and its children, or None where it is not there or fails."""
    scripts = Path(sysconfig.get_path("scripts"))
    program = command[0] if os.sep in command[0] else str(scripts / command[0])
    if not os.access(program, os.X_OK):
        return None
    with subprocess.Popen(
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime if process.returncode == 0 else None


def measure(repeats: int) -> list[dict[str, Any]]:
    """A row for each command that answers; medians over ``repeats`` interleaved processes."""
    samples: dict[str, list[float]] = {name: [] for name, command in COMMANDS if cpu_of(command) is not None}
    for _ in range(repeats):
        for name, command in COMMANDS:
            if name in samples and (seconds := cpu_of(command)) is not None:
                samples[name].append(seconds)
    return [
        {
            "bench": "cli", "subject": name, "ours": name == COMMANDS[0][0], "n": len(taken),
            "figures": {"cpu_s": statistics.median(taken)},
            "limits": LIMITS if name.startswith("coimprove") else {},
        }
        for name, taken in samples.items()
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
        print(f"{row['subject']:28s} {row['figures']['cpu_s']:.3f} s CPU  (median of {row['n']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
