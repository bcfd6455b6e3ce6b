"""Where a value of a run can be read besides its namespace: what it prints, and what it writes."""

from __future__ import annotations

import re
from typing import Literal

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import Response

_COLUMN = re.compile(r"(?P<file>[^\s:()\[\]]+(?:\.csv|\.tsv|\.json|\.jsonl|\.ndjson)):(?P<column>.+)", re.I)


def named_source(text: str, direction: Literal["max", "min"]) -> Response | None:
    """The source that ``history.csv:acc``, ``printed:acc=(.*)`` or ``tensorboard:acc/test`` names.

    None where the text is none of these; UsageError where it is one that cannot be read.
    """
    if match := _COLUMN.fullmatch(text):
        file, column = match["file"], match["column"].strip()
        check_file(file)
        return Response(name=text, how="file", expr=column, file=file, direction=direction)
    kind, colon, rest = text.partition(":")
    if not colon or kind not in ("printed", "tensorboard"):
        return None
    rest = rest.strip()
    if kind == "printed":
        check_pattern(rest)
        return Response(name=text, how="printed", expr=text, pattern=rest, direction=direction)
    if not rest:
        raise UsageError("no tag is named", remedy="write tensorboard:TAG, as in tensorboard:acc/test")
    return Response(name=text, how="scalar", expr=rest, direction=direction)


def check_file(file: str) -> None:
    """A path beside the notebook: UsageError for one that no run's own view can hold."""
    if file.startswith(("/", "~")) or re.match(r"[A-Za-z]:", file) or "\\" in file:
        raise UsageError(
            f"the file {file!r} is not named from the notebook's folder",
            remedy="write a relative path, with /",
        )


def check_pattern(pattern: str) -> None:
    """A regular expression with one group, the number. Raises UsageError."""
    try:
        groups = re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    if groups != 1:
        raise UsageError(
            f"the pattern {pattern!r} has {groups} groups",
            remedy=r"put one pair of () round the number, as in test acc (\d+\.\d+)",
        )
