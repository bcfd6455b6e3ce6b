"""Whether the items that code names are those that the notebook has after it ran.

    python tests/acceptance/measure_items.py ../shared/data [--collection training] [--only TEXT] [--seconds 300] [--read]

Without ``--read`` nothing runs: for each notebook what was named first is printed, for a person to judge. With it each
notebook runs in a fresh kernel and its items are read; the mean loss is printed, to be held against the notebook's own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure_ship import project

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.workbench import erring, shelf
from jupyter_coimprove.workbench.bench import Bench, Where


def one(path: Path, data: Path, seconds: float, read: bool) -> tuple[bool, str]:
    """Whether something was named (or read), and what."""
    home = project(path, data)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / home.name
        shutil.copytree(home, root)
        root.chmod(0o755)
        bench = Bench(where=Where(cwd=root), root_override=root, waits=True)
        try:
            notebook = shelf.read_notebook(bench, str(root / path.relative_to(home)))
            if not read:
                found = erring._known(notebook)
                return bool(found), " | ".join(filter(None, found[0].as_dict().values())) if found else ""
            items = erring.look(bench, notebook, seconds=seconds)
            kind = "errors" if items.labels else "mean absolute error"
            named = " | ".join(filter(None, items.named.values()))
            return True, f"{len(items.loss)} items, {kind} {items.loss.mean():.4f} ({named})"
        except CoimproveError as error:
            return False, f"{error.message} ({error.remedy})"[:300]
        finally:
            bench.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--collection", choices=("training", "notebooks"))
    parser.add_argument("--only", action="append")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--read", action="store_true")
    args = parser.parse_args()
    data = args.data.resolve()
    os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for collection in ("training", "notebooks"):
        if args.collection not in (None, collection):
            continue
        good = total = 0
        for path in sorted((data / collection).rglob("*.ipynb")):
            name = path.relative_to(data / collection).as_posix()
            if args.only and not any(text in name for text in args.only):
                continue
            found, what = one(path, data, args.seconds, args.read)
            print("yes" if found else "no ", name, what, flush=True)
            good, total = good + found, total + 1
        print(f"{collection}: {good} of {total} {'read' if args.read else 'named'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
