"""A run is what it would have been alone: beside another, after another, or a loud failure instead.

Both ways that runs are kept apart are held to it: private layers over the person's folders where the
system offers them, and a tree of links and copies everywhere.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from isolation_cases import CASES, TOKEN, Case, World, cells

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.apart import offered
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.runs.beside import gather
from jupyter_coimprove.runs.run import Outcome, Probe
from jupyter_coimprove.runs.snapshot import freeze
from jupyter_coimprove.runs.strays import conflicts
from jupyter_coimprove.testing.engine_contract import a_work, run_all

ARMS = (1, 2)


@contextmanager
def meeting(address: str, guests: int) -> Iterator[None]:
    """A place where runs wait until ``guests`` of them are there."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + address)
        server.listen(8)

        def host() -> None:
            while True:
                here = []
                try:
                    for _ in range(guests):
                        here.append(server.accept()[0])
                except OSError:
                    return
                for guest in here:
                    guest.sendall(b"x")
                    guest.close()

        thread = threading.Thread(target=host, daemon=True)
        thread.start()
        yield
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Two runs of the same notebook, and what each case read in them."""

    token: str
    outcomes: dict[int, Outcome]

    def value(self, case: Case, lr: int) -> float | str:
        for metric in self.outcomes[lr].metrics:
            if metric.name == case.name:
                return metric.value.text if metric.value.number is None else metric.value.number
        return "not read"

    def loud(self, case: Case) -> bool:
        """Whether the runs that met are named with the path they met on."""
        met = conflicts(self.outcomes.values(), reads={o.run: o.reads for o in self.outcomes.values()})
        parts = [part.replace(TOKEN, self.token) for part in case.paths]
        return any(part in one.path for one in met for part in parts)


def world(base: Path) -> World:
    """A git project with a notebook's folder in it, a home and a folder that is in neither."""
    made = World(
        root=base / "my projéct", nb=base / "my projéct" / "notebooks", home=base / "home", outside=base / "far"
    )  # fmt: skip
    for folder in (made.nb, made.root / ".git", made.home, made.outside):
        folder.mkdir(parents=True)
    for case in CASES:
        case.setup(made)
    return made


def run_batch(base: Path, how: str, schedule: str) -> Batch:
    """Freeze the code, edit it, and run the notebook with every case in two arms."""
    made = world(base)
    token, address = f"coi_{uuid.uuid4().hex}", uuid.uuid4().hex
    notebook = Notebook(
        path=made.nb / "a.ipynb", raw=b"", node={}, nbformat=4, minor=5, cells=(), kernel="python3",
        language="python",
    )  # fmt: skip
    frozen = freeze(gather(notebook, {0: "import edited_helper"}), base / "frozen")
    (made.nb / "edited_helper.py").write_text("VALUE = 2\n")
    probes = tuple(Probe(name=case.name, expr=f"got[{case.name!r}]") for case in CASES)
    works = [
        a_work(
            base, f"run_{lr}", *cells(made, token, address), tagged="lr = 0", parameters={"lr": lr}, probes=probes,
            source_dir=made.nb, folder=made.root / "coimprove" / "runs" / f"run_{lr}", snapshot=frozen.root,
            overlay={"conf/arm.txt": str(100 + lr)}, block=lr,
        )
        for lr in ARMS
    ]  # fmt: skip
    env = {**os.environ, "HOME": str(made.home), "COIMPROVE_ISOLATION": how}
    engine = PapermillEngine(clock=SystemClock(), env=env)
    together = schedule == "parallel"
    with meeting(address, 2 if together else 1):
        seen = run_all(engine, works, workers=2 if together else 1)
    for left in (Path("/tmp") / f"{token}_model.pt", Path("/tmp") / f"{token}_dir" / "m.pt"):
        left.unlink(missing_ok=True)
    return Batch(token=token, outcomes={lr: seen.outcomes[f"run_{lr}"] for lr in ARMS})


@pytest.fixture(scope="module", params=["layers", "links"])
def how(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "layers" and (why := offered(tmp_path_factory.mktemp("offered"))):
        pytest.skip(f"this system offers no private layers: {why}")
    return str(request.param)


@pytest.fixture(scope="module", params=["parallel", pytest.param("sequential", marks=pytest.mark.slow)])
def batch(request: pytest.FixtureRequest, how: str, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return run_batch(tmp_path_factory.mktemp("suite"), how, str(request.param))


def test_both_runs_complete(batch: Batch) -> None:
    assert {o.run: (o.state, o.reason, o.error) for o in batch.outcomes.values()} == {
        "run_1": ("completed", "", None),
        "run_2": ("completed", "", None),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_reads_what_it_would_have_read_alone_or_fails_loudly(batch: Batch, case: Case) -> None:
    read = {lr: batch.value(case, lr) for lr in ARMS}
    assert read == {lr: case.alone(lr) for lr in ARMS} or batch.loud(case)


def test_a_folder_that_a_layer_cannot_rename_is_a_failure_of_isolation(tmp_path: Path) -> None:
    if why := offered(tmp_path):
        pytest.skip(f"this system offers no private layers: {why}")
    work = a_work(tmp_path, "renames", "import os\nos.rename('there', 'elsewhere')")
    (work.source_dir / "there").mkdir()
    seen = run_all(PapermillEngine(clock=SystemClock()), [work], workers=1)
    outcome = seen.outcomes["renames"]
    assert (outcome.state, outcome.reason) == ("failed", "isolation")
    assert outcome.error is not None
    assert "COIMPROVE_ISOLATION=links" in outcome.error.value
    assert (work.source_dir / "there").is_dir()


def test_the_person_keeps_one_download_cache_for_all_runs(tmp_path: Path) -> None:
    if why := offered(tmp_path):
        pytest.skip(f"this system offers no private layers: {why}")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "# from transformers import AutoModel\nimport os, pathlib\n"
        "model = pathlib.Path(os.path.expanduser('~/.cache/huggingface/model.bin'))\n"
        "there = model.exists()\nmodel.write_text('downloaded')\nopen(os.path.expanduser('~/.cache/own'), 'w').close()"
    )
    works = [
        a_work(tmp_path, f"run_{n}", code, probes=(Probe(name="there", expr="there"),), block=n)
        for n in (1, 2)
    ]
    engine = PapermillEngine(clock=SystemClock(), env={**os.environ, "HOME": str(home)})
    seen = run_all(engine, works, workers=1)
    assert [seen.outcomes[f"run_{n}"].metrics[0].value.number for n in (1, 2)] == [0.0, 1.0]
    assert sorted(path.name for path in (home / ".cache").iterdir()) == ["huggingface"]
    assert all(not o.strays and not o.reads for o in seen.outcomes.values())


def test_layers_of_a_run_that_was_killed_are_removed_and_those_of_a_live_one_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_coimprove.engines.papermill import leftovers
    from jupyter_coimprove.runs import layers

    monkeypatch.setattr(leftovers, "_YOUNG_S", -1.0)
    monkeypatch.setattr(layers, "bases", lambda folder: (folder / "view", tmp_path / "c" / folder.name))
    for run in ("dead", "live"):
        (tmp_path / "c" / run / "0.upper" / "shut").mkdir(parents=True)
        (tmp_path / "c" / run / "0.upper" / "shut").chmod(0)
    held = leftovers.claim(tmp_path / "live")
    assert leftovers.sweep(tmp_path / "new") == 1
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["live"]
    leftovers.let_go(held)
    assert leftovers.sweep(tmp_path / "new") == 1
