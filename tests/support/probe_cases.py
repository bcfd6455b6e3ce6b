"""Generated notebooks probed without kernels: the same cells, by the same interpreter, each run in a forked child."""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from pathlib import Path
from typing import Any

from suites.flaws.suite import Case

from jupyter_coimprove.evidence.checks import probed
from jupyter_coimprove.evidence.checks.labelling import source
from jupyter_coimprove.evidence.checks.listening import grouped, listen
from jupyter_coimprove.experiments.probes import spots
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse

SHUFFLES = 5


def run(notebook: Notebook, found: spots.Spots, mode: spots.Mode, seed: int, response: str) -> probed.Ran:
    """One run in a child process that starts with this one's imports."""
    changed = spots.texts(notebook, found)
    cells = [spots.helper(mode, seed), *(changed.get(c.index, c.source) for c in notebook.code_cells)]
    back, front = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(back)
        try:
            answer = _execute(cells, response)
        except BaseException as error:  # noqa: BLE001  told to the parent, which fails the test with it
            answer = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(front, "w") as sink:
            sink.write(json.dumps(answer))
        os._exit(0)
    os.close(front)
    with os.fdopen(back) as told:
        text = told.read()
    os.waitpid(child, 0)
    answer = json.loads(text)
    assert "error" not in answer, (answer["error"], "\n\n".join(cells[1:]))
    report = spots.unpacked(answer["report"])
    assert report is not None
    return probed.Ran(value=answer["value"], report=report)


def _execute(cells: list[str], response: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            exec(compile(cell, "<cell>", "exec"), names)
    return {"value": float(names[response]), "report": eval(spots.REPORT, names)}


def judge(notebook: Notebook, response: str, direction: str = "max") -> probed.Judged:
    """What a probe finds in a notebook whose score is in ``response``."""
    watch, heard = listen(notebook, python_source)
    found = source(notebook, python_source, heard)
    labels = None if isinstance(found, str) else found.labels
    where = spots.Spots(spots=heard.spots.spots, labels=labels)
    whole = run(notebook, where, "watch", 1, response)
    apart = frozenset(c.number for c in heard.calls if c.kind == "crossed" and grouped(watch, c.node))
    parts = [probed.of_rows(whole, heard.calls, apart)]
    if isinstance(found, str):
        parts.append(probed.Judged(findings=(), unseen=(found,)))
    else:
        runs = [
            [run(notebook, where, mode, seed, response) for seed in range(101, 101 + SHUFFLES)]
            for mode in ("shuffle", "again")
        ]
        parts.append(
            probed.of_labels(whole, runs[0], runs[1], found, heard.calls, name=response, direction=direction)  # type: ignore[arg-type]
        )
    return probed.Judged(
        findings=tuple(f for p in parts for f in p.findings), seen=tuple(s for p in parts for s in p.seen),
        unseen=tuple(s for p in parts for s in p.unseen),
    )  # fmt: skip


def probe_case(case: Case) -> probed.Judged:
    """What a probe finds in a generated notebook, low confidence left out."""
    notebook = parse(case.notebook(), Path("case.ipynb"))
    response = next(name for name in ("acc", "r2", "f1") if f"\n{name} = " in "\n" + "\n".join(case.cells))
    found = judge(notebook, response)
    return probed.Judged(
        findings=tuple(f for f in found.findings if f.confidence != "low"),
        seen=found.seen,
        unseen=found.unseen,
    )
