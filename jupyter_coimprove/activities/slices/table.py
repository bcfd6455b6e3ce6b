"""The items that are sliced: their features as columns, and what a slice asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Column:
    """One feature of all items. Without ``levels`` the ``values`` are numbers (NaN: missing), with them codes
    into ``levels`` (below 0: missing). Shape (items,)."""

    name: str
    values: np.ndarray
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What one feature is in a slice: ``low`` ≤ it ≤ ``high`` (None: no end), or the level ``is_``, or missing."""

    name: str
    low: float | None = None
    high: float | None = None
    is_: str | None = None
    missing: bool = False

    def text(self) -> str:
        """As a person reads it: ``age ≤ 30``, ``colour is red``."""
        if self.missing:
            return f"{self.name} is missing"
        if self.is_ is not None:
            return f"{self.name} is {self.is_}"
        if self.low is not None and self.high is not None:
            one = self.low == self.high
            return (
                f"{self.name} is {self.low:.6g}" if one else f"{self.low:.6g} ≤ {self.name} ≤ {self.high:.6g}"
            )
        return f"{self.name} ≥ {self.low:.6g}" if self.low is not None else f"{self.name} ≤ {self.high:.6g}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, without what is not asked."""
        given = {"name": self.name, "low": self.low, "high": self.high, "is": self.is_}
        return {key: value for key, value in given.items() if value is not None} | (
            {"missing": True} if self.missing else {}
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Condition:
        return cls(
            name=str(data["name"]), low=data.get("low"), high=data.get("high"), is_=data.get("is"),
            missing=bool(data.get("missing", False)),
        )  # fmt: skip


def holds(column: Column, condition: Condition) -> np.ndarray:
    """Which items the condition holds of; shape (items,)."""
    import numpy as np

    values = column.values
    if column.levels:
        code = -1 if condition.missing else column.levels.index(str(condition.is_))
        return np.asarray(values < 0 if condition.missing else values == code)
    gaps = np.asarray(np.isnan(values))
    if condition.missing:
        return gaps
    inside = ~gaps
    if condition.low is not None:
        inside &= values >= condition.low
    if condition.high is not None:
        inside &= values <= condition.high
    return np.asarray(inside)


def members(columns: Sequence[Column], conditions: Sequence[Condition]) -> np.ndarray:
    """Which items a slice has: all of its conditions hold. KeyError for a feature that is not there."""
    import numpy as np

    by_name = {column.name: column for column in columns}
    each = [holds(by_name[one.name], one) for one in conditions]
    return np.asarray(np.logical_and.reduce(each))
