"""What each cell's result may depend on of what varies, and where that can no longer be told.

Up to the first cell that names a value that varies, by itself or through anything it has named before, no code
can have read it; so what the cells before leave behind is the same for all its values. What is named once (a
function, a class, an object that holds them) may run at any time later: a thread, a hook, a method.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.engines.shared_prefix.sharing.containers import learn
from jupyter_coimprove.engines.shared_prefix.sharing.doings import Act, Doing, Takes, tokens
from jupyter_coimprove.engines.shared_prefix.sharing.magics import magics
from jupyter_coimprove.engines.shared_prefix.sharing.paths import (
    CALLED,
    NAMED,
    Path,
    Places,
    path_of,
    touched,
)
from jupyter_coimprove.engines.shared_prefix.sharing.reading import acts


@dataclass(frozen=True, kw_only=True)
class CellReach:
    """What one cell's result may depend on.

    ``reads`` are addresses that vary (``lr``, ``cfg['lr']``, ``CFG.lr``) and that it may read, itself or through
    what it calls. ``stop``: why nothing can be told from this cell on, in words for people; empty: it can.
    """

    reads: frozenset[str] = frozenset()
    stop: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell as it was read; shared by all who read it, changed by nobody."""

    acts: tuple[Act, ...] = ()
    plain: str = ""
    magic: Doing = field(default_factory=Doing)
    stop: str = ""


def reach(
    sources: Sequence[str],
    varied: Collection[str] | Mapping[str, int],
    *,
    transform: Callable[[str], str],
) -> tuple[CellReach, ...]:
    """For each code cell, in the order run, what it reads of ``varied``.

    ``varied`` are addresses, or address -> index of the first cell that sees it vary (all, where not given).
    ``transform`` makes a cell plain Python or raises SyntaxError. From a stop on, a cell reads all that varies.
    Raises ValueError for an address that is none.
    """
    starts = varied if isinstance(varied, Mapping) else dict.fromkeys(varied, 0)
    reader = Reader({address: path_of(address) for address in starts})
    out = []
    for index, source in enumerate(sources):
        found = reader.read(cell_of(source, transform))
        out.append(CellReach(reads=frozenset(a for a in found.reads if starts[a] <= index), stop=found.stop))
    return tuple(out)


@functools.lru_cache(maxsize=2048)
def cell_of(source: str, transform: Callable[[str], str]) -> Cell:
    """The cell read once; what does not parse, or is nested too deep, stops there."""
    try:
        plain, tree = _plain(source, transform)
        return Cell(acts=tuple(acts(tree)), plain=plain, magic=magics(source, plain))
    except SyntaxError as error:
        return Cell(stop=f"it does not parse: {error.msg}")
    except (ValueError, RecursionError, MemoryError):
        return Cell(stop="it cannot be parsed")


def _plain(source: str, transform: Callable[[str], str]) -> tuple[str, ast.Module]:
    """The cell as plain Python with its tree; what parses as it stands is plain already."""
    try:
        return source, ast.parse(source)
    except SyntaxError:
        plain = transform(source)
    return plain, ast.parse(plain)


