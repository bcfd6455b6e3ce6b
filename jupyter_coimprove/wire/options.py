"""The table of verbs as a front end is told it: for palettes and completion, which do not need it at once."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.wire.verbs import VERBS, Option


def table() -> dict[str, dict[str, Any]]:
    """Verb -> ``Verb`` of the TypeScript, its options in their order."""
    return {
        verb.name: {
            "help": verb.help, "group": verb.group, "decides": verb.decides, "long": verb.long,
            "options": [_told(option) for option in verb.options],
        }
        for verb in VERBS
    }  # fmt: skip


def _told(option: Option) -> dict[str, Any]:
    """A ``VerbOption``: what is false or empty is left out."""
    whole: dict[str, Any] = {
        "name": option.name, "help": option.help, "type": option.type, "required": option.required,
        "positional": not option.flag, "choices": list(option.choices), "completes": option.completes,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value or key in ("name", "help", "type")}
