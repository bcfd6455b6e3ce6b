"""A table of results that exists already: which column is the block, the treatment, the response."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.effects import Row
from jupyter_coimprove.evidence.reading import Columns, frame_columns, label_of, read_columns, value_of
from jupyter_coimprove.runs.run import Value

_BLOCKS = (
    "block", "seed", "random_state", "random_seed", "fold", "cv_fold", "split", "replicate", "rep", "repeat",
)  # fmt: skip
_TREATMENTS = (
    "treatment", "arm", "variant", "condition", "model", "method", "system", "algorithm", "config",
    "configuration", "setting", "group", "run_name", "runname", "name",
)  # fmt: skip
_RESPONSES = ("response", "value", "score", "result", "metric_value")
_BASELINES = ("baseline", "base", "control", "default", "reference", "ref", "original")
_RISES = re.compile(
    r"acc|auc|auroc|auprc|f1|f_1|r2|r_2|score|precision|recall|iou|dice|bleu|rouge|map\b|ndcg|reward|return"
)
_FALLS = re.compile(
    r"loss|err|rmse|mse|mae|mape|perplexity|ppl|nll|wer|cer|fid\b|latency|time|seconds|deviance|brier"
)
#: Columns that say how much was spent on choosing a treatment's settings.
_BUDGET = re.compile(
    r"(n_|num_|number_of_)?(trials|configs|configurations|evaluations|evals|sweeps|tuning_runs|search_iterations)"
    r"|n_iter|(tuning|search|hpo|sweep)_(budget|trials|size|hours|runs)"
)
_NUMBERED = re.compile(r"(?:(?:seed|fold|block|split|rep|run)[ _-]?)?\d+\Z", re.IGNORECASE)
Direction = Literal["max", "min"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One cell of the table: a response of a treatment in a block."""

    block: str
    treatment: str
    value: Value
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Results by block and treatment, all kept; ``notes`` say how the file was understood."""

    response: str
    treatments: tuple[str, ...]
    blocks: tuple[str, ...]
    results: tuple[Result, ...]
    layout: Literal["long", "wide"]
    notes: tuple[str, ...] = ()

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks in the order of the table; empty where no column of tasks was named."""
        return tuple(dict.fromkeys(r.task for r in self.results if r.task))

    def of(self, task: str) -> Table:
        """The results of one task alone."""
        kept = tuple(r for r in self.results if r.task == task)
        return replace(self, results=kept, blocks=tuple(dict.fromkeys(r.block for r in kept)), notes=())

    def number(self, block: str) -> int:
        """The number of a block: its label where all labels are whole numbers, else its place."""
        if all(re.fullmatch(r"-?\d{1,15}", label) for label in self.blocks):
            return int(block)
        return self.blocks.index(block) + 1

    def rows(self) -> list[Row]:
        """The results as rows of an analysis."""
        return [Row(arm=r.treatment, block=self.number(r.block), value=r.value) for r in self.results]

    def baseline(self, name: str | None = None) -> str:
        """The treatment to compare with: as named, the only one, or one that is called a baseline."""
        if name is not None:
            if name not in self.treatments:
                raise UnknownName("treatment", name, self.treatments)
            return name
        called = [t for t in self.treatments if t.lower() in _BASELINES]
        if len(self.treatments) == 1 or len(called) == 1:
            return called[0] if called else self.treatments[0]
        shown = ", ".join(self.treatments[:8])
        raise UsageError(f"which of {shown} is the baseline?", remedy="name it with --baseline")

    def values(self, treatment: str | None = None) -> list[float]:
        """The finite responses of one treatment (of the baseline, where none is named)."""
        name = self.baseline(treatment)
        found = (r.value.number for r in self.results if r.treatment == name and r.value.kind == "finite")
        return [number for number in found if number is not None]


def direction_of(response: str) -> Direction | None:
    """Which way a response of this name improves, where its name tells."""
    rises, falls = _RISES.search(response.lower()), _FALLS.search(response.lower())
    if bool(rises) == bool(falls):
        return None
    return "max" if rises else "min"


def read_table(
    path: Path, *, block: str | Sequence[str] | None = None, treatment: str | Sequence[str] | None = None,
    response: str | None = None, task: str | None = None,
) -> Table:  # fmt: skip
    """Read results from CSV, TSV, JSON, JSON lines or parquet: long, or wide with a column a treatment.

    Columns that are not named are recognised by their names (MLflow and W&B prefixes aside);
    several columns, as a sequence or joined by commas, are taken together. Raises UnknownName
    for a column that is not there and UsageError where the table cannot be understood.
    """
    return table(
        read_columns(path), block=block, treatment=treatment, response=response, task=task, what=path.name
    )


