"""All changes worth a try, in the order in which they usually pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from jupyter_coimprove.activities.systems.speed import loops, predictions, tables, training
from jupyter_coimprove.activities.systems.speed.code import Book, Candidate, book, parsed_cell
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.trees import growing

#: So many changes of one notebook are tried.
MOST, OF_A_RULE = 12, 3
RULES: tuple[Callable[[Book], Iterator[Candidate]], ...] = (
    loops.growing, predictions.row_by_row, tables.iterrows, tables.rowwise, loops.membership, loops.invariant, loops.repeated_reads,
    training.whole_batches, training.analysed_once, training.optimizers, training.turned, training.no_grad, training.jobs,
)  # fmt: skip


@growing()
def candidates(notebook: Notebook) -> tuple[Candidate, ...]:
    """What the rules find in a Python notebook, none that does not parse or changes nothing."""
    read = book(notebook)
    known = {code.index for code in read.cells}
    out = []
    for rule in RULES:
        for one in islice(rule(read), OF_A_RULE):
            if one.sources.keys() <= known and all(_parses(one.sources[index]) for index in one.sources):
                out.append(one)
    return tuple(out[:MOST])


def _parses(source: str) -> bool:
    return parsed_cell(0, source) is not None
