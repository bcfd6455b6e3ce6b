"""A notebook run whole in a fresh kernel, with instruments behind its last cell; nothing of it is changed.

It runs in its own view of the folder, as a run of an experiment does, and what it writes is thrown away
with it but for what the instruments wrote.
"""

from __future__ import annotations

import copy
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import Interrupted, NotebookError
from jupyter_coimprove.workbench.bench import Progress

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.runs.engine import RunEvent
    from jupyter_coimprove.runs.run import Outcome, Probe
    from jupyter_coimprove.workbench.bench import Bench

#: Wall limit where none is given, in seconds.
SECONDS = 900.0
#: How often it is asked whether the person has stopped it, in seconds.
_LOOK_S = 0.1
_MARK = "papermill-error-cell-tag"


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """Code that looks at what a notebook has computed, by the standard library and what the notebook itself imports.

    It runs as a cell behind the last one; ``writes`` is the file that it leaves in the working folder.
    """

    name: str
    source: str
    writes: str


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What came of it: ``cells`` are the notebook's own, executed (nbformat JSON), ``files`` what the instruments
    wrote (gone when the context ends), ``failed`` those that did not, with why. ``outcome.cell_seconds`` is by cell.
    ``folder`` is the run's own, which a kernel finds in ``COIMPROVE_RUN_DIR`` (gone likewise)."""

    outcome: Outcome
    cells: tuple[Mapping[str, Any], ...]
    files: Mapping[str, Path]
    failed: Mapping[str, str]
    folder: Path


@contextmanager
def examined(
    bench: Bench, notebook: Notebook, instruments: Sequence[Instrument] = (), *, node: Mapping[str, Any] | None = None,
    probes: Sequence[Probe] = (), seconds: float | None = None, kernel: str | None = None, what: str = "running",
    may_fail: bool = False,
) -> Iterator[Examined]:  # fmt: skip
    """Run it (or ``node`` in its place) and look. NotebookError where a cell fails, unless it ``may_fail``.

    Interrupted when the person stops it; its processes are ended then.
    """
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine
    from jupyter_coimprove.runs.run import Limits, Work
    from jupyter_coimprove.runs.schedule import RunQueue

    bench.require_person("this runs the notebook; it")
    made = copy.deepcopy(dict(node if node is not None else notebook.node))
    own = len(made["cells"])
    made["cells"] = [*made["cells"], *(_cell(one, made) for one in instruments)]
    outcomes: list[Outcome] = []

    def report(event: RunEvent) -> None:
        if event.type == "cell":
            done = min(own, int(event.detail.get("cell", 0)) + 1)
            bench.progress(Progress(text=f"{what}: cells run", done=done, total=own))
        if event.outcome is not None:
            outcomes.append(event.outcome)

    with tempfile.TemporaryDirectory(prefix="coimprove-look-") as folder:
        work = Work(
            run="run_look", experiment="exp_look", arm="baseline", block=0, replicate=0, attempt=1, notebook=made, parameters={},
            kernel=kernel or notebook.kernel or "python3", source_dir=notebook.path.resolve().parent, snapshot=None,
            folder=Path(folder, "run_look"), probes=tuple(probes), limits=Limits(wall_s=seconds or SECONDS),
        )  # fmt: skip
        engine = PapermillEngine(clock=bench.clock)
        engine.check(work.kernel)
        queue = RunQueue([work])
        queue.drain()
        bench.progress(Progress(text=f"{what} in a fresh kernel", total=own))
        with _stoppable(bench, engine, work.run):
            engine.execute(queue, report, workers=1)
        bench.check_cancelled()
        outcome = outcomes[0]
        if outcome.state == "cancelled":
            raise Interrupted("stopped", remedy="nothing was changed")
        if outcome.state != "completed" and not may_fail:
            raise NotebookError(
                f"{notebook.path.name} does not run to its end: {why(outcome)}",
                remedy="`coimprove fix` explains an error in a cell",
            )
        yield _found(work.folder, outcome, own, instruments)


def why(outcome: Outcome) -> str:
    """What a run died of, in one line; its cell counts from 1."""
    error = outcome.error
    if error is None:
        return f"it was {outcome.state.replace('_', ' ')}{f' ({outcome.reason})' if outcome.reason else ''}"
    where = f" in cell {error.cell + 1}" if error.cell is not None else ""
    return f"{error.name}{where}: {error.value[:300]}"


def _cell(one: Instrument, node: Mapping[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "source": one.source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    if int(node.get("nbformat_minor", 0)) >= 5:
        cell["id"] = f"look-{one.name}"[:64]
    return cell


def _found(folder: Path, outcome: Outcome, own: int, instruments: Sequence[Instrument]) -> Examined:
    import json

    executed: list[Mapping[str, Any]] = []
    artifact = folder / "output.ipynb"
    if artifact.is_file():
        cells = json.loads(artifact.read_text(encoding="utf-8"))["cells"]
        # papermill's own words about an error stand among them.
        executed = [cell for cell in cells if _MARK not in cell["metadata"].get("tags", ())]
    kept = {str(entry["path"]): str(entry["file"]) for entry in outcome.written if "file" in entry}
    files = {one.name: folder / "files" / kept[one.writes] for one in instruments if one.writes in kept}
    looked = executed[len(executed) - len(instruments) :] if instruments else []
    failed = {
        one.name: _error(cell)
        for one, cell in zip(instruments, looked, strict=False)
        if one.name not in files
    }
    ran = executed[: len(executed) - len(instruments)]
    return Examined(
        outcome=outcome, cells=tuple(ran[len(ran) - own :]), files=files, failed=failed, folder=folder
    )


def _error(cell: Mapping[str, Any]) -> str:
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "error":
            return f"{output.get('ename')}: {str(output.get('evalue'))[:200]}"
    return "it wrote nothing"


@contextmanager
def _stoppable(bench: Bench, engine: Any, run: str) -> Iterator[None]:
    """While this is open, a person's stop ends the run."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            if bench.cancelled():
                engine.stop(run, "cancelled")
                return

    thread = threading.Thread(target=watch, name="coimprove-stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
