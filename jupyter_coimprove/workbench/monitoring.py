"""A shipped module is watched: new data and new metrics against what was recorded; a drift becomes a problem card."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import acting, shelf, ship_files
from jupyter_coimprove.workbench import cards as kept

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Card, Section
    from jupyter_coimprove.activities.ship.monitor import Drift, Measured
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

DRIFTS = 4
#: So many rows of a file are looked at.
MOST_ROWS = 1_000_000
_SHOWN = 20


def monitor(
    bench: Bench, *, folder: str, data: str | None = None, metrics: str | None = None, frame: str | None = None,
    provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """What has changed since a module was shipped; exit code 4 and a problem card where something has drifted.

    ``folder`` is where it was shipped to, or the notebook that it was made of (then what was shipped of it last).
    """
    from jupyter_coimprove.activities.activity import Study
    from jupyter_coimprove.activities.ship import monitor as watch
    from jupyter_coimprove.activities.table import SHIP

    if data is None and metrics is None:
        raise UsageError("nothing new is named", remedy="name a table with --data, or numbers with --metrics")
    home = _home(bench, bench.path(folder))
    shipped = ship_files.read_manifest(home)
    sections: list[Section] = []
    drifts: list[Drift] = []
    measured: Measured | None = None
    warnings: list[str] = []
    if data is not None:
        recorded = _frame(home, frame or Path(data).name, named=frame is not None)
        alpha, psi = _levels(bench)
        found = watch.compare(recorded, table(bench.path(data)), alpha=alpha, psi=psi)
        drifts = [one for one in found if one.drifts]
        sections.append(_columns(data, recorded, found, alpha, psi))
    if metrics is not None:
        spread = shipped.get("spread")
        if spread is None:
            raise UsageError(
                f"{shipped['name']} has no interval: it was shipped without runs of its treatment",
                remedy="run an experiment, accept its finding, and ship that",
            )
        values = numbers(bench.path(metrics), str(shipped["response"]))
        measured = watch.metrics(values, spread, int(shipped["spread_of"]), str(shipped["direction"]))
        sections.append(_measured(str(shipped["response"]), measured))
    gone = bool(drifts) or (measured is not None and measured.drifts)
    what = [f"{one.column} ({one.kind})" for one in drifts[:3]]
    what += (
        [f"{shipped['response']} ({'worse' if measured.worse else 'better'} than expected)"]
        if measured is not None and measured.drifts
        else []
    )
    headline = (
        f"{shipped['name']} has drifted: {', '.join(what)}"
        if gone
        else f"{shipped['name']}: nothing has drifted"
    )
    notebook = shelf.notebook_path(bench.root(home), str(shipped["notebook"]))
    study = Study(headline=headline, sections=tuple(sections), warnings=tuple(warnings))
    view = acting.answer(
        bench, SHIP, notebook, study, provider=provider, model=model, exit_code=DRIFTS if gone else 0
    )
    if not gone:
        return view
    import dataclasses

    name = shelf.notebook_name(bench.root(home), notebook)
    rows = kept.keep(bench, "problem", name, (_card(bench, home, shipped, drifts, measured),))
    shown = tuple(row for row in rows if row.state in acting.SHOWN)
    return dataclasses.replace(
        view, cards=shown, next=tuple(f"coimprove {one}" for row in shown for one in row.next[:1])
    )


def _home(bench: Bench, path: Path) -> Path:
    """The folder itself, or where the notebook at ``path`` was shipped to last. UsageError where it never was."""
    if path.suffix != ".ipynb":
        return path
    root = bench.root(path)
    name = shelf.notebook_name(root, path)
    made = sorted(
        (root / "coimprove" / "ship").glob(f"*/{ship_files.MANIFEST}"), key=lambda one: one.stat().st_mtime
    )
    found = [one.parent for one in made if ship_files.read_manifest(one.parent).get("notebook") == name]
    if not found:
        raise UsageError(
            f"{name} was not shipped to coimprove/ship",
            remedy="`coimprove ship NOTEBOOK` makes a module; or name its folder",
        )
    return found[-1]


def _frame(home: Path, name: str, *, named: bool) -> dict[str, Any]:
    """The recorded table that is meant: by its name, by the file it was read from, or the only one."""
    try:
        frames = json.loads((home / "inputs.schema.json").read_text(encoding="utf-8"))["frames"]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{home / 'inputs.schema.json'} cannot be read: {error}", remedy="ship again"
        ) from error
    fits = [
        one
        for one in frames
        if name in (one["name"], one["source"]) or (not named and name in str(one["source"]))
    ]
    if not fits and len(frames) == 1 and not named:
        fits = frames
    if not fits:
        known = ", ".join(str(one["name"]) for one in frames) or "none"
        raise UsageError(
            f"it is not clear which recorded table {name} is compared with",
            remedy=f"name it with --frame (recorded: {known})",
        )
    return dict(fits[0])


def table(path: Path) -> dict[str, list[Any]]:
    """The columns of a CSV, TSV or JSON-lines file; Parquet where pandas is here. UsageError where it is none."""
    if path.suffix in (".parquet", ".feather"):
        return _with_pandas(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix in (".jsonl", ".ndjson"):
                rows = [
                    json.loads(line) for _, line in zip(range(MOST_ROWS), file, strict=False) if line.strip()
                ]
            else:
                head = file.read(8192)
                file.seek(0)
                mark = "\t" if path.suffix == ".tsv" else max(",;\t", key=head.partition("\n")[0].count)
                rows = [
                    row
                    for _, row in zip(range(MOST_ROWS), csv.DictReader(file, delimiter=mark), strict=False)
                ]
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise UsageError(
            f"{path} cannot be read as a table: {error}", remedy="name a CSV, TSV, JSON-lines or Parquet file"
        ) from error
    if not rows or not isinstance(rows[0], dict):
        raise UsageError(f"{path} has no rows", remedy="name a file with what came in: --data FILE")
    return {str(name): [row.get(name) for row in rows] for name in rows[0] if name is not None}


def _with_pandas(path: Path) -> dict[str, list[Any]]:
    try:
        import pandas as pd

        found = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_feather(path)
    except ImportError as error:
        raise UsageError(f"{path.name} needs pandas and pyarrow here", remedy="write it as CSV") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return {str(name): found[name].tolist()[:MOST_ROWS] for name in found.columns}


def numbers(path: Path, response: str) -> list[float]:
    """Values of the response in a file: JSON (a number, a list, or an object with its name) or a column of a table."""
    try:
        if path.suffix == ".json":
            told = json.loads(path.read_text(encoding="utf-8"))
            rows = told if isinstance(told, list) else [told]
            values = [row[response] if isinstance(row, dict) else row for row in rows]
        else:
            values = table(path)[response]
        out = [float(value) for value in values]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{path} has no numbers of {response}: {error!r}",
            remedy=f"write a column (or key) named {response}",
        ) from error
    if not out or any(value - value != 0 for value in out):
        raise UsageError(f"{path} has entries of {response} that are no finite numbers")
    return out


def _levels(bench: Bench) -> tuple[float, float]:
    """From which level and size on a shift counts: settings of the playbook, which people change."""
    from jupyter_coimprove.bench.playbook import value_of
    from jupyter_coimprove.workbench.changing import in_force

    playbook = in_force(bench)
    return float(value_of(playbook, "monitor.alpha")), float(value_of(playbook, "monitor.psi"))


def _columns(data: str, recorded: dict[str, Any], found: list[Drift], alpha: float, psi: float) -> Section:
    from jupyter_coimprove.activities.activity import Section

    rows = tuple(
        (one.column, one.kind, one.said, one.adjusted, one.psi, "drifts" if one.drifts else "")
        for one in found[:_SHOWN]
    )
    quiet = len(recorded["columns"]) - len({one.column for one in found if one.drifts})
    return Section(
        title=f"{Path(data).name} against {recorded['name']} ({recorded['rows']} rows when it was shipped)",
        lines=(
            f"{quiet} of {len(recorded['columns'])} columns show no drift; p is adjusted over all tests (Holm, {alpha:g}), and a shift matters from a PSI of {psi:g} on",
        ),
        columns=("column", "what", "now", "p", "PSI", ""), rows=rows,
    )  # fmt: skip


def _measured(response: str, one: Measured) -> Section:
    from jupyter_coimprove.activities.activity import Section

    said = "outside: worse" if one.drifts and one.worse else "outside: better" if one.drifts else "inside"
    return Section(
        title=f"{response} against its runs", columns=("values", "mean", "from", "to", ""), rows=((one.n, one.mean, one.low, one.high, said),)
    )  # fmt: skip


def _card(
    bench: Bench, home: Path, shipped: dict[str, Any], drifts: list[Drift], measured: Measured | None
) -> Card:
    from jupyter_coimprove.activities.activity import Card

    evidence = [
        f"{one.column}: {one.said}"
        + (f" (p = {one.adjusted:.2g}, adjusted)" if one.adjusted is not None else "")
        for one in drifts[:8]
    ]
    if measured is not None and measured.drifts:
        evidence.append(
            f"{shipped['response']}: mean {measured.mean:.6g} of {measured.n}, expected {measured.low:.6g} to {measured.high:.6g}"
        )
    used = [str(shipped[key]) for key in ("finding", "experiment") if shipped.get(key)]
    modules = [
        item for item in kept.of(bench, str(shipped["notebook"]), "ship") if item.data.get("card") == "module"
    ]
    return Card(
        kind="problem", key=f"drift:{shipped['name']}:{','.join(sorted({one.column for one in drifts}))}", weight=0.9,
        title=f"{shipped['name']} is used on what it was not made for" if drifts else f"{shipped['response']} of {shipped['name']} is not what its runs showed",
        goal="the module fits what comes in, or says that it does not", evidence=tuple(evidence), used=(*used, *(item.id for item in modules[-1:])),
        next=(f"plan {shlex.quote(str(shipped['notebook']))}",), data={"folder": shelf.notebook_name(bench.root(home), home), "columns": sorted({one.column for one in drifts})},
    )  # fmt: skip