def from_frame(
    frame: Any, *, block: str | Sequence[str] | None = None, treatment: str | Sequence[str] | None = None,
    response: str | None = None,
) -> Table:  # fmt: skip
    """The same from a pandas data frame; NaN in it is kept as NaN, None and NA as missing."""
    return table(
        frame_columns(frame), block=block, treatment=treatment, response=response, what="the data frame"
    )


def table(
    columns: Columns, *, block: str | Sequence[str] | None, treatment: str | Sequence[str] | None,
    response: str | None, what: str, task: str | None = None,
) -> Table:  # fmt: skip
    """Understand columns as a table of results; ``what`` names it in errors."""
    if not columns.rows or not columns.names:
        raise UsageError(f"{what} has no rows", remedy="one row a run is read")
    blocks = _named(columns, block) or [n for n in columns.names if _plain(n) in _BLOCKS]
    arms = _named(columns, treatment)
    for name in (response, task):
        if name is not None and name not in columns.names:
            raise UnknownName("column", name, columns.names)
    if task is not None and (task in blocks or task in arms):
        raise UsageError(f"{task} is the task and the block or treatment too", remedy="name three columns")
    if not arms:
        taken = {*blocks, response, task}
        guesses = [n for n in columns.names if n not in taken and _groups(columns, n)]
        words = [n for n in guesses if not _numeric(columns, n)] or guesses
        arms = _only(words, "treatment", what)
    if arms or response is not None or task is not None:
        return _long(columns, blocks, arms, response, what, task)
    return _wide(columns, blocks, what)


def is_block_name(name: str) -> bool:
    """Whether a column or parameter of this name says which seed, split or fold a row is of."""
    plain = _plain(name)
    return (
        plain in _BLOCKS or plain.endswith(("_seed", "_fold")) or plain.startswith(("seed_", "random_state"))
    )


def _plain(name: str) -> str:
    """``params.seed`` and ``config/Seed`` are ``seed``."""
    return re.sub(r"[ \-]+", "_", re.split(r"[./]", name.strip())[-1].lower())


def _named(columns: Columns, wanted: str | Sequence[str] | None) -> list[str]:
    if wanted is None:
        return []
    if isinstance(wanted, str):
        wanted = [wanted] if wanted in columns.names else [part.strip() for part in wanted.split(",")]
    for name in wanted:
        if name not in columns.names:
            raise UnknownName("column", name, columns.names)
    return list(wanted)


def _only(names: Sequence[str], role: str, what: str) -> list[str]:
    if len(names) > 1:
        raise UsageError(
            f"{what} has several columns that may be the {role}: {', '.join(names)}",
            remedy=f"name it with --{role}",
        )
    return list(names)


def _numeric(columns: Columns, name: str) -> bool:
    """Whether a column holds responses: a number in it, and no other text."""
    kinds = [value_of(cell).kind for cell in columns.column(name)]
    return "finite" in kinds and "text" not in kinds


def _groups(columns: Columns, name: str) -> bool:
    """Whether a column is called like a treatment and puts the rows into groups of several."""
    count = len({label_of(cell) for cell in columns.column(name)})
    return _plain(name) in _TREATMENTS and 1 < count < len(columns.rows)


def _label(columns: Columns, names: Sequence[str], row: Sequence[Any]) -> str:
    cells = [label_of(row[columns.names.index(name)]) for name in names]
    if len(cells) == 1 or not all(cells):
        return cells[0] if len(cells) == 1 else ""
    return ", ".join(f"{_plain(name)}={cell}" for name, cell in zip(names, cells, strict=True))


def _long(
    columns: Columns, blocks: Sequence[str], arms: Sequence[str], response: str | None, what: str,
    task: str | None = None,
) -> Table:  # fmt: skip
    if task is not None and not arms:
        raise UsageError(f"which column of {what} names the treatment?", remedy="name it with --treatment")
    chosen = response or _response(columns, {*blocks, *arms, *([task] if task else [])}, what)
    if len(blocks) == 0 and arms:
        others = [n for n in columns.names if n not in {*arms, chosen}]
        raise UsageError(
            f"no column of {what} says which runs share a seed or split, so they cannot be paired",
            remedy=f"name it with --block ({', '.join(others[:6]) if others else 'add one to the table'}); "
            "an unpaired comparison hides what pairing would show",
        )
    results, left, single = [], 0, chosen
    for place, row in enumerate(columns.rows, start=1):
        block = _label(columns, blocks, row) if blocks else str(place)
        arm = _label(columns, arms, row) if arms else single
        if not block or not arm:
            left += 1
            continue
        of = _label(columns, [task], row) if task else ""
        if task and not of:
            left += 1
            continue
        value = value_of(row[columns.names.index(chosen)])
        results.append(Result(block=block, treatment=arm, value=value, task=of))
    notes = _budgets(columns, {*blocks, *arms, chosen}, arms)
    if left:
        notes.append(f"{left} row{'s' if left > 1 else ''} without a block or treatment left out")
    if len(blocks) > 1:
        notes.append(f"a block is a combination of {', '.join(blocks)}")
    seen = Counter((result.treatment, result.block, result.task) for result in results)
    if arms and max(seen.values(), default=0) > 1:
        rest = [n for n in columns.names if n not in {*blocks, *arms, chosen, task}]
        differ = [n for n in rest if len({label_of(cell) for cell in columns.column(n)}) > 1]
        if differ:
            notes.append(f"rows of the same treatment and block may differ in {', '.join(differ[:4])}")
        count = Counter(result.treatment for result in results)
        most, least = max(count, key=count.__getitem__), min(count, key=count.__getitem__)
        if count[most] > count[least]:
            notes.append(
                f"confounded: unequal tuning budgets ({most} has {count[most]} rows, {least} {count[least]}): a difference "
                "may come from tuning as well as from the treatment; rows of one treatment and block are averaged, "
                "never the best of them taken"
            )
    return _table(chosen, results, "long", notes, what)


