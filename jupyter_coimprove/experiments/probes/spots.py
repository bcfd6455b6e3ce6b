"""Where a probe listens in a notebook, and the notebook of one of its runs.

A plan keeps places and roles, never code: what is put in is made here, from names that are checked.
"""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, Literal

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.operators.code import Splice, apply

Role = Literal["fit", "fit_y", "scored", "crossed", "crossed_y"]
Mode = Literal["watch", "shuffle", "again"]
#: The name under which a run's kernel has the probe; among the builtins, so that no name of the notebook's is used.
NAME = "_coimprove_probe"
#: What gives the numbers of ``Inside.report``.
REPORT = f"{NAME}.report()"
#: The factor whose levels are a probe's arms.
FACTOR, KIND = "labels", "probe"
LEVELS = ('"as they are"', '"shuffled"', '"shuffled again for fitting"')
ARMS = ("as it is", "labels shuffled", "labels shuffled again for fitting")
MODES: Mapping[str, Mode] = dict(zip(ARMS, ("watch", "shuffle", "again"), strict=True))
_OPENS = {
    "fit": "fit({0}, (", "fit_y": "fit_y({0}, (", "scored": "scored({0}, {1}, (", "crossed": "crossed({0}, (",
    "crossed_y": "crossed_y({0}, (",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Spot:
    """An argument that is listened to. ``key`` is a cell's index or a file beside the notebook, ``text`` what
    stands from ``start`` to ``end`` (character offsets); ``fits`` are the sites whose rows are compared."""

    key: int | str
    start: int
    end: int
    text: str
    role: Role
    site: int
    fits: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Where labels are shuffled: a statement is put in at ``at`` of a cell, before the one that first reads them.

    ``name`` is the labels' own, or with a ``column`` that of the table (or bunch) that has them.
    """

    key: int
    at: int
    indent: str
    name: str
    column: str | int | None = None

    @property
    def what(self) -> str:
        return self.name if self.column is None else f"{self.name}[{self.column!r}]"


@dataclass(frozen=True, kw_only=True)
class Spots:
    spots: tuple[Spot, ...]
    labels: Labels | None

    def as_dict(self) -> dict[str, Any]:
        """As a plan keeps it."""
        return {
            "spots": [{**asdict(spot), "fits": list(spot.fits)} for spot in self.spots],
            "labels": None if self.labels is None else asdict(self.labels),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Spots:
        """PlanError where it is not as it was written: it would put code into a run."""
        try:
            spots = tuple(
                Spot(**{**entry, "fits": tuple(map(int, entry["fits"]))}) for entry in data["spots"]
            )
            found = data["labels"]
            return cls(spots=spots, labels=None if found is None else Labels(**found))
        except (KeyError, TypeError, ValueError) as error:
            raise PlanError(
                f"the places of the probe are not as they were written: {error}", remedy="probe again"
            ) from error


def texts(notebook: Notebook, found: Spots) -> dict[int | str, str]:
    """Each cell and file that a probe listens in, as its runs have it. PlanError where the code is another."""
    splices: dict[int | str, list[Splice]] = {}
    for spot in found.spots:
        source = _source(notebook, spot.key)
        if spot.role not in _OPENS or source[spot.start : spot.end] != spot.text:
            raise PlanError("the code is not what the probe was planned on", remedy="probe again")
        opens = f"{NAME}." + _OPENS[spot.role].format(int(spot.site), [int(fit) for fit in spot.fits])
        here = splices.setdefault(spot.key, [])
        here += [(spot.start, spot.start, opens), (spot.end, spot.end, "))")]
    if found.labels is not None:
        at = int(found.labels.at)
        splices.setdefault(found.labels.key, []).append(
            (at, at, _statement(_source(notebook, found.labels.key), found.labels))
        )
    return {key: apply(_source(notebook, key), here) for key, here in splices.items()}


def _statement(source: str, labels: Labels) -> str:
    if (
        not labels.name.isidentifier()
        or labels.indent.strip()
        or not isinstance(labels.column, (str, int, type(None)))
    ):
        raise PlanError(f"{labels.name!r} is no name of labels", remedy="probe again")
    if labels.column is None:
        text = f"{labels.name} = {NAME}.labels({labels.name}, locals(), {labels.what!r})"
    else:
        text = f"{labels.name} = {NAME}.column({labels.name}, {labels.column!r}, locals(), {labels.what!r})"
    begins = not source[source.rfind("\n", 0, labels.at) + 1 : labels.at].strip()
    return f"{text}\n{labels.indent}" if begins else f"{text}; "


def _source(notebook: Notebook, key: int | str) -> str:
    try:
        return notebook.cells[key].source if isinstance(key, int) else notebook.beside[key]
    except (IndexError, KeyError) as error:
        raise PlanError("the code is not what the probe was planned on", remedy="probe again") from error


def helper(mode: Mode, seed: int) -> str:
    """The source of the cell that goes first: it makes the probe and binds no name of the notebook's."""
    text = f"{_inside()}\n__import__('builtins').{NAME} = Inside({mode!r}, {int(seed)})\n"
    return f"exec(compile({text!r}, '<coimprove probe>', 'exec'), {{'__name__': '<coimprove probe>'}})"


@functools.cache
def _inside() -> str:
    """The code that runs inside, as one text without imports of this package."""
    body: list[ast.stmt] = []
    for name in ("tables.py", "inside.py"):
        tree = ast.parse(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
        body += [
            node
            for node in tree.body
            if not (
                isinstance(node, ast.ImportFrom)
                and str(node.module).startswith(("jupyter_coimprove", "__future__"))
            )
        ]
    return "from __future__ import annotations\n" + ast.unparse(ast.Module(body=body, type_ignores=[]))


def unpacked(numbers: object) -> dict[str, Any] | None:
    """What ``Inside.report`` gave, or None where it is not that."""
    if not isinstance(numbers, (list, tuple)) or not numbers:
        return None
    try:
        found = json.loads(b"".join(int(n).to_bytes(6, "big") for n in numbers))
    except (TypeError, ValueError, OverflowError):
        return None
    return found if isinstance(found, dict) else None
