"""The families in the order of the paper's activities."""

from __future__ import annotations

from jupyter_coimprove.bench.family import Family


def families() -> tuple[Family, ...]:
    """All of them; imported here, so that naming one loads none of the others' data."""
    from jupyter_coimprove.bench.families import ALL

    return tuple(sorted(ALL, key=lambda family: family.activity))
