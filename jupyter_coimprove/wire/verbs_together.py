"""Verbs by which people, and people and a model, think together: ideas, values, debate, what was learnt."""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Option, Verb, opt, pos
from jupyter_coimprove.wire.verbs_record import NB
from jupyter_coimprove.wire.verbs_talk import MODEL

TOGETHER_VERBS: tuple[Verb, ...] = (
    Verb(
        name="ideas", group="Activities", use_case="ideas:ideas", decides=True, long=True,
        help="what to try next, how far from what was tried or rejected, one against the current belief; ranked by you in pairs",
        options=(
            NB, opt("--prefer", "this idea is better ...", metavar="ID"), opt("--over", "... than this one; kept, and ranks them", metavar="ID"),
            opt("--tie", "with --prefer and --over: neither is better", type="flag"),
            opt("--add", "your own idea, in a sentence; it stands among the others", metavar="TEXT"),
            opt("--most", "how many are shown at most", type="int", default=8),
            *MODEL,
        ),
    ),
    Verb(
        name="debate", group="Activities", use_case="debating:debate", decides=True, long=True,
        help="a question that people, and a model in roles, answer blind first; agreement map, consensus with dissent, actions",
        options=(
            pos("debate", "a debate, by its id or `last` (default: list them)", completes="any", required=False),
            opt("--open", "open this question", metavar="QUESTION"),
            opt("--option", "with --open: something to choose; at least two", type="list", metavar="TEXT"),
            opt("--claim", "with --open: something to be for or against; repeatable", type="list", metavar="TEXT"),
            opt("--about", "with --open: what it rests on (finding, run, card); repeatable", type="list", metavar="ID"),
            opt("--notebook", "with --open: the notebook that it is about", completes="notebook", type="path"),
            opt("--choose", "your position: an option, its number, or unsure; sealed until it is revealed", metavar="OPTION"),
            opt("--stand", "CLAIM=for, against or unsure (a claim's number or words); repeatable", type="list", metavar="CLAIM=STAND"),
            opt("--because", "why: your position in your words", metavar="TEXT"),
            opt("--cite", "evidence: a finding, run, card or position; repeatable", type="list", metavar="ID"),
            opt("--action", "what you want done; it becomes a proposal", metavar="TEXT"),
            opt("--hold", "after the reveal: stay with your position (with --because)", type="flag"),
            opt("--role", "ask the model for a position in this role, blind as well: advocate, sceptic, methodologist, practitioner; repeatable", type="list", metavar="ROLE"),
            opt("--reveal", "publish what is sealed here; the blind round is over", type="flag"),
            opt("--close", "take nothing more; consensus and actions become cards", type="flag"),
            opt("--settle", "a TOML or JSON file of options and of what each member needs and wishes: the plan that breaks nobody's needs, or who cannot be met together", type="path", metavar="FILE"),
            *MODEL,
        ),
    ),
    Verb(
        name="learn", group="Activities", use_case="learning:learn", decides=True,
        help="lessons from decisions that repeat, figures of both sides, what is new; training data from verified decisions",
        options=(
            pos("notebook", "only of this notebook", completes="notebook", required=False, type="path"),
            opt("--since", "what is new since this date (default: since you last looked)", metavar="DATE"),
            opt("--table", "also the six ways to improve, each with its module, figure and tests", type="flag"),
            opt("--add", "your own lesson, in a sentence; it is gone by at once", metavar="TEXT"),
            opt("--export", "write verified decisions as training data to FILE.jsonl, with a data card beside it", type="path", metavar="FILE"),
            opt("--format", "of the training data (default: sft)", choices=("sft", "kto", "dpo")),
            opt("--licence", "what others may do with the training data; said in its card"),
            *MODEL,
        ),
    ),
    Verb(
        name="view", group="Decisions", use_case="first_views:view", decides=True,
        help="your own view of what a model proposes, before you see its reasons; asked for on a share of items",
        options=(
            pos("id", "the proposal, finding or card", completes="proposal"),
            Option(name="said", help="yes: you would have it; or no", required=True, choices=("yes", "no")),
        ),
    ),
    Verb(
        name="tour", group="Activities", use_case="touring:tour", long=True,
        help="through the twelve activities: what each does, sees in this notebook now and has on record; nothing runs",
        options=(pos("notebook", "the notebook (default: the one in front, else the example)", completes="notebook", required=False, type="path"),),
    ),
    Verb(
        name="values", group="Activities", use_case="values:values", decides=True, long=True,
        help="what you hold to, with checks that run: what violates it, and its red-team set (exit code 4 when some must stands)",
        options=(
            pos("notebook", "hold this notebook, its proposals, plans and report against them", completes="notebook", required=False, type="path"),
            opt("--init", "write values to begin with, to edit and accept", type="flag"),
            opt("--red-team", "run all cases: what is caught, false alarms", type="flag"),
            opt("--amend", "propose the text of this file in place of what is in force", type="path", metavar="FILE"),
            opt("--why", "with --amend: why, in a few words"),
            *MODEL,
        ),
    ),
)  # fmt: skip