class Reader:
    """Reads cells in order, and knows what has been defined and named so far."""

    def __init__(self, varied: Mapping[str, Path]) -> None:
        self.varied = varied
        self.places = Places()
        self.bodies: dict[str, list[Doing]] = {}
        #: Names that ran code has named: what they hold may run again whenever code runs.
        self.named: set[str] = set()
        self.stop = ""
        self._takes: dict[str, list[Takes]] = {}
        #: How often each name was given something; names that were more than called: what they do may have changed.
        self._given: Counter[str] = Counter()
        self._loose: set[str] = set()
        #: Whether what was named may run even while nothing is called, and whether anything may have been named.
        self._always = self._loads = False

    def read(self, cell: Cell) -> CellReach:
        """What this cell reads."""
        reads = self.begin(cell)
        for act in cell.acts:
            reads |= self.act(act)
        if self.stop:
            reads = set(self.varied)
        return CellReach(reads=frozenset(reads), stop=self.stop)

    def begin(self, cell: Cell) -> set[str]:
        """Take in what stands before its statements; what its magics read."""
        self.stop = self.stop or cell.stop
        return self._run(cell.magic) if cell.magic.names or cell.magic.opaque else set()

    def act(self, act: Act) -> set[str]:
        """Take in one statement; what it reads of what varies."""
        for name, body in act.bodies:
            self.bodies.setdefault(name, []).append(body)
        for name, takes in act.takes:
            self._takes.setdefault(name, []).append(takes)
        for doing in (act.now, *(body for _, body in act.bodies)):
            self._loose |= {path[0] for path in doing.names if path[1:2] not in ((CALLED,), (NAMED,))}
            self._loose |= {path[0] for _, _, path in doing.given}
        now, sets = learn(act, self.places)
        self._given.update({path[0] for path in [*sets, *(s for _, b in act.bodies for s in b.sets)]})
        also = self._always or not act.inert
        if not also and not now.names and not now.texts and not now.opaque:
            return self._given_anew(sets)
        return self._run(now, also=also) | self._given_anew(sets)

    def _given_anew(self, names: Collection[Path]) -> set[str]:
        """What varies of these names; another name for a container is no longer one, and changes nothing."""
        roots = {path[0] for path in names}
        return {address for address, path in self.varied.items() if path[0] in roots}

    def _run(self, now: Doing, *, also: bool = True) -> set[str]:
        """What running this reads, with all that it or earlier code has named if ``also``."""
        start = {path[0] for path in now.names}
        self.named |= start
        names, texts, seen = set(now.names), set(now.texts), set[str]()
        sets, given = set(now.sets), set(now.given)
        opaque = now.opaque
        self._always, self._loads = self._always or now.always, self._loads or now.loads
        todo = [*(self.named if also else start), *(self.bodies if self._loads and also else ())]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            for other in self.places.aliases.get(name, ()):
                todo.append(other[0])
            for body in self.bodies.get(name, ()):
                names |= body.names
                sets |= body.sets
                given |= body.given
                self._always, self._loads = self._always or body.always, self._loads or body.loads
                texts |= body.texts
                opaque = opaque or (body.opaque and f"{name}: {body.opaque}")
                todo += [path[0] for path in body.names]
                todo += self._called(body.texts)
            if not todo:
                todo += [found for found in self._called(texts) if found not in seen]
        self.stop = self.stop or opaque
        for function, where, path in given:
            names |= self._taken(function, where, path)
        return touched(names, self.varied, self.places) | self._given_anew(sets) | self._written(texts)

    def _taken(self, function: str, where: int | str, path: Path) -> set[Path]:
        """What a function reads of what it is given; all, where that cannot be told."""
        takes = self._takes.get(function, [])
        if len(takes) != 1 or self._given[function] != 1 or self._given["*"] or function in self._loose:
            return {path}
        (known,) = takes
        if isinstance(where, int):
            name = known.order[where] if where < len(known.order) else ""
        else:
            name = where
        reads = known.reads.get(name)
        return {path} if reads is None else {(*path, *steps) for steps in reads}

    def _called(self, texts: Collection[str]) -> list[str]:
        """Functions that a text may call when it is evaluated."""
        return [name for text in texts if "(" in text for name in tokens(text) if name in self.bodies]

    def _written(self, texts: Collection[str]) -> set[str]:
        """What varies whose name stands in a text, which may be evaluated."""
        roots: dict[str, set[str]] = {}
        for address, path in self.varied.items():
            roots.setdefault(path[0], set()).add(address)
            for alias, targets in self.places.aliases.items():
                if any(target[0] == path[0] for target in targets):
                    roots.setdefault(alias, set()).add(address)
        out: set[str] = set()
        for text in texts:
            if any(root in text for root in roots):
                for name in tokens(text) & roots.keys():
                    out |= roots[name]
        return out
