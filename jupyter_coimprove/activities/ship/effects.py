"""What a statement may do beyond what its names say: in doubt it does it.

The dataflow of a notebook answers what a person asks about; a module has to give the same number without
the cells that are left out, so everything that could change it counts here. Three things have no name in
the code and get one: the generators of chance, the files that cells write, and settings of libraries.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_coimprove.notebook.dataflow import Flow, Statement
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.scopes import HARMLESS, PURE, base
from jupyter_coimprove.notebook.trees import calls, last_name, walk

#: Names that no code can have.
CHANCE, FILES, SETTINGS = "~chance", "~files", "~settings"
#: Libraries whose calls draw and show, and change no number.
_VISUAL = frozenset({"matplotlib", "seaborn", "plotly", "pylab", "altair", "bokeh", "graphviz", "tqdm"})
_VISUAL_MODULES = ("IPython.display", "IPython.core.display", "mlxtend.plotting", "pandas.plotting",
                   "statsmodels.graphics", "sklearn.inspection", "optuna.visualization")  # fmt: skip
_SAYS = frozenset({"warnings", "logging", "pprint"})
_SEEDS = frozenset({"seed", "seeds", "seeded", "reseed"})
_GENERATORS = frozenset({"RandomState", "default_rng", "Random", "Generator", "SeedSequence"})
#: Numeric libraries whose functions draw nothing unless their name says random.
_EXACT = frozenset({"numpy", "pandas", "math", "os", "pathlib", "json", "time", "itertools", "collections"})
_EXACT_MODULES = ("sklearn.metrics", "sklearn.preprocessing", "scipy.special", "scipy.linalg")
_WRITES = frozenset(
    """to_csv to_parquet to_pickle to_json to_feather to_hdf save savez savez_compressed savetxt dump write writelines
    write_text write_bytes mkdir makedirs urlretrieve copyfile copy2 move extractall writerow writerows rmtree
    unlink remove rename symlink_to touch""".split()  # noqa: SIM905
)
_READS = frozenset(
    """open load loads loadtxt genfromtxt read_text read_bytes imread memmap fromfile exists is_file glob iglob listdir
    iterdir rglob load_model load_npz loadmat""".split()  # noqa: SIM905
)
_VIEWS = frozenset(
    """asarray asanyarray ravel reshape view values from_numpy iter zip enumerate reversed squeeze transpose swapaxes
    make_pipeline make_union make_column_transformer dict list tuple set sorted partial wraps chain""".split()  # noqa: SIM905
)
_TRAINS = frozenset(
    {"train", "fit", "run", "learn", "finetune", "optimize", "optimise", "pretrain", "minimize"}
)
#: Longer texts are prose.
_LONGEST = 5000
_WORD = re.compile(r"[^\W\d]\w*")
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One statement: names it binds for certain, may change, and reads; ``late`` are names that functions
    it defines read when they are called. ``must`` says that it sets something for all that follows."""

    binds: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]
    late: frozenset[str]
    must: bool = False
    visual: bool = False


def effects_of(flow: Flow, local: Iterable[str] = ()) -> tuple[Effect, ...]:
    """The effects of all statements, in order. ``local`` are names that come from modules beside the notebook."""
    given = _Given.of(flow, frozenset(local))
    out: list[Effect] = []
    holds: dict[str, frozenset[str]] = {}
    for statement in flow.statements:
        one = _effect(statement, given, holds)
        out.append(one)
        for name in statement.names.binds:
            holds.pop(name, None)
        holds.update(_held_by(statement.node))
    return tuple(out)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What holds for the whole notebook. ``imported``: name -> module; ``visual``: names that only show."""

    imported: Mapping[str, str]
    visual: frozenset[str]
    local: frozenset[str]
    names: frozenset[str]
    seeded: bool
    writes: bool
    read: frozenset[str]

    @classmethod
    def of(cls, flow: Flow, local: frozenset[str]) -> _Given:
        imported: dict[str, str] = {}
        names: set[str] = set()
        seeded = writes = False
        for statement in flow.statements:
            names |= statement.names.binds | statement.changes
            for node in statement.nodes:
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        name = alias.asname or alias.name.partition(".")[0]
                        imported[name] = alias.name if alias.asname else name
                elif isinstance(node, ast.ImportFrom):
                    imported.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
                elif isinstance(node, ast.Call):
                    called = last_name(node.func)
                    seeded = seeded or bool(tokens(called) & _SEEDS) or called in _GENERATORS
                    writes = writes or called in _WRITES or _opens_to_write(node)
        read = frozenset(base(path) for s in flow.statements for path in (*s.reads, *_of_bodies(s)))
        visual = {name for name, module in imported.items() if _shows_module(module)}
        for statement in flow.statements:
            node = statement.node
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and _root(node.value) in visual
            ):
                visual |= statement.names.binds
        return cls(
            imported=imported, visual=frozenset(visual), local=local, names=frozenset(names),
            # What is in modules beside the notebook is not looked into: it may seed.
            seeded=seeded or bool(local), writes=writes, read=read,
        )  # fmt: skip


def _of_bodies(statement: Statement) -> Iterable[str]:
    return [path for body in statement.names.bodies.values() for path in body.reads]


def _works_by_itself(binds: frozenset[str], given: _Given) -> bool:
    """Whether an import may be there for what it does: nothing reads its names (``enable_halving_search_cv``)."""
    tops = {given.imported.get(name, name).partition(".")[0] for name in binds}
    return not binds & given.read and not binds & given.visual and not tops <= sys.stdlib_module_names


def _shows_module(module: str) -> bool:
    top = module.partition(".")[0]
    return (
        top in _VISUAL or module.startswith(_VISUAL_MODULES) or ("plot" in tokens(module) and top != module)
    )


def _root(node: ast.expr) -> str:
    """The name that a chain of calls, attributes and items starts from."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        else:
            return node.id if isinstance(node, ast.Name) else ""


