"""Patterns that people wrote, matched in a process of their own: one that explodes is ended, and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from jupyter_coimprove.errors import EngineError, UsageError

#: Seconds of the processor for all patterns together, and for one alone when it is found which of them it was; and how
#: many times as long is waited, because the machine may be busy.
TOGETHER_S, ALONE_S, PATIENCE = 3, 1, 10
#: Characters of one text that are looked at, and matches of one pattern in one text.
LONGEST, MATCHES = 200_000, 20
_CHILD = r"""
import json, re, sys
patterns, texts, most, seconds = json.load(sys.stdin)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
except ImportError:
    pass
out = []
for i, pattern in enumerate(patterns):
    compiled = re.compile(pattern)
    for j, text in enumerate(texts):
        for n, match in enumerate(compiled.finditer(text)):
            if n == most:
                break
            out.append((i, j, match[0]))
json.dump(out, sys.stdout)
"""


def search(patterns: Sequence[str], texts: Sequence[str]) -> list[tuple[int, int, str]]:
    """All matches: (pattern, text, what matched). UsageError names a pattern that takes too long."""
    if not patterns or not texts:
        return []
    short = [text[:LONGEST] for text in texts]
    found = _matched(patterns, short, TOGETHER_S)
    if found is None:
        for pattern in patterns:
            if _matched([pattern], short, ALONE_S) is None:
                raise UsageError(
                    f"the pattern {pattern!r} takes longer than {ALONE_S} s", remedy="take nested repeats such as (a+)+ out of it"
                )  # fmt: skip
        raise UsageError(f"{len(patterns)} patterns take longer than {TOGETHER_S} s together", remedy="use fewer")  # fmt: skip
    return found


def tried(patterns: Sequence[str]) -> None:
    """UsageError for a pattern that explodes on a text made to show it: its own characters, often, and then another."""
    for pattern in patterns:
        letters = list(dict.fromkeys(char for char in pattern if char.isalnum() or char in " -_.@"))[:6]
        texts = [char * 3_000 + "!" for char in ["a", "1", " ", *letters]]
        if _matched([pattern], [*texts, "a1 " * 1_000 + "!"], ALONE_S) is None:
            raise UsageError(
                f"the pattern {pattern!r} takes longer than {ALONE_S} s", remedy="take nested repeats such as (a+)+ out of it"
            )  # fmt: skip


def _matched(
    patterns: Sequence[str], texts: Sequence[str], seconds: float
) -> list[tuple[int, int, str]] | None:
    """None when it took longer."""
    given = json.dumps([list(patterns), list(texts), MATCHES, seconds])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD], input=given, timeout=seconds * PATIENCE,
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0:
        # Ended by its limit.
        return None
    if done.returncode:
        raise EngineError(f"patterns could not be matched: {done.stderr.strip()[-200:]}", remedy="`coimprove doctor`")  # fmt: skip
    return [(int(i), int(j), str(text)) for i, j, text in json.loads(done.stdout)]
