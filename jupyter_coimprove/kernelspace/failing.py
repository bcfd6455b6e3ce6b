"""What a kernel knows about its last error: the line, the variables there, what could be called instead.

Its text also runs alone, in whatever Python the kernel has: standard library only. Nothing of a value's
own is called: classes are told by being exactly those that their modules hold, attributes are listed
from classes, signatures are those of functions and classes. Nothing is bound and no output made.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any

#: How many names, and how many of one thing's parts, are told.
NAMES, PARTS = 400, 600
_PLAIN = (int, float, complex, bool, str, bytes, type(None))


def facts(
    names: Mapping[str, Any], source: str, error: BaseException | None = None, said: str = ""
) -> dict[str, Any]:
    """``{values, attributes, parameters, modules}`` around a failing cell; ``error`` is its exception, if at hand."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        tree = ast.Module(body=[], type_ignores=[])
    out: dict[str, Any] = {"values": {}, "attributes": {}, "parameters": {}, "modules": []}
    for name, value in list(names.items())[:4000]:
        if type(name) is str and not name.startswith("_") and len(out["values"]) < NAMES:
            out["values"][name] = _value(value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            _attributes(names, node.value, out["attributes"])
        elif isinstance(node, ast.Call):
            _parameters(names, node.func, out["parameters"])
            _attributes(names, node.func, out["attributes"])
        elif isinstance(node, ast.Subscript):
            _keys(names, node.value, out["attributes"])
    _of_error(error, said, out)
    return out


def _held(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


def _is(value: Any, module: str, name: str) -> bool:
    held = _held(module, name)
    return held is not None and type(value) is held


def _value(value: Any) -> dict[str, Any]:
    """A variable by its class, and what of shape, columns and keys it has."""
    kind = type.__getattribute__(type(value), "__name__")
    told: dict[str, Any] = {"kind": str(kind)}
    if _is(value, "numpy", "ndarray"):
        told["shape"], told["dtype"] = [int(n) for n in value.shape], str(value.dtype)
    elif _is(value, "pandas", "DataFrame"):
        told["shape"] = [int(n) for n in value.shape]
        told["columns"] = [
            c if type(c) is str else repr(c) for c in list(value.columns)[:PARTS] if type(c) in _PLAIN
        ]
        told["dtypes"] = [str(d) for d in list(value.dtypes)[:PARTS]]
        told["dtype"] = str(value.index.dtype)
    elif _is(value, "pandas", "Series"):
        told["shape"], told["dtype"] = [len(value)], str(value.dtype)
    elif type(value) is dict:
        told["keys"] = [key for key in list(value)[:PARTS] if type(key) is str]
    elif type(value) in (list, tuple):
        told["shape"] = [len(value)]
    return told


def _resolve(names: Mapping[str, Any], node: ast.AST) -> Any:
    """The thing that a path of names is, as far as that asks nothing of an object: modules and classes; else ``_Nothing``."""
    if isinstance(node, ast.Name):
        return names.get(node.id, _Nothing)
    if isinstance(node, ast.Attribute):
        of = _resolve(names, node.value)
        if of is _Nothing:
            return _Nothing
        if isinstance(of, types.ModuleType):
            return vars(of).get(node.attr, _Nothing)
        cls = of if isinstance(of, type) else type(of)
        return inspect.getattr_static(cls, node.attr, _Nothing)
    return _Nothing


class _Nothing:
    """No thing: not even None."""


def _path(node: ast.AST) -> str:
    return ast.unparse(node)


def _attributes(names: Mapping[str, Any], node: ast.AST, out: dict[str, list[str]]) -> None:
    path = _path(node)
    thing = _resolve(names, node)
    if thing is not _Nothing and path not in out and len(out) < 60:
        out[path] = listed(thing)


def listed(thing: Any) -> list[str]:
    """The attributes of a thing, of its class where it is an object, and those in its own dictionary."""
    found: list[str] = []
    if isinstance(thing, types.ModuleType):
        found = [name for name in vars(thing) if type(name) is str]
        found += [name for name in _lazy(thing) if name not in vars(thing)]
        found += _submodules(thing)
    elif not isinstance(thing, types.FunctionType):
        cls = thing if isinstance(thing, type) else type(thing)
        for base in type.__getattribute__(cls, "__mro__"):
            found += [name for name in vars(base) if type(name) is str]
        try:
            own = object.__getattribute__(thing, "__dict__")
        except AttributeError:
            own = {}
        if type(own) is dict:
            found += [name for name in own if type(name) is str]
    public = [name for name in dict.fromkeys(found) if not name.startswith("_")]
    return public[: 4 * PARTS]


def _lazy(module: types.ModuleType) -> list[str]:
    listed_ = vars(module).get("__all__")
    plain = listed_ if isinstance(listed_, (list, tuple)) else []
    return [name for name in plain if type(name) is str]


def _submodules(module: types.ModuleType) -> list[str]:
    import pkgutil

    path = vars(module).get("__path__")
    return [one.name for one in pkgutil.iter_modules(list(path))] if path is not None else []


def _keys(names: Mapping[str, Any], node: ast.AST, out: dict[str, list[str]]) -> None:
    """Keys of dictionaries inside dictionaries: ``result["metrics"]``, under its path and ``[]``."""
    thing = _item(names, node)
    if type(thing) is dict and len(out) < 60:
        out[_path(node) + "[]"] = [key for key in list(thing)[:PARTS] if type(key) is str]


def _item(names: Mapping[str, Any], node: ast.AST) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id, _Nothing)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        of = _item(names, node.value)
        # By plain dictionaries and plain keys alone: no method of a class of the notebook is called.
        if type(of) is dict and type(node.slice.value) in _PLAIN:
            return of.get(node.slice.value, _Nothing)
    return _Nothing


def _parameters(names: Mapping[str, Any], node: ast.AST, out: dict[str, list[str]]) -> None:
    path = _path(node)
    thing = _resolve(names, node)
    if thing is _Nothing or path in out or len(out) >= 60:
        return
    found = _signature(thing)
    if found:
        out[path] = found


def _signature(thing: Any) -> list[str]:
    if isinstance(thing, (staticmethod, classmethod)):
        thing = thing.__func__
    if not isinstance(
        thing, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
    ) and not callable(thing):
        return []
    try:
        found = list(inspect.signature(thing).parameters.values())
    except (ValueError, TypeError):
        return []
    return [p.name for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)][:PARTS]


