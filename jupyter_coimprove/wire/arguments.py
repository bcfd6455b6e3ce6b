"""From a JSON object to a call: the same table of verbs, for doors that are not typed at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.wire.parse import Call
from jupyter_coimprove.wire.verbs import BY_NAME, Option

#: Longer text than this is no argument.
LONGEST = 1 << 20
MANY = 1000


def call_of(verb: str, arguments: Mapping[str, Any]) -> Call:
    """The call of a verb with these arguments, each checked against its option.

    What is left out takes the option's default, as on the command line. Raises UnknownName for
    a verb or an argument that does not exist, UsageError for a value of another type.
    """
    found = BY_NAME.get(verb)
    if found is None:
        raise UnknownName("verb", verb, BY_NAME)
    options = {option.name: option for option in found.options}
    for name in arguments:
        if name not in options:
            raise UnknownName(f"argument of {verb}", str(name), options)
    given: dict[str, Any] = {}
    for name, option in options.items():
        value = arguments.get(name)
        if value is None:
            if option.required:
                raise UsageError(f"{verb} needs {name}: {option.help}")
            given[name] = [] if option.type == "list" else False if option.type == "flag" else option.default
        else:
            given[name] = _value(verb, option, value)
    return Call(verb=found, arguments=given, json=True)


def _value(verb: str, option: Option, value: Any) -> Any:
    kinds: dict[str, tuple[type, ...]] = {
        "int": (int,),
        "float": (int, float),
        "flag": (bool,),
        "list": (list,),
    }
    wanted = kinds.get(option.type, (str,))
    fits = isinstance(value, wanted) and (option.type == "flag" or not isinstance(value, bool))
    if option.type == "list" and fits:
        fits = len(value) <= MANY and all(isinstance(part, str) and len(part) <= LONGEST for part in value)
    elif isinstance(value, str):
        fits = fits and len(value) <= LONGEST
    elif isinstance(value, float):
        fits = fits and math.isfinite(value)
    if not fits:
        shape = {"list": "a list of texts", "flag": "true or false"}.get(option.type, option.type)
        raise UsageError(f"{option.name} of {verb} is not {shape}", remedy=option.help)
    if option.choices and value not in option.choices:
        raise UsageError(
            f"{option.name} of {verb} is {value!r}", remedy=f"one of {', '.join(map(str, option.choices))}"
        )
    return float(value) if option.type == "float" else value
