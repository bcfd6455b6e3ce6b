"""What people may change about the built-in collaborator by accepted proposals, with what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_coimprove.errors import UnknownName, UsageError

Value = str | float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: what it is by itself, what it may be (words, or a range of numbers), and what it does."""

    default: Value
    words: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    help: str


SETTINGS: dict[str, Setting] = {
    "checks.least": Setting(
        default="medium", words=("high", "medium", "low"), help="a check's finding counts from this confidence on"
    ),
    "lessons.after": Setting(default=3.0, low=2.0, high=10.0, help="so many decisions of one sort are drafted as a lesson"),
    "lessons.share": Setting(
        default=0.7, low=0.5, high=1.0, help="at least this share of the decisions that a lesson speaks of is for it"
    ),
    "monitor.alpha": Setting(
        default=0.01, low=1e-6, high=0.5, help="the level at which a column of new data has drifted, over all its tests"
    ),
    "monitor.psi": Setting(default=0.1, low=0.0, high=2.0, help="the population stability index from which a shift matters"),
}  # fmt: skip


def value_of(playbook: Mapping[str, object], name: str) -> Value:
    """The setting's value in this playbook, or its default."""
    value = playbook.get(name, SETTINGS[name].default)
    assert isinstance(value, (str, float, int))  # only ``changed`` makes playbooks
    return value


def changed(playbook: Mapping[str, object], text: str) -> dict[str, object]:
    """The playbook with one ``NAME=VALUE`` changed. UnknownName or UsageError for what is no setting or no value of it."""
    name, sign, given = text.partition("=")
    name, given = name.strip(), given.strip()
    if not sign:
        raise UsageError(f"{text!r} changes nothing", remedy="--change NAME=VALUE")
    setting = SETTINGS.get(name)
    if setting is None:
        raise UnknownName("setting", name, sorted(SETTINGS))
    value: Value
    if setting.words:
        if given not in setting.words:
            raise UsageError(f"{name} is one of {', '.join(setting.words)}, not {given!r}")
        value = given
    else:
        try:
            value = float(given)
        except ValueError as error:
            raise UsageError(f"{name} is a number, not {given!r}") from error
        if not setting.low <= value <= setting.high:
            raise UsageError(f"{name} is between {setting.low:g} and {setting.high:g}, not {given}")
    if value == value_of(playbook, name):
        raise UsageError(f"{name} is {given} already", remedy="another value, or nothing")
    return {**playbook, name: value}
