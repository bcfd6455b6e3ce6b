"""What every engine must do, as tests with real kernels: subclass ``EngineContract`` with an ``engine`` fixture.

The fixture ``engine`` gives a factory: ``engine(env) -> Engine`` for an environment. Most tests look
at one batch of runs, executed once a class, because a kernel costs a second.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import KernelMissing
from jupyter_coimprove.runs.engine import Engine, RunEvent
from jupyter_coimprove.runs.run import Limits, Outcome, Probe, Value, Work
from jupyter_coimprove.runs.schedule import RunQueue

MARK = "COIMPROVE_CONTRACT_MARK"
EngineFactory = Callable[[Mapping[str, str]], Engine]


def notebook(*sources: str, parameters: str | None = None) -> dict[str, Any]:
    """A bound notebook (nbformat 4.5) of these code cells, the first tagged when ``parameters`` is given."""
    cells = [("parameters", parameters)] if parameters is not None else []
    cells += [("", source) for source in sources]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{index}",
                "metadata": {"tags": [tag]} if tag else {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for index, (tag, source) in enumerate(cells)
        ],
    }


def a_work(base: Path, run: str, *sources: str, **changes: Any) -> Work:
    """A Work over ``base/nb`` with its run folder in ``base/runs``; ``changes`` are fields of Work."""
    source_dir = base / "nb"
    source_dir.mkdir(parents=True, exist_ok=True)
    tagged = changes.pop("tagged", None)
    fields: dict[str, Any] = {
        "run": run, "experiment": "exp_1", "arm": "a", "block": 1, "replicate": 0, "attempt": 1,
        "notebook": notebook(*sources, parameters=tagged), "parameters": {}, "kernel": "python3",
        "source_dir": source_dir, "snapshot": None, "folder": base / "runs" / run,
    }  # fmt: skip
    return Work(**{**fields, **changes})


class Seen:
    """The events of an ``execute``, in order, and what came of each run."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.outcomes: dict[str, Outcome] = {}
        self.on: dict[tuple[str, str], Callable[[], None]] = {}

    def report(self, event: RunEvent) -> None:
        self.events.append(event)
        if event.outcome is not None:
            self.outcomes[event.run] = event.outcome
        if action := self.on.get((event.run, event.type)):
            action()

    def types(self, run: str) -> list[str]:
        return [event.type for event in self.events if event.run == run]


def run_all(engine: Engine, works: Sequence[Work], *, workers: int = 2, seen: Seen | None = None) -> Seen:
    """Execute these works to their ends."""
    seen = seen or Seen()
    queue = RunQueue(works)
    queue.drain()
    engine.execute(queue, seen.report, workers=workers)
    return seen


