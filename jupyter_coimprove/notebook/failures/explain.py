"""What a failure means and what would repair it: the first rule that knows it, else words on its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.failures.attributes import attributes
from jupyter_coimprove.notebook.failures.classes import classes
from jupyter_coimprove.notebook.failures.failure import Facts, Failure
from jupyter_coimprove.notebook.failures.importing import importing
from jupyter_coimprove.notebook.failures.keys import keys
from jupyter_coimprove.notebook.failures.keywords import class_used, keywords
from jupyter_coimprove.notebook.failures.order import not_fitted, run_twice
from jupyter_coimprove.notebook.failures.places import dimensions, positional
from jupyter_coimprove.notebook.failures.shadowing import not_callable
from jupyter_coimprove.notebook.failures.shapes import shapes
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.failures.undefined import unbound, undefined
from jupyter_coimprove.notebook.failures.words import setting, words

#: In this order; the first that offers a repair counts, else the first that knows the cause.
RULES: tuple[Callable[[Situation], Diagnosis | None], ...] = (
    undefined, unbound, importing, not_fitted, class_used, keywords, positional, words, setting, dimensions, not_callable, attributes,
    keys, shapes, classes, run_twice,
)  # fmt: skip

_KINDS = {
    "ZeroDivisionError": "Something is divided by zero: look at how the divisor came to be 0.",
    "AssertionError": "An `assert` of the notebook does not hold; what it checks is on the line that failed.",
    "IndexError": "A place is asked for that is not there: the sequence is shorter than the code expects.",
    "FileNotFoundError": "There is no such file from the folder the kernel works in.",
    "KeyboardInterrupt": "The run was interrupted by a person.",
    "MemoryError": "The memory did not suffice for what was asked.",
    "RecursionError": "A function calls itself without end.",
    "SyntaxError": "The cell is no valid Python; the message says where it could not be read on.",
    "IndentationError": "The lines of a block are not indented alike.",
    "StopIteration": "An iterator was asked for more than it has.",
    "TypeError": "A value is of a kind that this operation does not take.",
    "ValueError": "A value is of the right kind, but cannot be taken here.",
    "AttributeError": "What is asked for is not part of this object.",
    "UnicodeDecodeError": "The file is not in the encoding that it is read with (`encoding=\"latin-1\"` is a usual other one).",
}  # fmt: skip


def explain(notebook: Notebook, failure: Failure, facts: Facts, transform: Callable[[str], str]) -> Diagnosis:
    """The cause in words, and a repair where exactly one is likely. Nothing is run; deny by default."""
    source = notebook.cells[failure.inner].source
    if failure.line:
        # IPython leaves empty lines at the top out before it counts.
        failure = replace(
            failure, line=failure.line + source[: len(source) - len(source.lstrip())].count("\n")
        )
    situation = Situation(
        notebook=notebook,
        flow=analyse(notebook, transform),
        failure=failure,
        facts=facts,
        transform=transform,
    )
    first: Diagnosis | None = None
    for rule in RULES:
        found = rule(situation)
        if found is not None and found.offers:
            return found
        first = first or found
    return first or Diagnosis(rule="", cause=_KINDS.get(failure.ename, ""))
