"""One way from a file or folder of results to a table: plain tables, and what trackers keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.tables import Table


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table with whose it is (``tool``; ``table`` for a plain one) and the digest of what was read."""

    table: Table
    tool: str
    digest: str


def read_results(
    path: Path, *, block: str | None = None, treatment: str | None = None, response: str | None = None,
    reduction: str | None = None, part: str | None = None, task: str | None = None,
) -> Source:  # fmt: skip
    """Read results from whatever holds them, told by content.

    Raises UsageError where they cannot be understood, and EngineError where a library is
    missing that reads them.
    """
    from jupyter_coimprove.digests import digest_bytes
    from jupyter_coimprove.evidence.tables import read_table
    from jupyter_coimprove.evidence.tracked import table_of
    from jupyter_coimprove.readers.recognising import read_tracked

    tracked = read_tracked(path, part)
    if tracked is not None:
        if task is not None:
            raise UsageError(
                f"tasks of {tracked.tool}'s runs are not told apart here",
                remedy="export them as a table, or name one with --part",
            )
        table = table_of(tracked, block=block, treatment=treatment, response=response, reduction=reduction)
        return Source(table=table, tool=tracked.tool, digest=tracked.digest)
    for name, given in (("--reduction", reduction), ("--part", part)):
        if given is not None:
            raise UsageError(
                f"{path.name} is a plain table, and {name} says nothing of one",
                remedy="it is for the runs of a tracker: MLflow, W&B, TensorBoard, Optuna",
            )
    table = read_table(path, block=block, treatment=treatment, response=response, task=task)
    return Source(table=table, tool="table", digest=digest_bytes(path.read_bytes()))


def kind_of_blocks(named: str | None, split_ratio: float | None) -> str:
    """What blocks are: as named; repeated splits where their sizes are given. Raises UsageError."""
    if split_ratio is None:
        return named or "unknown"
    if not 0 < split_ratio < float("inf"):
        raise UsageError(f"{split_ratio:g} is no n_test / n_train", remedy="as in --split-ratio 0.25")
    if named not in (None, "split"):
        raise UsageError(f"blocks of kind {named} have no split ratio", remedy="leave one of the two out")
    return "split"


def numbered(table: Table) -> Table:
    """The same with blocks that can be kept: whole numbers from 0 on, their place where they are not."""
    numbers = [table.number(block) for block in table.blocks]
    if len(set(numbers)) == len(numbers) and all(0 <= n < 2**31 - 1 for n in numbers):
        return table
    places = {block: str(place) for place, block in enumerate(table.blocks, start=1)}
    return replace(
        table, blocks=tuple(places.values()),
        results=tuple(replace(r, block=places[r.block]) for r in table.results),
        notes=(*table.notes, f"blocks are numbered in the order of the source: {', '.join(table.blocks[:6])}"),
    )  # fmt: skip
