"""Verbs of the activities that have one of their own (activities/table.py).

Each has the model's two options: without a model an activity computes, with one it is also told in words.
"""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Verb, opt
from jupyter_coimprove.wire.verbs_record import NB
from jupyter_coimprove.wire.verbs_shipping import SHIP_VERBS
from jupyter_coimprove.wire.verbs_talk import MODEL
from jupyter_coimprove.wire.verbs_together import TOGETHER_VERBS

SECONDS = opt("--seconds", "time limit of a run of the notebook (default: 900)", type="float")
KERNEL = opt("--kernel", "kernelspec to run in (default: the notebook's)")

ACTIVITY_VERBS: tuple[Verb, ...] = (
    Verb(
        name="share", group="Activities", use_case="bundling:share", decides=True,
        help="notebook, plan, runs, environment, findings and decisions as one file that a stranger can run again",
        options=(
            NB, opt("--output", "where to (default: coimprove/reports/NAME.crate.zip)", short="-o", type="path"),
            opt("--withhold", "GLOB=WHY: leave these files out, and say why in the bundle; repeatable", type="list", metavar="GLOB=WHY"),
            opt("--max-mb", "withhold larger files (default: 100)", type="float"),
            opt("--licence", "what others may do with it, as an address or a name"),
            *MODEL,
        ),
    ),
    Verb(
        name="systems", group="Activities", use_case="systems:systems", decides=True, long=True,
        help="what cells cost, hidden state, environment; run again: does it give its outputs? what is faster?",
        options=(
            NB,
            opt("--rerun", "restart and run all in a fresh kernel, and compare (exit code 4: not reproducible)", type="flag"),
            opt("--speed", "try what may be faster: each is run beside the original, and offered when its outputs are equal", type="flag"),
            opt("--lock", "write the environment to this file (a requirements file)", type="path"),
            opt("--pairs", "runs of the original and of a change that a speed-up is measured by (default: 3)", type="int", default=3),
            SECONDS, KERNEL, *MODEL,
        ),
    ),
    *SHIP_VERBS,
    *TOGETHER_VERBS,
    Verb(
        name="problem", group="Activities", use_case="problems:problem", decides=True, long=True,
        help="what is worth working on: errors, curves, dummies, claims against noise, open ends, references; ranked cards",
        options=(
            NB, opt("--run", "also run it, and look for slices it does worse on", type="flag"),
            opt("--add", "your own problem, in a sentence; it stands among the others", metavar="TEXT"),
            SECONDS, KERNEL, *MODEL,
        ),
    ),
    Verb(
        name="benchmark", group="Activities", use_case="benchmarking:benchmark", decides=True, long=True,
        help="is the notebook's score a benchmark? split, noise floor, what it tells apart; with --run balance, copies, floor",
        options=(
            NB, opt("--goal", "what a better score is to mean; kept"), opt("--matters", "the smallest difference that matters; kept", type="float"),
            opt("--must", "what it must not do without; kept; repeatable", type="list", metavar="TEXT"),
            opt("--run", "also run it, look at its test items, and propose a cell that states the benchmark", type="flag"),
            opt("--probe", "also count rows in both parts and shuffle the labels (several runs)", type="flag"),
            opt("--metrics", "also run each function that says it is a known metric beside its definition, on made-up cases: is it that?", type="flag"),
            opt("--truth", "with --run: expression of the test labels (default: found by the code)", metavar="EXPR"),
            opt("--predicted", "with --run: expression of the predictions", metavar="EXPR"),
            opt("--features", "with --run: expression of the test features", metavar="EXPR"),
            opt("--response", "the score (default: the likeliest)", short="-r"),
            SECONDS, KERNEL, *MODEL,
        ),
    ),
    Verb(
        name="errors", group="Activities", use_case="erring:errors", decides=True, long=True,
        help="where a notebook's model is wrong: slices with intervals, confusion, calibration, cases (runs the notebook)",
        options=(
            NB, opt("--truth", "expression of the test labels (default: found by the code)", metavar="EXPR"),
            opt("--predicted", "expression of the predictions", metavar="EXPR"),
            opt("--features", "expression of the test features: a table, an array, texts", metavar="EXPR"),
            opt("--loss", "expression of one loss an item (default: wrong or not; of numbers the absolute error)", metavar="EXPR"),
            opt("--slices", "how many slices at most", type="int", default=5),
            opt("--tag", "ITEM=WORD: your word for a case; kept; repeatable", type="list", metavar="ITEM=WORD"),
            opt("--experiment", "also its arms against the baseline, item by item", completes="experiment"),
            opt("--arm", "with --experiment: this arm (default: the first three)"),
            SECONDS, KERNEL, *MODEL,
        ),
    ),
)  # fmt: skip
