"""From words to a call: one parser for every door, made from the table of verbs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.wire.verbs import BY_NAME, COMMON, VERBS, Option, Verb


@dataclass(frozen=True, kw_only=True)
class Call:
    """A verb with its arguments; ``json`` and ``root`` are the options every verb has."""

    verb: Verb
    arguments: dict[str, Any] = field(default_factory=dict)
    json: bool = False
    root: str | None = None


class HelpWanted(Exception):
    """Help was asked for; ``text`` is it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, remedy=f"`{self.prog} --help` lists its options")


_TYPES: dict[str, type] = {"int": int, "float": float}


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if not option.flag:
        kwargs: dict[str, Any] = {"help": option.help.replace("%", "%%")}
        if not option.required:
            kwargs["nargs"] = "?"
        parser.add_argument(option.name, **kwargs)
        return
    names = [option.short, option.flag] if option.short else [option.flag]
    if option.type == "flag":
        parser.add_argument(
            *names, action="store_true", help=option.help.replace("%", "%%"), dest=option.name
        )
        return
    kwargs = {"help": option.help.replace("%", "%%"), "dest": option.name, "default": option.default}
    if option.choices:
        kwargs["choices"] = option.choices
    if option.type in _TYPES:
        kwargs["type"] = _TYPES[option.type]
    if option.type == "list":
        kwargs["action"] = "append"
        kwargs["default"] = []
    if option.metavar:
        kwargs["metavar"] = option.metavar
    parser.add_argument(*names, **kwargs)


def parser_for(verb: Verb, prog: str) -> argparse.ArgumentParser:
    """The parser of one verb; ``prog`` is ``coimprove`` or ``%coai``."""
    parser = _Parser(
        prog=f"{prog} {verb.name}", description=verb.help, add_help=False, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    for option in (*verb.options, *COMMON):
        _add(parser, option)
    parser.add_argument("-h", "--help", action="store_true", help="this text")
    return parser


def overview(prog: str) -> str:
    """The help over all verbs, by group."""
    lines = [
        f"usage: {prog} VERB …",
        "",
        "The lab notebook in which people and an AI do research together.",
        "The AI proposes, you decide; nothing runs and no file changes before that.",
    ]
    groups: dict[str, list[Verb]] = {}
    for verb in VERBS:
        groups.setdefault(verb.group, []).append(verb)
    for group, verbs in groups.items():
        lines += ["", f"{group}:"]
        lines += [f"  {verb.name:<11} {verb.help}" for verb in verbs]
    lines += [
        "",
        f"`{prog} VERB --help` shows a verb's options; every verb takes --json and --root DIR.",
        "Exit codes: 0 done, 1 failed, 2 usage, 3 nothing to do, 4 `check` found something.",
    ]
    return "\n".join(lines) + "\n"


def parse(words: Sequence[str], *, prog: str = "coimprove") -> Call:
    """The call these words make. Raises UsageError, UnknownName or HelpWanted."""
    if not words or words[0] in ("-h", "--help", "help"):
        if len(words) > 1 and words[0] == "help" and words[1] in BY_NAME:
            raise HelpWanted(parser_for(BY_NAME[words[1]], prog).format_help())
        raise HelpWanted(overview(prog))
    if words[0] in ("-V", "--version"):
        words = ["version", *words[1:]]
    verb = BY_NAME.get(words[0])
    if verb is None:
        raise UnknownName("verb", words[0], BY_NAME, remedy=f"`{prog} --help` lists them")
    parser = parser_for(verb, prog)
    if any(word in ("-h", "--help") for word in words[1:]):
        raise HelpWanted(parser.format_help())
    found = vars(parser.parse_args(list(words[1:])))
    found.pop("help")
    json, root = found.pop("json"), found.pop("root")
    return Call(verb=verb, arguments=found, json=json, root=root)
