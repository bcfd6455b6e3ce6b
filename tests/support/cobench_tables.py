"""Measures the truth tables of CoBench again: `python tests/support/cobench_tables.py --write` keeps what running gave."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from jupyter_coimprove.bench.families import ablation_notebooks as ablations  # noqa: E402
from jupyter_coimprove.bench.families import tuning_notebooks as tuning  # noqa: E402

TABLES = Path(ablations.__file__).parent / "tables"


def ran(sources: tuple[str, ...], name: str, **given: object) -> object:
    """What a name holds after the cells; ``given`` replaces what the first cell sets."""
    space: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, source in enumerate(sources):
            exec(source, space)  # the package's own notebooks
            if number == 0:
                space.update(given)
    return space[name]


def responses(name: str, changed: int, seeds: range) -> list[int]:
    """The response of a pipeline with some parts changed, by running its notebook on each seed."""
    sources = ablations.PIPELINES[name].sources(changed)
    return [int(str(ran(sources, "wrong", seed=seed))) for seed in seeds]


def ablation() -> dict[str, list[str]]:
    return {
        name: ablations.packed([responses(name, changed, range(ablations.SEEDS)) for changed in range(16)])
        for name in ablations.PIPELINES
    }


def right(name: str, configuration: tuple[object, ...]) -> int:
    """The response of a search at one configuration, by running its notebook."""
    search = tuning.SEARCHES[name]
    given = dict(zip(search.space, configuration, strict=True))
    return int(str(ran(search.sources(), "right", **given)))


def searches() -> dict[str, list[int]]:
    return {
        name: [right(name, one) for one in search.configurations] for name, search in tuning.SEARCHES.items()
    }


def write(name: str, table: object) -> None:
    text = json.dumps(table, separators=(",", ":")).replace("],", "],\n") + "\n"
    (TABLES / name).write_text(text, encoding="utf-8")
    print(name, len(text), "bytes")


if __name__ == "__main__":
    if "--write" not in sys.argv:
        sys.exit(__doc__)
    write("ablation.json", ablation())
    write("tuning.json", searches())
