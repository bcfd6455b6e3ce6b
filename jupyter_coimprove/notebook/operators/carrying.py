"""Carries an operator out at one place, and checks that nothing else changed."""

from __future__ import annotations

import ast
import copy

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.candidates import OperatorName
from jupyter_coimprove.notebook.operators import identities, items, statements, terms
from jupyter_coimprove.notebook.operators.around import Around
from jupyter_coimprove.notebook.operators.code import Code, Splice, apply
from jupyter_coimprove.notebook.trees import last_name


def carry_out(
    source: str, plain: str, start: int, end: int, operator: OperatorName, *, around: Around | None = None
) -> str:
    """The source with what stands at ``[start, end)`` dropped or made to pass its input on.

    ``plain`` is the source as plain Python with the same lines. Every operator but ``set``. Raises
    PlanError, with the reason, where it cannot be carried out; the result is read again and is
    the same tree but for the operand.
    """
    if operator == "drop-item":
        _check_step(source[start:end], around or Around())
        return items.drop(source, start, end)
    code = Code.read(source, plain)
    splices, old, new = _splices(code, start, end, operator, around or Around())
    edited = apply(source, splices)
    if edited == source:
        raise PlanError("nothing would change", remedy="leave this factor out of the plan")
    _check(code, plain, splices, old, new)
    return edited


def refusal(
    source: str, plain: str, start: int, end: int, operator: OperatorName, *, around: Around | None = None
) -> str:
    """Why an operator cannot be carried out there; empty where it can. For what is offered.

    Fast: what the operator asks of the code is asked, but the whole tree is not compared.
    """
    try:
        if operator == "drop-item":
            _check_step(source[start:end], around or Around())
            items.drop(source, start, end)
            return ""
        code = Code.read(source, plain)
        splices, _, _ = _splices(code, start, end, operator, around or Around())
        _parsed(code, plain, splices)
    except PlanError as error:
        return error.message
    return ""


def _check_step(member: str, around: Around) -> None:
    """PlanError where a pipeline's step is addressed by its name: without it, that name sets nothing.

    Its name is the text before it, or the class in lower case (``make_pipeline``).
    """
    try:
        node = ast.parse(member.strip(), mode="eval").body
    except SyntaxError:
        return
    name = ""
    if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
        name = str(node.elts[0].value)
    elif isinstance(node, ast.Call):
        name = last_name(node.func).lower()
    if name and (where := around.addressed(name)):
        raise PlanError(
            f"the step {name!r} is addressed by its name {where}", remedy="vary it, or drop what addresses it"
        )


def _splices(
    code: Code, start: int, end: int, operator: OperatorName, around: Around
) -> tuple[list[Splice], ast.AST | None, ast.AST | None]:
    """What to replace in the text, and what becomes of the tree: ``old`` by ``new`` (None: it goes)."""
    if operator == "drop-term":
        term = terms.term_at(code, start, end)
        if terms.augments(code, term):
            return _statement(code, code.statement(term), None)
        if terms.is_member(code, term):
            edited = items.drop(code.source, *code.sure(term))
            return _as_splices(code.source, edited), term, None
        return terms.drop_term(code, term)
    if operator == "identity":
        call = identities.call_at(code, start, end)
        splices, new = identities.identity(code, call, around)
        return splices, call, new
    if operator == "drop-statement":
        return _statement(code, statements.statement_at(code, start, end), around)
    raise PlanError(f"{operator} is carried out by its value, not by leaving something out")


def _statement(
    code: Code, node: ast.stmt, around: Around | None
) -> tuple[list[Splice], ast.AST, ast.AST | None]:
    if around is not None:
        statements.check(code, node, around)
    splices, passes = statements.drop_statement(code, node)
    return splices, node, ast.Pass() if passes else None


def _as_splices(source: str, edited: str) -> list[Splice]:
    first = next((n for n, (a, b) in enumerate(zip(source, edited, strict=False)) if a != b), len(edited))
    tail = 0
    while tail < len(edited) - first and source[-1 - tail] == edited[-1 - tail]:
        tail += 1
    return [(first, len(source) - tail, edited[first : len(edited) - tail])]


def _check(code: Code, plain: str, splices: list[Splice], old: ast.AST | None, new: ast.AST | None) -> None:
    """The edited text read again is the tree with the operand replaced, and nothing else."""
    now = _parsed(code, plain, splices)
    memo: dict[int, object] = {}
    wanted = copy.deepcopy(code.tree, memo)
    if old is not None:
        target = memo[id(old)]
        assert isinstance(target, ast.AST)
        _replace(wanted, target, new)
    if ast.dump(now) != ast.dump(wanted):
        raise PlanError(
            "the code around it would be read otherwise", remedy="leave this factor out of the plan"
        )


def _parsed(code: Code, plain: str, splices: list[Splice]) -> ast.Module:
    try:
        # Lines keep their places in both, so an edit of the one is an edit of the other.
        return ast.parse(apply(plain, _in_plain(code, plain, splices)))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PlanError(
            f"the code would no longer parse ({error})", remedy="leave this factor out of the plan"
        ) from error


def _in_plain(code: Code, plain: str, splices: list[Splice]) -> list[Splice]:
    """The same splices in the plain text: its lines are the source's, those of magics may be shorter."""
    source, starts = code.source, code.spans.starts
    if len(source) == len(plain):
        return splices
    lines = plain.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)

    def moved(position: int) -> int:
        row = max(n for n, begin in enumerate(starts[: len(lines)]) if begin <= position)
        return min(offsets[row] + position - starts[row], len(plain))

    return [(moved(start), moved(end), text) for start, end, text in splices]


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST | None) -> None:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
                return
            if isinstance(value, list) and any(entry is old for entry in value):
                place = next(n for n, entry in enumerate(value) if entry is old)
                value[place : place + 1] = [] if new is None else [new]
                return
