"""Everything that can go wrong, as one tree.

CoimproveError
├── UsageError            what was asked cannot be understood (exit 2)
│   └── UnknownName       a name that does not exist here; close ones are offered
├── NothingToDo           asked for, but there is nothing to do (exit 3)
├── NotebookError         the notebook file cannot be read, or not as it is
├── PlanError             the plan cannot be run or registered as it stands
│   └── PlanChanged       the plan is no longer what was registered
├── DecisionError         the decision cannot be taken
│   ├── Stale             what it was about has changed since
│   └── Claimed           somebody else is carrying it out
├── EngineError           runs cannot be executed
│   ├── KernelMissing     the notebook's kernel is not installed
│   ├── PreviewsOff       nothing can be previewed here, for this reason
│   └── RunnerBusy        another runner holds this experiment
├── RecordError           the record cannot be read or written
│   ├── RecordReadOnly    nothing can be kept here
│   ├── RecordBusy        another process holds it too long
│   ├── RecordForeign     it belongs to another user
│   └── RecordCorrupt     it does not say what was written
├── RunnerLost            the runner went away; its runs can be resumed
├── Interrupted           a person interrupted the command (exit 130)
└── ProviderError         the provider gave no usable answer
    └── NeedsModel        only a model could answer

Adapters translate foreign exceptions into these; doors map them once, by
``code``, ``message``, ``remedy`` and ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping


class CoimproveError(Exception):
    """One thing that went wrong: what it is, and what to do about it."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def as_dict(self) -> dict[str, str]:
        """The wire form ``{code, message, remedy}``."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy}


class UsageError(CoimproveError):
    code = "usage"
    exit_code = 2


class UnknownName(UsageError):
    """``UnknownName("factor", "lrr", ["lr"])`` says which names come close."""

    code = "unknown_name"

    def __init__(self, what: str, name: str, known: Iterable[str], *, remedy: str = "") -> None:
        names = sorted(set(known))
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        if close:
            remedy = f"did you mean {', '.join(close)}?" + (f" {remedy}" if remedy else "")
        elif names and not remedy:
            shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
            remedy = f"known: {shown}"
        super().__init__(f"no {what} named {name!r}", remedy=remedy)
        self.close = tuple(close)


class NothingToDo(CoimproveError):
    code = "nothing_to_do"
    exit_code = 3


class NotebookError(CoimproveError):
    code = "notebook"


class PlanError(CoimproveError):
    code = "plan"


class PlanChanged(PlanError):
    code = "plan_changed"


class DecisionError(CoimproveError):
    code = "decision"


class Stale(DecisionError):
    code = "stale"


class Claimed(DecisionError):
    code = "claimed"


class EngineError(CoimproveError):
    code = "engine"


class KernelMissing(EngineError):
    code = "kernel_missing"


class PreviewsOff(EngineError):
    code = "previews_off"


class RunnerBusy(EngineError):
    code = "runner_busy"


class RunnerLost(EngineError):
    code = "runner_lost"


class RecordError(CoimproveError):
    code = "record"


class RecordReadOnly(RecordError):
    code = "record_read_only"


class RecordBusy(RecordError):
    code = "record_busy"


class RecordForeign(RecordError):
    code = "record_foreign"


class RecordCorrupt(RecordError):
    code = "record_corrupt"


class Interrupted(CoimproveError):
    code = "interrupted"
    exit_code = 130


class ProviderError(CoimproveError):
    """``usage`` is what the answer had used up when it failed, as at the end of a whole one."""

    code = "provider"

    def __init__(self, message: str, *, remedy: str = "", usage: Mapping[str, object] | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.usage = dict(usage or {})


class NeedsModel(ProviderError):
    code = "needs_model"
