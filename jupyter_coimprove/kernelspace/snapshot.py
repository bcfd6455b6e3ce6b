"""What the variables of a kernel are, in a few words each, without touching anything there.

``SNIPPET`` is text: it runs in whatever Python the kernel has, so it uses the standard library alone.
It calls nothing of a value's own (no ``__repr__``, no property, no ``__len__`` of a class that it does
not know): classes of numpy, pandas, polars, torch and scikit-learn are told apart by being exactly
those that these modules hold. It draws no random number, binds no name and adds nothing to the history.
It stops after 50 ms or 32 KB and names what it left out. What is called a secret is told without its value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_coimprove.kernelspace.probe import calling

#: The guard: how long it may look, and how long its answer may be.
SECONDS = 0.05
BYTES = 32 * 1024
#: Larger arrays and frames are told by shape and kind alone.
MOST = 1_000_000

SNIPPET = r"""
def _coimprove_variables(ns, names, seconds, limit, most):
    import json, math, re, sys, time, types

    begin = time.perf_counter()
    secret = re.compile(r"key|token|secret|pass|cred|auth(?!or)|bearer|pwd", re.I)

    def short(text, limit=160):
        text = str.__str__(text)
        text = text if len(text) <= limit else text[: limit - 1] + "\u2026"
        return text.encode("utf-8", "replace").decode("utf-8")

    def number(value):
        value = float(value)
        return value if math.isfinite(value) else str(value)

    def held(module, name):
        return getattr(sys.modules.get(module), name, None)

    def exactly(value, module, name):
        found = held(module, name)
        return found is not None and type(value) is found

    def kind(value):
        cls = type(value)
        module = type.__getattribute__(cls, "__module__")
        name = type.__getattribute__(cls, "__qualname__")
        if type(module) is not str or type(name) is not str:
            return "object"
        return short(name if module in ("builtins", "__main__") else module + "." + name, 120)

    def scalar(value):
        # A value that is told whole, or None.
        cls = type(value)
        if value is None or cls is bool:
            return {"value": value}
        if cls is int:
            return {"value": value} if abs(value) < 2 ** 53 else {"value": "an integer of %d bits" % value.bit_length()}
        if cls is float:
            return {"value": number(value)}
        if cls is complex:
            return {"value": repr(value)}
        if cls is str:
            told = {"value": short(value)}
            if len(value) > 160:
                told["length"] = len(value)
            return told
        if cls in (bytes, bytearray):
            return {"length": len(value)}
        generic = held("numpy", "generic")
        if generic is not None and isinstance(value, generic) and cls is held("numpy", cls.__name__):
            item = value.item()
            if type(item) in (bool, int, float, complex, str):
                return {"value": scalar(item)["value"], "type": "numpy." + cls.__name__}
        if exactly(value, "pandas", "Timestamp"):
            return {"value": value.isoformat()}
        return None

    def inside(value):
        told = scalar(value)
        return told["value"] if told and "value" in told else "<" + kind(value) + ">"

    def container(value, cls):
        told, first = {"length": len(value)}, []
        # By its items: to look a key up would call what the key's class says of equality.
        for item in value.items() if cls is dict else value:
            first.append(item)
            if len(first) == 5:
                break
        if cls is dict:
            told["first"] = {
                short(key, 60) if type(key) is str else str(inside(key)):
                "***" if type(key) is str and secret.search(key) and type(item) in (str, bytes) else inside(item)
                for key, item in first
            }
        else:
            told["first"] = [inside(item) for item in first]
        return told

    def array(value):
        np = sys.modules["numpy"]
        told = {"shape": [int(n) for n in value.shape], "dtype": str(value.dtype)}
        if 0 < value.size <= most and value.dtype.kind in "iufb":
            if value.dtype.kind == "f":
                missing = np.isnan(value)
                told["nan"] = int(missing.sum())
                if told["nan"] == value.size:
                    return told
                told["min"], told["max"] = number(np.nanmin(value)), number(np.nanmax(value))
            else:
                told["min"], told["max"] = number(value.min()), number(value.max())
            if value.size <= 8:
                told["values"] = [number(one) for one in value.ravel().tolist()]
        return told

    def tensor(value):
        told = {"shape": [int(n) for n in value.shape], "dtype": str(value.dtype), "device": str(value.device)}
        if 0 < value.numel() <= most and value.device.type == "cpu" and value.layout is held("torch", "strided"):
            plain = value.detach()
            if plain.dtype.is_floating_point:
                told["nan"] = int(plain.isnan().sum())
            if not plain.dtype.is_complex:
                told["min"], told["max"] = number(plain.min()), number(plain.max())
        return told

    def frame(value):
        columns = list(value.columns)
        small = value.shape[0] * max(1, value.shape[1]) <= most
        told = {"rows": int(value.shape[0]), "columns_count": len(columns), "columns": []}
        dtypes = list(value.dtypes)
        for at, name in enumerate(columns[:40]):
            column = {"name": short(name, 60) if type(name) is str else str(inside(name)), "dtype": str(dtypes[at])}
            if small:
                missing = int(value.iloc[:, at].isna().sum())
                if missing:
                    column["missing"] = missing
            told["columns"].append(column)
        told["head"] = [
            ["***" if secret.search(told["columns"][at]["name"]) and type(value.iloc[row, at]) is str else inside(value.iloc[row, at])
             for at in range(min(len(columns), 12))]
            for row in range(min(3, value.shape[0]))
        ]
        return told

    def series(value):
        told = {"length": len(value), "dtype": str(value.dtype), "first": [inside(one) for one in value.iloc[:5].tolist()]}
        if type(value.name) is str:
            told["column"] = short(value.name, 60)
        if 0 < len(value) <= most:
            told["missing"] = int(value.isna().sum())
            if value.dtype.kind in "iuf" and told["missing"] < len(value):
                told["min"], told["max"] = number(value.min()), number(value.max())
        return told

    def polars(value):
        return {
            "rows": int(value.height), "columns_count": int(value.width),
            "columns": [{"name": short(name, 60), "dtype": str(dtype)} for name, dtype in list(value.schema.items())[:40]],
        }

    def settings(value):
        # The plain settings of an estimator or a module, from its own dictionary: nothing of it is called.
        try:
            own = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return {}
        if type(own) is not dict:
            return {}
        told = {}
        for name, held_ in list(own.items()):
            if type(name) is str and not name.startswith("_") and len(told) < 12:
                found = scalar(held_)
                if found and "value" in found and not secret.search(name):
                    told[name] = found["value"]
        return {"settings": told} if told else {}

    def weights(value):
        # How many numbers a torch module holds.
        count, seen, left = 0, set(), [value]
        while left and len(seen) < 20000:
            one = left.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            own = object.__getattribute__(one, "__dict__")
            for part in list((own.get("_parameters") or {}).values()):
                if part is not None and id(part) not in seen:
                    seen.add(id(part))
                    count += int(part.numel())
            left += [part for part in (own.get("_modules") or {}).values() if part is not None]
        return {"parameters": count}

    def tell(name, value):
        cls = type(value)
        told = {"name": name, "type": kind(value)}
        if secret.search(name) and cls in (str, bytes, bytearray):
            told["secret"] = True
            return told
        found = scalar(value)
        if found is not None:
            told.update(found)
        elif cls in (list, tuple, dict, set, frozenset):
            told.update(container(value, cls))
        elif isinstance(value, (types.FunctionType, types.MethodType)):
            code = getattr(value, "__code__", None)
            if code is not None:
                told["arguments"] = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])[:12]
        elif isinstance(value, type):
            told["type"] = "class"
        elif exactly(value, "numpy", "ndarray"):
            told.update(array(value))
        elif exactly(value, "torch", "Tensor") or exactly(value, "torch.nn.parameter", "Parameter"):
            told.update(tensor(value))
        elif exactly(value, "pandas", "DataFrame"):
            told.update(frame(value))
        elif exactly(value, "pandas", "Series"):
            told.update(series(value))
        elif exactly(value, "polars", "DataFrame"):
            told.update(polars(value))
        else:
            module = held("torch.nn", "Module")
            if module is not None and issubclass(cls, module):
                told.update(weights(value))
            elif str(type.__getattribute__(cls, "__module__")).split(".")[0] in ("sklearn", "torch", "xgboost", "lightgbm", "catboost", "statsmodels", "keras", "datasets"):
                told.update(settings(value))
        return told

    hidden = set()
    try:
        hidden = set(ns["get_ipython"]().user_ns_hidden)
    except BaseException:
        pass
    hidden |= {"In", "Out", "exit", "quit", "open", "get_ipython"}
    wanted = list(ns) if names is None else names
    told, left, size = [], [], 0
    import warnings

    # What is inside the block leaves the filters as they were.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in wanted:
            if type(name) is not str or name not in ns or (names is None and (name.startswith("_") or name in hidden)):
                continue
            value = ns[name]
            if isinstance(value, types.ModuleType):
                continue
            if time.perf_counter() - begin > seconds or size > limit:
                left.append(name)
                continue
            try:
                entry = tell(name, value)
                text = json.dumps(entry, allow_nan=False)
            except Exception as error:
                entry = {"name": name, "type": kind(value), "unread": type(error).__name__}
                text = json.dumps(entry)
            if size + len(text) > limit:
                left.append(name)
                continue
            size += len(text)
            told.append(entry)
    return json.dumps({"variables": told, "left_out": left[:200]}, allow_nan=False)
