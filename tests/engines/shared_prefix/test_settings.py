"""Runs that differ in a literal share the cell that sets it, and go on as if each had executed its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from config_idioms import DATACLASS, IDIOMS
from same_outputs import executed, shown, told

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.testing.engine_contract import a_work, notebook

VALUES = ("0.1", "2.25")
#: What shows how a run came to where it is: inputs, the order of names, code in tracebacks.
SHOWS = (
    "In[1:], _i, _ii, _i1, _i2",
    "[name for name in list(globals()) if not name.startswith('_') and name not in ('quit', 'exit', 'open')]",
)
FUNCTION = "def f(n):\n    return 1 / n"


def works(base: Path, notebooks: Sequence[Sequence[str]]) -> list[Work]:
    """Each notebook with each of the values where ``<>`` stands."""
    return [
        a_work(
            base / str(number),
            f"run_{number}_{place}",
            notebook=notebook(*(cell.replace("<>", value) for cell in cells)),
        )
        for number, cells in enumerate(notebooks)
        for place, value in enumerate(VALUES)
    ]


def held(base: Path, notebooks: Sequence[Sequence[str]]) -> list[int]:
    """That both engines show the same; how many cells the first run of each notebook shared."""
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    plain, shared = works(base / "plain", notebooks), works(base / "shared", notebooks)
    alone = executed(PapermillEngine(clock=SystemClock(), env=env), plain)
    seen = executed(SharedPrefixEngine(clock=SystemClock(), env=env), shared)
    for one, other in zip(plain, shared, strict=True):
        assert shown(other) == shown(one), one.run
        assert told(seen.outcomes[other.run]) == told(alone.outcomes[one.run]), one.run
    found = [dict(seen.outcomes[f"run_{n}_0"].environment["shared"]) for n in range(len(notebooks))]
    assert not any(one.get("repeated") for one in found), found
    return [one["cells"] for one in found]


def of_idiom(name: str) -> list[str]:
    made, other, read = IDIOMS[name]
    return [made, f"n = {other}\nn", f"rate = {read}\nrate, n", *SHOWS]


def test_a_configuration_is_made_once_and_each_run_reads_its_own(tmp_path: Path) -> None:
    with_function = [FUNCTION + "\nlr = <>\ncfg = {'rate': <>, 'n': 0}", "n = cfg['n']", "f(n) * lr", *SHOWS]
    shows_code = [
        FUNCTION + "\nlr = <>",
        "n = 1",
        "import inspect\ninspect.getsource(f), f.__code__.co_firstlineno, lr",
        "In[1:], _i1, _i, _ii",
    ]
    found = held(tmp_path, [of_idiom("dict"), of_idiom("dataclass"), with_function, shows_code])
    assert found == [2, 2, 2, 2]


def test_a_read_that_nobody_saw_is_not_shared(tmp_path: Path) -> None:
    reads = "class Sneaky:\n    def __getattr__(self, name): return 0\nimport json, copy"
    cells = [
        "cfg = {'lr': <>, 'n': 3}",
        reads,
        "total = sum(copy.copy(v) for v in vars()['cfg'].values())\ntotal",
    ]
    spans = ["lr = [1,\n  2, <>]", "n = 1", "lr"]
    behind = ["lr = <>; f = lambda n: 1 / n", "n = 1", "f(n - 1)"]
    assert held(tmp_path, [cells, spans, behind]) == [2, 0, 0]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_whatever_holds_a_configuration_each_run_shows_its_own(tmp_path: Path) -> None:
    frozen = [
        DATACLASS.format("(frozen=True, kw_only=True)", "<>") + "cfg = Config()",
        "n = cfg.epochs",
        "cfg",
        "Config.__doc__, Config().lr",
    ]
    notebooks = [*(of_idiom(name) for name in list(IDIOMS)[::3]), frozen]
    assert held(tmp_path, notebooks) == [2] * len(notebooks)
