"""The one table of tools over a notebook and its record: what a model may read, and what it may propose.

None executes, writes or fetches. What is read is a typed block that says what it is ``of``; it passes
the same redaction as the context, and excluded cells are not there. A proposal is checked and given
back as a block: nothing is kept before the whole answer has ended.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NothingToDo, UnknownName, UsageError
from jupyter_coimprove.workbench.knowing import Wanted, permitted

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block, Tool
    from jupyter_coimprove.redaction import Scrubber
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.knowing.seen import Seen

Call = Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]
#: Characters of one cell's output, and how many of a kind are told at once.
OUTPUT, MOST = 20_000, 50
_TEXT = {"type": "string", "maxLength": 4_000}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 10_000}
_ID = {"type": "string", "pattern": r"^(exp_)?\w{4,40}$|^last$"}


def _schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(required), "additionalProperties": False,
    }  # fmt: skip


def _list(of: Mapping[str, Any], most: int = MOST) -> dict[str, Any]:
    return {"type": "array", "items": dict(of), "maxItems": most, "minItems": 1}


_EDIT = _schema(
    ("kind", "cell", "source"),
    kind={"type": "string", "enum": ["insert", "replace", "delete"]},
    cell={"type": ["integer", "string", "null"], "description": "the cell's number or id; null: insert at the top"},
    cell_kind={"type": "string", "enum": ["code", "markdown"]},
    source={"type": "string", "maxLength": 200_000, "description": "the whole new source; empty for delete"},
)  # fmt: skip
_FACTOR = _schema(
    ("name",),
    name={"type": "string", "maxLength": 300, "description": "as list_candidates names it"},
    levels={"type": "array", "items": {"type": "string", "maxLength": 300}, "maxItems": 8, "description": "Python literals; empty: take the part away, or the suggested level"},
)  # fmt: skip
_CHANCE = _schema(
    ("arm", "chance"), arm={"type": "string", "maxLength": 300},
    chance={"type": "number", "minimum": 0, "maximum": 1, "description": "that it is better than the baseline"},
)  # fmt: skip
#: Name, kind, help, schema of the input; in the order in which they are offered.
TABLE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("read_cells", "read", "Source and outputs of cells, by number.", _schema(("cells",), cells=_list(_NUMBER))),
    ("read_output", "read", "All that one cell has shown, as text; more of it from a later character on.",
     _schema(("cell",), cell=_NUMBER, start={"type": "integer", "minimum": 0})),
    ("read_image", "read", "See a picture (PNG, JPEG) that a cell has shown; the first, or the one of this number.",
     _schema(("cell",), cell=_NUMBER, number={"type": "integer", "minimum": 1, "maximum": 100})),
    ("read_variables", "read", "What is known of live variables (type, shape, range, columns), by name.",
     _schema(("names",), names=_list({"type": "string", "maxLength": 200}))),
    ("read_dataflow", "read", "Where a name is defined and read, and which cells depend on it.",
     _schema(("name",), name={"type": "string", "maxLength": 200})),
    ("list_candidates", "read", "What could be varied in this notebook, and what it measures.", _schema()),
    ("read_runs", "read", "An experiment and the state of its runs.", _schema(("experiment",), experiment=_ID)),
    ("read_effects", "read", "Effects with intervals and verdicts of an experiment that has ended.",
     _schema(("experiment",), experiment=_ID)),
    ("read_findings", "read", "Findings about this notebook, with their verdicts and what was decided.", _schema()),
    ("check_notebook", "read", "Validity and leakage: what the code shows of it.", _schema()),
    ("read_lessons", "read", "Lessons that people accepted from their decisions: go by them. With how they helped and harmed.", _schema()),
    ("list_ideas", "read", "What could be tried next by recombination, how far from what was tried or rejected, what it contradicts.", _schema()),
    ("read_debates", "read", "Debates about this notebook; what somebody said only once its blind round is over.", _schema()),
    ("check_values", "read", "The values in force here (principles with their checks), and what violates them in this notebook.", _schema()),
    ("propose_cells", "propose", "Propose changes to cells. The person decides; nothing is changed before.",
     _schema(("edits", "why"), edits=_list(_EDIT), why=_TEXT, expected=_TEXT)),
    ("propose_plan", "propose", "Propose an ablation: factors, response, design. The person edits, predicts and decides.",
     _schema(("factors", "question", "why"), factors=_list(_FACTOR, 12), question=_TEXT, why=_TEXT, expected=_TEXT,
             response={"type": "string", "maxLength": 300}, direction={"type": "string", "enum": ["max", "min"]},
             design={"type": "string", "enum": ["one-at-a-time", "leave-one-out", "add-one-in", "full-factorial"]},
             blocks={"type": "integer", "minimum": 2, "maximum": 200})),
    ("propose_finding", "propose",
     "Propose the finding of an experiment that has ended, in plain sentences; each number as read_effects gives it, with its arm. The person decides.",
     _schema(("experiment", "claim", "why"), experiment=_ID, claim=_TEXT, why=_TEXT)),
    ("propose_idea", "propose",
     "Propose an idea that is worth a plan: what it would change, each factor to one level. The person compares and decides.",
     _schema(("factors", "why"), factors=_list(_FACTOR, 4), why=_TEXT, expected=_TEXT,
             against={"type": "string", "maxLength": 300, "description": "the belief that it contradicts, if any"})),
    ("propose_lesson", "propose",
     "Propose a lesson from decisions that repeat: one short rule and the ids of the decisions behind it. The person decides.",
     _schema(("rule", "decisions", "why"), rule={"type": "string", "maxLength": 500}, decisions=_list(_ID, 40), why=_TEXT,
             kind={"type": "string", "enum": ["cells", "plan", "finding", "check", "card"], "description": "which proposals it is for"})),
    ("propose_case", "propose",
     "Propose a red-team case for a principle that check_values names, best one that gets past its checks. The person decides.",
     _schema(("principle", "name", "of", "text", "violates", "why"), principle={"type": "string", "maxLength": 100}, name={"type": "string", "maxLength": 200},
             of={"type": "string", "enum": ["code", "plan", "report"]}, text={"type": "string", "maxLength": 8_000},
             violates={"type": "boolean", "description": "false: a sound twin"}, why=_TEXT)),
    ("predict", "propose", "State which arms of a plan will do best, before any run: your own prediction, scored later.",
     _schema(("experiment", "ranking"), experiment=_ID, ranking=_list({"type": "string", "maxLength": 300}),
             p_better=_list(_CHANCE, 50))),
    ("ask_person", "ask", "Ask the person something you need to know; it ends your answer.",
     _schema(("question",), question=_TEXT, options={"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 6})),
)  # fmt: skip


def tools(bench: Bench, notebook: Path, wanted: Wanted | None = None) -> tuple[Tool, ...]:
    """The tools for one question about this notebook. NotebookError when it cannot be read."""
    from jupyter_coimprove.proposals.provider import Block, Tool
    from jupyter_coimprove.workbench import proposed
    from jupyter_coimprove.workbench.knowing import safe, seen

    wanted = wanted or Wanted()
    # Where pictures may not be sent the tool says so; to who takes none it is not offered.
    takes_images, wanted = not wanted.no_images, permitted(bench, wanted)
    at = _At(bench=bench, path=notebook, wanted=wanted, seen=seen.look(notebook, outputs=wanted.outputs))
    masks = safe.scrubber(bench, at.seen.secrets)
    # Where the person chose what is told, tools do not tell the rest.
    limited = at.wanted.cells is not None
    offered = [row for row in TABLE if row[1] != "read" or not limited or row[0] in ("read_cells", "read_output", "read_image", "read_variables")]  # fmt: skip

    offered = [row for row in offered if row[0] != "read_image" or takes_images]

    def made(name: str, kind: str) -> Callable[[Mapping[str, Any]], Block]:
        reads: dict[str, Call] = {
            "read_cells": at.cells, "read_output": at.output, "read_image": at.image, "read_variables": at.variables, "read_dataflow": at.dataflow,
            "list_candidates": at.candidates, "read_runs": at.runs, "read_effects": at.effects,
            "read_findings": at.findings, "check_notebook": at.checks, "list_ideas": at.ideas, "read_debates": at.debates,
            "check_values": at.values,
            "read_lessons": at.lessons,
        }  # fmt: skip

        def call(given: Mapping[str, Any]) -> Block:
            bench.check_cancelled()
            if kind == "read":
                found, data = reads[name](given)
                whole = {"of": notebook.name, **data}
                return _masked(Block(kind=found, v=1, data=whole), masks)
            return proposed.block(bench, notebook, name, given)

        return call

    return tuple(
        Tool(name=name, kind=kind, help=help_, schema=schema, call=made(name, kind))  # type: ignore[arg-type]
        for name, kind, help_, schema in offered
    )


def _masked(block: Block, masks: Scrubber) -> Block:
    from jupyter_coimprove.workbench.knowing import safe

    return safe.of_block(block, masks)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _At:
    """What the reading tools read from: each gives the kind of its block and its data."""

    bench: Bench
    path: Path
    wanted: Wanted
    seen: Seen

    def _cell(self, number: int) -> Any:
        shown = {
            c.index: c for c in self.seen.shown if self.wanted.cells is None or c.index in self.wanted.cells
        }
        if number - 1 not in shown:
            raise UsageError(
                f"cell {number} is not to be read", remedy=f"cells: {_ranges([i + 1 for i in shown])}"
            )
        return shown[number - 1]

    def cells(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench.knowing.cells import told

        found = [self._cell(number) for number in dict.fromkeys(given["cells"])]
        return "cells", {"cells": [told(self.seen, cell, source=OUTPUT, output=4_000) for cell in found]}

    def output(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        cell = self._cell(given["cell"])
        whole, start = self.seen.outputs.get(cell.index, ""), int(given.get("start", 0))
        data: dict[str, Any] = {
            "cell": given["cell"],
            "outputs": whole[start : start + OUTPUT],
            "start": start,
        }
        return "output", {**data, "left": max(0, len(whole) - start - OUTPUT)}

    def image(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench.knowing import pictures

        cell = self._cell(given["cell"])
        found = (
            pictures.of_cell(self.seen, cell.index, self.wanted.no_images)
            if cell.index in self.seen.pictures
            else []
        )
        number = int(given.get("number", 1))
        if number > len(found):
            raise NothingToDo(
                f"cell {given['cell']} shows {len(found) or 'no'} picture{'s' * (len(found) > 1)}",
                remedy="PNG and JPEG are pictures here",
            )
        one = found[number - 1]
        if one.kind != "image":
            raise NothingToDo(f"the picture of cell {given['cell']} is not sent: {one.data['why']}")
        return "image", dict(one.data)

    def variables(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        chosen = self.wanted.variables
        known = {
            str(one.get("name")): one for one in self.wanted.live.get("variables") or ()
            if one.get("name") not in self.seen.withheld and (chosen is None or one.get("name") in chosen)
        }  # fmt: skip
        if not known:
            raise NothingToDo(
                "no live variable is known here", remedy="the kernel was not asked, or has none"
            )
        missing = [name for name in given["names"] if name not in known]
        if missing:
            raise UnknownName("live variable", missing[0], known)
        return "variables", {"variables": [dict(known[name]) for name in given["names"]]}

    def dataflow(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench.knowing.flows import of_name

        data = of_name(self.seen, given["name"])
        if data is None:
            flow = self.seen.flow
            names = {n for c in self.seen.shown for n in flow.defs[c.index]} if flow else set()
            raise UnknownName("name that a cell defines", given["name"], names - self.seen.withheld)
        return "dataflow", data

    def candidates(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import asking, planning

        found, reading = planning.read(self.bench, str(self.path))
        shown = {cell.index for cell in self.seen.shown}
        listed = [
            c for c in reading.candidates if all(p.file or p.address.ordinal in shown for p in c.places)
        ]
        measured = [m for m in reading.measured if m.cell in shown]
        told = asking.context(found, dataclasses.replace(reading, candidates=tuple(listed[:MOST]), measured=tuple(measured[:MOST])), outputs=self.wanted.outputs)  # fmt: skip
        rows = [{k: v for k, v in one.items() if k != "spans"} for one in told[1].data["candidates"]]
        return "candidates", {"candidates": rows, "measured": told[2].data["measured"]}

    def runs(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import watching

        (row,) = watching.status(self.bench, experiment=given["experiment"]).experiments
        data = dataclasses.asdict(row)
        keep = ("id", "state", "question", "counts", "total", "arms")
        runs = [{k: v for k, v in run.items() if k in ("id", "arm", "block", "state", "reason", "seconds", "response")} for run in data["runs"]]  # fmt: skip
        return "runs", {**{k: data[k] for k in keep}, "runs": runs[:200]}

    def effects(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import concluding, piloting, reading_results, shelf, watching

        record = self.bench.record(self.path)
        item = shelf.experiment_item(record, given["experiment"])
        if item.state not in watching.ENDED or piloting.blinded(record, item) or shelf.is_probe(item):
            raise NothingToDo(f"{item.id} has no effects to show", remedy="they are shown once it has ended")
        found = reading_results.view(self.bench, item, concluding.evidence_of(record, item))
        return "effects", {
            "experiment": item.id, "response": found.response, "direction": found.direction, "baseline": found.baseline,
            "effects": [
                {k: v for k, v in dataclasses.asdict(row).items() if k in ("arm", "verdict", "estimate", "low", "high", "level", "n", "p_adjusted")}
                for row in found.effects
            ],
            "notes": list(found.notes), "claim": found.claim, "trust": item.trust,
        }  # fmt: skip

    def findings(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import shelf
        from jupyter_coimprove.workbench.knowing.kept import of_finding

        name = shelf.notebook_name(self.bench.root(self.path), self.path)
        found = self.bench.record(self.path).find("finding", notebook=name)
        return "findings", {"findings": [of_finding(item) for item in found[-MOST:]]}

    def lessons(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import lessons_proposed

        return "lessons", lessons_proposed.listed(self.bench, self.path)

    def ideas(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import ideas

        return "ideas", {"ideas": ideas.listed(self.bench, self.path)}

    def debates(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import debating, shelf

        return "debates", {
            "debates": debating.listed(self.bench, shelf.notebook_name(self.bench.root(self.path), self.path))
        }

    def values(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.workbench import values

        shown = {cell.index + 1 for cell in self.seen.shown}
        told = values.listed(self.bench, self.path)
        # What is said of a cell that is not to be read is not told either.
        told["violations"] = [one for one in told["violations"] if one["cell"] in shown or not one["cell"]][
            :MOST
        ]
        return "values", told

    def checks(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        from jupyter_coimprove.evidence.checks.check import check
        from jupyter_coimprove.kernelspace.transform import python_source
        from jupyter_coimprove.workbench import shelf

        found, whole = check(shelf.read_notebook(self.bench, self.path), python_source)
        shown = {cell.index for cell in self.seen.shown}
        rows = [
            {"title": one.title, "evidence": one.evidence, "why": one.why, "fix": one.fix, "cell": one.where.cell + 1, "confidence": one.confidence}
            for one in found
            if one.where.cell in shown and all(place.cell in shown for place in one.trail)
        ]  # fmt: skip
        return "checks", {"checks": rows[:MOST], "whole": whole}


def _ranges(numbers: list[int]) -> str:
    """``1-4, 6``: numbers in order, short."""
    out: list[list[int]] = []
    for number in sorted(numbers):
        if out and number == out[-1][1] + 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in out) or "none"
