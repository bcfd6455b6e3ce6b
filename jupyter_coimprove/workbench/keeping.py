"""The project's own keeping: make it, check it, prune it, and say what works here."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


def init(bench: Bench, *, folder: str | None = None) -> ChecksView:
    """Make the folders of a project; says where they are."""
    from jupyter_coimprove.record.roots import Layout
    from jupyter_coimprove.record.roots import init as make

    root = bench.path(folder).resolve() if folder else bench.root()
    make(root)
    layout = Layout(root)
    return ChecksView(
        summary=f"{root} is a project", ok=True, next=("coimprove plan NOTEBOOK",),
        checks=(
            CheckRow(name="journal", ok=True, text=f"{layout.journal_dir} (text; commit it)"),
            CheckRow(name="index", ok=True, text=f"{layout.index} (made from the journal; never committed)"),
        ),
    )  # fmt: skip


def verify(
    bench: Bench,
    *,
    bundle: str | None = None,
    rerun: bool = False,
    runs: int | None = None,
    workers: int | None = None,
) -> ChecksView:
    """The journal's chain and signatures, file by file, or a shared bundle. Exit code 1 when something was altered."""
    if bundle is not None:
        from jupyter_coimprove.workbench import rerunning

        return rerunning.verify(bench, bench.path(bundle), rerun=rerun, runs=runs, workers=workers)
    if rerun or runs is not None:
        raise UsageError(
            "what is run again is a bundle, and none is named", remedy="coimprove verify BUNDLE.zip --rerun"
        )
    report = bench.record().verify()
    checks = tuple(
        CheckRow(name=entry.name, ok=entry.ok, text=entry.text, remedy=entry.remedy) for entry in report.files
    )
    return ChecksView(
        summary=report.sentence, ok=report.ok, checks=checks, exit_code=0 if report.ok else 1,
    )  # fmt: skip


def gc(bench: Bench, *, keep: int = 200, max_gb: float | None = None, yes: bool = False) -> ChecksView:
    """Remove artifacts of old runs; without ``yes`` only say what would go."""
    from jupyter_coimprove.record.gc import gc as collect

    if max_gb is not None and not max_gb > 0:
        raise UsageError(f"{max_gb:g} GB is no size", remedy="use --max-gb with a number above 0")
    most = None if max_gb is None else int(max_gb * 2**30)
    report = collect(bench.root(), keep_runs=keep, max_bytes=most, dry_run=not yes)
    again = f"coimprove gc --keep {keep}" + ("" if max_gb is None else f" --max-gb {max_gb:g}") + " --yes"
    word = "removed" if yes else "would remove"
    size = report.bytes / 2**20
    return ChecksView(
        summary=f"{word} the artifacts of {len(report.runs)} runs ({size:.1f} MB)", ok=True,
        checks=tuple(CheckRow(name=run, ok=True, text=word) for run in report.runs),
        next=() if yes or not report.runs else (again,),
        exit_code=0 if report.runs else 3,
    )  # fmt: skip


