"""Two executions of one notebook, held against each other cell by cell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from awkward_cells import LEVELS, Case

from jupyter_coimprove.runs.engine import Engine
from jupyter_coimprove.runs.run import Outcome, Work
from jupyter_coimprove.testing.engine_contract import Seen, a_work, notebook, run_all

TIMES = frozenset({"start_time", "end_time", "duration", "input_path", "output_path", "execution", "id"})
#: Addresses, ids, process numbers in names of compiled cells, temporary names, measured times.
_MASKED = re.compile(
    r"0x[0-9a-f]{6,}|\b[0-9a-f]{32}\b|ipykernel_\d+/\d+\.py|/tmp/\S+|\btmp[a-z0-9_]{8}\b"
    r"|\d+(?:\.\d+)?(?:e\+\d+)? (?:[nm\u00b5\u03bc]?s)\b|\d\d:\d\d[^ ]*|[0-9.?]+it/s"
)


def works_of(cases: Iterable[Case], base: Path) -> list[Work]:
    """Every case for each level, each in a folder of its own."""
    out = []
    for number, case in enumerate(cases):
        made = notebook(*case.before, *case.own, parameters="level = 1")
        for place, tag in case.tags.items():
            made["cells"][place + 1]["metadata"]["tags"] = [tag]
        out += [
            a_work(base / str(number), f"run_{number}_{level}", notebook=made, parameters={"level": level})
            for level in LEVELS
        ]
    return out


def executed(engine: Engine, works: list[Work]) -> Seen:
    """All of them, on two workers."""
    return run_all(engine, works, workers=2)


def shown(work: Work) -> list[Any]:
    """What the output notebook of a run shows, cell by cell, without what differs from run to run."""
    nb = nbformat.read(work.folder / "output.ipynb", as_version=4)
    cells = []
    for cell in nb.cells:
        found = json.loads(json.dumps(cell))
        found["outputs"] = _merged(found.get("outputs", []))
        cells.append(_plain(found))
    return cells


def models(work: Work) -> list[str]:
    """The widgets that the output notebook holds, by the name of their model."""
    nb = nbformat.read(work.folder / "output.ipynb", as_version=4)
    state = (
        nb.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    )
    return sorted(model["model_name"] for model in state.values())


def told(outcome: Outcome) -> dict[str, Any]:
    """What an outcome says, without seconds and memory."""
    error = outcome.error
    return {
        "state": outcome.state, "reason": outcome.reason,
        "error": None if error is None else (error.name, _text(error.value), error.cell),
        "metrics": [(m.name, m.value, m.step, m.source) for m in outcome.metrics],
        "written": sorted(str(entry["path"]) for entry in outcome.written if not _temporary(str(entry["path"]))),
    }  # fmt: skip


def _temporary(path: str) -> bool:
    return "/tmp/" in path or ".ipython" in path or path.startswith("..") or "cache/" in path


def _merged(outputs: list[dict[str, Any]]) -> list[Any]:
    """One text a stream, then the rest in order: streams are pipes, and come in pieces as time has it."""
    texts: dict[str, str] = {}
    rest = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + output["text"]
        else:
            rest.append(output)
    return [{"stream": name, "text": texts[name]} for name in sorted(texts)] + rest


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {k: _plain(v) for k, v in sorted(node.items()) if k not in TIMES}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return _text(node) if isinstance(node, str) else node


def _text(text: str) -> str:
    return _MASKED.sub("*", text)
