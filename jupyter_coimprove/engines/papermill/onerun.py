"""One run from its work to its outcome: view, kernel, cells, readings, artifacts."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.engines.nvidia import devices_of
from jupyter_coimprove.engines.papermill import after, failures, processes, readings
from jupyter_coimprove.engines.papermill.apart import Apart, keep_apart
from jupyter_coimprove.engines.papermill.environment import run_environment
from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.runs import isolation
from jupyter_coimprove.runs.parameters import check_parameters
from jupyter_coimprove.runs.run import Outcome, Probe, RunError, Work

if TYPE_CHECKING:
    from jupyter_coimprove.engines.papermill.client import RunClient
    from jupyter_coimprove.engines.papermill.control import Control
    from jupyter_coimprove.engines.papermill.manager import RunManager
    from jupyter_coimprove.engines.shared_prefix.prefix import Prefix

#: After the kernel's tree was killed, how long its client may take to notice.
_NOTICE_S = 5.0
_SAMPLE_S = 0.5
#: The driver takes a part of a second to answer.
_SAMPLE_GPU_S = 2.0
#: Memory counts as gone when less than this share of it is left.
_SHORT = 0.03


@dataclass(kw_only=True)
class _Found:
    """What is known about a run so far; becomes its Outcome."""

    state: str = "completed"
    reason: str = ""
    error: RunError | None = None
    metrics: list[Any] = field(default_factory=list)
    defined: tuple[str, ...] = ()
    peak_mb: float = 0.0
    gpu_peak_mb: float = 0.0
    fork_s: float = 0.0
    memory_short: bool = False

    def fail(self, reason: str, name: str, value: str, cell: int | None = None, tail: str = "") -> None:
        self.state, self.reason = "failed", reason
        self.error = RunError(name=name, value=value[:2000], cell=cell, traceback=tail)


async def execute(
    work: Work,
    control: Control,
    *,
    clock: Clock,
    sockets: Path,
    on_cell: Callable[[int, int], None],
    prefix: Mapping[str, Any] | None = None,
    why: str | None = None,
) -> Outcome:
    """Execute ``work`` as if it were alone. ``sockets`` is a short, private, empty folder.

    With ``prefix`` it begins where other runs began too; where it cannot, it is executed whole, and
    its outcome says why. ``why`` says that from the start.
    """
    begin = clock.steady_s()
    told: dict[str, Any] = {} if why is None else {"shared": {"cells": 0, "why": why}}
    if prefix is not None:
        from jupyter_coimprove.engines.shared_prefix.prefix import NotShared, Prefix

        common = Prefix.from_dict(prefix)
        own = sockets / "f"
        own.mkdir(mode=0o700)
        try:
            return await _execute(
                work, control, begin, clock=clock, sockets=own, on_cell=on_cell, prefix=common
            )
        except NotShared as error:
            told = {"shared": {"cells": 0, "why": str(error), "repeated": True}}
    return await _execute(work, control, begin, clock=clock, sockets=sockets, on_cell=on_cell, told=told)


async def _execute(
    work: Work,
    control: Control,
    begin: float,
    *,
    clock: Clock,
    sockets: Path,
    on_cell: Callable[[int, int], None],
    prefix: Prefix | None = None,
    told: Mapping[str, Any] | None = None,
) -> Outcome:
    found = _Found()
    env, facts = run_environment(work)
    facts = {**facts, **(told or {})}
    apart: Apart | None = None
    durations: tuple[float, ...] = ()
    came = isolation.Finished()
    try:
        check_parameters(work.parameters, None)
        work.folder.mkdir(parents=True, exist_ok=True)
        # What an earlier attempt left is not this one's.
        shutil.rmtree(work.folder / "files", ignore_errors=True)
        for name in ("output.ipynb", "log.txt"):
            (work.folder / name).unlink(missing_ok=True)
        apart = keep_apart(work, env, sockets)
        facts = {**facts, "isolation": apart.how, **({"no_layers": apart.why} if apart.why else {})}
        durations = await _in_kernel(
            work, control, found, apart=apart, sockets=sockets, on_cell=on_cell, prefix=prefix
        )
        if apart.how == "layers" and found.error is not None and failures.crosses_layers(found.error):
            found.reason = "isolation"
            found.error = replace(found.error, value=f"{found.error.value} ({failures.CROSSES})")
    except UsageError as error:
        found.fail("error", "UsageError", f"{error.message}: {error.remedy}")
    except EngineError as error:
        found.fail("isolation", type(error).__name__, f"{error.message}: {error.remedy}")
    except OSError as error:
        reason = "disk_full" if error.errno in failures.DISK else "isolation"
        found.fail(reason, type(error).__name__, str(error), tail=traceback.format_exc()[-4000:])
    except BaseException:
        # It goes elsewhere, or on in another way: nothing of this one stays.
        if apart is not None:
            apart.finish(0)
            shutil.rmtree(work.folder / "files", ignore_errors=True)
        raise
    finally:
        processes.kill_descendants()
    if apart is not None:
        try:
            came = apart.finish(work.limits.keep_bytes)
            if found.state == "completed":
                found.metrics += after.file_values(work.probes, came.written, apart.view.files)
        except OSError as error:
            if found.state == "completed":
                reason = "disk_full" if error.errno in failures.DISK else "isolation"
                found.fail(reason, type(error).__name__, str(error))
            with contextlib.suppress(OSError):
                isolation.remove(apart.view.root)
    if prefix is not None:
        facts = {**facts, "shared": {**prefix.told(), "fork_s": round(found.fork_s, 3)}}
    return Outcome(
        run=work.run,
        state=found.state,  # type: ignore[arg-type]
        reason=found.reason,
        error=found.error,
        metrics=tuple(found.metrics),
        seconds=clock.steady_s() - begin,
        cell_seconds=durations,
        peak_mb=round(found.peak_mb, 1) or None,
        gpu_peak_mb=round(found.gpu_peak_mb, 1) or None,
        written=came.written,
        strays=came.strays,
        reads=came.reads,
        defined=found.defined,
        environment=facts,
    )


async def _in_kernel(
    work: Work,
    control: Control,
    found: _Found,
    *,
    apart: Apart,
    sockets: Path,
    on_cell: Callable[[int, int], None],
    prefix: Prefix | None = None,
) -> tuple[float, ...]:
    """Fill ``found`` from one kernel's life; returns the seconds of each bound cell."""
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors
    from papermill.log import logger

    from jupyter_coimprove.engines.papermill.client import RunClient
    from jupyter_coimprove.engines.papermill.control import KernelLog
    from jupyter_coimprove.engines.papermill.injection import bind
    from jupyter_coimprove.engines.papermill.manager import RunManager

    nb, bound = bind(work)
    count = len(work.notebook.get("cells", ()))
    log = KernelLog(work.folder / "log.txt", apart.env)

    def refused(error: OSError) -> None:
        control.end("failed", "disk_full", f"the output notebook could not be written: {error}")

    def done(index: int) -> None:
        if (place := bound[index]) is not None:
            on_cell(place, count)

    manager = RunManager(nb, work.folder / "output.ipynb", refused)
    make: Callable[..., RunClient] = RunClient
    if prefix is not None:
        from jupyter_coimprove.engines.shared_prefix.client import SharedClient

        make = partial(SharedClient, work=work, prefix=prefix, bound=bound)
    client = make(
        manager,
        control=control,
        log=log,
        sockets=sockets,
        cap=work.limits.output_bytes,
        on_cell=done,
        kernel_name=work.kernel,
        log_output=False,
        iopub_timeout=60,
        startup_timeout=120,
        # papermill's logger writes what it is told to the worker's own log.
        parent=None,
    )
    client.log = logger
    oom_before = processes.oom_kills()
    manager.notebook_start()
    body = asyncio.ensure_future(_body(work, client, control, found, apart))
    sampler = asyncio.ensure_future(_sample(found, manager))
    gpu = asyncio.ensure_future(_sample_gpu(found, work.device, apart.env))
    try:
        await _until_over(work, body, client, control)
        _judge(body, client, control, found, bound, oom_before)
    finally:
        sampler.cancel()
        gpu.cancel()
        await asyncio.wait({sampler, gpu})
        found.peak_mb = max(found.peak_mb, processes.tree_mb())
        await client.close(gently=not control.wanted.is_set() and not body.cancelled())
        log.close()
        found.peak_mb = max(found.peak_mb, client.kernel_peak or 0.0)
        found.fork_s = client.fork_s
        if found.error is not None and found.reason in ("kernel_died", "oom") and not found.error.traceback:
            found.error = RunError(
                name=found.error.name, value=found.error.value, cell=found.error.cell, traceback=log.tail
            )
        manager.incomplete = found.state != "completed"
        manager.notebook_complete()
        with contextlib.suppress(PapermillExecutionError):
            raise_for_execution_errors(nb, None)
        manager.save_now()
    if control.reason == "disk_full" and found.state == "completed":
        found.fail("disk_full", "OSError", control.message)
    if found.state == "completed":
        found.metrics += after.printed_values(work.probes, nb.cells, bound)
    place = {b: i for i, b in enumerate(bound) if b is not None}
    reached = max((b for b, i in place.items() if i in client.cell_durations), default=-1)
    return tuple(client.cell_durations.get(place[b], 0.0) for b in range(reached + 1))


