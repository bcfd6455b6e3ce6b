"""A written constitution: principles with executable checks and red-team cases, read from a text that people edit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from jupyter_coimprove.digests import digest_source
from jupyter_coimprove.errors import UnknownName, UsageError

#: The file's place below the project's folder of coimprove.
FILE = "values.toml"
LONGEST, MOST_PRINCIPLES, MOST_CASES, LONGEST_PATTERN = 1 << 18, 100, 1000, 500
APPLIES = ("notebook", "proposal", "plan", "report")
Severity = Literal["must", "should"]
CaseKind = Literal["code", "plan", "report"]
#: What each kind of check may be told, and as what. ``list`` is a list of texts.
KINDS: dict[str, dict[str, type]] = {
    "data": {"allow": list, "forbid": list, "require": list},
    "inputs": {"allow": list},
    "test-tuning": {"kinds": list},
    "seeds": {},
    "blocks": {"least": int, "most": int, "smallest_effect": bool},
    "reporting": {"intervals": bool, "blocks": int},
    "calls": {"forbid": list, "require": list},
    "actions": {"kinds": list},
    "licences": {"allow": list, "packages": bool, "data": bool},
    "personal-data": {"columns": list, "values": list, "outputs": bool},
    "words": {"forbid": list},
}
#: Options that hold regular expressions; those of ``personal-data`` may also be names of known forms.
PATTERNS = {("words", "forbid"), ("personal-data", "values")}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that a computer can tell: its kind (``KINDS``) and what it is told."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def listed(self, name: str) -> tuple[str, ...]:
        return tuple(map(str, self.options.get(name, ())))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A red-team case: code (cells between lines ``# %%``), a plan (facts in TOML) or a report, and its true verdict."""

    name: str
    of: CaseKind
    text: str
    violates: bool


@dataclass(frozen=True, kw_only=True)
class Principle:
    """``must`` stops what violates it until a person gives a reason; ``should`` warns."""

    name: str
    why: str
    severity: Severity
    applies: tuple[str, ...]
    checks: tuple[Check, ...]
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Constitution:
    """``licences`` says what is known of files and packages, by pattern; ``text`` is the whole as written."""

    title: str
    principles: tuple[Principle, ...]
    text: str
    licences: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        return digest_source(self.text)

    @property
    def cases(self) -> tuple[tuple[Principle, Case], ...]:
        return tuple((principle, case) for principle in self.principles for case in principle.cases)


def parse(text: str) -> Constitution:
    """The constitution in this text. UsageError says what in it cannot be understood, and by what name it stands."""
    from jupyter_coimprove.activities.values.contradictions import contradiction

    if len(text) > LONGEST:
        raise UsageError(f"{FILE} has {len(text)} characters", remedy=f"at most {LONGEST}")
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{FILE} is not TOML: {error}", remedy="`coimprove values --init` shows the form") from error  # fmt: skip
    _known(data, ("v", "title", "principle", "licences"), "key", "the constitution")
    if data.get("v") != 1:
        raise UsageError(f"{FILE} has v = {data.get('v')!r}", remedy="this release reads v = 1")
    listed = _tables(data, "principle", "the constitution")
    if not listed:
        raise UsageError(f"{FILE} has no principle", remedy="[[principle]] with name, severity and a check")
    if len(listed) > MOST_PRINCIPLES:
        raise UsageError(f"{FILE} has {len(listed)} principles", remedy=f"at most {MOST_PRINCIPLES}")
    principles = tuple(map(_principle, listed))
    names = [one.name for one in principles]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two principles are called {name!r}", remedy="findings cite a principle by its name")  # fmt: skip
    if sum(len(one.cases) for one in principles) > MOST_CASES:
        raise UsageError(f"{FILE} has over {MOST_CASES} cases", remedy="leave some out")
    licences = data.get("licences", {})
    if not isinstance(licences, dict) or not all(isinstance(value, str) for value in licences.values()):
        raise UsageError("[licences] maps files and packages to licences", remedy='"data/*.csv" = "CC-BY-4.0"')  # fmt: skip
    made = Constitution(title=str(data.get("title", "")), principles=principles, text=text, licences=licences)
    if said := contradiction(made):
        raise UsageError(said, remedy="take one of the two out, or narrow it: nothing can satisfy both")
    return made


