"""What windows are told, and when: events of one project to many windows of a real server.

python tests/benchmarks/bench_events.py [--repeats N] [--json] [--windows 50] [--rate 100] [--seconds 10]

Seconds from before a line is written (with its fsync) until a window has read it; a gap or a repeat is
a ``seq`` that a window missed or got twice. ``--repeats`` is not used: each line is one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

LIMITS = {"p99_s": 0.1, "gaps": 0, "repeats": 0}


def write(root: Path, rate: float, seconds: float) -> None:
    """A line every 1/rate seconds, as another process would write them."""
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.record.store import open_record
    from jupyter_coimprove.registry import TOOL

    clock = SystemClock()
    record = open_record(root, clock=clock)
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        data = {"sent": time.time(), "number": number, "text": "x" * 200}
        record.append(
            [Draft(id=new_id("message", clock), kind="message", event="said", data=data, actor=TOOL)]
        )
    record.close()


async def listen(server: Any, windows: int, rate: float, seconds: float) -> dict[str, float]:
    """Open the windows, have the lines written, and count what each was told."""
    from server_door import leave

    opened = [await server.window() for _ in range(windows)]
    for window in opened:
        await window.write_message(json.dumps({"follow": "train.ipynb", "after": 0, "batch": True}))
    spent = psutil.Process(server.process.pid).cpu_times()
    began, ours = spent.user + spent.system, time.process_time()
    wanted = int(rate * seconds)
    late: list[float] = []
    gaps = repeats = 0

    async def read(window: Any) -> tuple[int, int]:
        """(lines that were missed or out of order, lines that came again)."""
        seen: list[int] = []
        while not seen or seen[-1] < wanted - 1:
            message = await asyncio.wait_for(window.read_message(), seconds + 60)
            now = time.time()
            found = json.loads(message)
            for said in found if isinstance(found, list) else [found]:
                if said["type"] == "message.said":
                    late.append(now - said["payload"]["data"]["sent"])
                    seen.append(said["payload"]["data"]["number"])
        backwards = sum(b < a for a, b in pairwise(seen))
        return wanted - len(set(seen)) + backwards, len(seen) - len(set(seen))

    reading = [asyncio.create_task(read(window)) for window in opened]
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "--write",
        str(server.folder),
        "--rate",
        str(rate),
        "--seconds",
        str(seconds),
    )
    for gap, repeat in await asyncio.gather(*reading):
        gaps, repeats = gaps + gap, repeats + repeat
    await writer.wait()
    for window in opened:
        await leave(window)
    late.sort()
    spent = psutil.Process(server.process.pid).cpu_times()
    return {
        "server_cpu_s": spent.user + spent.system - began, "client_cpu_s": time.process_time() - ours,
        "p50_s": late[len(late) // 2], "p99_s": late[int(len(late) * 0.99)], "most_s": late[-1], "gaps": gaps,
        "repeats": repeats,
    }  # fmt: skip


def measure(windows: int, rate: float, seconds: float) -> list[dict[str, Any]]:
    from server_door import Server

    with tempfile.TemporaryDirectory() as home:
        os.environ["JUPYTER_DATA_DIR"] = str(Path(home, "data"))
        server = Server(Path(home), "/")
        try:
            figures = asyncio.run(listen(server, windows, rate, seconds))
        finally:
            server.end()
    subject = f"{windows} windows x {rate:g} events a second"
    return [
        {
            "bench": "events", "subject": subject, "ours": True, "n": int(windows * rate * seconds),
            "figures": figures, "limits": LIMITS,
        }
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--windows", type=int, default=50)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    if args.write is not None:
        write(args.write, args.rate, args.seconds)
        return 0
    rows = measure(args.windows, args.rate, args.seconds)
    if args.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        said = ", ".join(f"{name} {value:.3f}" for name, value in row["figures"].items())
        print(f"{row['subject']}: {said} (n={row['n']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
