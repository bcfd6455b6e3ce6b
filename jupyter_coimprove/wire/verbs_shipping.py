"""Verbs of a result that leaves its notebook."""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Verb, opt, pos
from jupyter_coimprove.wire.verbs_talk import MODEL

_SHIP = (
    pos("source", "a notebook, or the id of an accepted finding or of its experiment", completes="any"),
    opt("--response", "what the module returns (default: the likeliest measure)"),
    opt("--direction", "which way it is better", choices=("max", "min")),
    opt("--reduction", "how a series becomes one number"),
    opt("--arm", "the treatment of a finding (default: the best of those called better, else the baseline)"),
    opt("--name", "name of the module (default: the notebook's)"),
    opt("--output", "folder to write to (default: coimprove/ship/NAME)", type="path"),
    opt("--job", "ship the notebook as a papermill, cron and jupyter-scheduler job", type="flag"),
    opt("--dry-run", "only show the module; nothing is run or written", type="flag"),
    opt("--no-verify", "write it without trying whether it gives the notebook's number", type="flag"),
    opt("--seconds", "time limit of a run of the notebook (default: 900)", type="float"),
    opt("--kernel", "kernelspec to run in (default: the notebook's)"),
    *MODEL,
)  # fmt: skip
_MONITOR = (
    pos("folder", "the folder that a module was shipped into, or its notebook", type="path"),
    opt("--data", "a new table: CSV, TSV, JSON lines or Parquet", type="path"),
    opt("--metrics", "new values of the response: JSON, or a table with a column of its name", type="path"),
    opt("--frame", "the recorded table that --data is compared with"),
    *MODEL,
)  # fmt: skip

SHIP_VERBS: tuple[Verb, ...] = (
    Verb(
        name="ship", help="make a tested module of what a result needs", use_case="shipping:ship", options=_SHIP,
        group="Activities", decides=True, long=True,
    ),
    Verb(
        name="monitor", help="compare new data and metrics with what a shipped module was made for",
        use_case="monitoring:monitor", options=_MONITOR, group="Activities",
    ),
)  # fmt: skip
