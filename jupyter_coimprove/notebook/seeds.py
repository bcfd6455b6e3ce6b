"""Where chance is seeded: the values that blocks will drive."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from jupyter_coimprove.notebook.candidates import CandidateKind
from jupyter_coimprove.notebook.dataflow import Flow, Statement
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.generators import MAKERS
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.sources import Code, Function, Scope, Sources
from jupyter_coimprove.notebook.trees import busy, calls, last_name
from jupyter_coimprove.notebook.units import Unit

#: Calls that take a seed first, beside those whose name says so (``seed_everything``).
TAKES_SEED = (MAKERS - {"Generator", "check_random_state"}) | {"manual_seed", "manual_seed_all"}
SEED_ARGUMENTS = frozenset(
    {
        "random_state",
        "seed",
        "random_seed",
        "rng_seed",
        "seed_value",
        "randomstate",
        "shuffle_seed",
        "data_seed",
    }
    | {
        "bagging_seed",
        "feature_fraction_seed",
        "data_random_seed",
        "drop_seed",
        "np_seed",
        "torch_seed",
        "rng",
    }
)
#: Calls with a seed in their name whose first argument is none.
_NOT = frozenset({"seed_words", "seeds", "seed_torch_deterministic"})
#: Beside these words "seed" is a thing that is counted, measured, typed or looked up.
_NO_SEED = frozenset(
    """n num number count len length size word words text texts string prompt url path file ratio frac fraction points
    point idx index list dim token tokens phrase sentence color colour nodes node bank images image count max min
    weight weights germination crop type types name dir""".split()  # noqa: SIM905
)
#: Kinds of values that may turn out to be seeds.
_KINDS = ("constant", "config", "parameter", "default", "literal", "seed")


def is_seed_name(name: str) -> bool:
    """``SEED``, ``random_state``, ``cfg.seed``: the last part of the name says that it is one."""
    last = name.partition("@")[0].rpartition(".")[2]
    words = tokens(last)
    if last.upper() == "PYTHONHASHSEED" or words & {"randomstate"} or {"random", "state"} <= words:
        return not words & {"n", "num", "number"}
    parts = [part for part in re.split(r"[_\W\d]+", last.lower()) if part]
    if "seed" not in words:
        return bool(re.fullmatch(r"(rng|random|global|rand)?seed", last.lower().rstrip("0123456789")))
    return not words & _NO_SEED or (
        len(parts) > 2 and parts[-1] == "seed" and not words & {"n", "num", "number"}
    )


def seed_given(call: ast.Call) -> ast.expr | None:
    """The expression that a call takes as its seed, None where it takes none."""
    name = last_name(call.func)
    keyword = next((k.value for k in call.keywords if k.arg in SEED_ARGUMENTS), None)
    if keyword is None and name in MAKERS:
        keyword = next(
            (k.value for k in call.keywords if k.arg in ("x", "key", "entropy", "params", "default")), None
        )
    if keyword is not None:
        return keyword
    if not call.args or name in _NOT:
        return None
    if name in TAKES_SEED or ("seed" in tokens(name) and not tokens(name) & _NO_SEED):
        return call.args[0]
    if name == "key" and (path_of(call.func) or "").endswith(("random.key", "jr.key")):
        return call.args[0]
    return None


def seed_literals(
    units: Sequence[Unit], sources: Sources
) -> tuple[dict[int, tuple[ast.expr, str]], set[str]]:
    """What flows into a seed: literals (by identity, with the name of the call) and paths to values."""
    literals: dict[int, tuple[ast.expr, str]] = {}
    paths: set[str] = set()
    for unit in units:
        if not any(seed_given(call) is not None for call in calls(unit.node)):
            continue
        for scope, call in _calls(unit.node, sources.code, None):
            given = seed_given(call)
            if given is None:
                continue
            for found in sources.of(given, scope, unit.statement):
                if isinstance(found, str):
                    paths.add(found)
                else:
                    literals.setdefault(id(found), (found, _called(call)))
    return literals, paths


def _calls(node: ast.AST, code: Code, scope: Scope | None) -> Iterator[tuple[Scope | None, ast.Call]]:
    """Every call below with the function it stands in, as that is called first."""
    if isinstance(node, Function):
        owner = next((c for c, f in code.methods.values() if f is node), "")
        name = owner if node.name == "__init__" else node.name
        scope = Scope(function=node, call=code.first.get(name), owner=owner)
    if isinstance(node, ast.Call):
        yield scope, node
    for child in busy(node):
        yield from _calls(child, code, scope)


def _called(call: ast.Call) -> str:
    path = path_of(call.func)
    if path is None and isinstance(call.func, ast.Attribute):
        inner = path_of(call.func.value.func) if isinstance(call.func.value, ast.Call) else None
        path = f"{inner}.{call.func.attr}" if inner else call.func.attr
    return path or "seed"


def mark_seeds(units: Sequence[Unit], found: Sequence[Found], sources: Sources) -> list[Found]:
    """The same values, those that seed chance being of kind ``seed``; bound where they are defined."""
    literals, paths = seed_literals(units, sources)
    out = []
    for f in found:
        if not _may_seed(f):
            out.append(f)
        elif id(f.node) in literals:
            named = (f.argument in SEED_ARGUMENTS and not f.positional) or f.kind not in ("literal",)
            called = literals[id(f.node)][1]
            direct = called.rpartition(".")[2] == f.callee.rpartition(".")[2]
            if not named:
                # ``fix(31)``, whose body seeds with it, is named after itself.
                named = not direct and not f.argument.startswith("arg")
            name = f.name if named else called if direct else f.callee or called
            out.append(replace(f, kind=_kind(f), name=name))
        elif (
            f.path is not None and f.path in paths and f.kind in ("constant", "config", "parameter")
        ) or is_seed_name(f.name):
            out.append(replace(f, kind=_kind(f)))
        else:
            out.append(f)
    known = {id(f.node) for f in found}
    for node, called in literals.values():
        # ``np.random.seed(42 + fold)``: a literal that is no value of its own.
        value = literal(node)
        if id(node) in known or not isinstance(value, int) or isinstance(value, bool):
            continue
        unit = next((u for u in units if any(n is node for n in u.nodes)), None)
        if unit is not None:
            out.append(
                Found(
                    name=called, kind="seed", node=node, statement=unit.statement, value=value, file=unit.file,
                    through=unit.through,
                )
            )  # fmt: skip
    return out


def _kind(f: Found) -> CandidateKind:
    return "parameter" if f.kind == "parameter" and not is_seed_name(f.name) else "seed"


def _may_seed(f: Found) -> bool:
    if f.value is MISSING or f.kind not in _KINDS:
        return False
    if isinstance(f.value, str):
        return f.value.strip().isdigit() and is_seed_name(f.name)
    return isinstance(f.value, int) and not isinstance(f.value, bool)


def seeds_by_source(sources: Sources, named: Sequence[tuple[str, Found]]) -> SeedsOf:
    """Answers which named seeds an expression comes from."""
    return SeedsOf(sources, {id(f.node): name for name, f in named}, _by_path(named))


def _by_path(named: Sequence[tuple[str, Found]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, f in named:
        if f.path and not f.function.startswith("def "):
            root, dot, rest = f.path.partition(".")
            # ``config.CFG.seed`` for ``seed`` of ``CFG`` in the module ``config``.
            for path in {f.path, *(p + dot + rest for _, p in f.through if p.rpartition(".")[2] == root)}:
                out.setdefault(path, []).append(name)
    return out


class SeedsOf:
    """From an expression to the names of the candidates that it comes from."""

    def __init__(
        self, sources: Sources, nodes: Mapping[int, str], paths: Mapping[str, Sequence[str]]
    ) -> None:
        self.sources, self.nodes, self.paths = sources, nodes, paths

    def __call__(self, node: ast.expr, scope: Scope | None, at: int) -> tuple[str, ...]:
        out: list[str] = []
        for found in self.sources.of(node, scope, at):
            if isinstance(found, str):
                # A seed that is set again is several candidates of one path: all of them.
                out += self.paths.get(found, ())
            elif id(found) in self.nodes:
                out.append(self.nodes[id(found)])
        return tuple(dict.fromkeys(out))


def global_seeding(flow: Flow) -> int:
    """As bits: the statements that seed a global generator when they run."""
    return sum(1 << index for index, s in enumerate(flow.statements) if _seeds_globally(s))


def chance_after(flow: Flow, mask: int, seeding: int) -> int:
    """As bits: all that comes after the first statement of ``mask`` that is one of ``seeding``.

    Nothing says which of them draw numbers, so all are taken to.
    """
    first = mask & seeding
    if not first:
        return 0
    index = (first & -first).bit_length() - 1
    everything = (1 << len(flow.statements)) - 1
    return everything >> (index + 1) << (index + 1)


def _seeds_globally(statement: Statement) -> bool:
    if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    paths = (path_of(call.func) or "" for call in calls(statement.node))
    lasts = (path.rpartition(".")[2] for path in paths)
    return any("seed" in tokens(last) and last != "SeedSequence" for last in lasts)
