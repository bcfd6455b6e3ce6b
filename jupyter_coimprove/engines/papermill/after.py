"""What probes read of a run besides its namespace: what its cells printed, the files it wrote."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.columns import column
from jupyter_coimprove.runs.printed import as_one, printed
from jupyter_coimprove.runs.run import Metric, Probe, Value
from jupyter_coimprove.runs.scalars import NAMED, scalars


def printed_values(
    probes: Sequence[Probe], cells: Sequence[Mapping[str, Any]], bound: Sequence[int | None]
) -> list[Metric]:
    """What ``printed`` probes find in executed cells; ``bound`` gives each one's index in the work."""
    out = []
    for probe in probes:
        if probe.how != "printed":
            continue
        theirs = [
            cell
            for cell, index in zip(cells, bound, strict=True)
            if cell.get("cell_type") == "code" and (not probe.cells or index in probe.cells)
        ]
        out += [
            Metric(name=probe.name, value=value, source="probe") for value in as_one(printed(probe, theirs))
        ]
    return out


def file_values(probes: Sequence[Probe], written: Sequence[Mapping[str, Any]], folder: Path) -> list[Metric]:
    """What ``file`` and ``scalar`` probes find in the files that this run wrote, kept below ``folder``."""
    kept = [entry for entry in written if "file" in entry]
    own = {posixpath.normpath(str(entry["path"])): folder / str(entry["file"]) for entry in kept}
    out: list[Metric] = []
    for probe in probes:
        if probe.how == "file":
            out += [Metric(name=probe.name, value=v, source="probe") for v in as_one(_column(probe, own))]
        elif probe.how == "scalar":
            files = [
                path for name, path in sorted(own.items()) if NAMED in name and name.startswith(probe.file)
            ]
            try:
                out += scalars(probe.name, probe.expr, files)
            except EngineError as error:
                why = f"{error.message}: {error.remedy}"
                out.append(Metric(name=probe.name, value=Value.missing(why), source="probe"))
    return out


def _column(probe: Probe, own: Mapping[str, Path]) -> list[Value]:
    path = own.get(posixpath.normpath(probe.file))
    if path is not None and path.is_file():
        return column(path, probe.expr)
    same = [name for name in own if name.endswith(Path(probe.file).suffix)][:4]
    wrote = f"; it wrote {', '.join(same)}" if same else ""
    return [Value.missing(f"the run did not write {probe.file} itself{wrote}")]