def version(bench: Bench) -> ChecksView:
    """Versions of this and of what it stands on."""
    from jupyter_coimprove import __version__

    names = (
        "ipykernel",
        "ipython",
        "ipywidgets",
        "jupyterlab",
        "nbclient",
        "nbformat",
        "papermill",
        "scipy",
        "apsw",
    )
    rows = [CheckRow(name="python", ok=True, text=platform.python_version())]
    for name in names:
        try:
            rows.append(CheckRow(name=name, ok=True, text=importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            rows.append(CheckRow(name=name, ok=True, text="not installed"))
    return ChecksView(summary=f"jupyter-coimprove {__version__}", ok=True, checks=tuple(rows))


def doctor(bench: Bench) -> ChecksView:
    """What works here, and what to do about the rest."""
    rows = [
        CheckRow(
            name="python", ok=sys.version_info >= (3, 11), text=platform.python_version(),
            remedy="jupyter-coimprove needs Python 3.11 or newer",
        ),
        _record(bench), _kernels(), _fork(), _apart(bench), _previews(bench), _cards(), _lab(), _disk(bench), _provider(bench), _unasked(bench),
    ]  # fmt: skip
    bad = [row for row in rows if not row.ok]
    return ChecksView(
        summary="everything needed is here" if not bad else f"{len(bad)} thing{'s' if len(bad) > 1 else ''} to mend",
        ok=not bad, checks=tuple(rows), exit_code=1 if bad else 0,
    )  # fmt: skip


def _record(bench: Bench) -> CheckRow:
    try:
        record = bench.record()
    except CoimproveError as error:
        return CheckRow(name="record", ok=False, text=error.message, remedy=error.remedy)
    if record.read_only:
        return CheckRow(
            name="record",
            ok=False,
            text=f"read-only: {record.reason}",
            remedy="use --root with a folder of yours",
        )
    return CheckRow(name="record", ok=True, text=f"kept in {bench.root()}")


def _kernels() -> CheckRow:
    from jupyter_coimprove.engines.papermill.specs import Specs

    names = sorted(Specs().find_kernel_specs())
    return CheckRow(
        name="kernels",
        ok=bool(names),
        text=", ".join(names) or "none",
        remedy="python -m ipykernel install --user",
    )


def _fork() -> CheckRow:
    here = sys.platform.startswith("linux")
    text = "runs end with their runner" if here else "runs are ended by their runner's watchdog only"
    return CheckRow(name="process groups", ok=True, text=text)


def _apart(bench: Bench) -> CheckRow:
    from jupyter_coimprove.engines.papermill.apart import offered

    why = offered(bench.root())
    text = "private layers: what a run writes, under any path, stays its own"
    return CheckRow(
        name="isolation", ok=True, text=text if not why else f"links and copies (no private layers: {why})"
    )


def _previews(bench: Bench) -> CheckRow:
    """Of this machine and its settings; each kernel tries its sandbox before the first preview in it."""
    from jupyter_coimprove.kernelspace.preview.forking import not_here
    from jupyter_coimprove.workbench import choosing, policy

    why = not_here()
    try:
        if not policy.allowed("previews", True, choosing.settings(bench)):
            why = "turned off by who runs this"
    except CoimproveError as error:
        return CheckRow(name="previews", ok=False, text=error.message, remedy=error.remedy)
    text = "in a locked copy of the live kernel" if not why else f"off: {why}"
    return CheckRow(name="previews", ok=True, text=text)


def _unasked(bench: Bench) -> CheckRow:
    """Whether a model takes part where nobody asked one."""
    from jupyter_coimprove.workbench import choosing, policy

    try:
        why = policy.not_unasked(choosing.settings(bench))
    except CoimproveError as error:
        return CheckRow(name="unasked", ok=False, text=error.message, remedy=error.remedy)
    text = "a model that answers here adds its words to what verbs compute; -p builtin leaves it out"
    return CheckRow(
        name="unasked", ok=True, text=text if not why else f"off: no model does anything unasked, {why}"
    )


def _cards() -> CheckRow:
    from jupyter_coimprove.engines.nvidia import devices_of

    found = devices_of(os.environ).found()
    text = ", ".join(f"{card.name} {card.id} ({card.free_mb:.0f} MB free)" for card in found)
    return CheckRow(name="GPUs", ok=True, text=text or "none")


def _lab() -> CheckRow:
    try:
        found = importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        return CheckRow(
            name="jupyterlab", ok=True, text="not installed; the command line and the magics need none"
        )
    return CheckRow(name="jupyterlab", ok=True, text=found)


def _disk(bench: Bench) -> CheckRow:
    free = shutil.disk_usage(bench.root()).free / 2**30
    return CheckRow(
        name="disk", ok=free > 0.5, text=f"{free:.1f} GB free", remedy="`coimprove gc` removes old artifacts"
    )


def _provider(bench: Bench) -> CheckRow:
    from jupyter_coimprove.workbench.choosing import provider_for

    try:
        found = provider_for(bench)
    except CoimproveError as error:
        return CheckRow(name="provider", ok=False, text=error.message, remedy=error.remedy)
    words = ": plans and words from computed facts" if found.name == "builtin" else " answers"
    return CheckRow(name="provider", ok=True, text=f"{found.label}{words}")
