"""Verbs of the conversation: to ask, what it cost, what was said."""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Verb, opt, pos

#: Who is asked, of everything that may ask a model.
MODEL = (
    opt(
        "--provider",
        "who is asked (default: as settled; `models` lists them)",
        short="-p",
        choices=("builtin", "anthropic", "local"),
    ),
    opt("--model", "which model, of `local` a GGUF file (default: as settled)", short="-m"),
)
TALK: tuple[Verb, ...] = (
    Verb(
        name="ask", help="ask in your own words; without a model: what can be computed about it", group="Conversation",
        use_case="talking:ask", long=True,
        options=(
            pos("text", "the question, in quotes"),
            opt("--notebook", "the notebook it is about (default: the one in front)", type="path", completes="notebook"),
            *MODEL,
            opt("--cells", "only these cells go along, as 3,5-7"),
            opt("--vars", "only these live variables go along, by commas"),
            opt("--preview", "also send what the preview of this proposal showed", completes="proposal"),
            opt("--no-context", "nothing of the notebook goes along", type="flag"),
            opt("--show-request", "show exactly what would be sent; send nothing", type="flag"),
            opt("--fresh", "ask again, though the same was answered before", type="flag"),
            opt("--instead-of", "an earlier message (`conversation` has its id) that this is said instead of: a branch goes on from there"),
        ),
    ),
    Verb(
        name="usage", help="tokens and cost of what was asked, by day and model", group="Conversation",
        use_case="spending:usage",
        options=(pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="conversation", help="what was said about a notebook, as Markdown", group="Conversation",
        use_case="retelling:conversation",
        options=(
            pos("notebook", "the notebook (default: the one in front)", completes="notebook", required=False, type="path"),
            opt("--output", "write it there", short="-o", type="path"),
            opt("--branch", "put the branch with this message in front first"),
        ),
    ),
    Verb(
        name="reset", help="forget the conversation about a notebook; the record stays", group="Conversation",
        use_case="retelling:reset",
        options=(
            pos("notebook", "the notebook (default: the one in front)", completes="notebook", required=False, type="path"),
        ),
    ),
)  # fmt: skip
