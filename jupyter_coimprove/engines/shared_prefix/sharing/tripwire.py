"""Values withheld from a namespace while code runs that must not read them, and what shows that it did.

For the process that runs the shared cells: the standard library alone, and one file. A name is taken out, so that
reading it raises NameError. In a mapping or namespace its value's place is taken by one that raises on any use,
whose uses are noted even where the error is swallowed, and whose copies are counted. Put back, everything is
where it was: also the order of keys.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

_MISSING = object()


class Touched(BaseException):
    """A withheld value was used. No ``except Exception`` swallows it."""


class _Withheld:
    """Stands in for a value; any use is noted and raises."""

    __slots__ = ("address", "uses")

    def __init__(self, address: str) -> None:
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "uses", [])


def _use(stand_in: Any, *_: Any, **__: Any) -> Any:
    get = object.__getattribute__
    get(stand_in, "uses").append(1)
    raise Touched(f"{get(stand_in, 'address')} is withheld while cells run that several variants share")


_UNARY = "bool int float complex index len iter next call hash repr str bytes format dir neg pos abs invert round trunc"
_BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"
_OTHER = """eq ne lt le gt ge getitem setitem delitem contains getattribute setattr delattr enter exit copy deepcopy
reduce reduce_ex reversed floor ceil length_hint fspath await aiter anext array"""
for _name in [*_UNARY.split(), *_OTHER.split(), *(p + n for n in _BINARY.split() for p in ("", "r", "i"))]:
    setattr(_Withheld, f"__{_name}__", _use)


class Namespace:
    """A namespace (``globals`` of the code) from which values are withheld, by address."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._order: list[str] = []
        self._kept: dict[str, Any] = {}
        self._stand_ins: dict[str, tuple[Any, str, str, _Withheld]] = {}
        self._counts: dict[str, int] = {}

    def withhold(self, address: str) -> None:
        """Take the value at ``address`` away until it is restored.

        Raises KeyError, AttributeError or TypeError where there is no such place.
        """
        holder, kind, key = self._place(address)
        if kind == "name":
            known = set(self._order)
            self._order += [name for name in self._names if name not in known]
            # One that is not there yet has its place here too.
            self._order += [] if key in known or key in self._names else [key]
            self._kept[address] = self._names.pop(key, _MISSING)
            return
        self._kept[address] = _get(holder, kind, key)
        stand_in = _Withheld(address)
        _put(holder, kind, key, stand_in)
        self._stand_ins[address] = (holder, kind, key, stand_in)
        del stand_in
        self._counts[address] = self._references(address)

    def broken(self) -> list[str]:
        """Addresses that were set, used or copied though they are withheld; empty if all held."""
        out = [a for a in self._kept if a not in self._stand_ins and a in self._names]
        for address in self._stand_ins:
            if self._references(address) > self._counts[address] or self._used(address):
                out.append(address)
        return out

    def _references(self, address: str) -> int:
        return sys.getrefcount(self._stand_ins[address][3])

    def _used(self, address: str) -> bool:
        holder, kind, key, stand_in = self._stand_ins[address]
        if object.__getattribute__(stand_in, "uses"):
            return True
        try:
            return _get(holder, kind, key) is not stand_in
        except (KeyError, AttributeError):
            return True

    def restore(self, address: str, value: Any = _MISSING) -> None:
        """Put a value in the place of one withheld: ``value``, or else what was there."""
        kept = self._kept.pop(address)
        value = kept if value is _MISSING else value
        if address not in self._stand_ins:
            if value is not _MISSING:
                self._insert(address, value)
            return
        holder, kind, key, _ = self._stand_ins.pop(address)
        _put(holder, kind, key, value)
        if isinstance(holder, type):
            _describe(holder)

    def _insert(self, name: str, value: Any) -> None:
        place = self._order.index(name) if name in self._order else len(self._order)
        before = set(self._order[:place])
        after = [(key, self._names.pop(key)) for key in list(self._names) if key not in before]
        self._names[name] = value
        self._names.update(after)

    def _place(self, address: str) -> tuple[Any, str, str]:
        steps: list[tuple[str, str]] = []
        node = ast.parse(address, mode="eval").body
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                steps.append(("attribute", node.attr))
            elif isinstance(node, ast.Subscript):
                steps.append(("item", ast.literal_eval(node.slice)))
            else:
                raise TypeError(f"{address!r} is no address")
            node = node.value
        if not steps:
            return self._names, "name", node.id
        holder = self._names[node.id]
        for kind, key in reversed(steps[1:]):
            holder = _get(holder, kind, key)
        return holder, *steps[0]


def _get(holder: Any, kind: str, key: str) -> Any:
    if kind == "item":
        return dict.__getitem__(holder, key)
    return vars(holder)[key] if isinstance(holder, type) and key in vars(holder) else getattr(holder, key)


def _put(holder: Any, kind: str, key: str, value: Any) -> None:
    if kind == "item":
        dict.__setitem__(holder, key, value)
    elif not isinstance(holder, type):
        # A frozen dataclass as well.
        object.__setattr__(holder, key, value)
    else:
        type.__setattr__(holder, key, value)
        field = getattr(holder, "__dataclass_fields__", {}).get(key)
        if field is not None:
            field.default = value
            _default(holder.__init__, key, value)  # type: ignore[misc]


def _default(function: Any, name: str, value: Any) -> None:
    """Change the default that a parameter has."""
    if name in (function.__kwdefaults__ or {}):
        function.__kwdefaults__[name] = value
        return
    code, defaults = function.__code__, list(function.__defaults__ or ())
    given = code.co_varnames[: code.co_argcount]
    defaults[given.index(name) - len(given)] = value
    function.__defaults__ = tuple(defaults)


def _describe(made: type) -> None:
    """A dataclass without a text of its own is described by its defaults."""
    fields = getattr(made, "__dataclass_fields__", {})
    if not (made.__doc__ or "").startswith(f"{made.__name__}(") or not fields:
        return
    if any(type(field.default) is _Withheld for field in fields.values()):
        return
    import inspect

    made.__doc__ = made.__name__ + str(inspect.signature(made)).replace(" -> None", "")
