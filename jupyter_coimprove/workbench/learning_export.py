"""Training data as a file: verified decisions only, without secrets, with a card beside it that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import NothingToDo, UnknownName, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.lessons.decided import Decided
    from jupyter_coimprove.workbench.bench import Bench


def write(bench: Bench, decisions: Sequence[Decided], to: str, format: str, licence: str) -> tuple[str, str]:
    """Write FILE.jsonl and FILE.card.md; their paths. A person asks for it.

    NothingToDo where no decision verifies anything, with why each was left out.
    """
    from jupyter_coimprove import __version__
    from jupyter_coimprove.lessons import export
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.workbench.knowing import safe

    if format not in export.FORMATS:
        raise UnknownName("format", format, export.FORMATS)
    bench.require_person("training data from your decisions")
    path = bench.path(to)
    if path.suffix != ".jsonl":
        raise UsageError(f"{path.name} is no JSON Lines file", remedy="name it FILE.jsonl")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", remedy="make it first")
    made = export.exported(decisions, format, safe.scrubber(bench).text)
    if not made.rows:
        left = "; ".join(f"{times} {why}" for why, times in sorted(made.left_out.items()))
        raise NothingToDo(
            f"no decision verifies anything for {format}" + (f" ({left})" if left else ""),
            remedy="edit what is proposed, or say why: accept and reject take --reason",
        )
    beside = path.with_suffix(".card.md")
    told = export.card(
        made, file=path.name, licence=licence, made_at=iso(bench.clock.wall_ms()), version=__version__
    )
    write_atomic(path, made.text.encode(), expect=None)
    write_atomic(beside, told.encode(), expect=None)
    return str(path), str(beside)
