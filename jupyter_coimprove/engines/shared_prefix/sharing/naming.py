"""How a name is met in code: whose it is, and whether it leads to all others."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from jupyter_coimprove.engines.shared_prefix.sharing import words
from jupyter_coimprove.engines.shared_prefix.sharing.doings import Doing, Takes
from jupyter_coimprove.engines.shared_prefix.sharing.paths import Path
from jupyter_coimprove.notebook.trees import children


class Naming:
    """Walks code in the scopes that it is in, and notes in ``doing`` what names it meets."""

    #: Kind of node -> what visits it.
    visits: ClassVar[Mapping[type[ast.AST], Callable[[Any, Any], None]]] = {}

    def __init__(self) -> None:
        self.doing = Doing()
        self.bodies: list[tuple[str, Doing]] = []
        self.takes: list[tuple[str, Takes]] = []
        #: The parameters of the function of the top level that we are in, and what is read of them.
        self._reads: dict[str, set[Path] | None] = {}
        #: Locals of the functions and comprehensions we are in; None stands for a class.
        self.scopes: list[set[str] | None] = []
        self.declared: list[set[str]] = []
        self._class = ""
        #: Whether what is assigned just now is a constant.
        self._literal = False

    def visit(self, node: ast.AST) -> None:
        known = self.visits.get(type(node))
        if known is not None:
            known(self, node)
        else:
            self.inside(node)

    def inside(self, node: ast.AST) -> None:
        for child in children(node):
            self.visit(child)

    def all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _local(self, name: str) -> bool:
        for scope, declared in zip(reversed(self.scopes), reversed(self.declared), strict=True):
            if name in declared:
                return False
            if scope is not None and name in scope:
                return True
        return False

    def name(self, name: str, *, load: bool) -> None:
        if name in self._reads:
            self._reads[name] = None
        if self._local(name):
            return
        if not load and self.scopes and self.scopes[-1] is None and name not in self.declared[-1]:
            # A class body makes a name of its own.
            if name in ("__init__", "__new__"):
                # Not the plain constructor.
                self.takes.append((self._class, Takes(order=(), reads={})))
            return
        (self.doing.names if load else self.doing.sets).add((name,))
        if load and (name in words.NAMES or words.HISTORY.fullmatch(name)):
            self.doing.hide(f"it uses {name}, through which any name can be read")
        if load and name in ("getattr", "vars", "dir"):
            # Called in the open, it does not come here.
            self.doing.hide(f"it hands {name} around")

    def path(self, path: Path | None, node: ast.expr) -> None:
        if path is None:
            self.visit(node)
        elif self._local(path[0]):
            known = self._reads.get(path[0])
            if known is not None:
                known.add(path[1:])
        else:
            whole = (path[0],) in self.doing.names
            self.name(path[0], load=True)
            if len(path) > 1 and not whole:
                self.doing.names.discard((path[0],))
            self.doing.names.add(path)
            for step in path[1:]:
                self._attribute(step.removeprefix("."))

    def _attribute(self, name: str) -> None:
        self.doing.always = self.doing.always or name in words.ALWAYS
        if name in words.ATTRIBUTES or name == "modules" or "__main__" in name:
            self.doing.hide(f"it uses {name}, through which any name can be read")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(alias.name)
            self.name((alias.asname or alias.name).partition(".")[0], load=False)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if not node.level:
            self._module(module)
        self.doing.always = self.doing.always or any(a.name in words.ALWAYS for a in node.names)
        for alias in node.names:
            if alias.name == "*":
                if node.level or module.partition(".")[0] not in words.STARRED:
                    self.doing.hide(f"from {'.' * node.level}{module} import * may bring any name")
                self.doing.sets.add(("*",))
                continue
            if alias.name in words.NAMES or alias.name in words.ATTRIBUTES or alias.name == "modules":
                self.doing.hide(f"it imports {alias.name}, through which any name can be read")
            self.name(alias.asname or alias.name, load=False)

    def _module(self, module: str) -> None:
        root = module.partition(".")[0]
        if root in words.MODULES or (root == "IPython" and not module.startswith(words.SHOWING)):
            self.doing.hide(f"it imports {module}, through which any name can be read")
