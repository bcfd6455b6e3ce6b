"""Where chance enters a notebook, read in the order in which it runs: what draws, and which seed drives it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_coimprove.notebook.candidates import Chance, Draw
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.generators import (
    FRESH,
    MAKERS,
    METHODS,
    SAMPLERS,
    SHUFFLERS,
    UNSEEN,
    DrawKind,
    argument,
    deferred,
    dotted,
    generator_of,
    imports,
    seeds,
)
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.seeds import SEED_ARGUMENTS, SeedsOf, seed_given
from jupyter_coimprove.notebook.slicing import cut, onward
from jupyter_coimprove.notebook.sources import (
    Function,
    Scope,
)
from jupyter_coimprove.notebook.trees import busy, calls, walk

#: Calls whose result no seed of the notebook can fix, and what they are.
_ENTROPY = {
    "os.urandom": "os.urandom", "uuid.uuid1": "uuid.uuid1", "uuid.uuid4": "uuid.uuid4",
    "random.SystemRandom": "random.SystemRandom",
}  # fmt: skip
_CLOCK = frozenset(
    {"time.time", "time.time_ns", "datetime.now", "datetime.datetime.now", "time.perf_counter"}
)
#: A notebook that calls more than this, function in function, is read only so far.
_MOST_CALLS = 4000
_DEEPEST = 12
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def chance(flow: Flow, seeds_of: SeedsOf) -> tuple[Chance, Mapping[int, Draw]]:
    """All draws in the order they come, with what no seed controls; and the draws by the identity of their call."""
    walk = _Walk(flow, seeds_of)
    walk.run()
    found = Chance(
        draws=tuple(dict.fromkeys(walk.draws)), uncontrolled=tuple(dict.fromkeys(walk.uncontrolled)),
        loops=tuple(dict.fromkeys(walk.loops)), imported=walk.imported, seeded=walk.first_seed,
    )  # fmt: skip
    return found, walk.by_call


@dataclass(kw_only=True)
class _Here:
    """Where the walk is: the statement, the function it is in, and whether that runs many times."""

    statement: int
    scope: Scope | None = None
    looped: bool = False
    body: Sequence[ast.stmt] = field(default_factory=tuple)
    stack: tuple[str, ...] = ()


class _Walk:
    def __init__(self, flow: Flow, seeds_of: SeedsOf) -> None:
        self.flow, self.code, self.seeds_of = flow, seeds_of.sources.code, seeds_of
        self.names = imports(s.node for s in flow.statements)
        self.state: dict[str, tuple[str, ...] | None] = {}
        self.draws: list[Draw] = []
        self.by_call: dict[int, Draw] = {}
        self.uncontrolled: list[str] = []
        self.loops: list[str] = []
        self.imported: dict[str, int] = {}
        self.first_seed: dict[str, int] = {}
        self.visited: set[int] = set()
        self.seen: set[tuple[object, ...]] = set()
        self.calls = 0
        self.cells_of = functools.cache(flow.cells_of)

    def run(self) -> None:
        late: list[tuple[int, str]] = []
        for index, statement in enumerate(self.flow.statements):
            self._imports(statement.node, statement.cell)
            here = _Here(statement=index)
            self._node(statement.node, here)
            late += [(index, n) for n in statement.names.bodies]
        for index, name in late:
            self._unreached(index, name)
        self._settle()

    def _settle(self) -> None:
        """Estimators, splitters and loaders draw when they are used: a seed set after they were made counts."""
        for place, draw in enumerate(self.draws):
            held = self.state.get(draw.generator)
            if not draw.seeded and held is not None and deferred(draw.call):
                self.draws[place] = made = replace(draw, seeds=held, seeded=True)
                self.by_call.update({key: made for key, was in self.by_call.items() if was is draw})

    def _imports(self, node: ast.stmt, cell: int) -> None:
        if isinstance(node, ast.Import):
            roots = [a.name.partition(".")[0] for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots = [node.module.partition(".")[0]]
        else:
            return
        for root in roots:
            self.imported.setdefault(root, cell)
            for generator in UNSEEN.get(root, ()):
                self._draw(generator, "init", f"import {root}", _Here(statement=self._at(node)), ())

    def _at(self, node: ast.stmt) -> int:
        return next(i for i, s in enumerate(self.flow.statements) if s.node is node)

    def _unreached(self, index: int, name: str) -> None:
        """Functions that no call in sight runs (callbacks, methods) draw where their name is read first."""
        found = self.code.functions.get(name) or self.code.classes.get(name)
        if found is None:
            return
        parts = (
            [p for p in found.body if isinstance(p, Function)] if isinstance(found, ast.ClassDef) else [found]
        )
        readers = self.flow.readers.get((index, name), ())
        kept = list(self.draws)
        for part in parts:
            if id(part) not in self.visited:
                owner = name if isinstance(found, ast.ClassDef) else ""
                at = readers[0] if readers else index
                self._run(part, None, _Here(statement=at, looped=bool(readers)), owner)
        if not readers:
            # Nothing runs it: what it would draw is known, and is no draw.
            self.draws = kept

    # One node after the other, in the order they run.
    def _node(self, node: ast.AST, here: _Here) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for decorated in node.decorator_list:
                self._node(decorated, here)
            return
        if isinstance(node, _LOOPS):
            self._loop(node, here)
            here = _Here(
                statement=here.statement, scope=here.scope, looped=True, body=here.body, stack=here.stack
            )
        for child in busy(node):
            self._node(child, here)
        if isinstance(node, ast.Call):
            self._call(node, here)

    def _loop(self, node: ast.AST, here: _Here) -> None:
        """``for seed in range(5)``: the notebook repeats over seeds itself."""
        if not isinstance(node, (ast.For, ast.AsyncFor)):
            return
        targets = {n.id for n in walk(node.target) if isinstance(n, ast.Name)}
        for call in (call for part in node.body for call in calls(part)):
            given = seed_given(call)
            if isinstance(given, ast.Name) and given.id in targets:
                cell = self.flow.statements[here.statement].cell + 1
                self.loops.append(
                    f"cell {cell} loops over seeds itself (for {ast.unparse(node.target)} in {ast.unparse(node.iter)[:60]}): "
                    "those stay as they are in every block"
                )
                return

    def _call(self, node: ast.Call, here: _Here) -> None:
        name = dotted(node.func, self.names)
        last = name.rpartition(".")[2]
        own = self._own(node, name, last)
        if own is None or last in MAKERS:
            self._entropy(node, name, last, here)
            seeded = seeds(name, False)
            if seeded:
                given = seed_given(node)
                fresh = given is None or literal(given) is None or self._clock(given)
                if (given is None and last == "seed") or (fresh and given is not None):
                    self._note(here, f"{name}() seeds from the machine")
                    return
                self._seed(
                    seeded, () if given is None else self.seeds_of(given, here.scope, here.statement), here
                )
                return
            self._drawn(node, name, last, here)
            return
        function, owner = own
        self._run(function, node, here, owner)

    def _own(self, node: ast.Call, name: str, last: str) -> tuple[Function, str] | None:
        code = self.code
        if isinstance(node.func, ast.Name):
            if node.func.id in code.functions:
                return code.functions[node.func.id], ""
            owner = (
                node.func.id if node.func.id in code.classes else self.flow.instances.get(node.func.id, "")
            )
            method = "__init__" if node.func.id in code.classes else "forward"
            found = code.method(owner, method) or (
                code.method(owner, "__call__") if method == "forward" else None
            )
            return (found, owner) if found is not None else None
        if isinstance(node.func, ast.Attribute):
            if last in code.methods and not name.startswith(("numpy.", "torch.", "random.", "sklearn.")):
                owner, found = code.methods[last]
                return found, owner
            if last in code.functions and path_of(node.func.value) in self.names:
                return code.functions[last], ""
        return None

    def _run(self, function: Function, call: ast.Call | None, here: _Here, owner: str) -> None:
        self.calls += 1
        if self.calls > _MOST_CALLS or len(here.stack) > _DEEPEST or function.name in here.stack:
            return
        key = (id(function), id(call), here.looped, tuple(sorted(self.state.items(), key=lambda e: e[0])))
        if key in self.seen and call is not None and not call.args and not call.keywords:
            return
        self.seen.add(key)
        self.visited.add(id(function))
        inner = _Here(
            statement=here.statement, looped=here.looped, body=tuple(function.body),
            scope=Scope(function=function, call=call, outer=here.scope, owner=owner),
            stack=(*here.stack, function.name),
        )  # fmt: skip
        for part in function.body:
            self._node(part, inner)

    # What is found.
    def _seed(self, generators: frozenset[str], names: tuple[str, ...], here: _Here) -> None:
        for generator in generators:
            self.state[generator] = names
            self.first_seed.setdefault(generator, self.flow.statements[here.statement].cell)

    def _drawn(self, node: ast.Call, name: str, last: str, here: _Here) -> None:
        found = generator_of(node, name)
        if found is None:
            found = self._method(node, last, here)
            if found is None:
                return
        generator, kind = found
        given: tuple[str, ...] | None = None
        if generator == "own":
            expression = argument(node, "random_state", "seed", "generator", "rng", "random_seed", "key")
            given = self._generator(
                expression or (node.func.value if isinstance(node.func, ast.Attribute) else node), here
            )
        elif (spread := self._spread(node, here)) is not None:
            generator, given = "own", spread
        if generator == "tensorflow":
            # Keras 3 takes the seeds of its layers from Python's generator, and orders by numpy's.
            for other in ("random", "numpy"):
                self._draw(other, "init", name.lstrip("()."), here, None)
        made = self._draw(generator, kind or self._told(node, last, here), name.lstrip("()."), here, given)
        self.by_call.setdefault(id(node), made)

    def _spread(self, node: ast.Call, here: _Here) -> tuple[str, ...] | None:
        """The seeds among ``**params``; None where none of them is one."""
        out: list[str] = []
        for value in (k.value for k in node.keywords if k.arg is None):
            for inner in (n for n in walk(value) if isinstance(n, ast.Name)):
                held = [inner.id]
                for bound, _, _ in self.seeds_of.sources.binding(inner.id, here.scope, here.statement):
                    held += [n.id for n in walk(bound) if isinstance(n, ast.Name)]
                for name in held:
                    for key in SEED_ARGUMENTS:
                        out += self.seeds_of.paths.get(f"{name}.{key}", ())
        return tuple(dict.fromkeys(out)) or None

    def _method(self, node: ast.Call, last: str, here: _Here) -> tuple[str, DrawKind | None] | None:
        """``rng.permutation(n)``: a method of a generator of one's own."""
        if last not in METHODS or not isinstance(node.func, ast.Attribute):
            return None
        return ("own", None) if self._maker(node.func.value, here) is not None else None

    def _maker(self, node: ast.expr, here: _Here) -> tuple[ast.Call, Scope | None, int] | None:
        """The call that made the generator which ``node`` names."""
        if isinstance(node, ast.Call):
            if dotted(node.func, self.names).rpartition(".")[2] in MAKERS | {
                "manual_seed",
                "split",
                "fold_in",
                "key",
            }:
                return node, here.scope, here.statement
            return None
        path = path_of(node)
        if path is None:
            return None
        return self._made(path, here.scope, here.statement, 0)

    def _made(
        self, path: str, scope: Scope | None, at: int, deep: int
    ) -> tuple[ast.Call, Scope | None, int] | None:
        for value, where, index in self.seeds_of.sources.binding(path, scope, at):
            if isinstance(value, ast.Call):
                last = dotted(value.func, self.names).rpartition(".")[2]
                if last in MAKERS or (last == "manual_seed" and "Generator" in ast.unparse(value.func)):
                    return value, where, index
            elif deep < 6 and (inner := path_of(value)) is not None and inner != path:
                return self._made(inner, where, index, deep + 1)
        return None

    def _generator(self, node: ast.expr, here: _Here) -> tuple[str, ...]:
        """The seeds of a generator or of a seed given as argument."""
        found = self.seeds_of(node, here.scope, here.statement)
        if found:
            return found
        made = self._maker(node, here)
        if made is None:
            return ()
        call, scope, at = made
        inner = [call, *(n for n in walk(call) if isinstance(n, ast.Call) and n is not call)]
        names = [n for c in inner if (g := seed_given(c)) is not None for n in self.seeds_of(g, scope, at)]
        path = path_of(node)
        if not names and path is not None:
            # ``g = torch.Generator()`` and ``g.manual_seed(0)`` on a line of its own.
            for index in range(here.statement, -1, -1):
                for c in walk(self.flow.statements[index].node):
                    if isinstance(c, ast.Call) and path_of(c.func) == f"{path}.manual_seed" and c.args:
                        return self.seeds_of(c.args[0], None, index)
        return tuple(dict.fromkeys(names))

    def _told(self, node: ast.Call, last: str, here: _Here) -> DrawKind:
        """What a shuffle or a plain number is for, by where it stands."""
        if last in SHUFFLERS or last in SAMPLERS:
            how = cut(node, here.body or onward(self.flow, here.statement))
            if how == "parts" or (how in ("rows", "alone") and not here.looped and last in SHUFFLERS):
                return "split"
            if how == "rows" and last == "choice" and not here.looped:
                return "split"
            return "order" if last in SHUFFLERS else "init"
        trained = argument(node, "requires_grad") is not None or here.looped
        inside = here.scope is not None and (bool(here.scope.owner) or here.scope.depth > 1)
        return "init" if trained or inside else "data"

    def _draw(
        self, generator: str, kind: DrawKind, call: str, here: _Here, given: tuple[str, ...] | None
    ) -> Draw:
        statement = self.flow.statements[here.statement]
        if generator == "own":
            names, seeded = given or (), True
        else:
            held = self.state.get(generator)
            names, seeded = held or (), held is not None
        mask = self.flow.after[here.statement] | 1 << here.statement
        made = Draw(
            cell=statement.cell, call=call, generator=generator, kind=kind, seeds=names, seeded=seeded,
            reaches=self.cells_of(mask),
        )  # fmt: skip
        self.draws.append(made)
        return made

    def _note(self, here: _Here, text: str) -> None:
        self.uncontrolled.append(f"cell {self.flow.statements[here.statement].cell + 1}: {text}")

    def _clock(self, node: ast.expr) -> bool:
        made = (dotted(call.func, self.names) for call in calls(node))
        return any(name in _CLOCK or name in _ENTROPY for name in made)

    def _entropy(self, node: ast.Call, name: str, last: str, here: _Here) -> None:
        if name in _ENTROPY or name.startswith("secrets."):
            self._note(here, f"{_ENTROPY.get(name, name)} draws from the machine")
        elif (
            last in FRESH
            and ("random" in name or name == last)
            and not node.args
            and seed_given(node) is None
        ):
            self._note(here, f"{name}() takes a fresh seed from the machine")
        elif (
            last in FRESH
            and (given := seed_given(node)) is not None
            and (literal(given) is None or self._clock(given))
        ):
            self._note(here, f"{name} is seeded from the machine")
        elif name.startswith("optuna.") and (last.endswith("Sampler") or last == "create_study"):
            sampler = node if last.endswith("Sampler") else argument(node, "sampler")
            if sampler is None or (sampler is node and seed_given(node) is None):
                self._note(here, "optuna's sampler takes a fresh seed from the machine")
        elif last == "DataLoader":
            workers = argument(node, "num_workers")
            if workers is not None and literal(workers) not in (0, None):
                self._note(here, "DataLoader's worker processes draw by themselves")
