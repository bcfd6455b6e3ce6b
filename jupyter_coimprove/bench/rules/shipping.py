"""Rules for what leaves the notebook: the watch over what comes in, and the module of a result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.ship import inputs, module, monitor, needed
from jupyter_coimprove.bench.item import Answer, Item, notebook_of
from jupyter_coimprove.bench.playbook import value_of
from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.notebook.dataflow import analyse

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def shift_monitor(item: Item, instruments: Instruments) -> Answer:
    """The shipped table described in a kernel as `ship` does it, the new one compared; the gravest drift counts."""
    shipped, now = item.material["shipped"], item.material["now"]
    cells = [
        f"import json\nimport pandas as pd\ntable = pd.DataFrame(json.loads({json.dumps(json.dumps(shipped))}))",
        inputs.instrument([inputs.Read(name="table", source="", cell=1)], ()),
        f"told = open({inputs.WRITES!r}).read()",
    ]
    ran = instruments.execute(cells, ("told",))
    if ran.error:
        return Answer()
    (frame,) = json.loads(str(ran.values["told"]))["frames"]
    level, large = (float(value_of(instruments.playbook, f"monitor.{name}")) for name in ("alpha", "psi"))
    drifts = [one for one in monitor.compare(frame, now, alpha=level, psi=large) if one.drifts]
    if not drifts:
        return Answer(verdict="sound", confidence=0.9, evidence=("no column drifts",))
    worst = drifts[0]
    return Answer(
        verdict="flawed",
        kind=worst.column,
        confidence=0.9,
        evidence=(f"{worst.column}: {worst.kind}, {worst.said}",),
    )


def extract(item: Item, instruments: Instruments) -> Answer:
    """The statements that the result needs, as `ship` writes them into a module."""
    name = str(item.material["result"])
    flow = analyse(notebook_of(item), instruments.transform)
    try:
        kept = needed.needed(flow, (name,))
        needed.check(flow, notebook_of(item), kept.kept)
    except NotebookError:
        return Answer()
    home = int(item.material["cell"]) - 1
    response = Response(name=name, how="variable", expr=name, direction="max", reduction="value")
    made = module.write(
        flow, kept, response, name="extracted", about=f"{name} of a notebook", folder=".", parameter_cells=[home],
        defaults={key: repr(value) for key, value in item.material["parameters"].items()},
    )  # fmt: skip
    return Answer(value=made.text, confidence=0.9, evidence=(f"cells {', '.join(map(str, made.cells))}",))


RULES = {"extract-and-parametrise": extract, "shift-monitor": shift_monitor}
