"""Figures of the record: rows a second from eight processes at once, waiting, and time to rebuild.

    python tests/benchmarks/bench_record.py [--seconds 5] [--processes 8] [--lines 100000] [--folder DIR]

Rows carry 2 KB. "Durable" rows are acknowledged one by one, "batched" ones by the hundred; both are
on disk when they are counted. The disk's own figure, an fsync after 2 KB, is printed beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WRITER = """
import json, sys, time
from pathlib import Path
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.registry import TOOL
root, seconds, batch, start = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
clock = SystemClock()
record = open_record(root, clock=clock, timeout=60)
record.sync()
def draft():
    data = {"metrics": [{"name": "acc", "value": {"kind": "finite", "number": 0.5}}], "log": "x" * 1900}
    return Draft(id=new_id("run", clock), kind="run", event="queued", state="queued", data=data, actor=TOOL)
time.sleep(max(0, start - time.time()))
end, rows, worst = time.perf_counter() + seconds, 0, 0.0
while (now := time.perf_counter()) < end:
    rows += len(record.append([draft() for _ in range(batch)]))
    worst = max(worst, time.perf_counter() - now)
print(json.dumps({"rows": rows, "worst": worst}))
"""


def fsync_ms(folder: Path) -> float:
    """What one fsync after 2 KB takes here, in milliseconds (mean of 100)."""
    path = folder / "disk"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    begin = time.perf_counter()
    for _ in range(100):
        os.write(fd, b"x" * 2048)
        os.fsync(fd)
    os.close(fd)
    path.unlink()
    return (time.perf_counter() - begin) * 10


def writers(root: Path, *, processes: int, seconds: float, batch: int) -> list[dict[str, float]]:
    """Rows and worst wait (s) of each of so many processes writing for so long."""
    start = time.time() + 2.5
    args = [sys.executable, "-c", WRITER, str(root), str(seconds), str(batch), str(start)]
    children = [subprocess.Popen(args, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [json.loads(child.communicate()[0]) for child in children]


def rebuild(root: Path, lines: int) -> tuple[float, float, float]:
    """Seconds to make the index of so many lines anew, to verify them, and to read one more."""
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.record.store import open_record
    from jupyter_coimprove.registry import TOOL

    clock = SystemClock()
    record = open_record(root, clock=clock)
    written = 0
    while written < lines:
        ids = [new_id("run", clock) for _ in range(250)]
        drafts = [
            Draft(
                id=id_,
                kind="run",
                event=event,
                state=event,
                data={"experiment": "exp", "arm": "a"},
                actor=TOOL,
            )
            for id_ in ids
            for event in ("queued", "running", "completed", "reused")
        ]
        written += len(record.append(drafts))
    record.close()
    for path in (root / ".coimprove").glob("index.sqlite*"):
        path.unlink()
    begin = time.perf_counter()
    record = open_record(root, clock=clock)
    top = record.sync()
    rebuilt = time.perf_counter() - begin
    begin = time.perf_counter()
    assert record.verify().ok
    verified = time.perf_counter() - begin
    begin = time.perf_counter()
    record.append([Draft(id=new_id("run", clock), kind="run", event="queued", actor=TOOL)])
    assert record.sync() == top + 1
    one = time.perf_counter() - begin
    record.close()
    return rebuilt, verified, one


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        root = Path(name)
        os.environ["JUPYTER_DATA_DIR"] = str(root / "data")
        print(
            f"one fsync here: {fsync_ms(root):.2f} ms; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}"
        )
        for label, batch in (("durable single rows", 1), ("rows in batches of 100", 100)):
            (root / label).mkdir()
            found = writers(root / label, processes=args.processes, seconds=args.seconds, batch=batch)
            rows = [each["rows"] for each in found]
            mean = sum(rows) / len(rows)
            print(
                f"{args.processes} processes, {label}: {sum(rows) / args.seconds:.0f}/s, worst wait"
                f" {max(each['worst'] for each in found):.2f} s, slowest writer {min(rows) / mean:.2f} of the mean"
            )
        (root / "many").mkdir()
        rebuilt, verified, one = rebuild(root / "many", args.lines)
        print(
            f"{args.lines} lines: index made anew in {rebuilt:.1f} s, verified in {verified:.1f} s, one more in {one * 1e3:.1f} ms"
        )


if __name__ == "__main__":
    main()
