"""What a verb is, and each of its options."""

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


def pos(
    name: str, help: str, *, completes: str = "", required: bool = True, type: OptionType = "str"
) -> Option:
    return Option(name=name, help=help, required=required, completes=completes, type=type)  # type: ignore[arg-type]


def opt(flag: str, help: str, *, type: OptionType = "str", short: str = "", **more: object) -> Option:
    name = flag.lstrip("-").replace("-", "_")
    return Option(name=name, flag=flag, help=help, type=type, short=short, **more)  # type: ignore[arg-type]
