"""What really depends on what varies: a program run as a notebook runs it, its state told after each cell."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import io
import os
import random
import re
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from jupyter_coimprove.engines.shared_prefix.sharing.tripwire import Touched

FRAMELIB = "import sys\ndef query(text):\n    return eval(text, sys._getframe(1).f_globals)\n"
_OWN = frozenset(
    {"In", "Out", "_", "__", "get_ipython", "__builtins__", "__name__", "__doc__", "__package__"}
)
_OWN |= {"__loader__", "__spec__"}


@functools.lru_cache(maxsize=4096)
def _transformed(source: str) -> str:
    return str(TransformerManager().transform_cell(source))


@dataclass
class Shell:
    """As much of IPython as the programs use."""

    namespace: dict[str, Any]
    count: int = 0
    outputs: dict[int, Any] = field(default_factory=dict)
    #: What a program gave ``sys.settrace`` and ``sys.setprofile``: not for us.
    hooks: tuple[Any, Any] = (None, None)

    def run_line_magic(self, name: str, line: str, **_: Any) -> Any:
        if name == "time":
            exec(line, self.namespace)
        elif name in ("who", "whos", "history"):
            # Restored names stand last in a dict; what IPython prints is sorted.
            shown = {k: v for k, v in sorted(self.namespace.items()) if k not in _OWN and not callable(v)}
            print(shown if name == "whos" else list(shown) if name == "who" else self.namespace["In"])

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        if name == "capture":
            with contextlib.redirect_stdout(io.StringIO()) as kept:
                exec(body, self.namespace)
            self.namespace[line.strip()] = kept.getvalue()
        else:
            exec(body, self.namespace)

    def system(self, command: str) -> None:
        print("\n".join(self.getoutput(command)))

    def getoutput(self, command: str) -> list[str]:
        found = re.sub(r"\{(\w+)\}|\$(\w+)", lambda m: str(self.namespace.get(m[1] or m[2], m[0])), command)
        return [found.removeprefix("echo ")]

    def run(self, source: str) -> None:
        """One cell; what it prints goes to stdout. Raises what it raises."""
        self.count += 1
        self.namespace["In"].append(source)
        if source.strip() in ("who", "whos") and source.strip() not in self.namespace:
            self.run_line_magic(source.strip(), "")
            return
        tree = ast.parse(_transformed(source))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), self.namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.namespace)
            if value is not None:
                print(repr(value))
                self.namespace["_"] = self.outputs[self.count] = value


@contextlib.contextmanager
def running(folder: Path | None, environment: Mapping[str, str]) -> Iterator[Shell]:
    """A fresh namespace that is ``__main__``, a folder of its own, and chance begun anew."""
    main = types.ModuleType("__main__")
    shell = Shell(vars(main))
    shell.namespace.update(In=[""], Out=shell.outputs, get_ipython=lambda: shell)
    lib = types.ModuleType("framelib")
    exec(FRAMELIB, vars(lib))
    kept, where, state = dict(sys.modules), os.getcwd(), random.getstate()
    before = {name: os.environ.get(name) for name in environment}
    sys.modules.update(__main__=main, framelib=lib)
    os.environ.update(environment)
    if folder is not None:
        os.chdir(folder)
    random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield shell
    finally:
        for value in list(shell.namespace.values()):
            if isinstance(value, types.CoroutineType):
                value.close()
        shell.namespace.clear()
        os.chdir(where)
        random.setstate(state)
        for name, old in before.items():
            os.environ.pop(name) if old is None else os.environ.update({name: old})
        sys.modules.update(__main__=kept["__main__"])
        del sys.modules["framelib"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """After one cell: what it printed (and raised), and a digest of all that is there but what varies."""

    printed: str
    state: str
    raised: bool = False


def told(shell: Shell, source: str, expected: Mapping[str, Any] | None) -> Told:
    """Run one cell and tell. What varies is left out where it still holds the variant's own value.

    With None, the state is not looked at: values are withheld from it.
    """
    kept = io.StringIO()
    raised = ""
    with contextlib.redirect_stdout(kept):
        try:
            sys.settrace(shell.hooks[0])
            sys.setprofile(shell.hooks[1])
            shell.run(source)
        except (Exception, Touched) as error:  # noqa: BLE001 - whatever a program raises is told
            raised = f"{type(error).__name__}: {error}"
    shell.hooks = (sys.gettrace(), sys.getprofile())
    sys.settrace(None)
    sys.setprofile(None)
    return Told(
        printed=re.sub("0x[0-9a-f]+", "0x", kept.getvalue() + raised),
        state="" if expected is None else state_of(shell.namespace, expected),
        raised=bool(raised),
    )


def state_of(namespace: dict[str, Any], expected: Mapping[str, Any]) -> str:
    blank = {found for item in expected.items() if (found := _place(namespace, *item))}
    writer = _Writer(blank)
    for name in sorted(namespace):
        if name not in _OWN and (id(namespace), name) not in blank:
            writer.parts.append(f"\n{name}=")
            writer.write(namespace[name])
    writer.parts.append(f"{[name for name in namespace if name not in _OWN]}{hash(random.getstate())}")
    return hashlib.sha256("".join(writer.parts).encode("utf-8", "replace")).hexdigest()


def _place(namespace: dict[str, Any], address: str, expected: Any) -> tuple[int, Any] | None:
    """The container (by id) and key of an address, if what it holds now is what is expected."""
    node = ast.parse(address, mode="eval").body
    try:
        value = eval(address, dict(namespace))
        holder = (
            eval(ast.unparse(node.value), dict(namespace)) if not isinstance(node, ast.Name) else namespace
        )
    except (NameError, AttributeError, KeyError, TypeError):
        return None
    if type(value) is not type(expected) or value != expected:
        return None
    if isinstance(node, ast.Name):
        return id(holder), node.id
    return id(holder), node.attr if isinstance(node, ast.Attribute) else ast.literal_eval(node.slice)


class _Writer:
    """Writes values down with what they share, in an order that does not depend on addresses."""

    def __init__(self, blank: set[tuple[int, Any]]) -> None:
        self.blank, self.seen, self.parts = blank, dict[int, int](), list[str]()
        self.alive: list[Any] = []

    def write(self, value: Any) -> None:
        if isinstance(value, (int, float, str, bytes, complex, type(None), range, type(...))):
            self.parts.append(f"{type(value).__name__}:{value!r};")
            return
        if id(value) in self.seen:
            self.parts.append(f"@{self.seen[id(value)]};")
            return
        self.seen[id(value)] = len(self.seen)
        self.alive.append(value)
        self.parts.append(f"<{type(value).__name__} ")
        for part in self._parts(value):
            if isinstance(part, _Text):
                self.parts.append(part)
            else:
                self.write(part)
        self.parts.append(">")

    def _items(self, owner: Any, held: Mapping[Any, Any]) -> Iterator[Any]:
        for key, value in list(held.items()):
            yield key
            yield _Text("?") if (id(owner), key) in self.blank else value

    def _parts(self, value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield from self._items(value, value)
        elif isinstance(value, (set, frozenset)):
            yield from sorted(value, key=repr)
        elif isinstance(value, (list, tuple)):
            yield from value
        elif isinstance(value, types.FunctionType):
            yield _Text(_code(value.__code__))
            yield value.__defaults__ if value.__name__ != "__init__" else None
            yield value.__kwdefaults__
            yield [cell.cell_contents for cell in value.__closure__ or () if _filled(cell)]
            yield value.__dict__
        elif isinstance(value, types.MethodType):
            yield value.__func__
            yield value.__self__
        elif isinstance(value, (types.GeneratorType, types.CoroutineType)):
            frame = value.gi_frame if isinstance(value, types.GeneratorType) else value.cr_frame
            yield _Text(str(frame.f_lasti) if frame else "done")
            yield dict(frame.f_locals) if frame and frame.f_locals is not frame.f_globals else None
        elif isinstance(value, type):
            if value.__module__ == "__main__":
                skip = {"__dict__", "__weakref__", "__dataclass_fields__", "__doc__", "__firstlineno__"}
                yield from self._items(value, {k: v for k, v in vars(value).items() if k not in skip})
                yield value.__bases__
        elif isinstance(value, types.ModuleType):
            yield _Text(value.__name__)
        elif isinstance(value, (property, classmethod, staticmethod)):
            yield getattr(value, "fget", None) or getattr(value, "__func__", None)
        elif type(value).__name__ in ("partial", "map", "filter", "zip", "enumerate", "list_iterator"):
            yield from value.__reduce__()[1:]
        elif isinstance(value, BaseException):
            yield value.args
        elif type(value).__module__ in ("__main__", "types", "argparse") and hasattr(value, "__dict__"):
            yield type(value)
            yield from self._items(value, vars(value))


class _Text(str):
    __slots__ = ()


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _code(code: types.CodeType) -> str:
    inner = [_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_name}{code.co_code.hex()}{code.co_names}{inner}"
