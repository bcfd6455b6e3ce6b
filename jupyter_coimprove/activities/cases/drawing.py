"""Inside the notebook's kernel: items shown by the notebook's own code, as Jupyter's outputs, within bounds.

The text of this module is what runs there, behind ``inside``'s: standard library, and what the notebook has loaded.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

#: Seconds that one item and all of them may take; the figure's side in inches.
EACH_S, ALL_S, SIDE = 5.0, 30.0, 2.2
#: Bytes of one output by kind, and of all of them.
BYTES = {"image/png": 300_000, "image/jpeg": 300_000, "text/html": 40_000, "text/plain": 4_000}
ALL_BYTES = 2_000_000


def draw(
    space: dict[str, Any], ways: list[dict[str, str]], features: Any, cases: list[int]
) -> dict[str, Any]:
    """``{shown: [{item, way, cell, data}], why}``: by the first of ``ways`` that shows the first case."""
    out: list[dict[str, Any]] = []
    why: list[str] = []
    left, bytes_left = ALL_S, ALL_BYTES
    if not ways or features is None or not cases:
        return {"shown": out, "why": "" if ways else "the notebook shows none of its items by itself"}
    import time

    start = time.monotonic()
    for way in ways:
        for item in cases:
            left = ALL_S - (time.monotonic() - start)
            try:
                with _within(min(EACH_S, left)):
                    data = _bounded(_one_case(space, way, features, item))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any error of the notebook's own code is told
                why.append("%s: %s: %s" % (way["code"][:80], type(error).__name__, str(error)[:120]))
                if out and left > 0:
                    continue
                break
            size = sum(map(len, data.values()))
            if not data or size > bytes_left:
                why.append("%s: %s" % (way["code"][:80], "too large" if data else "it shows nothing"))
                break
            bytes_left -= size
            out.append({"item": item, "way": way["code"], "cell": int(way["cell"]), "data": data})
        if out or left <= 0:
            break
    return {"shown": out, "why": "; ".join(why[:3])}


def _one_case(space: dict[str, Any], way: dict[str, str], features: Any, item: int) -> dict[str, Any]:
    given = _given(space, way, features, item)
    plots: Any = sys.modules.get("matplotlib.pyplot")
    before = set(plots.get_fignums()) if plots is not None else set()
    if way["kind"] == "draw":
        if plots is None:
            raise LookupError("no figures are loaded")
        _, given["_ax"] = plots.subplots(figsize=(SIDE, SIDE))
    shown: list[dict[str, Any]] = []
    try:
        with _captured(shown) as said:
            if way["kind"] == "print":
                print(given["_item"])
                value = None
            else:
                value = eval(way["code"], space, given)
            if way["kind"] == "value":
                shown.append(_formatted(value))
        figures = [n for n in plots.get_fignums() if n not in before] if plots is not None else []
        for number in figures:
            raw = io.BytesIO()
            plots.figure(number).savefig(raw, format="png", dpi=80, bbox_inches="tight")
            shown.append({"image/png": base64.b64encode(raw.getvalue()).decode()})
    finally:
        if plots is not None:
            for number in set(plots.get_fignums()) - before:
                plots.close(number)
    pictures = [one for one in shown if any(kind.startswith("image/") for kind in one)]
    if way["kind"] in ("draw", "call") and not pictures and not shown and not said.getvalue().strip():
        raise LookupError("it draws nothing")
    if pictures or shown:
        return (pictures or shown)[0]
    return {"text/plain": said.getvalue().strip()}


def _given(space: dict[str, Any], way: dict[str, str], features: Any, item: int) -> dict[str, Any]:
    """What the markers are for this item: in the shape and kind of those that the notebook shows."""
    if way["over"]:
        over = eval(way["over"], space)
        rows, one = _like(over, features, item)
    else:
        torch = sys.modules.get("torch")
        rows, one = features[item : item + 1], features[item]
        if torch is not None and isinstance(rows, sys.modules["numpy"].ndarray):
            rows, one = torch.as_tensor(rows), torch.as_tensor(one)
    return {"_item": one, "_rows": rows, "_at": item}


def _like(over: Any, features: Any, item: int) -> Any:
    """(one item as a part, the item) of ``features`` as ``over`` has its own. LookupError where they are not alike."""
    if hasattr(over, "iloc"):
        return _row(over, features, item)
    if over is features:
        return over[item : item + 1], over[item]
    if len(over) == 0:
        raise LookupError("there is none to compare with")
    model = over[0]
    mine = features.iloc[item] if hasattr(features, "iloc") else features[item]
    if isinstance(model, str) or isinstance(mine, str):
        if type(model) is not type(mine):
            raise LookupError("the items are no texts")
        return [mine], mine
    np = sys.modules["numpy"]
    for step in ("detach", "cpu", "numpy", "to_numpy"):
        if hasattr(mine, step) and not isinstance(mine, np.ndarray):
            mine = getattr(mine, step)()
    mine = np.asarray(mine)
    if isinstance(model, (tuple, list)) and model and hasattr(model[0], "shape"):
        model = model[0]
    shape = tuple(getattr(model, "shape", np.shape(model)))
    if mine.size != int(np.prod(shape, dtype=int)) or mine.size < 2:
        raise LookupError("the items have %d numbers each, those have %s" % (mine.size, shape))
    made = mine.reshape(shape)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.Tensor):
        made = torch.as_tensor(made)
        return made[None], made
    return made[None], made


def _row(over: Any, features: Any, item: int) -> Any:
    """The item's row of a table: of the features, or of the table that they are a part of, by its index."""
    texts = isinstance(features, (list, tuple)) and isinstance(features[item], str)
    if texts and not hasattr(over, "columns") and len(over) and isinstance(over.iloc[0], str):
        return [features[item]], features[item]
    if hasattr(features, "iloc") and over.shape[1:] == features.shape[1:]:
        same = getattr(over, "columns", None)
        if same is None or list(same) == list(features.columns):
            return features.iloc[[item]], features.iloc[item]
    if not hasattr(features, "iloc") or not over.index.is_unique:
        raise LookupError("the items are no rows of it")
    label = features.index[item]
    if label not in over.index:
        raise LookupError("it has no row of this name")
    rows, one = over.loc[[label]], over.loc[label]
    if hasattr(over, "columns") and hasattr(features, "columns"):
        common = [c for c in features.columns if c in over.columns]
        mine = features.iloc[item]
        if not common or not all(
            one[c] == mine[c] or (one[c] != one[c] and mine[c] != mine[c]) for c in common
        ):
            raise LookupError("its row of this name is another item")
    else:
        raise LookupError("that it is the same item cannot be seen")
    return rows, one


