"""Unapplied edits with a reason: what might be better, pinned to what it would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.notebook.cells import Address


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change to a notebook: ``insert`` a cell after ``address`` (None: at the top),
    ``replace`` its source, or ``delete`` it. ``base`` is the digest of the source replaced."""

    kind: Literal["insert", "replace", "delete"]
    address: Address | None
    cell_kind: Literal["code", "markdown", "raw"] = "code"
    source: str = ""
    base: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "address": self.address.as_dict() if self.address else None,
            "cell_kind": self.cell_kind, "source": self.source, "base": self.base,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Edit:
        address = data.get("address")
        return cls(
            kind=data["kind"], address=Address.from_dict(address) if address else None,
            cell_kind=data.get("cell_kind", "code"), source=data.get("source", ""),
            base=data.get("base", ""),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """``payload`` is generic ``{kind, v, data}`` (a plan, a finding, …), filled by the workbench.

    ``digest`` covers edits and payload: a decision is on exactly that.
    """

    id: str
    notebook: str
    edits: tuple[Edit, ...]
    rationale: str
    expected: str
    author: Mapping[str, str]
    digest: str
    payload: Mapping[str, Any] = field(default_factory=dict)