async def _body(work: Work, client: RunClient, control: Control, found: _Found, apart: Apart) -> None:
    """What happens while nothing goes wrong: start, cells, probes."""
    await client.start(apart.env, apart.view.cwd, layers=apart.view.layers, opened=apart.opened)
    await client.run_cells()
    if control.wanted.is_set() or client.asked_exit:
        return
    language = client.nb.metadata.get("language_info", {}).get("name", "python")
    if str(language).lower() not in ("python", "ipython"):
        found.metrics += readings.unread(_asked(work), f"the kernel speaks {language}, not Python")
        return
    probes = () if client.failure is not None else _asked(work)
    if not probes and client.failure is None:
        return
    try:
        answer = await client.read(probes)
    except ValueError as error:
        found.metrics += readings.unread(probes, str(error)[:200])
        return
    read = readings.probed(probes, answer["values"])
    found.metrics += read
    if client.failure is not None or any(metric.value.kind == "missing" for metric in read):
        found.defined = tuple(answer["defined"])


def _asked(work: Work) -> tuple[Probe, ...]:
    """The probes that only the kernel can answer."""
    return tuple(probe for probe in work.probes if probe.how == "namespace")


async def _until_over(work: Work, body: asyncio.Future[None], client: RunClient, control: Control) -> None:
    """Let the run go on to its end, its time limit or the wish to end it; then interrupt, then kill."""
    wish = asyncio.ensure_future(control.wanted.wait())
    try:
        both: set[asyncio.Future[Any]] = {body, wish}
        await asyncio.wait(both, timeout=work.limits.wall_s, return_when=asyncio.FIRST_COMPLETED)
        if body.done():
            return
        if not control.wanted.is_set():
            control.end("timed_out", "timed_out", f"the run took more than {work.limits.wall_s:g} s")
        if not control.at_once:
            await client.interrupt()
            await asyncio.wait({body}, timeout=work.limits.interrupt_s)
        if not body.done():
            processes.kill_descendants()
            await asyncio.wait({body}, timeout=_NOTICE_S)
        if not body.done():
            body.cancel()
            await asyncio.wait({body})
    finally:
        wish.cancel()