def _formatted(value: Any) -> dict[str, Any]:
    shell = getattr(sys.modules["__main__"], "get_ipython", lambda: None)()
    formatter = getattr(shell, "display_formatter", None)
    if formatter is None:
        return {"text/plain": repr(value)}
    data = dict(formatter.format(value)[0])
    # A row is a page of its own in HTML; one number is no picture of an item.
    if set(data) == {"text/plain"} and isinstance(value, (int, float)):
        raise LookupError("it shows one number")
    return {
        k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items() if k in BYTES
    }


def _bounded(data: dict[str, Any]) -> dict[str, Any]:
    """The kinds that are kept, each within its bound; a text is cut, a picture is left out whole."""
    out: dict[str, Any] = {}
    for kind, most in BYTES.items():
        value = data.get(kind)
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        if not isinstance(value, str):
            continue
        if len(value) <= most:
            out[kind] = value
        elif kind == "text/plain":
            out[kind] = value[: most - 2] + " …"
    return out


@contextlib.contextmanager
def _captured(shown: list[dict[str, Any]]) -> Iterator[Any]:
    """What is printed, and what is displayed, without showing it here."""
    said = io.StringIO()
    with contextlib.ExitStack() as stack:
        taken = None
        # The kernel has it loaded, or nothing here displays.
        capture = sys.modules.get("IPython") and importlib.import_module("IPython.utils.capture")
        if capture is not None:
            taken = stack.enter_context(capture.capture_output(stdout=False, stderr=False))
        stack.enter_context(contextlib.redirect_stdout(said))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        yield said
    for one in taken.outputs if taken is not None else ():
        shown.append({str(kind): value for kind, value in (one.data or {}).items()})


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """TimeoutError after so long, where signals reach this thread."""
    if seconds <= 0:
        raise TimeoutError("all of them took too long")
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(*_: Any) -> None:
        raise TimeoutError("it took more than %g s" % seconds)

    old = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
