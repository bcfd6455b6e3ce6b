"""Which cell depends on which, what a name reaches, and which outputs are older than what they read."""

from __future__ import annotations

import ast
import builtins
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.names import Body, Names, names_of
from jupyter_coimprove.notebook.scopes import HARMLESS, base, held_by, touches
from jupyter_coimprove.notebook.trees import children, growing, walk

#: Cell, statement, its names, all its nodes.
_Parsed = tuple[int, ast.stmt, Names, tuple[ast.AST, ...]]
#: Deeper expressions and longer notebooks are not code that a person wrote, and would exhaust us.
MAX_NESTING = 200
MAX_STATEMENTS = 30_000
_TRAINS = frozenset({"train", "fit", "run", "learn", "finetune", "optimize", "optimise", "pretrain"})
#: Names that every cell can read without anyone defining them.
AMBIENT = frozenset(dir(builtins)) | {
    "display", "get_ipython", "In", "Out", "exit", "quit", "_", "__", "___", "_i", "_ih", "_oh", "_dh",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One top-level statement of a code cell, with what running it really reads and changes.

    ``nodes`` are all nodes of its tree, itself first: walked once for all who look.
    """

    cell: int
    node: ast.stmt
    names: Names
    reads: frozenset[str]
    changes: frozenset[str]
    nodes: tuple[ast.AST, ...]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The dataflow of a notebook read from top to bottom.

    ``defs`` and ``refs`` by cell index (refs: names that come from earlier cells), ``edges``
    a cell's dependencies, ``unparsable`` cells with their SyntaxError, ``stars`` cells with
    ``import *``, ``hidden`` notes about state that the cells in order do not give.
    ``sources`` are the cells as plain Python (None: not code, or unparsable).
    """

    statements: tuple[Statement, ...]
    sources: tuple[str | None, ...]
    defs: tuple[frozenset[str], ...]
    refs: tuple[frozenset[str], ...]
    edges: Mapping[int, tuple[int, ...]]
    unparsable: tuple[tuple[int, str], ...] = ()
    stars: tuple[int, ...] = ()
    hidden: tuple[str, ...] = ()
    #: (defining statement or -1, name) -> statements that read it from there.
    readers: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)
    #: By statement, as bits: every statement that depends on it, at any remove.
    after: tuple[int, ...] = ()
    #: (cell, its statements as bits), in order.
    bits: tuple[tuple[int, int], ...] = ()
    #: ``C`` -> ``Config`` for ``C = Config()``.
    instances: Mapping[str, str] = field(default_factory=dict)

    def reaches(self, names: Iterable[str], from_cell: int) -> tuple[int, ...]:
        """Cells whose results depend on these names (or ``cfg.key`` paths) as cell ``from_cell`` leaves them.

        Through functions and classes whose body reads them, at any remove.
        """
        mask = 0
        for path in names:
            for start in self.definers(path, from_cell):
                mask |= self.dependents(start, path)
        return self.cells_of(mask, from_cell)

    def definers(self, path: str, cell: int) -> list[int]:
        """The statements that last gave this name its value at the end of ``cell`` (-1: none)."""
        name = base(path)
        here = [
            i for i, s in enumerate(self.statements) if s.cell <= cell and name in s.names.binds | s.changes
        ]
        inside = [i for i in here if self.statements[i].cell == cell]
        return inside or here[-1:] or [-1]

    def dependents(self, start: int, path: str) -> int:
        """As bits: the statements that depend on ``path`` as statement ``start`` bound it."""
        mask = 0
        for reader in self.readers.get((start, base(path)), ()):
            if any(touches(read, path) for read in self.statements[reader].reads):
                mask |= 1 << reader | self.after[reader]
        return mask

    def cells_of(self, mask: int, from_cell: int = 0) -> tuple[int, ...]:
        """The cells of these statements, in order, from ``from_cell`` on."""
        return tuple([cell for cell, bits in self.bits if mask & bits and cell >= from_cell])


