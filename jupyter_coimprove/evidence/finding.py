"""What is claimed from the evidence: plain words in which every number resolves to a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One number of the claim: as printed, and where it comes from.

    ``key`` is a path into the evidence (``effects/dropout=0.0/estimate``; ``~`` and ``/`` in a
    name are written ``~0`` and ``~1``, as in RFC 6901), ``runs`` the runs behind it, ``value``
    the number unrounded. ``start`` is the offset of ``text`` in the claim, -1 for a number that
    the claim does not print but a person may. ``arm`` is empty for the experiment's own numbers,
    ``quantity`` what it measures (``estimate``, ``blocks``, ``p``, …), ``metric`` the response.
    """

    text: str
    key: str
    value: float
    runs: tuple[str, ...] = ()
    start: int = -1
    arm: str = ""
    quantity: str = ""
    metric: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "text": self.text, "key": self.key, "value": self.value, "runs": list(self.runs),
            "start": self.start, "arm": self.arm, "quantity": self.quantity, "metric": self.metric,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Reference:
        return cls(
            text=data["text"], key=data["key"], value=float(data["value"]),
            runs=tuple(data.get("runs", ())), start=int(data.get("start", -1)),
            arm=data.get("arm", ""), quantity=data.get("quantity", ""), metric=data.get("metric", ""),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One card an experiment: the claim in plain words, its verdicts, and what backs each number.

    ``digest`` covers all but the id: a decision is on exactly that content. ``extra`` is JSON:
    ``question``, ``response``, ``effects`` (rows of the small table), ``runs`` ([arm, block, id]),
    ``counts`` and ``notes``.
    """

    id: str
    experiment: str
    notebook: str
    claim: str
    verdicts: Mapping[str, str]
    references: tuple[Reference, ...]
    deviations: tuple[str, ...] = ()
    status: str = "confirmatory"
    digest: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id, "experiment": self.experiment, "notebook": self.notebook,
            "claim": self.claim, "verdicts": dict(self.verdicts),
            "references": [reference.as_dict() for reference in self.references],
            "deviations": list(self.deviations), "status": self.status, "digest": self.digest,
            "extra": dict(self.extra),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        return cls(
            id=data["id"], experiment=data["experiment"], notebook=data["notebook"],
            claim=data["claim"], verdicts=dict(data["verdicts"]),
            references=tuple(Reference.from_dict(r) for r in data["references"]),
            deviations=tuple(data.get("deviations", ())), status=data.get("status", "confirmatory"),
            digest=data.get("digest", ""), extra=dict(data.get("extra", {})),
        )  # fmt: skip
