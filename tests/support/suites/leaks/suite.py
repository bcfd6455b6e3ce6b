"""Six kinds of leak that probes can see, five templates each, in the notation of ``suites.flaws``.

Six notebooks a kind with their sound twins: three from the public seed, three from a seed kept for
the end. Two of the private three are of templates that the public half does not have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from suites.flaws import suite
from suites.flaws.suite import Case, Half, render

KINDS = ("duplicates", "target", "groups", "identifier", "labels", "appended")
PUBLIC_SEED = 5
#: Drawn once, before any probe was written; notebooks of it are made for the final measurement only.
PRIVATE_SEED = 512_763_485


def templates(kind: str) -> dict[str, str]:
    """The templates of a kind: name to text."""
    return suite.templates(kind, __name__.rpartition(".")[0])


def half_of(kind: str, half: Half) -> list[str]:
    """Which three templates a half has of a kind: drawn by the names alone; the third is in both."""
    names = sorted(templates(kind), key=lambda n: hashlib.sha256(f"{kind}/{n}".encode()).hexdigest())
    return names[:3] if half == "public" else names[2:]


def cases(half: Half, seed: int | None = None) -> Iterator[Case]:
    """Leaking notebooks and sound twins of a half, by its own seed or (development only) another."""
    if seed is None:
        seed = PUBLIC_SEED if half == "public" else PRIVATE_SEED
    for kind in KINDS:
        for name in half_of(kind, half):
            yield from twins(kind, name, seed)


def twins(kind: str, template: str, seed: int) -> tuple[Case, Case]:
    """The leaking notebook of a template under a seed, and its sound twin."""
    text = templates(kind)[template]
    return render(kind, template, seed, text, True), render(kind, template, seed, text, False)
