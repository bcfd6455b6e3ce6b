"""Verbs of the activities that have one of their own (activities/table.py).

Each has the model's two options: without a model an activity computes, with one it is also told in words.
"""

from __future__ import annotations

from jupyter_coimprove.wire.verb import Verb, opt, pos
from jupyter_coimprove.wire.verbs_talk import MODEL

NB = pos("notebook", "the notebook", completes="notebook", type="path")
SECONDS = opt("--seconds", "time limit of a run of the notebook (default: 900)", type="float")
KERNEL = opt("--kernel", "kernelspec to run in (default: the notebook's)")

ACTIVITY_VERBS: tuple[Verb, ...] = ()
_ = MODEL