@growing()
def analyse(notebook: Notebook, transform: Callable[[str], str]) -> Flow:
    """Read the whole notebook; ``transform`` makes a cell plain Python or raises SyntaxError."""
    sources: list[str | None] = []
    parsed: list[_Parsed] = []
    unparsable: list[tuple[int, str]] = []
    for cell in notebook.cells:
        source, walked = None, []
        if cell.kind == "code":
            try:
                source, tree = _plain(cell.source, transform)
                walked = [(node, _walk(node)) for node in tree.body]
            except SyntaxError as error:
                where = f" (line {error.lineno})" if error.lineno else ""
                unparsable.append((cell.index, f"{error.msg}{where}"))
                source, walked = None, []
        sources.append(source)
        parsed += [(cell.index, node, names_of(node), nodes) for node, nodes in walked]
    if len(parsed) > MAX_STATEMENTS:
        raise NotebookError(
            f"{notebook.path} has {len(parsed)} statements; up to {MAX_STATEMENTS} are read",
            remedy="move code into modules",
        )
    statements = _resolve(parsed)
    readers, after = _link(statements)
    defs, refs = _by_cell(notebook, statements)
    edges: dict[int, set[int]] = {cell.index: set() for cell in notebook.code_cells}
    for (start, _), found in readers.items():
        for reader in found:
            if start >= 0 and statements[start].cell != statements[reader].cell:
                edges[statements[reader].cell].add(statements[start].cell)
    stars = tuple(sorted({c for c, _, n, _ in parsed if n.stars}))
    return Flow(
        statements=statements, sources=tuple(sources), defs=defs, refs=refs,
        edges={c: tuple(sorted(e)) for c, e in edges.items()}, unparsable=tuple(unparsable), stars=stars,
        hidden=tuple(_hidden(notebook, statements, readers, bool(stars or unparsable))),
        readers=readers, after=after, bits=_bits(statements), instances=_instances(statements),
    )  # fmt: skip


def _plain(source: str, transform: Callable[[str], str]) -> tuple[str, ast.Module]:
    """The cell as plain Python with its tree; what parses as it stands is plain already."""
    try:
        return source, ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        plain = transform(source)
    return plain, ast.parse(plain)


def _bits(statements: tuple[Statement, ...]) -> tuple[tuple[int, int], ...]:
    masks: dict[int, int] = {}
    for index, statement in enumerate(statements):
        masks[statement.cell] = masks.get(statement.cell, 0) | 1 << index
    return tuple(masks.items())


def _instances(statements: tuple[Statement, ...]) -> dict[str, str]:
    out = {}
    for statement in statements:
        node = statement.node
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            out.update({t.id: value.func.id for t in node.targets if isinstance(t, ast.Name)})
    return out


def _walk(tree: ast.stmt) -> tuple[ast.AST, ...]:
    """All nodes of a statement, from the outside in. SyntaxError where no person wrote it so deep."""
    nodes = walk(tree)
    level: list[ast.AST] = [tree] if len(nodes) > MAX_NESTING else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise SyntaxError(f"nested deeper than {MAX_NESTING}")
        level = [child for node in level for child in children(node)]
    return nodes


def _resolve(parsed: list[_Parsed]) -> tuple[Statement, ...]:
    """Add what the functions a statement names read and change when they run."""
    bodies: dict[str, Body] = {}
    imported: set[str] = set()
    holds: dict[str, frozenset[str]] = {}
    out = []
    for cell, node, names, nodes in parsed:
        imported |= names.imports
        reads, changes = set(names.reads), set(names.changes)
        todo, seen = [base(r) for r in names.reads], set[str]()
        while todo:
            name = todo.pop()
            if name in seen or name not in bodies:
                continue
            seen.add(name)
            body = bodies[name]
            reads |= body.reads
            changes |= body.changes
            todo += [base(r) for r in body.reads]
        alone = isinstance(node, ast.Expr)
        for function, given in names.calls.items():
            known = bodies.get(function)
            # An unknown function called for its effect alone may change what it is given, and so does
            # one that trains.
            trains = bool(tokens(function) & _TRAINS)
            if known.parameters if known else (alone or trains) and function not in HARMLESS:
                changes |= given
        for holder in changes & holds.keys():
            changes |= holds[holder]
        changes = {c for c in changes if c not in imported and c not in names.binds}
        reading, changing = frozenset(reads), frozenset(changes)
        out.append(Statement(cell=cell, node=node, names=names, reads=reading, changes=changing, nodes=nodes))
        holds.update(held_by(node))
        for name in names.binds | names.changes:
            if name in names.bodies:
                bodies[name] = names.bodies[name]
            elif name in names.binds:
                bodies.pop(name, None)
    return tuple(out)