def _of_error(error: BaseException | None, said: str, out: dict[str, Any]) -> None:
    """What the error itself holds: the object without the attribute, the module without the name, who takes no keyword."""
    import re

    thing = getattr(error, "obj", None) if isinstance(error, AttributeError) else None
    if thing is not None:
        out["attributes"]["@"] = listed(thing)
    else:
        named = re.search(r"'(?:\w+\.)*(\w+)' object has no attribute", said)
        cls = _class(named[1]) if named else None
        if cls is not None:
            out["attributes"]["@"] = listed(cls)
    keyword = re.search(r"(\w+)(?:\.set|\.__init__)?\(\) got an unexpected keyword", said)
    cls = _class(keyword[1]) if keyword else None
    if keyword and cls is not None:
        setters = [name[4:] for name in dir(cls) if name.startswith("set_")]
        out["parameters"]["@" + keyword[1]] = list(dict.fromkeys([*_signature(cls), *setters]))
    module = re.search(r"from '([\w.]+)'", said)
    if module and isinstance(sys.modules.get(module[1]), types.ModuleType):
        out["attributes"][module[1]] = listed(sys.modules[module[1]])
    missing = re.search(r"No module named '([\w.]+)'", said)
    if missing or "is not defined" in said:
        import pkgutil

        out["modules"] = sorted({*sys.stdlib_module_names, *(one.name for one in pkgutil.iter_modules())})
    parent = missing[1].rpartition(".")[0] if missing else ""
    if parent and isinstance(sys.modules.get(parent), types.ModuleType):
        out["attributes"][parent] = listed(sys.modules[parent])


def _class(name: str) -> type | None:
    """A class of this name of a library that is loaded, told by its module's own dictionary."""
    import builtins

    homes = (
        "builtins", "pandas", "numpy", "matplotlib.axes", "matplotlib.figure", "matplotlib.lines", "matplotlib.patches", "matplotlib.collections",
        "matplotlib.text", "matplotlib.legend", "matplotlib.image",
    )  # fmt: skip
    for home in homes:
        module = builtins if home == "builtins" else sys.modules.get(home)
        found = vars(module).get(name) if module is not None else None
        if isinstance(found, type):
            return found
    for home, module in list(sys.modules.items()):
        if home.startswith(("sklearn.", "scipy.", "torch.")) and isinstance(module, types.ModuleType):
            found = vars(module).get(name)
            if isinstance(found, type):
                return found
    return None
