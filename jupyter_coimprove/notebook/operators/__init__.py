"""What an arm does to the code, on its syntax tree and by address; nothing else of the text changes.

``set`` writes another value, ``drop-item`` takes a member out of a list, ``drop-term`` an operand out of
a sum, ``identity`` lets a step pass its input on, ``drop-statement`` leaves a statement out.
"""

from __future__ import annotations

from jupyter_coimprove.notebook.operators.around import Around
from jupyter_coimprove.notebook.operators.carrying import carry_out, refusal
from jupyter_coimprove.notebook.operators.surroundings import Surroundings

__all__ = ["Around", "Surroundings", "carry_out", "refusal"]
