"""What a person waits for in JupyterLab with this extension: a notebook that opens, the panel.

    python tests/benchmarks/bench_seen.py [--repeats 5] [--json] [--only open|panel|runs|accept]

``open 200``: the same notebook with 200 findings that wait and without, in one Lab, by turns; how much later
its cells stand. ``panel``: from a notebook of 10,000 cells that stands until the Inbox of an unopened panel can
be used. ``runs``: the same of Experiments, with 10,000 runs in the record. ``accept``: in a notebook of 1,000
cells, from the press of Accept on a card until the changed cell is drawn: just opened, while JupyterLab makes the
editors of its cells one after the other, and once all are made. Figures are medians; Chromium is needed
(``COIMPROVE_CHROMIUM``).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]
CELLS = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
PLAN = ("-f", "lr=0.5", "-r", "accuracy", "--direction", "max", "--blocks", "4", "--smallest-effect", "0.02")
READY = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && document.querySelector('.jp-Notebook .jp-Cell .cm-content') !== null;
}"""


@contextlib.contextmanager
def window(browser: Any, lab: Any, name: str) -> Iterator[tuple[Any, float]]:
    """A notebook in a fresh window, and the seconds from the navigation until its cells stand."""
    from running_lab import TOKEN

    context = browser.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    try:
        page.goto(f"{lab.url}lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_function(READY, polling=20)
        yield page, float(page.evaluate("() => performance.now()")) / 1000
    finally:
        context.close()


@contextlib.contextmanager
def lab_with(cells: list[str], findings: int) -> Iterator[tuple[Any, list[str]]]:
    """A running Lab with ``n.ipynb`` of these cells, and so many findings of it that wait."""
    from lab_cards import Desk
    from running_lab import Lab

    with tempfile.TemporaryDirectory() as home:
        lab = Lab(Path(home))
        try:
            lab.write("n.ipynb", cells)
            ids: list[str] = []
            if findings:
                desk = Desk(lab)
                plan = desk.run("plan", "n.ipynb", *PLAN)["id"]
                ids = desk.made_findings(plan, *(f"Claim {n}." for n in range(findings)))
            yield lab, ids
        finally:
            lab.end()


def opening(browser: Any, repeats: int) -> list[dict[str, Any]]:
    """The same notebook in one Lab, with 200 findings that wait and as a copy without."""
    opened: dict[str, list[float]] = {"plain.ipynb": [], "n.ipynb": []}
    cards: list[float] = []
    with lab_with(CELLS, 200) as (lab, _):
        lab.write("plain.ipynb", CELLS)
        for turn in range(repeats + 1):
            for name, taken in opened.items():
                with window(browser, lab, name) as (page, seconds):
                    if not turn:
                        continue  # the first fills caches of server and system
                    taken.append(seconds)
                    if name == "n.ipynb":
                        page.locator(".coai-Card").first.wait_for()
                        cards.append(page.evaluate("() => performance.now()") / 1000 - seconds)
    many, none = statistics.median(opened["n.ipynb"]), statistics.median(opened["plain.ipynb"])
    return [
        row("open 200", "200 findings wait", repeats, many),
        row("open 200", "none waits", repeats, none),
        row("open 200, later", "difference", repeats, many - none, limit=0.3),
        row("open 200, first card after cells", "200 findings wait", repeats, statistics.median(cards)),
    ]


def panels(browser: Any, repeats: int, count: int) -> list[dict[str, Any]]:
    """The Inbox beside a notebook of so many cells."""
    with lab_with([*CELLS, *(f"note_{n} = {n}" for n in range(count - 3))], 0) as (lab, _):
        taken = [panel(browser, lab, "inbox") for _ in range(repeats)]
    return [row(f"panel at {count:,} cells", "Inbox", repeats, statistics.median(taken), limit=1.0)]


def with_runs(browser: Any, repeats: int, count: int) -> list[dict[str, Any]]:
    """The Experiments tab of a notebook whose record has so many runs of one experiment."""
    with lab_with(CELLS, 1) as (lab, _):
        add_runs(lab, count)
        taken = [panel(browser, lab, "experiments") for _ in range(repeats)]
    return [row(f"panel at {count:,} runs", "Experiments", repeats, statistics.median(taken), limit=1.0)]


def add_runs(lab: Any, count: int) -> None:
    """That many completed runs, written as the runner writes them, by a process of this Lab's person."""
    import subprocess

    code = """
import sys
from pathlib import Path
from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.registry import TOOL
clock = SystemClock()
record = open_record(Path(sys.argv[1]), clock=clock)
experiment = record.find("experiment")[-1].id
for start in range(0, int(sys.argv[2]), 500):
    record.append([
        Draft(
            id=new_id("run", clock), kind="run", event="completed", state="completed", actor=TOOL,
            data={"experiment": experiment, "arm": "baseline", "block": n, "replicate": 0, "attempt": 0, "key": "", "metrics": {}, "seconds": 1.0},
        )
        for n in range(start, start + 500)
    ])
record.close()
"""
    subprocess.run(
        [sys.executable, "-c", code, str(lab.folder), str(count)], env=lab.env, check=True, timeout=300
    )


def panel(browser: Any, lab: Any, tab: str) -> float:
    """Seconds until that tab can be used, its panel opened as soon as the notebook stands."""
    with window(browser, lab, "n.ipynb") as (page, _):
        seconds: float = page.evaluate(
            """async (tab) => {
                const began = performance.now();
                await window.jupyterapp.commands.execute('coimprove:open', {tab});
                const body = () => document.querySelector(`#coimprove-panel-body-${tab}`);
                const busy = () => /^\\s*$|Reading…|Open a notebook/.test(body()?.textContent ?? '');
                while (busy()) {
                    await new Promise(next => requestAnimationFrame(next));
                }
                return (performance.now() - began) / 1000;
            }""",
            tab,
        )
    return seconds


def accepting(browser: Any, repeats: int, count: int) -> list[dict[str, Any]]:
    """Proposals for cells all over a notebook of so many, accepted one after the other at their cards."""
    from lab_cards import Desk

    opening: list[float] = []
    standing: list[float] = []
    with lab_with([*CELLS, *(f"note_{n} = {n}" for n in range(count - 3))], 0) as (lab, _):
        desk = Desk(lab)
        # The first fills caches of server and page, as the first of a working day does.
        places = [round(4 + (count - 4) * turn / (2 * repeats)) for turn in range(2 * repeats + 1)]
        # Places all over the notebook in both halves.
        places = [*places[::2], *places[1::2]]
        for turn, cell in enumerate(places):
            edit = {"kind": "replace", "cell": cell, "source": f"changed_{turn} = {turn}"}
            told = {"edits": [edit], "why": "It is measured.", "expected": "nothing else"}
            desk.run("propose", "n.ipynb", "--edits", json.dumps(told))
        with window(browser, lab, "n.ipynb") as (page, _):
            for turn, cell in enumerate(places):
                if turn == repeats + 1:
                    page.wait_for_function(
                        "(n) => document.querySelectorAll('.jp-Notebook-cell').length === n",
                        arg=count,
                        polling=500,
                        timeout=600_000,
                    )
                seconds = accept(page, cell - 1, f"changed_{turn} = {turn}")
                if turn:
                    (opening if turn <= repeats else standing).append(seconds)
    bench = f"accept at {count:,} cells"
    return [
        row(bench, "all cells drawn", repeats, statistics.median(standing), limit=0.15),
        row(f"{bench}, just opened", "cells being drawn", repeats, statistics.median(opening), limit=0.15),
    ]


def accept(page: Any, index: int, source: str) -> float:
    """Seconds from the press of Accept at that cell until the cell is drawn with this source."""
    page.evaluate("(n) => window.jupyterapp.shell.currentWidget.content.scrollToItem(n, 'center')", index)
    cell = page.locator(f".jp-Notebook-cell[data-windowed-list-index='{index}']")
    toggle = cell.locator(".coai-Card-toggle")
    toggle.wait_for()
    # Cells above it that are drawn meanwhile move it out of sight again.
    while not cell.get_by_role("button", name="Reject…").is_visible():
        toggle.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
    # What it says has come: a decision is on what was shown.
    cell.locator(".coai-Diff").wait_for()
    page.wait_for_timeout(1000)
    seconds: float = page.evaluate(
        """async ([index, source]) => {
            const cell = document.querySelector(`.jp-Notebook-cell[data-windowed-list-index='${index}']`);
            const shown = () => cell.querySelector('.jp-InputArea-editor .cm-content')?.textContent ?? '';
            const began = performance.now();
            cell.querySelector('.coai-Card .coai-mod-primary').click();
            while (shown() !== source) {
                if (performance.now() - began > 30000) {
                    throw new Error(`the cell still says ${shown()}`);
                }
                await new Promise(next => requestAnimationFrame(next));
            }
            return (performance.now() - began) / 1000;
        }""",
        [index, source],
    )
    return seconds


def row(bench: str, subject: str, n: int, seconds: float, *, limit: float | None = None) -> dict[str, Any]:
    limits = {} if limit is None else {"wall_s": limit}
    return {
        "bench": bench, "subject": subject, "ours": True, "n": n, "figures": {"wall_s": seconds}, "limits": limits,
    }  # fmt: skip


def main() -> int:
    """Print the rows, as JSON or in words."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("open", "panel", "runs", "accept"))
    parser.add_argument("--count", type=int, default=10_000, help="cells, or runs, of the last two")
    args = parser.parse_args()
    path = os.environ.get("COIMPROVE_CHROMIUM") or shutil.which("chromium")
    if path is None:
        print("no Chromium here: install one, or name it in COIMPROVE_CHROMIUM", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    rows: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        if args.only in (None, "open"):
            rows += opening(browser, args.repeats)
        if args.only in (None, "runs"):
            rows += with_runs(browser, args.repeats, args.count)
        if args.only in (None, "accept"):
            rows += accepting(browser, args.repeats, 1000)
        if args.only in (None, "panel"):
            rows += panels(browser, args.repeats, args.count)
        browser.close()
    if args.json:
        print(json.dumps(rows))
        return 0
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"medians; load of the machine {load} on {os.cpu_count()} cores")
    for one in rows:
        limit = f" (limit {one['limits']['wall_s']} s)" if one["limits"] else ""
        print(
            f"{one['bench']:36s} {one['subject']:20s} {one['figures']['wall_s']:8.3f} s   n={one['n']}{limit}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
