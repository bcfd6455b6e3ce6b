"""The verb that measures the collaboration itself."""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Verb, opt

BENCH_VERBS: tuple[Verb, ...] = (
    Verb(
        name="bench", group="Activities", use_case="cobench:cobench", decides=True, long=True,
        help="CoBench: how well the built-in collaborator or a model does research with a person; changes of it, measured",
        options=(
            opt("--arm", "who answers: rules, always-pass, always-fail, random, replay, anthropic, local; repeatable (default: rules)", type="list"),
            opt("--family", "only this family; repeatable", type="list"),
            opt("--draws", "draws a family (default: 5, the smoke set; for changes 10)", type="int"),
            opt("--whole", "20 draws a family", type="flag"),
            opt("--salt", "private seeds: any text that nobody else knows", metavar="TEXT"),
            opt("--team", "also the scripted person alone, and both together", type="flag"),
            opt("--answers", "keep answers in this file (JSON lines) as they come, and do not ask again what is in it", type="path"),
            opt("--output", "write the report (JSON) here, every item in it", short="-o", type="path"),
            opt("--families", "list the families", type="flag"),
            opt("--change", "NAME=VALUE: measure this change of the playbook on public seeds, and propose it", metavar="NAME=VALUE"),
            opt("--settle", "measure this accepted change on private seeds: in force, undecided, or refused (exit code 4)", metavar="ID"),
            opt("--model", "the model of a model's arm", short="-m"),
        ),
    ),
)  # fmt: skip