def _link(
    statements: tuple[Statement, ...],
) -> tuple[dict[tuple[int, str], tuple[int, ...]], tuple[int, ...]]:
    """Who reads what from whom, and the transitive closure of it."""
    current: dict[str, list[int]] = {}
    readers: dict[tuple[int, str], list[int]] = {}
    for index, statement in enumerate(statements):
        read_names = {base(r) for r in statement.reads}
        for name in read_names:
            for start in current.get(name, [-1]):
                readers.setdefault((start, name), []).append(index)
        for name in statement.names.binds:
            current[name] = [index]
        for name in statement.changes:
            # What it changed it also read: whoever depends on the old value depends on it.
            whole = name in statement.reads
            current[name] = [index] if whole else [*current.get(name, []), index]
    onward: list[set[int]] = [set() for _ in statements]
    for (start, _), found in readers.items():
        if start >= 0:
            onward[start].update(found)
    after = [0] * len(statements)
    for index in range(len(statements) - 1, -1, -1):
        mask = 0
        for reader in onward[index]:
            mask |= 1 << reader | after[reader]
        after[index] = mask
    return {key: tuple(found) for key, found in readers.items()}, tuple(after)


def _by_cell(
    notebook: Notebook, statements: tuple[Statement, ...]
) -> tuple[tuple[frozenset[str], ...], tuple[frozenset[str], ...]]:
    defs: list[set[str]] = [set() for _ in notebook.cells]
    refs: list[set[str]] = [set() for _ in notebook.cells]
    bound: list[set[str]] = [set() for _ in notebook.cells]
    for s in statements:
        refs[s.cell] |= {base(r) for r in s.reads} - bound[s.cell] - AMBIENT
        refs[s.cell] |= {base(r) for b in s.names.bodies.values() for r in b.reads} - bound[s.cell] - AMBIENT
        defs[s.cell] |= s.names.binds | s.changes
        bound[s.cell] |= s.names.binds
    return tuple(map(frozenset, defs)), tuple(map(frozenset, refs))


def _hidden(
    notebook: Notebook, statements: tuple[Statement, ...],
    readers: Mapping[tuple[int, str], tuple[int, ...]], unknown: bool,
) -> list[str]:  # fmt: skip
    notes = []
    ran = [(c.execution_count, c.index) for c in notebook.code_cells if c.execution_count]
    late = [b for (a, _), (n, b) in itertools.pairwise(ran) if n < a]
    if late:
        cells = ", ".join(str(c + 1) for c in late)
        notes.append(f"cells were run out of order (see cell {cells})")
    if unknown:
        return notes
    for (start, name), found in sorted(readers.items()):
        if start >= 0 or name in AMBIENT:
            continue
        reader = statements[found[0]]
        later = [s.cell for s in statements if name in s.names.binds | s.changes and s.cell > reader.cell]
        if later:
            notes.append(f"cell {reader.cell + 1} reads {name}, which only cell {later[0] + 1} below defines")
        elif not any(name in s.names.binds | s.changes for s in statements):
            notes.append(f"cell {reader.cell + 1} reads {name}, which no cell defines")
    return notes


def stale(notebook: Notebook, flow: Flow) -> tuple[int, ...]:
    """Cells whose output is older than what they read, or that read from such a cell."""
    counts = {c.index: c.execution_count for c in notebook.code_cells}
    old: set[int] = set()
    for cell in notebook.code_cells:
        mine = counts[cell.index]
        if mine is None:
            continue
        for other in flow.edges.get(cell.index, ()):
            theirs = counts.get(other)
            if other in old or (theirs is not None and theirs > mine and other < cell.index):
                old.add(cell.index)
    return tuple(i for i in sorted(old) if notebook.cells[i].outputs)
