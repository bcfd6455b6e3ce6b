"""The one table of verbs: the command line, the magics and their help are made from it.

Standard library only, and no use case is imported before it is called, so that
``coimprove --help`` and ``%load_ext`` stay light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OptionType = Literal["str", "int", "float", "flag", "path", "list"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """One argument. Positional when ``flag`` is empty; ``list`` may be given several times."""

    name: str
    help: str
    flag: str = ""
    short: str = ""
    type: OptionType = "str"
    default: str | int | float | bool | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    metavar: str = ""
    completes: Literal["", "notebook", "experiment", "proposal", "finding", "any"] = ""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One thing that can be asked for. ``use_case`` is ``module:function`` in the workbench;
    its keyword arguments are the options' names. ``group`` orders the help."""

    name: str
    help: str
    use_case: str
    options: tuple[Option, ...] = ()
    group: str = "Experiments"
    decides: bool = False
    long: bool = False


def _pos(
    name: str, help: str, *, completes: str = "", required: bool = True, type: OptionType = "str"
) -> Option:
    return Option(name=name, help=help, required=required, completes=completes, type=type)  # type: ignore[arg-type]


def _opt(flag: str, help: str, *, type: OptionType = "str", short: str = "", **more: object) -> Option:
    name = flag.lstrip("-").replace("-", "_")
    return Option(name=name, flag=flag, help=help, type=type, short=short, **more)  # type: ignore[arg-type]


_NB = _pos("notebook", "the notebook", completes="notebook", type="path")
_EXP = _pos("experiment", "an experiment (the beginning of its id is enough)", completes="experiment")
_WORKERS = _opt("--workers", "runs at a time (default: half the cores, at least one)", type="int", short="-j")
_WAIT = _opt("--wait", "stay until it is done, with a progress bar", type="flag")
_DETACH = _opt("--detach", "return at once; `status` shows how it goes", type="flag")
_REASON = _opt("--reason", "why, in one line; kept with the decision")
_RESPONSE = (
    _opt("--response", "what is compared: a measured name or an expression", short="-r"),
    _opt("--direction", "which way is better", choices=("max", "min")),
    _opt("--reduction", "what makes a series one number", choices=("last", "max", "min", "mean")),
    _opt("--items", "expression of a per-item score on a fixed test set"),
)
_PLAN = (
    _opt("--factor", "NAME=LEVEL[,LEVEL]: vary this; repeatable", short="-f", type="list", metavar="NAME=LEVELS"),
    _opt("--drop", "NAME: an arm without this list member; repeatable", type="list", metavar="NAME"),
    _opt("--question", "what you want to know", short="-q"),
    _opt(
        "--design", "how arms are made from factors",
        choices=("one-at-a-time", "leave-one-out", "full-factorial"),
    ),
    _opt("--blocks", "how many blocks (paired repetitions)", short="-b", type="int"),
    *_RESPONSE,
    _opt("--smallest-effect", "smallest effect of interest, in units of the response", type="float"),
    _opt("--margin", "equivalence margin, in units of the response", type="float"),
    _opt("--multiplicity", "how several treatments are tested", choices=("holm", "fixed-sequence", "primary")),
    _opt("--primary", "the one treatment of a primary contrast", metavar="ARM"),
    _opt("--hypothesis", "a directional hypothesis, as 'ARM > baseline'"),
    _opt("--seeds", "which seed sites the blocks drive: all, none, or names", default="all"),
    _opt("--block-numbers", "hand-picked block numbers a,b,c (makes it exploratory)"),
    _opt("--exploratory", "register as exploratory", type="flag"),
    _opt("--reuse", "on the blocks of the last experiment; equal runs stand for new ones (post hoc)", type="flag"),
    _opt("--pilot", "measure cost and spread first with this many baseline runs", type="int"),
    _opt("--run-seconds", "wall limit of one run, in seconds", type="float"),
    _opt("--kernel", "kernelspec to run in (default: the notebook's)"),
)  # fmt: skip