def _opens_to_write(call: ast.Call) -> bool:
    texts = [a.value for a in call.args[1:2] if isinstance(a, ast.Constant)]
    texts += [k.value.value for k in call.keywords if k.arg == "mode" and isinstance(k.value, ast.Constant)]
    return last_name(call.func) == "open" and any(set(str(text)) & set("wax+") for text in texts)


def _effect(statement: Statement, given: _Given, holds: Mapping[str, frozenset[str]]) -> Effect:
    node = statement.node
    reads = {base(path) for path in statement.reads} | _in_texts(statement, given.names)
    late = {base(path) for body in statement.names.bodies.values() for path in body.reads}
    late |= {name for body in statement.names.bodies.values() for name in body.changes}
    late |= _lambdas(statement) if not isinstance(node, _DEFS) else set()
    binds = statement.names.binds
    if isinstance(node, (*_DEFS, *IMPORTS)):
        late |= _in_texts(statement, given.names) if isinstance(node, _DEFS) else set()
        reads |= taken_over(node) & given.names if isinstance(node, ast.ClassDef) else set()
        return Effect(
            binds=binds, changes=statement.changes, reads=frozenset(reads), late=frozenset(late),
            must=bool(statement.names.stars) or (isinstance(node, IMPORTS) and _works_by_itself(binds, given)),
        )  # fmt: skip
    changes = set(statement.changes)
    alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    draws = given.seeded and _draws(statement, given)
    # `print(model.fit(X, y))` shows, and changes the model.
    visual = alone and _visual(node.value, given) and not statement.changes - given.visual and not draws  # type: ignore[attr-defined]
    if not visual:
        changes |= _given_away(statement, given)
    for name in sorted(changes):
        changes |= _within(name, holds)
    changes |= {holder for holder, inner in holds.items() if inner & changes}
    changes -= set(given.imported) | binds
    must = not visual and _sets(node, given)
    if draws:
        changes.add(CHANCE)
        reads.add(CHANCE)
    for call in calls(node):
        name = last_name(call.func)
        if name in _WRITES or _opens_to_write(call):
            changes.add(FILES)
        if given.writes and (name in _READS or name.startswith("read_")):
            reads.add(FILES)
    if isinstance(node, ast.Delete):
        binds, changes = frozenset(), set()
    return Effect(
        binds=binds, changes=frozenset(changes), reads=frozenset(reads), late=frozenset(late), must=must, visual=visual
    )  # fmt: skip


def _visual(call: ast.expr, given: _Given) -> bool:
    root = _root(call)
    return root in given.visual or root in ("print", "display", "help", "pprint", "get_ipython")


def _lambdas(statement: Statement) -> set[str]:
    """Names inside lambdas: they are read when the lambda is called."""
    return {
        name.id
        for node in statement.nodes
        if isinstance(node, ast.Lambda)
        for name in walk(node.body)
        if isinstance(name, ast.Name)
    }


def _in_texts(statement: Statement, names: frozenset[str]) -> set[str]:
    """Names that stand in formulas (``y ~ np.log(x)``), queries (``a > @b``) and evaluated texts."""
    found: set[str] = set()
    evaluates = any(last_name(call.func) in ("eval", "exec", "query") for call in calls(statement.node))
    for node in statement.nodes:
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if len(text) < _LONGEST and ("~" in text or "@" in text or evaluates):
            found |= set(_WORD.findall(text)) & names
    return found