def _budgets(columns: Columns, taken: set[str], arms: Sequence[str]) -> list[str]:
    """What was spent on tuning the arms, where the table says it and they differ (STATISTICS 18)."""
    out = []
    for name in columns.names:
        if name in taken or not arms or not _BUDGET.fullmatch(_plain(name)):
            continue
        at = columns.names.index(name)
        spent: dict[str, set[str]] = {}
        for row in columns.rows:
            spent.setdefault(_label(columns, arms, row), set()).add(label_of(row[at]))
        if len({frozenset(values) for values in spent.values()}) > 1:
            shown = "; ".join(
                f"{arm}: {', '.join(sorted(values))}" for arm, values in list(spent.items())[:4]
            )
            out.append(f"confounded: treatments had unequal budgets of tuning ({name}: {shown})")
    return out


def _response(columns: Columns, taken: set[str], what: str) -> str:
    numeric = [n for n in columns.names if n not in taken and _numeric(columns, n)]
    if not numeric:
        raise UsageError(f"no column of {what} holds numbers to compare", remedy="name it with --response")
    return the_response(numeric, f"{what} has several columns")


def the_response(names: Sequence[str], several: str) -> str:
    """The one of these that is the response: alone, or alone in a name that says so.

    Raises UsageError, which begins with ``several``, where more than one may be it.
    """
    plain = [name for name in names if _plain(name) in _RESPONSES]
    metrics = [name for name in names if direction_of(_plain(name)) is not None]
    for found in (names, plain, metrics):
        if len(found) == 1:
            return found[0]
    raise UsageError(
        f"{several} that may be the response: {', '.join(names[:8])}", remedy="name it with --response"
    )


def _wide(columns: Columns, blocks: Sequence[str], what: str) -> Table:
    """A column a treatment and a row a block, or the other way round where columns are numbered."""
    numeric = [n for n in columns.names if n not in blocks and _numeric(columns, n)]
    words = [n for n in columns.names if n not in blocks and n not in numeric]
    if not numeric:
        raise UsageError(f"no column of {what} holds numbers to compare", remedy="name it with --response")
    if not blocks and len(words) == 1 and all(_NUMBERED.match(n) for n in numeric) and len(numeric) > 1:
        at = columns.names.index(words[0])
        turned = [
            Result(block=n, treatment=label_of(row[at]), value=value_of(row[columns.names.index(n)]))
            for row in columns.rows
            for n in numeric
        ]
        return _table("response", turned, "wide", [f"read as a row a treatment, from {words[0]}"], what)
    if len(numeric) == 1:
        return _long(columns, blocks or words[:1], [], numeric[0], what)
    if all(direction_of(_plain(n)) is not None for n in numeric):
        raise UsageError(
            f"{', '.join(numeric[:6])} look like several responses of the same runs, not like treatments",
            remedy="name one with --response, and the column of the treatment with --treatment",
        )
    blocks = blocks or words[:1]
    results = []
    for place, row in enumerate(columns.rows, start=1):
        block = _label(columns, blocks, row) if blocks else str(place)
        for name in numeric:
            value = value_of(row[columns.names.index(name)])
            results.append(Result(block=block or str(place), treatment=name, value=value))
    note = f"read as a column a treatment ({', '.join(numeric)}) and a row a block"
    return _table("response", results, "wide", [note if blocks else f"{note}, numbered as it stands"], what)


def _table(
    response: str, results: Sequence[Result], layout: Literal["long", "wide"], notes: Sequence[str], what: str
) -> Table:
    if not results:
        raise UsageError(f"{what} has no row with a block and a treatment", remedy="check its columns")
    return Table(
        response=response, treatments=tuple(dict.fromkeys(r.treatment for r in results)),
        blocks=tuple(dict.fromkeys(r.block for r in results)), results=tuple(results), layout=layout,
        notes=tuple(notes),
    )  # fmt: skip
