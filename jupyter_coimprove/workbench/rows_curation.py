"""Parts of the answers about curation: applications with their edits, fields of a plan, runs beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class AddressRow:
    """Where a cell is: its id where the notebook has ids, else ordinal (from 0) and digests around it."""

    id: str | None
    ordinal: int
    digest: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class EditRow:
    """One change to the notebook: ``insert`` after ``address`` (null: at the top), ``replace``, ``delete``.

    ``base`` is the digest of the source that it stands on, ``was`` that source where it is known;
    ``cell_id`` is the id that an inserted cell gets, the same however often it is tried. ``cell`` is of
    an edit that takes another back: what else of the cell as it was before (metadata, outputs) comes back.
    """

    kind: Literal["insert", "replace", "delete"]
    address: AddressRow | None
    cell_kind: Literal["code", "markdown", "raw"]
    source: str
    base: str
    was: str = ""
    cell_id: str = ""
    cell: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One change of a proposal: ``insert`` after ``cell``, ``replace`` its source, or ``delete`` it.

    ``cell`` counts from 1; 0 is the top. ``diff`` is a unified diff against ``was``, empty for a new
    cell; bidirectional and control characters are spelled out in it.
    """

    kind: Literal["insert", "replace", "delete"]
    cell: int
    cell_kind: Literal["code", "markdown", "raw"]
    source: str
    was: str
    diff: str


@dataclass(frozen=True, kw_only=True)
class ApplicationRow:
    """An edit that was decided on and waits for its notebook.

    ``path`` is where the notebook lies now (empty: gone, and ``remedy`` says what can be done).
    ``undoes`` is the decision that is taken back: its cells carry it in their metadata; ``of`` is the
    application that carried it out. ``metadata`` goes under ``coimprove`` in the metadata of inserted
    and replaced cells. ``by`` and ``window`` say who holds the claim.
    """

    id: str
    subject: str
    decision: str
    notebook: str
    state: Literal["queued", "claimed", "applied", "refused", "reverted"]
    edits: tuple[EditRow, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    window: str = ""
    undoes: str = ""
    of: str = ""
    path: str = ""
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class ThreeTexts:
    """A cell three ways: what the proposal stands on, what it proposes, what the notebook says now.

    ``base`` and ``now`` are null where they are not known or the cell is gone. ``cell`` counts from 1;
    0: it is gone, or is to be at the top.
    """

    kind: Literal["insert", "replace", "delete"]
    cell: int
    base: str | None
    proposed: str
    now: str | None
    stale: bool


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """An entry of plan.toml for a form: ``edit --set KEY=VALUE`` changes it, with VALUE in JSON.

    ``value`` is its JSON value, null where it is not given; ``optional`` ones are taken out by no VALUE.
    """

    key: str
    value: Any
    type: Literal["text", "integer", "number", "flag", "choice", "list"]
    help: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    optional: bool = False
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """A run that is wanted and has not been queued yet."""

    arm: str
    block: int
    replicate: int


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """A parameter or metric of two runs; null where one of them has it not."""

    name: str
    left: str | None
    right: str | None
    same: bool


@dataclass(frozen=True, kw_only=True)
class CellPairRow:
    """A cell of two runs: its source in both, the diff, and what each took and put out (text)."""

    cell: int
    left: str | None
    right: str | None
    diff: str
    left_seconds: float | None
    right_seconds: float | None
    left_output: str
    right_output: str
    same: bool


@dataclass(frozen=True, kw_only=True)
class TrailRow:
    """A decision: ``by`` whom (``kind`` of actor, known by ``auth``) on what, and why."""

    id: str
    subject: str
    verb: str
    reason: str
    by: str
    kind: str
    auth: str
    at: str
    trust: str
    #: Decided together with others, in one go.
    bulk: bool = False
    #: A line of what was decided on; empty where its content was erased.
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class MarkRow:
    """What happened to a thing on its way: it was decided on, it ran, or runs spoke; ``gone`` is what was taken back."""

    kind: Literal["decision", "runs", "evidence"]
    text: str
    gone: bool = False


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """A thing on the way that led here (``distance`` below 0) or from here on (above); 0 is the one asked about.

    ``by`` is the id of the neighbour through which it was reached. Drawn as a tree it stands below ``after``
    (empty: it begins one), and rests on the steps ``also`` besides. ``gone`` stands no more.
    """

    id: str
    kind: str
    state: str
    title: str
    distance: int
    by: str = ""
    after: str = ""
    also: tuple[str, ...] = ()
    gone: bool = False
    marks: tuple[MarkRow, ...] = ()
    #: Where it is seen: ``target`` is an id, or the name of a notebook (at ``cell_id``, else ``cell``) or file below the root.
    opens: Literal["experiment", "inbox", "notebook", "file", ""] = ""
    target: str = ""
    cell: int = 0
    cell_id: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewRow:
    """Something that waits for a decision."""

    id: str
    kind: str
    state: str
    notebook: str
    title: str
    changed: str
    trust: str
    #: Who made it, and why; the cell it stands at, from 1 (0: of no one cell).
    author: str = ""
    author_kind: str = ""
    why: str = ""
    cell: int = 0
    cell_id: str = ""
    #: It is never accepted together with others: it mentions this tool or its record.
    alone: bool = False
