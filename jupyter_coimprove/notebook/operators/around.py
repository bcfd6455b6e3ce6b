"""What an operator must know besides the text it changes: imports, and what other code reads of it."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeVar

from jupyter_coimprove.notebook.names import names_of
from jupyter_coimprove.notebook.scopes import base, path_of

Part = tuple[str, str]
#: scikit-learn's way to set a parameter of a step: ``svc__C``.
_STEP = re.compile(r"([A-Za-z]\w*?)__[A-Za-z]")
_Key = TypeVar("_Key", bound=Hashable)


def _nowhere(_name: str) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Around:
    """The rest of the code. ``imports``: ``nn`` -> ``torch.nn`` (the text's own among them).

    ``before`` are names that have a value when the text begins to run; ``reader`` says in words where
    other code reads a name of it (empty: nowhere); ``parts`` the same for attributes (``(".", "bn")``) and keys
    (``("[", "hour")``), ``parts_set`` those that other code makes; ``uses`` are attributes read
    of a name or of ``self.name``, with where; ``classes`` the bases of classes defined anywhere;
    ``addressed`` says where a pipeline's step is set or asked for by its name (``svc__C``).
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    reader: Callable[[str], str] = _nowhere
    parts: Mapping[Part, str] = field(default_factory=dict)
    parts_set: Set[Part] = frozenset()
    uses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addressed: Callable[[str], str] = _nowhere

    def resolve(self, dotted: str) -> str:
        """``nn.ReLU`` -> ``torch.nn.ReLU``, as far as imports tell."""
        first, dot, rest = dotted.partition(".")
        return self.imports.get(first, first) + dot + rest


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one tree has: read once, put together for each text around it."""

    imports: Mapping[str, str]
    binds: frozenset[str]
    tree: ast.Module = field(repr=False)
    #: Names it may take of a module (``net.NAME``, ``import NAME``).
    taken: frozenset[str]
    parts: frozenset[Part]
    stores: frozenset[Part]
    uses: Mapping[str, frozenset[str]]
    classes: Mapping[str, tuple[str, ...]]
    #: Names of steps that it addresses: ``svc`` of ``svc__C`` and of ``named_steps["svc"]``.
    steps: frozenset[str] = frozenset()

    @functools.cached_property
    def loads(self) -> frozenset[str]:
        """Names it needs from before it. Read when an operator first asks: few do."""
        return _needed(self.tree)


def facts_of(tree: ast.Module) -> Facts:
    """Read a tree once."""
    imports: dict[str, str] = {}
    binds: set[str] = set()
    taken: set[str] = set()
    parts: set[Part] = set()
    stores: set[Part] = set()
    uses: dict[str, set[str]] = {}
    classes: dict[str, tuple[str, ...]] = {}
    steps: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                imports[alias.asname or first] = alias.name if alias.asname else first
                binds.add(alias.asname or first)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}".lstrip(".")
                binds.add(alias.asname or alias.name)
                taken.add(alias.name)
        elif isinstance(node, ast.Name):
            (taken if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            binds.add(node.name)
        elif isinstance(node, ast.ClassDef):
            binds.add(node.name)
            classes[node.name] = tuple(path_of(b) or "" for b in node.bases)
        elif isinstance(node, ast.Attribute):
            taken.add(node.attr)
            (parts if isinstance(node.ctx, ast.Load) else stores).add((".", node.attr))
            if (owner := path_of(node.value)) is not None and isinstance(node.ctx, ast.Load):
                uses.setdefault(owner, set()).add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                (parts if isinstance(node.ctx, ast.Load) else stores).add(("[", node.slice.value))
        elif isinstance(node, (ast.keyword, ast.Constant)):
            word = node.arg if isinstance(node, ast.keyword) else node.value
            if isinstance(word, str) and (found := _STEP.match(word)):
                steps.add(found[1])
        elif isinstance(node, (ast.List, ast.Tuple)):
            parts |= {
                ("[", e.value) for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)
            }
    return Facts(
        imports=imports, binds=frozenset(binds), tree=tree, taken=frozenset(taken),
        parts=frozenset(parts), stores=frozenset(stores), uses={k: frozenset(v) for k, v in uses.items()}, classes=classes,
        steps=frozenset(steps | _named_steps(tree)),
    )  # fmt: skip


def _named_steps(tree: ast.Module) -> set[str]:
    """``svc`` of ``model.named_steps["svc"]`` and ``model.named_steps.svc``."""
    out = set()
    for node in ast.walk(tree):
        owner = getattr(node, "value", None)
        if not (isinstance(owner, ast.Attribute) and owner.attr in ("named_steps", "named_transformers_")):
            continue
        if isinstance(node, ast.Attribute):
            out.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            out.add(str(node.slice.value))
    return out


def _needed(tree: ast.Module) -> frozenset[str]:
    """The names that a tree reads and does not bind itself before: of functions, all they read."""
    bound: set[str] = set()
    needed: set[str] = set()
    for statement in tree.body:
        names = names_of(statement)
        needed |= {base(path) for path in names.reads} - bound
        needed |= {base(path) for body in names.bodies.values() for path in body.reads | body.changes}
        bound |= names.binds
    return frozenset(needed)


class _Elsewhere(Mapping[Part, str]):
    """Part -> where it stands first, not counting one text: a view of an index that all texts share."""

    def __init__(self, index: Mapping[Part, tuple[int, ...]], names: Sequence[str], but: int) -> None:
        self._index, self._names, self._but = index, names, but

    def __getitem__(self, key: Part) -> str:
        for place in self._index[key]:
            if place != self._but:
                return self._names[place]
        raise KeyError(key)

    def __iter__(self) -> Iterator[Part]:
        return (key for key, places in self._index.items() if places != (self._but,))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Uses(Mapping[str, Mapping[str, str]]):
    """Owner -> attribute -> where it is read first outside of one text (empty: only there)."""

    def __init__(
        self, index: Mapping[str, Mapping[str, tuple[int, ...]]], names: Sequence[str], but: int
    ) -> None:
        self._index, self._names, self._but = index, names, but

    def __getitem__(self, owner: str) -> Mapping[str, str]:
        return {
            attribute: next((self._names[place] for place in places if place != self._but), "")
            for attribute, places in self._index[owner].items()
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


class Everywhere:
    """All texts in order, indexed once: what surrounds each is a view of it.

    ``names`` say where each text is; ``cells`` of them are cells, which share their names, the
    rest modules, which have names of their own.
    """

    def __init__(self, names: Sequence[str], facts: Sequence[Facts], cells: int) -> None:
        self._names, self._facts, self._cells = names, facts, cells

    @functools.cached_property
    def _of_cells(self) -> _Index:
        return _Index(self._facts[: self._cells])

    @functools.cached_property
    def _of_all(self) -> _Index:
        return _Index(self._facts)

    def around(self, place: int) -> Around:
        """What surrounds the text at ``place``: of a cell the other cells, of a module all others."""
        return self._seen(place, self._facts[place], cell=place < self._cells)

    def around_unread(self, *, cell: bool) -> Around:
        """What surrounds a text that does not parse."""
        return self._seen(len(self._facts), None, cell=cell)

    def _seen(self, place: int, own: Facts | None, *, cell: bool) -> Around:
        index = self._of_cells if cell else self._of_all
        texts = self._facts[: self._cells] if cell else self._facts
        mine = own.imports if own is not None else {}
        classes = own.classes if own is not None else {}

        def reader(name: str) -> str:
            return next(
                (
                    self._names[n]
                    for n, facts in enumerate(texts)
                    if n != place and name in (facts.loads if cell else facts.taken)
                ),
                "",
            )

        def addressed(name: str) -> str:
            return next((self._names[n] for n, facts in enumerate(self._facts) if name in facts.steps), "")

        return Around(
            addressed=addressed,
            imports={**index.imports, **mine} if cell else mine,
            before=frozenset().union(*(facts.binds for facts in texts[:place])) if cell else frozenset(),
            reader=reader, parts=_Elsewhere(index.parts, self._names, place),
            parts_set=_Elsewhere(index.stores, self._names, place).keys(),
            uses=_Uses(index.uses, self._names, place), classes={**index.classes, **classes},
        )  # fmt: skip


class _Index:
    """What several texts have, each part with the first two texts that have it."""

    def __init__(self, texts: Sequence[Facts]) -> None:
        self.imports: dict[str, str] = {}
        self.classes: dict[str, tuple[str, ...]] = {}
        self.parts: dict[Part, tuple[int, ...]] = {}
        self.stores: dict[Part, tuple[int, ...]] = {}
        self.uses: dict[str, dict[str, tuple[int, ...]]] = {}
        for place, facts in enumerate(texts):
            self.imports |= facts.imports
            self.classes |= facts.classes
            _note(self.parts, facts.parts, place)
            _note(self.stores, facts.stores, place)
            for owner, attributes in facts.uses.items():
                _note(self.uses.setdefault(owner, {}), attributes, place)


def _note(index: dict[_Key, tuple[int, ...]], keys: Iterable[_Key], place: int) -> None:
    for key in keys:
        known = index.get(key, ())
        if len(known) < 2:
            index[key] = (*known, place)
