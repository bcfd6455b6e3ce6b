"""Whether the module that `coimprove ship` extracts gives the response that its notebook gives.

    python tests/acceptance/measure_ship.py ../shared/data [--half 1|2] [--only TEXT] [--seconds 300]

Nothing is typed but the notebook's name: the response is the tool's own choice, and the module is executed
in a fresh process beside the notebook in a fresh kernel. The public notebooks are halved by the digest of
their names: half 1 is looked at while the code is written, half 2 is run once, at the end. Prints a line a
notebook with what was kept of it, then the totals by collection, and the others by name with why.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.workbench import shipping
from jupyter_coimprove.workbench.bench import Bench, Where

#: What has to reproduce, of the 47 public and the 12 training notebooks.
WANTED = {"notebooks": 30, "training": 10}


def half(path: Path) -> int:
    """1 or 2, by the name alone."""
    return 1 + hashlib.sha256(path.name.encode()).digest()[0] % 2


def project(path: Path, data: Path) -> Path:
    """The folder that holds all that a notebook reads: a training notebook's project, else its own folder."""
    inside = path.relative_to(data).parts
    return data / inside[0] / inside[1] if inside[0] == "training" else path.parent


def one(path: Path, data: Path, seconds: float) -> dict[str, Any]:
    """Ship one notebook from a copy of its project."""
    began = time.monotonic()
    home = project(path, data)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / home.name
        shutil.copytree(home, root)
        root.chmod(0o755)
        bench = Bench(where=Where(cwd=root), root_override=root, waits=True)
        try:
            view = shipping.ship(bench, source=str(root / path.relative_to(home)), seconds=seconds)
        except CoimproveError as error:
            return {"verdict": "refused", "why": f"{error.message} ({error.remedy})"[:300]}
        finally:
            bench.close()
    card = view.cards[0].data if view.cards else {}
    return {
        "verdict": card.get("verdict", "refused"), "why": card.get("why", ""), "response": card.get("response"),
        "values": card.get("values"), "statements": card.get("statements"), "lines": card.get("lines"),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", type=int, choices=(1, 2), help="of the public notebooks; without it all")
    parser.add_argument("--only", action="append")
    parser.add_argument("--collection", choices=tuple(WANTED))
    parser.add_argument("--seconds", type=float, default=300)
    args = parser.parse_args()
    data = args.data.resolve()
    os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    missed: list[tuple[str, dict[str, Any]]] = []
    short = 0
    for collection, wanted in WANTED.items():
        if args.collection not in (None, collection):
            continue
        good = total = 0
        for path in sorted((data / collection).rglob("*.ipynb")):
            name = path.relative_to(data / collection).as_posix()
            if (collection == "notebooks" and args.half not in (None, half(path))) or (
                args.only and not any(text in name for text in args.only)
            ):
                continue
            made = one(path, data, args.seconds)
            print(name, json.dumps(made), flush=True)
            total += 1
            if made["verdict"] in ("equal", "within tolerance"):
                good += 1
            else:
                missed.append((name, made))
        print(f"{collection}: {good} of {total} reproduce", flush=True)
        short += good < wanted
    for name, made in missed:
        print("not:", name, {key: made.get(key) for key in ("verdict", "why", "response", "values")})
    return 1 if short and not (args.half or args.only) else 0


if __name__ == "__main__":
    sys.exit(main())
