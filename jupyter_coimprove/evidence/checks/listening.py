"""Where a probe listens: what is fitted on and scored on, and where the labels come from, by the dataflow."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.check import read_with
from jupyter_coimprove.evidence.checks.machine import Machine
from jupyter_coimprove.evidence.checks.rules import PREDICTS
from jupyter_coimprove.evidence.checks.values import NOTHING, Model, Score, Val, Where
from jupyter_coimprove.experiments.probes.spots import Role, Spot, Spots
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.operators.code import Code

_FITS = ("fit", "partial_fit")
_OUTPUTS = ("predict", "predict_proba", "decision_function", "predict_log_proba")
_SCORES = ("score", "evaluate")


@dataclass(eq=False)
class Call:
    """A call on a model: ``kind`` is fit, scored or crossed; ``x`` and ``y`` the nodes of its arguments."""

    number: int
    kind: str
    node: ast.Call
    key: int | str
    where: Where
    model: int
    x: ast.expr
    y: ast.expr | None
    known: Val = NOTHING
    labels: Val = NOTHING
    #: Fits (by number) that the model has had when it is scored.
    fits: tuple[int, ...] = ()
    judged: bool = False


@dataclass(frozen=True, kw_only=True)
class Listening:
    """``calls`` that count for a score; ``why`` says what could not be listened to, a sentence each."""

    spots: Spots
    calls: tuple[Call, ...]
    why: tuple[str, ...]
    #: The labels as the models are given them, as far as they are known.
    labels: tuple[Val, ...] = ()
    inputs: tuple[Val, ...] = ()
    made: dict[tuple[str, str], Where] = field(default_factory=dict)
    splits: tuple[Where, ...] = ()


class Watch(Machine):
    """The reader of checks, which also notes each call that gives rows to a model."""

    def __init__(self, modules: dict[str, tuple[str, ast.Module]]) -> None:
        super().__init__(modules)
        self.calls: list[Call] = []

    def on_model(
        self, value: Val, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call
    ) -> Val | None:
        model: Model = value.obj
        before = len(self.evaluations)
        kind = "fit" if name in _FITS else "scored" if name in (*_OUTPUTS, *_SCORES) else ""
        call = None
        if kind and model.role in PREDICTS:
            x, y = _argument(node, ("X", "x"), 0), _argument(node, ("y",), 1)
            given = keywords.get("X", keywords.get("x", args[0] if args else NOTHING))
            target = keywords.get("y", args[1] if len(args) > 1 else NOTHING)
            call = self._call(kind, node, model, x, y, given, target)
        found = super().on_model(value, name, args, keywords, node)
        if call is None:
            return found
        if kind == "fit":
            return found
        for evaluation in self.evaluations[before:]:
            call.judged = evaluation.score.metric != "early stopping" or call.judged
        return None if found is None else found.marked(f"call:{call.number}")

    def _call(
        self, kind: str, node: ast.Call, model: Model, x: ast.expr | None, y: ast.expr | None, given: Val, target: Val
    ) -> Call | None:  # fmt: skip
        if x is None:
            return None
        key = self.file or self.cell
        same = next((c for c in self.calls if c.node is node and c.kind == kind), None)
        fits = tuple(c.number for c in self.calls if c.kind == "fit" and c.model == model.number)
        if same is not None:
            same.fits = tuple(dict.fromkeys((*same.fits, *fits)))
            same.model = model.number
            return same
        call = Call(
            number=len(self.calls), kind=kind, node=node, key=key, where=self.where(node), model=model.number,
            x=x, y=y, known=given, labels=target, fits=fits,
        )  # fmt: skip
        self.calls.append(call)
        return call

    def evaluate(self, score: Score, x: Val, truth: Val, predicted: Val, node: ast.AST) -> Val:
        found = super().evaluate(score, x, truth, predicted, node)
        if self.evaluations[-1].score.metric == "early stopping":
            return found
        for mark in x.marks | predicted.marks | truth.marks:
            if mark.startswith("call:"):
                self.calls[int(mark[5:])].judged = True
        if not isinstance(node, ast.Call) or not self.evaluations[-1].score.folds:
            return found
        called = _last(node.func)
        if self.aliases.get(called, called) in library.CROSS:
            made = next((m for m in self.evaluations[-1].models), None)
            if made is not None:
                call = self._call(
                    "crossed", node, made, _argument(node, ("X",), 1), _argument(node, ("y",), 2), x, truth
                )
                if call is not None:
                    call.judged = True
        return found


def grouped(seen: Watch, node: ast.Call) -> bool:
    """Whether a cross-validation keeps groups together, so that equal rows may stay on one side."""
    cv = _argument(node, ("cv",), 4)
    if cv is None:
        return False
    known = seen.top.get(cv.id) if isinstance(cv, ast.Name) else None
    kind = known.obj.kind if known is not None and isinstance(known.obj, Model) else ast.unparse(cv)
    return "Group" in kind or "Predefined" in kind


def _last(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _argument(node: ast.Call, names: tuple[str, ...], place: int) -> ast.expr | None:
    named = next((k.value for k in node.keywords if k.arg in names), None)
    if named is not None:
        return named
    if any(isinstance(a, ast.Starred) for a in node.args[: place + 1]):
        return None
    return node.args[place] if len(node.args) > place else None


def listen(notebook: Notebook, transform: Callable[[str], str]) -> tuple[Watch, Listening]:
    """Read the notebook by its dataflow; the arguments that a probe wraps, and why others cannot be."""
    seen, whole = read_with(Watch, notebook, transform)
    judged = [c for c in seen.calls if c.judged and not _remembers(seen, c)]
    wanted = {number for call in judged for number in call.fits}
    calls = [c for c in seen.calls if c in judged or (c.kind == "fit" and c.number in wanted)]
    why = [] if whole else ["the notebook is longer than the checks read: what comes late is not listened to"]
    spots: list[Spot] = []
    kept: list[Call] = []
    for call in calls:
        try:
            spots += _spots(notebook, transform, call)
            kept.append(call)
        except PlanError as error:
            why.append(f"`{call.where.text[:60]}` cannot be listened to: {error.message}")
    return seen, Listening(
        spots=Spots(spots=tuple(spots), labels=None), calls=tuple(kept), why=tuple(why),
        labels=tuple(c.labels for c in kept if c.labels is not NOTHING), inputs=tuple(c.known for c in kept),
        made=dict(seen.made), splits=tuple(s.where for s in seen.splits),
    )  # fmt: skip


def _remembers(seen: Watch, call: Call) -> bool:
    """Whether the code itself says that what is scored is what was fitted: a score of memory, by intent."""
    if call.kind != "scored" or not call.known.rows:
        return False
    fitted = [c for c in seen.calls if c.number in call.fits]
    # Two masks that are not followed look alike: the same rows are those that are called the same.
    said = ast.unparse(call.x)
    return bool(fitted) and all(
        c.known.rows == call.known.rows and (_narrowed(c) or ast.unparse(c.x) == said) for c in fitted
    )


def _narrowed(call: Call) -> bool:
    """Whether the code says which rows these are."""
    return any(rows.steps for rows in call.known.rows)


def _spots(notebook: Notebook, transform: Callable[[str], str], call: Call) -> Iterator[Spot]:
    source = notebook.cells[call.key].source if isinstance(call.key, int) else notebook.beside[call.key]
    code = Code.read(source, transform(source) if isinstance(call.key, int) else source)
    roles: list[tuple[ast.expr, Role]] = [(call.x, "crossed" if call.kind == "crossed" else "scored")]
    if call.kind == "fit":
        roles = [(call.x, "fit")]
    if call.y is not None and call.kind != "scored":
        roles.append((call.y, "fit_y" if call.kind == "fit" else "crossed_y"))
    for node, role in roles:
        found = next((n for n in ast.walk(code.tree) if _same(n, node)), None)
        if found is None or code.in_f_string(found):
            raise PlanError("it stands inside a text")
        start, end = code.sure(found)
        yield Spot(
            key=call.key, start=start, end=end, text=source[start:end], role=role, site=call.number,
            fits=call.fits if role == "scored" else (),
        )  # fmt: skip


def _same(one: ast.AST, other: ast.expr) -> bool:
    return (
        type(one) is type(other) and isinstance(one, ast.expr)
        and (one.lineno, one.col_offset, one.end_lineno, one.end_col_offset)
        == (other.lineno, other.col_offset, other.end_lineno, other.end_col_offset)
    )  # fmt: skip


def site_of(root: str) -> tuple[int, int, int] | None:
    """(cell, line, column) where data were made, of what a reader of checks calls them; None in a file.

    What was made inside a function counts as made where that was called last from the notebook.
    """
    found = re.match(r"[a-z]+:(\d+):(\d+):(\d+)", root)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