def marked(mark: str) -> list[int]:
    """The processes whose environment has this mark: all that an engine started."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [pid for pid in found if pid != os.getpid()]


def gone_within(mark: str, seconds: float) -> list[int]:
    """The marked processes that are still there after that time; empty as soon as there is none."""
    until = time.monotonic() + seconds
    while left := marked(mark):
        if time.monotonic() > until:
            return left
        time.sleep(0.05)
    return []


# A regular expression that backtracks for years and holds the GIL while it does.
_STUCK = "import re, subprocess\nsubprocess.Popen(['sleep', '600'])\nre.match(r'(a+)+$', 'a' * 64 + 'b')"
_FAMILY = (
    "import os, subprocess, sys, time\n"
    "for _ in range(3):\n"
    "    subprocess.Popen([sys.executable, '-c', "
    '\'import subprocess, time, os; os.setsid(); subprocess.Popen(["sleep", "600"]); time.sleep(600)\'])\n'
    "time.sleep(600)"
)
_LOGGED = (
    "from IPython.display import publish_display_data as show\n"
    "for step, value in enumerate([0.5, {'kind': 'nan'}, 0.5]):\n"
    "    show({'application/vnd.coimprove.metric+json': {'name': 'loss', 'value': value, 'step': step},"
    " 'text/plain': 'loss'})\n"
    "show({'application/scrapbook.scrap.json+json': {'name': 'acc', 'data': 0.75, 'encoder': 'json'}})"
)


def _works(base: Path) -> list[Work]:
    own = "import os, time\nopen('best.pt', 'w').write(str(me))\ntime.sleep(0.5)\nback = int(open('best.pt').read())"
    short = Limits(wall_s=3.0, interrupt_s=0.5)
    probes = (
        Probe(name="number", expr="x + 1"),
        Probe(name="flag", expr="x > 0"),
        Probe(name="nan", expr="float('nan')"),
        Probe(name="list", expr="xs"),
        Probe(name="series", expr="xs", shape="series"),
        Probe(name="gone", expr="not_there"),
    )
    return [
        a_work(base, "completes", "x = 1", "xs = [1, 2.5, None]\nprint('seen')\nx", probes=probes),
        a_work(base, "logs", _LOGGED),
        a_work(
            base, "parameters", "got = (flag, none, nested, text)", tagged="flag = none = nested = text = 0",
            parameters={"flag": True, "none": None, "nested": {"a": [1, -2.5, "é\"'\\\n"]}, "text": "True"},
            probes=(Probe(name="got", expr="got == (True, None, {'a': [1, -2.5, 'é\"\\'\\\\\\n']}, 'True')"),),
        ),
        a_work(base, "fails", "kept = 1", "print('before')\n1 / 0", "never = 1", probes=(Probe(name="p", expr="kept"),)),
        a_work(base, "exits", "import sys\nsys.exit(3)"),
        a_work(base, "exits_hard", "import os\nos._exit(0)", "after = 1"),
        a_work(base, "asks", "name = input('who? ')"),
        a_work(base, "killed", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
        a_work(base, "floods", "while True: print('x' * 1000)", limits=Limits(output_bytes=2**20)),
        a_work(base, "own_1", "me = 1", own, probes=(Probe(name="back", expr="back"),)),
        a_work(base, "own_2", "me = 2", own, probes=(Probe(name="back", expr="back"),), block=1),
        a_work(base, "stuck", _STUCK, limits=short),
        a_work(base, "stopped", "started = 1", _FAMILY, limits=Limits(interrupt_s=0.5)),
        a_work(base, "environment", "import os", probes=(
            Probe(name="threads", expr="int(os.environ['OMP_NUM_THREADS'])"),
            Probe(name="key", expr="'ANTHROPIC_API_KEY' in os.environ"),
            Probe(name="kept", expr="os.environ['MY_DATA_HOME'] == 'here'"),
            Probe(name="seed", expr="int(os.environ['PYTHONHASHSEED'])"),
            Probe(name="folder", expr="os.environ['COIMPROVE_RUN_DIR'].endswith('environment')"),
        ), threads=3, env={"MY_DATA_HOME": "here"}),
    ]  # fmt: skip


class EngineContract:
    """Subclass, and give ``engine`` as a class-scoped fixture that returns an EngineFactory."""

    @pytest.fixture(scope="class")
    @classmethod
    def batch(
        cls, engine: EngineFactory, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[Seen, Path, str]]:
        base = tmp_path_factory.mktemp("contract")
        mark = uuid.uuid4().hex
        env = {**os.environ, MARK: mark, "ANTHROPIC_API_KEY": "sk-canary-0123456789"}
        env.pop("PYTHONHASHSEED", None)
        live = engine(env)
        seen = Seen()
        # Two seconds into its last cell, when its children are there.
        stop = threading.Timer(2.0, lambda: live.stop("stopped", "cancelled"))
        seen.on[("stopped", "cell")] = stop.start
        run_all(live, _works(base), workers=2, seen=seen)
        yield seen, base, mark

    def value(self, seen: Seen, run: str, name: str) -> Value:
        return next(m.value for m in seen.outcomes[run].metrics if m.name == name)

    def test_every_run_starts_once_and_finishes_once(self, batch: tuple[Seen, Path, str]) -> None:
        seen, base, _ = batch
        for work in _works(base):
            # What it may wait for before that is cells in common.
            types = [kind for kind in seen.types(work.run) if kind != "common"]
            assert types[0] == "started"
            assert types[-1] == "finished"
            assert types.count("started") == types.count("finished") == 1

    def test_a_run_completes_and_its_response_is_read(self, batch: tuple[Seen, Path, str]) -> None:
        seen, base, _ = batch
        outcome = seen.outcomes["completes"]
        assert (outcome.state, outcome.reason, outcome.error) == ("completed", "", None)
        assert self.value(seen, "completes", "number") == Value.of(2)
        assert self.value(seen, "completes", "flag") == Value.of(1)
        assert self.value(seen, "completes", "nan").kind == "nan"
        assert self.value(seen, "completes", "list").kind == "text"
        assert self.value(seen, "completes", "series").series == (1.0, 2.5, None)
        assert outcome.seconds > 0
        assert len(outcome.cell_seconds) == 2
        assert outcome.peak_mb is not None
        text = (base / "runs" / "completes" / "output.ipynb").read_text("utf-8")
        assert "seen" in text
        assert "_coimprove_read" not in text

    def test_a_response_that_is_not_there_is_missing_and_what_is_there_is_named(
        self, batch: tuple[Seen, Path, str]
    ) -> None:
        seen, _, _ = batch
        missing = self.value(seen, "completes", "gone")
        assert missing.kind == "missing"
        assert missing.text.startswith("NameError")
        assert set(seen.outcomes["completes"].defined) == {"x", "xs"}

    def test_logged_and_glued_numbers_are_all_kept(self, batch: tuple[Seen, Path, str]) -> None:
        seen, _, _ = batch
        metrics = seen.outcomes["logs"].metrics
        assert [(m.name, m.value.kind, m.step, m.source) for m in metrics] == [
            ("loss", "finite", 0, "logged"),
            ("loss", "nan", 1, "logged"),
            ("loss", "finite", 2, "logged"),
            ("acc", "finite", None, "scrap"),
        ]

    def test_parameters_arrive_with_their_types(self, batch: tuple[Seen, Path, str]) -> None:
        assert self.value(batch[0], "parameters", "got") == Value.of(1)

    def test_a_failed_cell_is_named_and_what_it_printed_is_kept(self, batch: tuple[Seen, Path, str]) -> None:
        seen, base, _ = batch
        outcome = seen.outcomes["fails"]
        assert (outcome.state, outcome.reason) == ("failed", "error")
        assert outcome.error is not None
        assert (outcome.error.name, outcome.error.cell) == ("ZeroDivisionError", 1)
        assert "1 / 0" in outcome.error.traceback
        assert outcome.defined == ("kept",)
        assert "before" in (base / "runs" / "fails" / "output.ipynb").read_text("utf-8")

    @pytest.mark.parametrize(
        ("run", "reason"),
        [
            ("exits", "exited"),
            ("exits_hard", "exited"),
            ("asks", "needs_input"),
            ("killed", "kernel_died"),
            ("floods", "output_cap"),
        ],
    )
    def test_each_way_to_fail_has_its_reason(
        self, batch: tuple[Seen, Path, str], run: str, reason: str
    ) -> None:
        seen, base, _ = batch
        assert (seen.outcomes[run].state, seen.outcomes[run].reason) == ("failed", reason)
        assert seen.outcomes[run].error is not None
        assert (base / "runs" / run / "output.ipynb").is_file()

    def test_runs_at_the_same_time_read_back_what_they_wrote_themselves(
        self, batch: tuple[Seen, Path, str]
    ) -> None:
        seen, base, _ = batch
        for run, number in (("own_1", 1), ("own_2", 2)):
            assert self.value(seen, run, "back") == Value.of(number)
            assert [w["path"] for w in seen.outcomes[run].written] == ["best.pt"]
            assert (base / "runs" / run / "files" / "best.pt").read_text() == str(number)
            assert not (base / "runs" / run / "view").exists()
        assert not (base / "nb" / "best.pt").exists()

    def test_a_kernel_that_cannot_be_interrupted_is_killed_at_its_limit(
        self, batch: tuple[Seen, Path, str]
    ) -> None:
        outcome = batch[0].outcomes["stuck"]
        assert outcome.state == "timed_out"
        assert 3.0 <= outcome.seconds < 15.0

    def test_a_stopped_run_is_cancelled(self, batch: tuple[Seen, Path, str]) -> None:
        outcome = batch[0].outcomes["stopped"]
        assert outcome.state == "cancelled"
        assert outcome.seconds < 30.0

    def test_nothing_that_was_started_outlives_it(self, batch: tuple[Seen, Path, str]) -> None:
        assert gone_within(batch[2], 1.0) == []

    def test_runs_get_the_environment_without_provider_keys(self, batch: tuple[Seen, Path, str]) -> None:
        seen, _, _ = batch
        values = {m.name: m.value.number for m in seen.outcomes["environment"].metrics}
        assert values == {"threads": 3.0, "key": 0.0, "kept": 1.0, "seed": 0.0, "folder": 1.0}
        assert "ANTHROPIC_API_KEY" in seen.outcomes["environment"].environment["removed"]

    def test_the_fingerprint_names_python_platform_and_packages(self, engine: EngineFactory) -> None:
        facts = engine(os.environ).check("python3")
        assert facts["python"].startswith("3.")
        assert facts["packages"]["ipykernel"]
        assert facts["packages_digest"].startswith("raw:")
        assert facts == engine(os.environ).check("python3")

    def test_a_kernel_that_is_not_installed_is_refused_with_close_names(self, engine: EngineFactory) -> None:
        with pytest.raises(KernelMissing) as caught:
            engine(os.environ).check("pyton3")
        assert "python3" in caught.value.remedy
