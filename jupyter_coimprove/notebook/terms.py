"""Operands of sums that can be left out: terms of a loss, residual connections, noise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.parts import Part, Scope, target_and_value
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import last_name, walk

#: Sums of these names are an objective.
LOSSES = frozenset(
    "loss losses cost objective criterion nll elbo penalty reg regularizer energy surrogate obj lagrangian reward".split()  # noqa: SIM905
)
#: Sums of these names count or point somewhere.
COUNTS = frozenset(
    """i j k n idx index indices start end stop lo hi left right size len length step steps pos offset count counts num
    cut total tot running correct hits seen epoch window width height dim dims year month day time t0 t1 elapsed wait
    bad stall label labels name title path text msg line word words shape seed rank counter iteration ptr""".split()  # noqa: SIM905
)
_RANDOM = frozenset(
    "randn rand normal rand_like randn_like standard_normal uniform gauss laplace poisson normal_like".split()  # noqa: SIM905
)
_NOISE = frozenset({"noise", "noises", "jitter", "perturbation"})
_WEIGHTS = frozenset(
    """w weight weights lambda lam alpha beta gamma coef coeff coefficient scale factor bonus share strength eta mu_
    sigma tau c1 c2 strength amount""".split()  # noqa: SIM905
)
#: Calls in whose argument no sum is looked for.
_CLOSED = frozenset(
    "range len int str print format slice arange linspace zeros ones empty full min max append join round".split()  # noqa: SIM905
)
#: Methods that only finish a value: the name of what they finish says more.
_FINISHING = frozenset(
    "mean sum pow sqrt abs square detach item float squeeze unsqueeze exp log to view reshape flatten norm clamp cuda".split()  # noqa: SIM905
)


def terms(node: ast.stmt, scope: Scope) -> Iterator[Part]:
    """What can be left out of the sums of this statement."""
    _, name, value = target_and_value(node, scope)
    if value is None or not name or isinstance(node, ast.Expr):
        return
    if scope.klass and "." not in name:
        # ``h = h + x`` is a sum of its class: ``Block.h[x]``.
        name = f"{scope.klass}.{name}"
    if isinstance(node, ast.AugAssign):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            yield from _added(node, name, scope)
        return
    returned = isinstance(node, ast.Return)
    for number, total in enumerate(_sums(value, 4)):
        yield from _operands(total, name, scope, returned, outer=number == 0)


def _added(node: ast.AugAssign, name: str, scope: Scope) -> Iterator[Part]:
    """``loss += w * aux`` and ``out += identity``, but no counter."""
    value = node.value
    words = tokens(name.rpartition(".")[2])
    lossy = bool(words & LOSSES)
    plain = path_of(value) is not None
    if not _is_term(value) or _counts(value) or words & COUNTS - LOSSES:
        return
    weight = _weight(value)
    if lossy and (weight or not plain or scope.top):
        yield _part(f"{name}[{label(value)}]", value, 0.3, weight)
    elif scope.forward and isinstance(node.op, ast.Add):
        yield _part(f"{name}[{label(value)}]", value, 0.25 if plain else 0.1, weight)
    elif _is_noise(value):
        yield _part(f"{name}[{label(value)}]", value, 0.3, weight)


def _sums(node: ast.expr, depth: int) -> Iterator[ast.BinOp]:
    """The outermost sums of an expression, through brackets, calls and tuples."""
    if depth == 0:
        return
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            yield node
            for _, operand in flat(node):
                yield from _sums(operand, depth - 1)
        elif isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult)):
            yield from _sums(node.left, depth - 1)
            yield from _sums(node.right, depth - 1)
    elif isinstance(node, ast.Call):
        if last_name(node.func) not in _CLOSED:
            if isinstance(node.func, ast.Attribute):
                yield from _sums(node.func.value, depth)
            for value in node.args[:1]:
                yield from _sums(value, depth - 1)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for element in node.elts:
            yield from _sums(element, depth - 1)
    elif isinstance(node, ast.IfExp):
        yield from _sums(node.body, depth - 1)
        yield from _sums(node.orelse, depth - 1)
    elif isinstance(node, ast.UnaryOp):
        yield from _sums(node.operand, depth)
    elif isinstance(node, ast.Lambda):
        yield from _sums(node.body, depth - 1)


def flat(node: ast.expr, positive: bool = True) -> list[tuple[bool, ast.expr]]:
    """(whether it is added, operand) of ``a + b - c``, in order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        right = positive == isinstance(node.op, ast.Add)
        return [*flat(node.left, positive), (right, node.right)]
    return [(positive, node)]