def _judge(
    body: asyncio.Future[None],
    client: RunClient,
    control: Control,
    found: _Found,
    bound: list[int | None],
    oom_before: int | None,
) -> None:
    """The state, from what the runner saw: a wish to end it, an exception, an exit code."""
    client.give_up()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    error = None if body.cancelled() else body.exception()
    current = max(client.cell_durations, default=None)
    cell = None if current is None else bound[current]
    found.metrics = [*client.metrics, *found.metrics]
    process = client.process
    if process is not None and client.exit_code is None and not control.wanted.is_set():
        client.exit_code = process.poll()
    if control.wanted.is_set():
        found.state, found.reason = control.state, control.reason
        found.error = RunError(name=control.reason or control.state, value=control.message, cell=cell)
    elif client.failure is not None:
        index, failure = client.failure
        reason = failures.reason_of_exception(failure.ename, failure.evalue)
        found.fail(reason, failure.ename, failure.evalue, bound[index], _tail(client, index))
    elif client.asked_exit:
        found.fail("exited", "SystemExit", "the notebook ended its kernel with exit() or quit()", cell)
    elif isinstance(error, DeadKernelError) or (
        isinstance(error, RuntimeError) and client.exit_code is not None
    ):
        oom_after = processes.oom_kills()
        kills = 0 if oom_before is None or oom_after is None else oom_after - oom_before
        reason, sentence = failures.reason_of_death(
            client.exit_code, oom_kills=kills, memory_short=found.memory_short
        )
        if client.kc is None:
            # It never answered: whatever its exit code, it is the kernel that does not work.
            reason = "oom" if reason == "oom" else "kernel_died"
            sentence = f"the kernel ended before it was ready ({sentence})"
        found.fail(reason, "DeadKernelError", sentence, cell)
    elif isinstance(error, (CellTimeoutError, RuntimeError)):
        found.fail("kernel_died", type(error).__name__, str(error), cell)
    elif error is not None:
        raise error


def _tail(client: RunClient, index: int) -> str:
    for output in client.nb.cells[index].get("outputs", ()):
        if output.output_type == "error":
            return failures.traceback_tail(output.traceback)
    return ""


async def _sample(found: _Found, manager: RunManager) -> None:
    """Look at memory now and then: the peak, and whether there was none left. What is there by then is saved."""
    import psutil

    while True:
        manager.save_first()
        found.peak_mb = max(found.peak_mb, processes.tree_mb())
        memory = psutil.virtual_memory()
        found.memory_short = memory.available < _SHORT * memory.total
        await asyncio.sleep(_SAMPLE_S)


async def _sample_gpu(found: _Found, device: str, env: Mapping[str, str]) -> None:
    """Look at what the run holds on its card now and then; nothing to look at without one."""
    if not device:
        return
    cards = devices_of(env)
    while True:
        pids = {process.pid for process in processes.descendants()}
        held = await asyncio.to_thread(cards.held_mb, device, pids)
        found.gpu_peak_mb = max(found.gpu_peak_mb, held or 0.0)
        await asyncio.sleep(_SAMPLE_GPU_S)
