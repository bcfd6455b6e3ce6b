"""Taking a term out of a sum: ``ce + w * aux`` without ``w * aux``."""

from __future__ import annotations

import ast

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.operators.code import Code, Splice, has_comment, operator_at
from jupyter_coimprove.notebook.scopes import path_of

#: Calls that add up the members of a list.
_ADDERS = frozenset({"sum", "fsum", "add_n", "reduce_sum", "nansum"})
_STACKERS = frozenset({"stack", "array", "tensor", "as_tensor", "cat", "concat", "concatenate", "hstack"})


def term_at(code: Code, start: int, end: int) -> ast.expr:
    """The operand that stands there. PlanError where what stands there is no term of a sum."""
    for node in code.at(start, end):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            return node.value
        if isinstance(node, ast.expr) and (
            _in_sum(code, node) or augments(code, node) or is_member(code, node)
        ):
            if code.in_f_string(node):
                raise PlanError(f"{_shown(code, start, end)} stands in an f-string, which is left as it is")
            return node
    raise PlanError(
        f"{_shown(code, start, end)} is not a term of a sum, so it cannot be dropped as one",
        remedy="name an operand of + or -, or leave this factor out of the plan",
    )


def _in_sum(code: Code, node: ast.expr) -> bool:
    above = code.parents.get(node)
    return isinstance(above, ast.BinOp) and isinstance(above.op, (ast.Add, ast.Sub))


def augments(code: Code, node: ast.expr) -> bool:
    """Whether it is all that ``x += …`` adds."""
    above = code.parents.get(node)
    return (
        isinstance(above, ast.AugAssign) and above.value is node and isinstance(above.op, (ast.Add, ast.Sub))
    )


def is_member(code: Code, node: ast.expr) -> bool:
    """Whether it is a member of a list that is added up: ``sum([a, b])``, ``torch.stack([a, b]).sum()``."""
    display = code.parents.get(node)
    if (
        not isinstance(display, (ast.List, ast.Tuple))
        or len(display.elts) < 2
        or isinstance(node, ast.Starred)
    ):
        return False
    call = code.parents.get(display)
    if not (isinstance(call, ast.Call) and call.args and call.args[0] is display):
        return False
    if _last(call) in _ADDERS:
        return True
    if _last(call) not in _STACKERS:
        return False
    above = code.parents.get(call)
    if isinstance(above, ast.Attribute):
        outer = code.parents.get(above)
        return isinstance(outer, ast.Call) and outer.func is above and above.attr in _ADDERS
    return isinstance(above, ast.Call) and _last(above) in _ADDERS and call in above.args


def _last(call: ast.Call) -> str:
    return (path_of(call.func) or "").rpartition(".")[2]


def drop_term(code: Code, term: ast.expr) -> tuple[list[Splice], ast.AST, ast.AST]:
    """The splices that take an operand of + or - out, the sum, and what takes its place in the tree."""
    whole = code.parents[term]
    assert isinstance(whole, ast.BinOp)  # term_at saw to it
    source = code.source
    (first, _), (_, last) = code.sure(whole), code.sure(whole)
    left_end, right_start = code.sure(whole.left)[1], code.sure(whole.right)[0]
    sign = operator_at(source, left_end, right_start, "+-")
    if term is whole.right:
        return [_cut_right(source, left_end, sign, last)], whole, whole.left
    after = sign + 1
    if isinstance(whole.op, ast.Sub):
        negative = ast.UnaryOp(op=ast.USub(), operand=whole.right)
        return _negated(code, whole, first, sign), whole, negative
    if has_comment(source, left_end, right_start):
        while source[after : after + 1] in (" ", "\t"):
            after += 1
        return [(first, _group_end(source, left_end, sign), ""), (sign, after, "")], whole, whole.right
    return [(first, _group_start(source, after, right_start), "")], whole, whole.right


def _cut_right(source: str, left_end: int, sign: int, last: int) -> Splice:
    stop = _group_end(source, left_end, sign)
    if not has_comment(source, stop, sign):
        return (stop, last, "")
    # A comment after the first operand stays; a line that has nothing left goes.
    line = source.find("\n", last)
    blank = line >= 0 and not source[last:line].strip()
    begin = sign
    if blank:
        begin = stop + len(source[stop:sign].rstrip())
    return (begin, last, "")


def _negated(code: Code, whole: ast.BinOp, first: int, sign: int) -> list[Splice]:
    """``a - b`` without ``a`` is ``-b``; ``-(b * c)`` where the sign would reach into the product."""
    source = code.source
    start, end = code.sure(whole.right)
    left_end = code.sure(whole.left)[1]
    opening = _group_start(source, sign + 1, start)
    product = isinstance(whole.right, ast.BinOp) and not isinstance(whole.right.op, ast.Pow)
    wrap = product and opening == start
    stop = first if not has_comment(source, left_end, sign) else _group_end(source, left_end, sign)
    splices: list[Splice] = [(end, end, ")")] if wrap else []
    if has_comment(source, left_end, start):
        splices.append((first, stop, "")) if stop > first else None
        splices += [(start, start, "(")] if wrap else []
        if stop == first:
            splices.append((first, sign, ""))
        return splices
    return [*splices, (first, opening, "-(" if wrap else "-")]


def _group_end(source: str, position: int, sign: int) -> int:
    """After the brackets that close behind the first operand."""
    out = position
    for offset in range(position, sign):
        if source[offset] == "#":
            break
        if source[offset] == ")":
            out = offset + 1
    return out


def _group_start(source: str, after: int, start: int) -> int:
    """Before the brackets that open in front of the second operand."""
    offset = after
    while offset < start:
        if source[offset] == "#":
            offset = source.find("\n", offset)
        elif source[offset] == "(":
            return offset
        offset += 1
    return start


def _shown(code: Code, start: int, end: int) -> str:
    text = " ".join(code.source[start:end].split())
    return repr(text if len(text) <= 60 else text[:59] + "…")
