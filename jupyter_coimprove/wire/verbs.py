"""The one table of verbs: the command line, the magics and their help are made from it.

Standard library only, and no use case is imported before it is called, so that
``coimprove --help`` and ``%load_ext`` stay light.
"""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Option as Option
from jupyter_coimprove.wire.verb import Verb as Verb
from jupyter_coimprove.wire.verb import opt as _opt
from jupyter_coimprove.wire.verb import pos as _pos
from jupyter_coimprove.wire.verbs_activities import ACTIVITY_VERBS
from jupyter_coimprove.wire.verbs_bench import BENCH_VERBS
from jupyter_coimprove.wire.verbs_record import NB as _NB
from jupyter_coimprove.wire.verbs_record import RECORD_VERBS
from jupyter_coimprove.wire.verbs_record import WORKERS as _WORKERS
from jupyter_coimprove.wire.verbs_talk import MODEL as _MODEL
from jupyter_coimprove.wire.verbs_talk import TALK

_EXP = _pos("experiment", "an experiment (the beginning of its id is enough)", completes="experiment")
_CLUSTER = _opt(
    "--cluster", "run on the Dask cluster whose scheduler is there: tcp://HOST:8786", metavar="ADDRESS"
)
_TLS = _opt("--cluster-tls", "files for a tls:// cluster: authority, certificate, key", metavar="CA,CERT,KEY")
_SLOTS = _opt("--gpu-slots", "runs at a time on one GPU (default: 1)", type="int")
_WAIT = _opt("--wait", "stay until it is done, with a progress bar", type="flag")
_DETACH = _opt("--detach", "return at once; `status` shows how it goes", type="flag")
_REASON = _opt("--reason", "why, in one line; kept with the decision")
_DIGEST = _opt("--digest", "only while this is its digest, as it was shown")
_DESPITE = _opt(
    "--despite",
    "why it is right though it violates a value that must hold; kept with the decision",
    metavar="WHY",
)
_BULK = _opt("--bulk", "decided together with others, in one go (kept with the decision)", type="flag")
_RESPONSE = (
    _opt(
        "--response",
        short="-r",
        help="what is compared: a measured name, an expression, FILE:COLUMN, printed:REGEX or tensorboard:TAG",
    ),
    _opt("--direction", "which way is better", choices=("max", "min")),
    _opt(
        "--reduction",
        "what makes a series one number: last, first, mean, 'mean-last K', 'at K', 'at best SERIES [max|min]'",
    ),
    _opt("--items", "expression of a per-item score on a fixed test set"),
    _opt("--clusters", "expression of which test items belong together (patient, document)"),
)
_PLAN = (
    _opt(
        "--factor",
        "NAME=LEVEL[,LEVEL]: vary this; repeatable. What `candidates` does not name: CELL:LINE:\"CODE\"=LEVEL or "
        "FILE:LINE:\"CODE\" OPERATOR, with drop-term, drop-item, drop-statement or identity (a step passes its "
        "input on), as in 'models/net.py:14:\"x\" drop-term'",
        short="-f", type="list", metavar="NAME=LEVELS",
    ),
    _opt(
        "--drop", "NAME: an arm without this step, term, statement or list member (or CELL:LINE:\"CODE\"); repeatable",
        type="list", metavar="NAME",
    ),
    _opt("--question", "what you want to know", short="-q"),
    _opt("--because", "the card or finding that this is planned for; `trail` follows it", completes="any"),
    _opt(
        "--design", "how arms are made from factors",
        choices=(
            "one-at-a-time", "leave-one-out", "add-one-in", "both", "full-factorial", "fractional-factorial",
        ),
    ),
    _opt("--resolution", "of a fractional factorial: what is aliased with what", choices=("IV", "V")),
    _opt("--blocks", "how many blocks (paired repetitions)", short="-b", type="int"),
    _opt("--sequential", "run block by block until every treatment is decided; --blocks is the most", type="flag"),
    *_RESPONSE,
    _opt(
        "--also-response", "secondary, decides nothing: 'NAME[; min|max][; REDUCTION]', seconds, peak_mb; repeatable",
        type="list", metavar="RESPONSE",
    ),
    _opt("--secondary", "what secondary responses get: no verdict, or Holm over all", choices=("descriptive", "holm")),
    _opt("--smallest-effect", "smallest effect of interest, in units of the response", type="float"),
    _opt("--margin", "equivalence margin, in units of the response", type="float"),
    _opt("--multiplicity", "how several treatments are tested", choices=("holm", "fixed-sequence", "primary")),
    _opt("--test", "paired t, or exact sign-flip (no assumption of normal differences)", choices=("paired t", "sign-flip")),
    _opt("--primary", "the one treatment of a primary contrast", metavar="ARM"),
    _opt("--hypothesis", "'ARM > baseline', 'ARM < baseline', or 'ARM = baseline' within the margin"),
    _opt("--seeds", "which seed sites the blocks drive: all, none, names, or kinds (split, init, order)", default="all"),
    _opt("--no-seeding", "add no cell that seeds what the notebook leaves unseeded", type="flag"),
    _opt("--block-numbers", "hand-picked block numbers a,b,c (makes it exploratory)"),
    _opt("--exploratory", "register as exploratory", type="flag"),
    _opt("--reuse", "on the blocks of the last experiment; equal runs stand for new ones (post hoc)", type="flag"),
    _opt("--repeat", "control: the baseline again in every block", type="flag"),
    _opt("--reseed", "control: the baseline on fresh seeds; it must show no effect", type="flag"),
    _opt("--dummy", "control: a model that knows nothing in place of the notebook's", type="flag"),
    _opt("--pilot", "measure cost and spread first with this many baseline runs", type="int"),
    _opt("--run-seconds", "wall limit of one run, in seconds", type="float"),
    _opt("--keep-mb", "of the files one run writes, keep so much (default: 1024; larger ones are named)", type="float"),
    _opt("--disk-mb", "what all runs together may keep on the disk", type="float"),
    _opt("--kernel", "kernelspec to run in (default: the notebook's)"),
)  # fmt: skip