"""

_WITH_HISTORY = """
def _coimprove_told(variables):
    import json

    return json.dumps({**json.loads(variables), **here()}, allow_nan=False)
"""


def summaries(
    names: Mapping[str, Any],
    wanted: Sequence[str] | None = None,
    *,
    seconds: float = SECONDS,
    limit: int = BYTES,
) -> dict[str, Any]:
    """``{variables: [{name, type, …}], left_out: [names]}`` of a namespace in this process."""
    own: dict[str, Any] = {}
    exec(compile(SNIPPET, "<coimprove>", "exec"), own)  # noqa: S102 (our own text; nothing is bound outside ``own``)
    found: dict[str, Any] = json.loads(
        own["_coimprove_variables"](
            dict(names), None if wanted is None else list(wanted), seconds, limit, MOST
        )
    )
    return found


def expression(wanted: Sequence[str] | None = None) -> str:
    """One Python expression that does the same in another kernel, for ``user_expressions``.

    It also tells how far that kernel has come (``history``): ``ran``.
    """
    names = None if wanted is None else list(wanted)
    history = Path(__file__).with_name("history.py").read_text(encoding="utf-8")
    return calling(
        f"{history}\n{SNIPPET}\n{_WITH_HISTORY}",
        f"n['_coimprove_told'](n['_coimprove_variables'](b.dict(g), {names!r}, {SECONDS!r}, {BYTES!r}, {MOST!r}))",
    )
