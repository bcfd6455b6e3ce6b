"""Where chance is seeded: the values that blocks will drive."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of

#: Calls that take a seed first, beside those whose name says so (``seed_everything``).
TAKES_SEED = frozenset(
    {"RandomState", "default_rng", "PRNGKey", "SeedSequence", "manual_seed", "manual_seed_all"}
)
SEED_ARGUMENTS = frozenset(
    {"random_state", "seed", "random_seed", "rng_seed", "seed_value", "randomstate", "shuffle_seed"}
)
#: Seeding calls whose argument position 0 is not the seed, or that have nothing to do with chance.
_NOT = frozenset({"seed_words", "seeds", "seed_torch_deterministic"})


def is_seed_name(name: str) -> bool:
    """``SEED``, ``random_state``, ``cfg.seed``: the last part of the name says that it is one."""
    last = name.partition("@")[0].rpartition(".")[2]
    words = tokens(last)
    return bool(words & {"seed", "randomstate"}) or {"random", "state"} <= words


def seeding_arguments(node: ast.AST) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Every call below that takes a seed, with the expression given as one."""
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        keyword = next((k.value for k in call.keywords if k.arg in SEED_ARGUMENTS), None)
        if keyword is not None:
            yield call, keyword
        elif call.args and name not in _NOT and (name in TAKES_SEED or "seed" in tokens(name)):
            yield call, call.args[0]


def mark_seeds(flow: Flow, found: Sequence[Found]) -> list[Found]:
    """The same values, those that seed chance being of kind ``seed``; bound where they are defined."""
    direct: dict[int, str] = {}
    paths: set[str] = set()
    for statement in flow.statements:
        for call, given in seeding_arguments(statement.node):
            direct[id(given)] = path_of(call.func) or ""
            paths |= {p for n in ast.walk(given) if isinstance(n, ast.expr) and (p := path_of(n))}
    out = []
    for f in found:
        if not _may_seed(f):
            out.append(f)
        elif id(f.node) in direct:
            named = f.argument in SEED_ARGUMENTS and not f.positional
            out.append(replace(f, kind="seed", name=f.name if named else direct[id(f.node)] or f.name))
        elif is_seed_name(f.name) or (
            f.path is not None and f.path in paths and f.kind in ("constant", "config", "parameter")
        ):
            out.append(
                replace(f, kind="parameter" if f.kind == "parameter" and not is_seed_name(f.name) else "seed")
            )
        else:
            out.append(f)
    return out


def _may_seed(f: Found) -> bool:
    return isinstance(f.value, int) and not isinstance(f.value, bool) and f.kind != "item"


def chance_after(flow: Flow, mask: int) -> int:
    """As bits: all that comes after the statements of ``mask`` that seed a global generator.

    Nothing says which of them draw numbers, so all are taken to.
    """
    for index, statement in enumerate(flow.statements):
        if mask >> index & 1 and _seeds_globally(statement.node):
            everything = (1 << len(flow.statements)) - 1
            return everything >> (index + 1) << (index + 1)
    return 0


def _seeds_globally(node: ast.stmt) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            path = path_of(call.func) or ""
            last = path.rpartition(".")[2]
            if "seed" in tokens(last) and last != "SeedSequence":
                return True
    return False


def seed_of(
    flow: Flow, found: Sequence[tuple[str, Found]], given: ast.expr | None, statement: int
) -> str | None:
    """The name of the candidate that ``given`` (a ``random_state``) comes from.

    ``found`` are the named seeds; None given means the global generator, seeded last before.
    """
    if given is None:
        return _global_seed(flow, found, statement)
    if literal(given) is None:
        return _global_seed(flow, found, statement)
    for name, f in found:
        if f.node is given:
            return name
    aliases = flow.instances
    paths = {p for n in ast.walk(given) if isinstance(n, ast.expr) and (p := path_of(n))}
    for path in sorted(paths, key=len, reverse=True):
        root, _, rest = path.partition(".")
        spelled = {path, f"{aliases[root]}.{rest}"} if root in aliases else {path}
        for name, f in found:
            if f.path in spelled and f.kind == "seed" and not f.function.startswith("def "):
                return name
        # ``rng = RandomState(0)`` further up.
        for index in range(statement, -1, -1):
            if path in flow.statements[index].names.binds:
                inner = next(iter(seeding_arguments(flow.statements[index].node)), None)
                if inner is not None and inner[1] is not given:
                    return seed_of(flow, found, inner[1], index)
                break
    return None


def _global_seed(flow: Flow, found: Sequence[tuple[str, Found]], statement: int) -> str | None:
    """The seed of ``np.random.seed`` or ``seed_everything`` that ran last before this statement."""
    for index in range(statement - 1, -1, -1):
        node = flow.statements[index].node
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        path = path_of(node.value.func) or ""
        everything = "." not in path and "seed" in tokens(path)
        if path.endswith("random.seed") or everything:
            given = (
                node.value.args[0] if node.value.args else next((k.value for k in node.value.keywords), None)
            )
            if given is not None:
                return seed_of(flow, found, given, index)
            return next((n for n, f in found if f.function == path or f.name.startswith(f"{path}.")), None)
    return None