def _given_away(statement: Statement, given: _Given) -> set[str]:
    """Names whose objects a call may change: given to what trains, to a module beside the notebook, or to a call
    that is there for its effect alone."""
    alone = {id(node.value) for node in statement.nodes if isinstance(node, ast.Expr)}
    out: set[str] = set()
    for call in calls(statement.node):
        name, root = last_name(call.func), _root(call.func)
        if root in given.visual or name in HARMLESS or name in PURE:
            continue
        if id(call) in alone or root in given.local or tokens(name) & _TRAINS:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            out |= {_root(argument) for argument in arguments} - {""}
            # What stands in a list that is given is given as well.
            out |= {
                n.id
                for a in arguments
                if isinstance(a, (ast.List, ast.Tuple))
                for n in walk(a)
                if isinstance(n, ast.Name)
            }
    return out & given.names


def _within(name: str, holds: Mapping[str, frozenset[str]]) -> set[str]:
    out: set[str] = set()
    todo = [name]
    while todo:
        for inner in holds.get(todo.pop(), ()):
            if inner not in out:
                out.add(inner)
                todo.append(inner)
    return out


def _held_by(node: ast.stmt) -> dict[str, frozenset[str]]:
    """``pipe`` -> ``clf`` for ``pipe = Pipeline([("clf", clf)])``: to change the one may change the other."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return {}
    held = frozenset(_held(node.value))
    out = {}
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for name in walk(target):
            if isinstance(name, ast.Name) and held - {name.id}:
                out[name.id] = held - {name.id}
    return out


def _held(value: ast.expr) -> set[str]:
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
        return _held(value.value)
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        return set().union(*map(_held, value.elts)) if value.elts else set()
    if isinstance(value, ast.Dict):
        return set().union(*map(_held, value.values)) if value.values else set()
    if isinstance(value, ast.IfExp):
        return _held(value.body) | _held(value.orelse)
    if isinstance(value, ast.BoolOp):
        return set().union(*map(_held, value.values))
    if isinstance(value, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return {n.id for n in walk(value) if isinstance(n, ast.Name)}
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        inner = _held(value.func.value) if isinstance(value.func, ast.Attribute) else set()
        if name[:1].isupper() or name in _VIEWS:
            for argument in [*value.args, *(keyword.value for keyword in value.keywords)]:
                inner |= _held(argument)
        return inner
    return set()


def _sets(node: ast.stmt, given: _Given) -> bool:
    """Whether it sets something of a library: ``np.random.seed(0)``, ``torch.backends.x = True``."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        module = given.imported.get(_root(node.value), "")
        called = last_name(node.value.func)
        idle = called in HARMLESS or called in _WRITES or called.startswith("assert_")
        return bool(module) and module.partition(".")[0] not in _SAYS and not idle
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AugAssign)
        else []
    )
    roots = {_root(target) for target in targets if isinstance(target, (ast.Attribute, ast.Subscript))}
    return bool(roots & given.imported.keys() - given.visual)


def _draws(statement: Statement, given: _Given) -> bool:
    """Whether running it may draw from a generator that all share."""
    for node in statement.nodes:
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Name):
            return True
        if isinstance(node, ast.Call) and _may_draw(node, given):
            return True
    return False


def _may_draw(call: ast.Call, given: _Given) -> bool:
    name, root = last_name(call.func), _root(call.func)
    if any(k.arg in ("random_state", "seed") and isinstance(k.value, ast.Constant) and k.value.value is not None for k in call.keywords):  # fmt: skip
        return False
    if tokens(name) & _SEEDS or name in _GENERATORS:
        return True
    if name in HARMLESS or (name in PURE and name not in ("sample", "parameters")) or root in given.visual:
        return False
    module = given.imported.get(root, "")
    if module.startswith(_EXACT_MODULES):
        return False
    return not (
        module.partition(".")[0] in _EXACT
        and "random" not in module
        and "random" not in ast.unparse(call.func)
    )


def outside_functions(node: ast.AST) -> Iterable[ast.AST]:
    """A node and all below it, but for what is inside functions."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from outside_functions(child)


def taken_over(node: ast.ClassDef) -> set[str]:
    """Names that a class body reads from outside and gives itself: ``lr = lr``."""
    names = [n for part in node.body for n in outside_functions(part) if isinstance(n, ast.Name)]
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return stored & {n.id for n in names if isinstance(n.ctx, ast.Load)}