#: How results that exist already are understood.
_RESULTS = (
    _opt("--baseline", "the treatment the others are compared with"),
    _opt("--treatment", "column or parameter that is the treatment (several by commas)"),
    _opt("--block", "column or parameter that is the block (seed, split, fold)"),
    _opt("--block-kind", "what the blocks drew anew", choices=("split", "folds", "init", "order", "unknown")),
    _opt("--split-ratio", "blocks are repeated splits: their n_test / n_train", type="float"),
    _opt("--response", "column or metric of the response", short="-r"),
    _opt("--direction", "which way is better", choices=("max", "min")),
    _opt("--reduction", "what makes a series one number: last, mean, 'mean-last K', 'at K', 'at best SERIES'"),
    _opt("--part", "the experiment or study, where a source holds several"),
    _opt("--margin", "equivalence margin, in units of the response", type="float"),
)  # fmt: skip

VERBS: tuple[Verb, ...] = (
    Verb(
        name="candidates", group="Experiments",
        help="what could be varied in a notebook, and what it measures",
        use_case="planning:candidates", options=(_NB, _opt("--all", "also the unlikely ones", type="flag")),
    ),
    Verb(
        name="plan", help="plan an ablation: arms, blocks, response, power and cost",
        use_case="planning:plan", options=(_NB, *_PLAN, *_MODEL), long=True,
    ),
    Verb(
        name="predict", help="rank the arms, best first, before any result is seen; chances and quantiles too", decides=True,
        use_case="predicting:predict",
        options=(
            _EXP, _pos("ranking", "arms, best first, as 'a > b > baseline'", required=True),
            _opt("--chance", "'P(ARM>baseline)=0.8' or 'ARM=80%' (better); repeatable", type="list", metavar="ARM=P"),
            _opt(
                "--quantiles", "'ARM=10%:X,50%:X,90%:X' of its effect; repeatable", type="list", metavar="ARM=Q:X,..",
            ),
            _DIGEST,
        ),
    ),
    Verb(
        name="skill", help="how predictions did so far, by forecaster, and people and AI on shared items",
        group="Evidence", use_case="skill:skill",
        options=(_pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="pilot", help="measure cost and spread of a draft's baseline, blinded: no effect, no level",
        use_case="noising:pilot", decides=True, long=True,
        options=(_EXP, _opt("--blocks", "how many baseline runs", short="-b", type="int", default=5), _WORKERS),
    ),
    Verb(
        name="run", help="accept a plan as it stands and run it (or resume it)", decides=True, long=True,
        use_case="running:run",
        options=(
            _EXP, _WORKERS, _SLOTS, _WAIT, _DETACH,
            _opt(
                "--engine",
                "shared (default on Linux): cells that runs have in common are executed once; papermill: every run whole; dask: on a cluster",
                choices=("papermill", "shared", "dask"),
            ),
            _opt("--verify", "so many runs that shared cells are repeated whole, and compared", type="int"),
            _CLUSTER, _TLS, _DESPITE,
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
        options=(
            _EXP, _WORKERS, _SLOTS, _WAIT, _DETACH,
            _opt("--order", "arms to run first in every block, as 'a > b' (recorded as a deviation)", metavar="ARMS"),
            _CLUSTER, _TLS,
        ),
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
            _pos("table", "a table of block x treatment (CSV, TSV, JSON, JSONL, parquet), or a tracker's runs: mlruns/, mlflow.db, a W&B export, wandb/, TensorBoard's folder, an Optuna study", type="path"),
            *_RESULTS,
            _opt("--task", "column that names the task (data set, environment): each stands by itself"),
            _opt("--multiplicity", "how several treatments are tested", choices=("holm", "fixed-sequence", "primary")),
            _opt("--plot", "write the effects plot there (.svg, .png, .json)", type="path"),
        ),
    ),
    Verb(
        name="import", help="keep results that exist already as post hoc evidence about a notebook", group="Evidence",
        use_case="importing:import_results",
        options=(
            _pos("source", "what `compare` takes", type="path"),
            _opt("--notebook", "the notebook that the results are about", type="path", completes="notebook"),
            *_RESULTS, _opt("--question", "what you want to know", short="-q"),
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
            _opt("--split-ratio", "blocks are repeated splits: their n_test / n_train (tables)", type="float"),
            _opt("--kernel", "kernelspec to run in (default: the notebook's)"),
            _WORKERS,
        ),
    ),
    Verb(
        name="check", group="Evidence", use_case="checking:check", decides=True, long=True,
        help="validity and leakage: findings with cell and fix (exit code 4 when some stand)",
        options=(
            _NB, _opt("--probe", "also run it: count rows in both parts, shuffle the labels (several runs, each in its own view)", type="flag"),
            _opt("--response", "with --probe: the score that must fall to chance (default: the likeliest)", short="-r"),
            _opt("--direction", "with --probe: which way is better", choices=("max", "min")),
            _opt("--seconds", "with --probe: time limit of all its runs (default: 900)", type="float"),
            _opt("--kernel", "with --probe: kernelspec to run in (default: the notebook's)"),
            _WORKERS,
            _opt("--all", "also the unsure ones and those judged not a problem", type="flag"),
            _opt("--ok", "this finding (its id or number) is not a problem; stays so until its code changes", metavar="ID"),
            _REASON,
        ),
    ),
    Verb(
        name="replicate", help="register a finding's experiment again, on fresh blocks", group="Evidence",
        use_case="planning:replicate",
        options=(_pos("finding", "a finding", completes="finding"), _opt("--blocks", "how many blocks", short="-b", type="int")),
    ),
    Verb(
        name="fix", group="Decisions", use_case="fixing:fix", decides=True, long=True,
        help="what an error in a cell means, and a repair that waits for you; by rules, and a model where they have none",
        options=(
            _pos("notebook", "the notebook (default, in a kernel: this one)", completes="notebook", required=False, type="path"),
            _opt("--cell", "the cell that failed, by number or id (default: the last error)"),
            _opt("--verify", "also try it: run the cells down to this one in a fresh kernel, in their own view", type="flag"),
            _opt("--seconds", "with --verify: time limit of that run (default: 600)", type="float"),
            _opt("--kernel", "kernelspec to ask and run in (default: the notebook's)"), *_MODEL,
        ),
    ),
    Verb(
        name="propose", help="propose cells: a JSON list of edits, which wait for a decision", group="Decisions",
        use_case="proposing:from_json",
        options=(
            _NB, _opt("--file", "where the JSON is (- reads standard input)", type="path"),
            _opt("--edits", 'the JSON itself: [{"kind": "insert|replace|delete", "cell": ID or N, "source": TEXT}, ..]'),
            _opt("--why", "why, in a few words"), _opt("--expected", "what it should do"),
            _opt("--supersedes", "an older proposal that this one takes the place of", completes="proposal"),
        ),
    ),
    Verb(
        name="review", help="what waits for a decision", group="Decisions", use_case="deciding:review",
        options=(_pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="show", help="one thing whole: a plan with its diffs, a run, a finding", group="Decisions",
        use_case="showing:show",
        options=(
            _pos("id", "its id, or the beginning of it", completes="any"),
            _pos("other", "another run, to see the two beside each other", completes="any", required=False),
            _opt("--three-way", "what it stood on, what it proposes, what the notebook says now", type="flag"),
        ),
    ),
    Verb(
        name="preview", group="Decisions", use_case="previewing:preview", decides=True, long=True,
        help="run proposed code in a locked copy of its live kernel: its output, and nothing is changed",
        options=(
            _pos("id", "a proposal of code", completes="proposal"),
            _opt("--seconds", "time limit (default: 10)", type="float"), _DIGEST,
        ),
    ),
    Verb(
        name="accept", help="accept a plan (registers it), a finding or proposed cells (into the notebook)",
        group="Decisions", use_case="deciding:accept", decides=True, long=True,
        options=(
            _pos("id", "a plan, a finding or a proposal", completes="proposal"), _REASON,
            _opt("--run", "of a plan: run it at once", type="flag"), _WORKERS, _WAIT, _DIGEST,
            _opt("--unbacked", "accept though a number in it resolves to no run", type="flag"), _BULK, _DESPITE,
        ),
    ),
    Verb(
        name="edit", help="change a plan, or accept a finding or proposed cells as you leave them", group="Decisions",
        use_case="deciding:edit", decides=True,
        options=(
            _pos("id", "a plan, a finding or a proposal", completes="proposal"),
            _opt("--text", "the new text of a finding, or of the one cell proposed (accepts it as edited)"),
            _opt("--file", "take the new text (or plan.toml) from this file", type="path"),
            _opt(
                "--set", "KEY=VALUE in plan.toml, VALUE in JSON or a word; no VALUE takes the entry out; repeatable. "
                "Of a proposal N=SOURCE: the new source of its N-th change",
                type="list", metavar="KEY=VALUE",
            ), _DIGEST, _REASON,
            _opt("--unbacked", "accept though a number in it resolves to no run", type="flag"), _DESPITE,
        ),
    ),
    Verb(
        name="reject", help="reject it, with a reason", group="Decisions", use_case="deciding:reject", decides=True,
        options=(_pos("id", "a plan, a finding or a proposal", completes="proposal"), _REASON, _BULK),
    ),
    Verb(
        name="defer", help="decide later", group="Decisions", use_case="deciding:defer", decides=True,
        options=(_pos("id", "a plan, a finding or a proposal", completes="proposal"), _REASON, _BULK),
    ),
    Verb(
        name="undo", help="take a decision back; the notebook gets its bytes back", group="Decisions",
        use_case="deciding:undo", decides=True, options=(_pos("id", "what was decided", completes="any"), _REASON),
    ),
    Verb(
        name="trail", help="who decided what, when and why; of one thing also what led to it and what came of it", group="Decisions", use_case="trailing:trail",
        options=(
            _pos("subject", "only on this card, plan, finding or proposal", completes="any", required=False),
            _opt("--last", "how many", type="int", default=200),
        ),
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
            _opt("--format", "of the file; tex and pdf need pandoc and TeX", choices=("md", "html", "ipynb", "tex", "pdf"), default="md"),
            _opt("--output", "where to (default: coimprove/reports/)", short="-o", type="path"),
            _opt("--title", "its title"),
        ),
    ),
    *ACTIVITY_VERBS,
    *BENCH_VERBS,
    *TALK,
    *RECORD_VERBS,
)  # fmt: skip

BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}
#: Options every verb has.
COMMON: tuple[Option, ...] = (
    _opt("--root", "the project's folder (default: found from the notebook)", type="path"),
    _opt("--json", "the answer as JSON", type="flag"),
)