VERBS: tuple[Verb, ...] = (
    Verb(
        name="candidates", group="Experiments",
        help="what could be varied in a notebook, and what it measures",
        use_case="planning:candidates", options=(_NB, _opt("--all", "also the unlikely ones", type="flag")),
    ),
    Verb(
        name="plan", help="plan an ablation: arms, blocks, response, power and cost",
        use_case="planning:plan", options=(_NB, *_PLAN), long=True,
    ),
    Verb(
        name="predict", help="rank the arms, best first, before any result is seen", decides=True,
        use_case="predicting:predict",
        options=(_EXP, _pos("ranking", "arms, best first, as 'a > b > baseline'", required=True),),
    ),
    Verb(
        name="run", help="accept a plan as it stands and run it (or resume it)", decides=True, long=True,
        use_case="running:run",
        options=(
            _EXP, _WORKERS, _WAIT, _DETACH,
            _opt("--engine", "what executes the runs", choices=("papermill",), default="papermill"),
        ),
    ),
    Verb(
        name="status", help="experiments and their runs, live", use_case="watching:status", long=True,
        options=(
            _pos("experiment", "one experiment (default: all)", completes="experiment", required=False),
            _opt("--follow", "stay and follow until it ends", type="flag"),
        ),
    ),
    Verb(name="pause", help="start no further runs", use_case="running:pause", options=(_EXP,), decides=True),
    Verb(
        name="resume", help="go on with what is left", use_case="running:resume", decides=True, long=True,
        options=(_EXP, _WORKERS, _WAIT, _DETACH),
    ),
    Verb(
        name="cancel", help="stop an experiment, one of its arms, or a run", use_case="running:cancel",
        decides=True,
        options=(
            _pos("target", "an experiment or a run", completes="experiment"),
            _opt("--arm", "only this arm (recorded as a deviation)"), _REASON,
        ),
    ),
    Verb(
        name="results", help="effects with intervals and verdicts, and the finding", group="Evidence",
        use_case="reading_results:results",
        options=(
            _EXP, _opt("--peek", "look before it is complete (recorded)", type="flag"),
            _opt("--plot", "write the effects plot there (.svg, .png, .json)", type="path"),
        ),
    ),
    Verb(
        name="compare", help="the same rules for a table of results that exists already", group="Evidence",
        use_case="comparing:compare",
        options=(
            _pos("table", "CSV, TSV, JSON or JSONL of block x treatment", type="path"),
            _opt("--baseline", "the treatment the others are compared with"),
            _opt("--treatment", "column that names the treatment"),
            _opt("--block", "column that names the block (seed, split, fold)"),
            _opt("--response", "column of the response", short="-r"),
            _opt("--direction", "which way is better", choices=("max", "min")),
            _opt("--margin", "equivalence margin, in units of the response", type="float"),
            _opt("--multiplicity", "how several treatments are tested", choices=("holm", "fixed-sequence", "primary")),
            _opt("--plot", "write the effects plot there (.svg, .png, .json)", type="path"),
        ),
    ),
    Verb(
        name="noise", help="the baseline's spread: what it can show and what it cannot", group="Evidence",
        use_case="noising:noise", long=True, decides=True,
        options=(
            _pos("source", "a notebook (runs its baseline), a table, or an experiment", completes="notebook", type="path"),
            _opt("--blocks", "how many baseline runs", short="-b", type="int", default=5),
            *_RESPONSE[:3],
            _opt("--claim", "a difference somebody claims; repeatable", type="list"),
            _opt("--treatment", "column that names the treatment (tables)"),
            _opt("--block", "column that names the block (tables)"),
            _opt("--baseline", "the treatment to look at (tables)"),
            _opt("--kernel", "kernelspec to run in (default: the notebook's)"),
            _WORKERS,
        ),
    ),
    Verb(
        name="replicate", help="register a finding's experiment again, on fresh blocks", group="Evidence",
        use_case="planning:replicate",
        options=(_pos("finding", "a finding", completes="finding"), _opt("--blocks", "how many blocks", short="-b", type="int")),
    ),
    Verb(
        name="review", help="what waits for a decision", group="Decisions", use_case="deciding:review",
        options=(_pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="show", help="one thing whole: a plan with its diffs, a run, a finding", group="Decisions",
        use_case="showing:show", options=(_pos("id", "its id, or the beginning of it", completes="any"),),
    ),
    Verb(
        name="accept", help="accept a plan (registers it) or a finding (into the notebook)", group="Decisions",
        use_case="deciding:accept", decides=True, long=True,
        options=(
            _pos("id", "a plan or a finding", completes="proposal"), _REASON,
            _opt("--run", "of a plan: run it at once", type="flag"), _WORKERS, _WAIT,
            _opt("--unbacked", "accept though a number in it resolves to no run", type="flag"),
        ),
    ),
    Verb(
        name="edit", help="change a plan or a finding in your own words, then decide", group="Decisions",
        use_case="deciding:edit", decides=True,
        options=(
            _pos("id", "a plan or a finding", completes="proposal"),
            _opt("--text", "the new text of a finding (accepts it as edited)"),
            _opt("--file", "take the new text (or plan.toml) from this file", type="path"),
            _opt("--set", "KEY=VALUE in plan.toml; repeatable", type="list", metavar="KEY=VALUE"), _REASON,
            _opt("--unbacked", "accept though a number in it resolves to no run", type="flag"),
        ),
    ),
    Verb(
        name="reject", help="reject it, with a reason", group="Decisions", use_case="deciding:reject", decides=True,
        options=(_pos("id", "a plan or a finding", completes="proposal"), _REASON),
    ),
    Verb(
        name="defer", help="decide later", group="Decisions", use_case="deciding:defer", decides=True,
        options=(_pos("id", "a plan or a finding", completes="proposal"), _REASON),
    ),
    Verb(
        name="undo", help="take a decision back; the notebook gets its bytes back", group="Decisions",
        use_case="deciding:undo", decides=True, options=(_pos("id", "what was decided", completes="any"), _REASON),
    ),
    Verb(
        name="apply", help="carry out accepted edits that still wait for the notebook", group="Decisions",
        use_case="applying:apply", decides=True,
        options=(_pos("notebook", "only this notebook", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="report", help="the write-up, from accepted findings only", group="Evidence",
        use_case="reporting:report",
        options=(
            _pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),
            _opt("--format", "md or html", choices=("md", "html"), default="md"),
            _opt("--output", "where to (default: coimprove/reports/)", short="-o", type="path"),
            _opt("--title", "its title"),
        ),
    ),
    Verb(
        name="init", help="make this folder (or its git root) a project", group="Record",
        use_case="keeping:init", options=(_pos("folder", "the folder (default: here)", required=False, type="path"),),
    ),
    Verb(
        name="verify", help="check the journal's chain and signatures", group="Record",
        use_case="keeping:verify", options=(),
    ),
    Verb(
        name="gc", help="remove artifacts of old runs; records stay", group="Record", use_case="keeping:gc",
        decides=True,
        options=(
            _opt("--keep", "how many of the newest runs keep their artifacts", type="int", default=200),
            _opt("--yes", "really remove (otherwise it only says what it would)", type="flag"),
        ),
    ),
    Verb(name="doctor", help="what works here, and what to do about the rest", group="Record", use_case="keeping:doctor"),
    Verb(
        name="demo", help="the whole way on the example: plan, runs, finding, report", group="Record", long=True,
        decides=True, use_case="demonstrating:demo",
        options=(
            _pos("folder", "where to (default: a new folder here)", required=False, type="path"),
            _opt("--blocks", "how many blocks", short="-b", type="int", default=8), _WORKERS,
        ),
    ),
    Verb(name="version", help="versions of this and of what it stands on", group="Record", use_case="keeping:version"),
)  # fmt: skip

BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}
#: Options every verb has.
COMMON: tuple[Option, ...] = (
    _opt("--root", "the project's folder (default: found from the notebook)", type="path"),
    _opt("--json", "the answer as JSON", type="flag"),
)
