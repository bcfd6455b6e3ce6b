"""Metrics that a notebook writes by hand, beside what they say they are: run on made-up cases, never on its data.

Only imports, constants and functions of the notebook take part. A metric that differs from its definition on most cases, and
that one change of its code makes equal on all of them, is wrong there; one that no single change makes equal may be another
convention, and is told as such, with little confidence.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

from jupyter_coimprove.evidence.metrics.known import Known, known, order
from jupyter_coimprove.evidence.metrics.repairs import Change, changes
from jupyter_coimprove.notebook.cells import Notebook

SECONDS = 30.0


class Ran(Protocol):
    """What came of it: ``error`` is empty, or the last line of the traceback; ``values`` are JSON."""

    @property
    def error(self) -> str: ...
    @property
    def values(self) -> Mapping[str, object]: ...


class Run(Protocol):
    """Runs cells in a fresh process and an empty folder; never raises for what they do."""

    def __call__(
        self, cells: Sequence[str], names: Sequence[str] = (), *, seconds: float = SECONDS
    ) -> Ran: ...


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A function of the notebook's cell ``index`` (from 0) that says it is ``known``; ``cases`` were tried.

    ``equal`` says that it computes that. Else ``change`` is the one that makes it so, None where none does, and
    ``example`` is what a case gives and should give. ``why`` says why it could not be tried.
    """

    index: int
    line: int
    function: str
    known: Known
    equal: bool = False
    cases: int = 0
    example: tuple[float, float] = (0.0, 0.0)
    change: Change | None = None
    mended: str = ""
    why: str = ""


def metrics(notebook: Notebook, transform: Callable[[str], str], run: Run) -> tuple[Metric, ...]:
    """Every function at the top of a cell that says it is a known metric; ``run`` is asked once for each that differs."""
    trees: list[tuple[int, str, ast.Module]] = []
    for cell in notebook.code_cells:
        try:
            text = transform(cell.source)
            trees.append((cell.index, text, ast.parse(text)))
        except (SyntaxError, ValueError):
            continue
    around = [node for _, _, tree in trees for node in tree.body if _kept(node)]
    out = []
    for index, text, tree in trees:
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.decorator_list
                and (one := known(node)) is not None
            ):
                out.append(_tried(index, text, node, one, around, run))
    return tuple(out)


def _kept(node: ast.stmt) -> bool:
    """Imports, functions and constants: what a function needs, without the notebook's work."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef):
        return True
    return isinstance(node, ast.Assign) and all(
        isinstance(part, ast.Constant | ast.Name | ast.Tuple | ast.List | ast.Dict | ast.expr_context | ast.Assign | ast.UnaryOp | ast.unaryop | ast.Load)
        for part in ast.walk(node)
    ) and not any(isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) for part in ast.walk(node))  # fmt: skip


def _tried(
    index: int, text: str, node: ast.FunctionDef, one: Known, around: Sequence[ast.stmt], run: Run
) -> Metric:
    found = Metric(index=index, line=node.lineno, function=node.name, known=one)
    before = "\n".join(ast.unparse(part) for part in around if part is not node)
    first = _asked(before, [ast.unparse(node)], node, one, run)
    if isinstance(first, str):
        return _like(found, why=first)
    values, wanted = first
    if not values[0]:
        return _like(found, why="it ends with an error on the cases, or gives no number")
    if _equal(values[0], wanted):
        return _like(found, equal=True, cases=len(wanted))
    differs = next((a, b) for a, b in zip(values[0], wanted, strict=True) if not _near(a, b))
    found = _like(found, cases=len(wanted), example=differs)
    # A helper that it calls may be where it goes wrong: that one is tried by itself if it says what it is.
    tried = changes(node)
    told = _asked(before, [change.source for change in tried], node, one, run)
    if isinstance(told, str):
        return found
    for change, gave in zip(tried, told[0], strict=True):
        if gave and _equal(gave, told[1]):
            return _like(found, change=change, mended=_mended(text, node, change))
    return found


def _like(metric: Metric, **more: object) -> Metric:
    import dataclasses

    return dataclasses.replace(metric, **more)  # type: ignore[arg-type]


def _asked(
    before: str, versions: Sequence[str], node: ast.FunctionDef, one: Known, run: Run
) -> tuple[list[list[float]], list[float]] | str:
    """What each version gives on the cases (empty: it fails), and the definition; or why nothing was given."""
    reference = resources.files(__package__).joinpath("references.py").read_text(encoding="utf-8")
    sided = order(node)
    cell = _BESIDE.format(
        reference=json.dumps(reference), before=json.dumps(before), versions=json.dumps(list(versions)), name=json.dumps(node.name),
        known=json.dumps(one.name), cases=json.dumps(one.cases), turned=sided == "guess first",
        open=sided == "open" and one.sided and len(versions) == 1, arguments=one.arguments,
    )  # fmt: skip
    ran = run([cell], ("gave", "wanted"), seconds=SECONDS)
    gave, wanted = ran.values.get("gave"), ran.values.get("wanted")
    if ran.error or not isinstance(gave, list) or not isinstance(wanted, list):
        return ran.error or "it gives no numbers"
    return [[float(v) for v in part] for part in gave], [float(v) for v in wanted]


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(1.0, abs(other))


def _equal(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(_near(a, b) for a, b in zip(one, other, strict=True))


def _mended(text: str, node: ast.FunctionDef, change: Change) -> str:
    """The cell with the one line changed where that can be told, else with the function written anew."""
    lines = text.split("\n")
    place = node.lineno + change.line - 2
    if place < len(lines) and lines[place].count(change.before) == 1:
        lines[place] = lines[place].replace(change.before, change.after)
        mended = "\n".join(lines)
        try:
            same = [
                n for n in ast.parse(mended).body if isinstance(n, ast.FunctionDef) and n.name == node.name
            ]
        except SyntaxError:
            same = []
        if same and ast.unparse(same[0]) == change.source:
            return mended
    end = node.end_lineno or node.lineno
    return "\n".join([*text.split("\n")[: node.lineno - 1], change.source, *text.split("\n")[end:]])


#: Runs in a process of its own. A function is given copies, so that one that changes its arguments harms no other.
_BESIDE = """
import copy, io, contextlib, math, warnings
warnings.simplefilter("ignore")
beside = {{}}
exec({reference}, beside)
rng = beside["np"].random.default_rng(5)
calls = [tuple(one) for one in beside["cases"]({cases}, rng)]
wanted = [float(beside[{known}](*copy.deepcopy(one))) for one in calls]

def turned(one):
    return (one[1], one[0], *one[2:])

def told(source, flip):
    space = {{}}
    out = []
    try:
        exec({before}, space)
        exec(source, space)
        for one in calls:
            one = copy.deepcopy(one)
            value = float(space[{name}](*(turned(one) if flip else one)))
            if not math.isfinite(value):
                return []
            out.append(value)
    except Exception:
        return []
    return out

gave = []
with contextlib.redirect_stdout(io.StringIO()):
    for source in {versions}:
        values = told(source, {turned})
        if {open} and values and any(abs(a - b) > 1e-9 * max(1, abs(b)) for a, b in zip(values, wanted)):
            # The names do not say which side is the truth: either is right.
            other = told(source, True)
            values = other if other and all(abs(a - b) <= 1e-9 * max(1, abs(b)) for a, b in zip(other, wanted)) else values
        gave.append(values)
"""
