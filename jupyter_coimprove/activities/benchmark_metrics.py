"""Metrics that a notebook writes by hand, as part of its validity: what each is, and where one is not what it says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from jupyter_coimprove.activities.activity import Card, Entry, Section
from jupyter_coimprove.evidence.metrics.trying import Metric

#: What a change was, in words.
WORDS: Mapping[str, str] = {
    "offbyone": "one place too early, late, many or few", "average": "a mean over the wrong things", "swapped": "one thing in place of another",
    "axis": "the wrong axis", "sign": "a wrong sign", "divisor": "a wrong divisor", "comparison": "a limit or tie that is counted wrongly",
}  # fmt: skip


def section(found: Sequence[Metric]) -> Section:
    """One row a metric; it says so where there is none."""
    if not found:
        return Section(
            title="Metrics written by hand", lines=("no function says that it is a metric known here",)
        )
    rows: tuple[tuple[Entry, ...], ...] = tuple(
        (one.function, one.index + 1, one.known.name.replace("_", " "), _said(one)) for one in found
    )
    return Section(
        title="Metrics written by hand", lines=("each was run on made-up cases beside its definition, in a process of its own",),
        columns=("function", "cell", "says it is", "computes"), rows=rows,
    )  # fmt: skip


def _said(one: Metric) -> str:
    if one.why:
        return f"not tried: {one.why}"
    if one.equal:
        return f"that, on {one.cases} cases"
    gave, wanted = one.example
    told = f"{gave:.4g} where it is {wanted:.4g}"
    return (
        f"{told}: {WORDS[one.change.kind]}"
        if one.change
        else f"{told}; another convention, or wrong in more than one place"
    )


def cards(found: Sequence[Metric], sources: Mapping[int, str]) -> tuple[Card, ...]:
    """What one change makes right, with that change; ``sources`` are the cells by their index (from 0)."""
    out = []
    for one in found:
        if one.change is None:
            continue
        gave, wanted = one.example
        diff = difflib.unified_diff(
            sources[one.index].splitlines(),
            one.mended.splitlines(),
            lineterm="",
            n=1,
            fromfile="now",
            tofile="mended",
        )
        out.append(
            Card(
                kind="metric", title=f"{one.function} does not compute the {one.known.name.replace('_', ' ')} that it says",
                key=f"metric:{one.function}", goal="the number is what its name says", cells=(one.index + 1,), weight=0.95,
                evidence=(
                    f"it gives {gave:.6g} where the definition gives {wanted:.6g}, on {one.cases} made-up cases",
                    f"{WORDS[one.change.kind]}: with `{one.change.after}` for `{one.change.before}` it is equal on all of them",
                ),
                data={"kind": one.change.kind, "diff": "\n".join(diff), "source": one.mended},
            )
        )  # fmt: skip
    return tuple(out)