def _operands(total: ast.BinOp, name: str, scope: Scope, returned: bool, *, outer: bool) -> Iterator[Part]:
    operands = flat(total)
    if any(not _is_sum_of(operand) for _, operand in operands):
        return
    real = [(added, operand) for added, operand in operands if literal(operand) is MISSING]
    # ``return a + b`` is called by its function; a sum that has a name of its own goes by that.
    lossy = bool(
        (
            tokens(name.rpartition(".")[2])
            | (tokens(scope.own.rpartition(".")[2]) if returned else frozenset())
        )
        & LOSSES
    )
    if (
        len(real) < 2
        or any(_counts(o) for _, o in real)
        or (tokens(name.rpartition(".")[2]) & COUNTS and not lossy)
    ):
        return
    noisy = [o for added, o in real if added and _is_noise(o)]
    for operand in noisy:
        if operand is not real[0][1] or len(noisy) < len(real):
            yield _part(f"{name}[noise]", operand, 0.3, _weight(operand))
    rest = [(added, o) for added, o in real if not any(o is n for n in noisy)]
    if lossy:
        for index, (added, operand) in enumerate(rest):
            weight = _weight(operand)
            if not added and not weight and not outer:
                # ``(a - b) ** 2`` inside a loss is a distance, not two terms of it.
                return
            if index or weight:
                yield _part(
                    f"{name}[{label(operand)}]", operand, (0.3 if weight else 0.2) if index else 0.0, weight
                )
        return
    if noisy:
        return
    plain = [o for added, o in rest if added and _is_plain(o)]
    made = [o for added, o in rest if added and not _is_plain(o)]
    shrinks = any(not added for added, _ in rest)
    if plain and made and not shrinks and _joins(plain, made, scope):
        for operand in plain:
            yield _part(f"{name}[{label(operand)}]", operand, 0.25 if scope.forward else 0.1, "")
    elif len(plain) >= 2 and not made and scope.forward and not shrinks:
        for operand in plain:
            if label(operand) != name.rpartition(".")[2]:
                yield _part(f"{name}[{label(operand)}]", operand, 0.25, "")
    elif made and not shrinks and (scope.forward or any(_weight(o) for o in made)):
        for operand in made[1:]:
            yield _part(f"{name}[{label(operand)}]", operand, 0.1, _weight(operand))


def _joins(plain: list[ast.expr], made: list[ast.expr], scope: Scope) -> bool:
    """Whether one operand goes around what is done to it in the other: ``x + model(x)``."""
    if scope.forward:
        return True
    names = {n.id for o in plain for n in walk(o) if isinstance(n, ast.Name)}
    return any(
        isinstance(n, ast.Call) and any(isinstance(a, ast.Name) and a.id in names for a in n.args)
        for o in made
        for n in walk(o)
    )


def _part(name: str, node: ast.expr, weight: float, off: str) -> Part:
    return Part(name=name, kind="term", operator="drop-term", node=node, weight=weight, off=off)


def _is_sum_of(operand: ast.expr) -> bool:
    """Texts and lists are joined by ``+``, not added; conditions are no numbers."""
    if isinstance(operand, ast.Constant):
        return isinstance(operand.value, (int, float))
    joined = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.Set, ast.Compare, ast.BoolOp)
    return not isinstance(operand, joined)


def _is_term(value: ast.expr) -> bool:
    return literal(value) is MISSING and _is_sum_of(value)


def _counts(operand: ast.expr) -> bool:
    """``len(x)``, ``loss.item()``, ``n_val``: numbers that count or are only written down."""
    if isinstance(operand, ast.Name):
        return bool(tokens(operand.id) & COUNTS)
    for part in walk(operand):
        if isinstance(part, ast.Call) and last_name(part.func) in (
            "item",
            "len",
            "int",
            "time",
            "perf_counter",
            "shape",
        ):
            return True
    return False


def _is_noise(operand: ast.expr) -> bool:
    for part in walk(operand):
        if isinstance(part, ast.Call) and last_name(part.func) in _RANDOM:
            return True
        if isinstance(part, ast.Name) and tokens(part.id) & _NOISE and not isinstance(operand, ast.Name):
            return True
    return isinstance(operand, ast.Name) and bool(tokens(operand.id) & _NOISE)


def _is_plain(operand: ast.expr) -> bool:
    """A value as it was: a name, an attribute, a slice of one."""
    while isinstance(operand, (ast.Subscript, ast.Attribute)):
        operand = operand.value
    return isinstance(operand, ast.Name)


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _factors(node.left)
    return [node]


def _is_weight(node: ast.expr) -> bool:
    if literal(node) is not MISSING:
        return True
    path = path_of(node)
    if path is None:
        return False
    last = path.rpartition(".")[2]
    return "." in path or last.isupper() or bool(tokens(last) & _WEIGHTS)


def _weight(operand: ast.expr) -> str:
    """The path or the text of the weight before a term; "" where there is none."""
    factors = _factors(operand)
    if len(factors) < 2:
        return ""
    for factor in factors:
        if _is_weight(factor):
            return path_of(factor) or ast.unparse(factor)
    named = [f for f in factors if path_of(f)]
    # ``tv * (z[1:] - z[:-1]).abs().mean()``: the bare name before something computed is its weight.
    return (path_of(named[0]) or "") if named and len(named) < len(factors) else ""


def label(operand: ast.expr) -> str:
    """What a person would call a term: ``aux`` for ``w * aux``, ``mu`` for ``mu.pow(2).mean()``."""
    if _is_noise(operand):
        return "noise"
    factors = _factors(operand)
    node = next((f for f in factors if not _is_weight(f)), factors[-1])
    while True:
        if isinstance(node, ast.Call):
            last = last_name(node.func)
            if isinstance(node.func, ast.Attribute) and (last in _FINISHING or not last):
                node = node.func.value
            elif isinstance(node.func, ast.Call):
                node = node.func
            else:
                return last or "term"
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, (ast.UnaryOp,)):
            node = node.operand
        elif isinstance(node, ast.BinOp):
            node = (
                next((f for f in _factors(node) if not _is_weight(f)), node.left)
                if isinstance(node.op, ast.Mult)
                else node.left
            )
        elif isinstance(node, ast.Attribute):
            return node.attr
        else:
            return node.id if isinstance(node, ast.Name) else "term"