def _principle(data: Mapping[str, Any]) -> Principle:
    name = data.get("name")
    if not isinstance(name, str) or not name.strip() or "\n" in name or len(name) > 100:
        raise UsageError(f"a principle has the name {name!r}", remedy='name = "a few words" on one line')
    where = f"principle {name!r}"
    _known(data, ("name", "why", "severity", "applies", "check", "case"), "key", where)
    severity = data.get("severity", "should")
    if severity not in ("must", "should"):
        raise UsageError(f"{where} has the severity {severity!r}", remedy='"must" (stops) or "should" (warns)')  # fmt: skip
    applies = _texts(data.get("applies", list(APPLIES)), "applies", where)
    for one in applies:
        if one not in APPLIES:
            raise UnknownName("thing that a principle applies to", one, APPLIES)
    checks = tuple(_check(one, where) for one in _tables(data, "check", where))
    if not checks:
        raise UsageError(f"{where} has no check", remedy="a [[principle.check]] with a kind: " + ", ".join(KINDS))  # fmt: skip
    cases = tuple(_case(one, where) for one in _tables(data, "case", where))
    if len({case.name for case in cases}) < len(cases):
        raise UsageError(f"{where} has two cases of one name", remedy="name them apart")
    return Principle(
        name=name.strip(), why=str(data.get("why", "")), severity=severity, applies=applies, checks=checks, cases=cases
    )  # fmt: skip


def _check(data: Mapping[str, Any], where: str) -> Check:
    kind = data.get("kind")
    if kind not in KINDS:
        raise UnknownName("kind of check", str(kind), KINDS, remedy=f"it stands in {where}; known: {', '.join(KINDS)}")  # fmt: skip
    options = {key: value for key, value in data.items() if key != "kind"}
    _known(options, tuple(KINDS[kind]), f"option of a {kind!r} check", where)
    for key, value in options.items():
        wanted = KINDS[kind][key]
        if wanted is list:
            options[key] = _texts(value, key, where)
        elif not isinstance(value, wanted) or (
            wanted is int and (isinstance(value, bool) or int(str(value)) < 0)
        ):
            raise UsageError(f"{key} = {value!r} in {where}", remedy=f"{'a whole number' if wanted is int else 'true or false'}")  # fmt: skip
    if kind in ("data", "calls", "words") and not options:
        raise UsageError(f"a {kind!r} check of {where} says nothing", remedy=" or ".join(KINDS[kind]))
    for key in options:
        if (kind, key) in PATTERNS:
            for pattern in options[key]:
                compiled(pattern, where, forms=kind == "personal-data")
    return Check(kind=kind, options=options)


def compiled(pattern: str, where: str, *, forms: bool = False) -> None:
    """UsageError unless it is a regular expression (or, with ``forms``, the name of a known form)."""
    from jupyter_coimprove.activities.values.personal import FORMS

    if forms and pattern in FORMS:
        return
    if len(pattern) > LONGEST_PATTERN:
        raise UsageError(f"a pattern of {where} has {len(pattern)} characters", remedy=f"at most {LONGEST_PATTERN}")  # fmt: skip
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"{pattern!r} in {where} is no regular expression: {error}", remedy="quote it as '...' so that TOML keeps its backslashes") from error  # fmt: skip


def _case(data: Mapping[str, Any], where: str) -> Case:
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"a case of {where} has no name", remedy='name = "what it tries"')
    inside = f"case {name!r} of {where}"
    _known(data, ("name", "of", "text", "violates"), "key", inside)
    of, text, violates = data.get("of", "code"), data.get("text"), data.get("violates")
    if of not in ("code", "plan", "report"):
        raise UnknownName("kind of case", str(of), ("code", "plan", "report"))
    if not isinstance(text, str) or not text.strip() or not isinstance(violates, bool):
        raise UsageError(f"{inside} needs text and violates", remedy="violates = true, or false for its sound twin")  # fmt: skip
    return Case(name=name.strip(), of=of, text=text, violates=violates)


def _known(data: Mapping[str, Any], known: Sequence[str], what: str, where: str) -> None:
    for key in data:
        if key not in known:
            raise UnknownName(f"{what} in {where}", key, known)


def _tables(data: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UsageError(f"{key} in {where} is no list of tables", remedy=f"each begins with [[...{key}]]")
    return found


def _texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
        raise UsageError(f"{key} in {where} is no list of texts", remedy=f'{key} = ["one", "another"]')
    return tuple(value)
