"""Inside the notebook's kernel: its test items are written to a file as numbers and codes, without pickles.

The text of this module is what runs there: it uses the standard library, and numpy, which the notebook's
own libraries have loaded.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import sys
from typing import Any

#: Entries of features (items × columns) that are written, and characters of one item that are shown.
ENTRIES, SHOWN = 20_000_000, 200
#: Columns that are read, categories that a column may have, and items shown.
COLUMNS, LEVELS, CASES = 5000, 1000, 12


def write(
    space: dict[str, Any], wanted: list[dict[str, str]], loss: str, path: str,
    ways: list[list[dict[str, str]]] | None = None, draw: Any = None, also: list[int] | None = None,
) -> None:  # fmt: skip
    """Evaluate the first of ``wanted`` that fits together in ``space``, and write it to ``path`` (.npz).

    With ``draw`` the worst items, and those that are asked for, are shown by the first of its ``ways`` that can.
    """
    np = sys.modules.get("numpy")
    if np is None:
        raise RuntimeError("the notebook's kernel has not loaded numpy, so its items cannot be read")
    why = []
    for place, one in enumerate(wanted):
        try:
            made, features, worst = _one(np, space, one, loss)
        except Exception as error:  # noqa: BLE001 - any error of the notebook's own code is told
            why.append(
                "%s / %s / %s: %s: %s"
                % (one["features"], one["truth"], one["predicted"], type(error).__name__, str(error)[:120])
            )
            continue
        if draw is not None:
            cases = worst + [i for i in also or [] if 0 <= i < len(made["loss"]) and i not in worst][:CASES]
            shown = draw(space, ways[place] if ways else [], features, cases)
            made["shown"] = np.frombuffer(json.dumps(shown).encode("utf-8"), dtype=np.uint8)
        np.savez_compressed(path, **made)
        return
    raise LookupError("; ".join(why[:3]) or "no labels and predictions are named")


def _one(np: Any, space: dict[str, Any], one: dict[str, str], loss: str) -> Any:
    """The arrays of a file, the features, and the items to look at first."""
    features, truth, told = _asked(np, space, one)
    said, score, classes = _said(np, told, truth, one, space, features)
    n = len(truth)
    if len(said) != n:
        raise ValueError("%d labels and %d predictions" % (n, len(said)))
    classed = (truth.dtype.kind in "iub" and told.ndim == 2 and told.shape[1] > 1) or _classed(
        np, truth, said
    )
    if loss:
        each = np.asarray(_vector(np, eval(loss, space)), dtype=float)
        if len(each) != n:
            raise ValueError(
                "the loss has %d values for %d items: a loss of each item is needed" % (len(each), n)
            )
    else:
        each = (truth != said).astype(float) if classed else np.abs(truth.astype(float) - said.astype(float))
    columns, arrays, drawn = _columns(np, features, n)
    labels = sorted(set(map(str, truth.tolist())) | set(map(str, said.tolist()))) if classed else []
    if classed and len(labels) > LEVELS:
        raise ValueError("%d classes are too many to tell apart" % len(labels))
    place = {label: i for i, label in enumerate(labels)}

    def kept(values: Any) -> Any:
        if not classed:
            return values.astype(float)
        return np.array([place[str(v)] for v in values.tolist()], dtype=np.int32)

    if score is not None and classes is None and score.shape[1] == len(labels):
        classes = labels
    cases = _worst(np, each, score, classes, truth, said, classed)
    meta = {
        "named": one,
        "loss": loss,
        "classed": bool(classed),
        "labels": labels,
        "classes": classes or [],
        "columns": columns,
        "cases": [_shown(features, i, truth, said, each) for i in cases],
        "items": n,
    }
    out = {
        "truth": kept(truth),
        "predicted": kept(said),
        "loss": np.asarray(each, dtype=float),
        "drawn": drawn,
    }
    out["meta"] = np.frombuffer(json.dumps(meta).encode("utf-8"), dtype=np.uint8)
    if score is not None and classes is not None and score.size <= ENTRIES:
        out["score"] = score.astype(np.float32)
    out.update(arrays)
    return out, features, cases


def _asked(np: Any, space: dict[str, Any], one: dict[str, str]) -> Any:
    """Features, labels and predictions; of batches each is asked for once, in one pass, and put together."""
    torch = sys.modules.get("torch")
    with torch.no_grad() if torch is not None else contextlib.nullcontext():
        if one.get("batches"):
            parts = "(%s), (%s), (%s)" % (one["features"] or "None", one["truth"], one["predicted"])
            every = eval("[(%s) %s]" % (parts, one["batches"]), space)
            if not every:
                raise ValueError("there is no batch")
            given = [
                None if every[0][i] is None else np.concatenate([_array(np, part[i]) for part in every])
                for i in range(3)
            ]
            return given[0], _vector(np, given[1]), given[2]
        truth, told = _vector(np, eval(one["truth"], space)), _array(np, eval(one["predicted"], space))
        return eval(one["features"], space) if one["features"] else None, truth, told


def _array(np: Any, value: Any) -> Any:
    for step in ("detach", "cpu", "numpy", "to_numpy"):
        if hasattr(value, step) and not isinstance(value, np.ndarray):
            value = getattr(value, step)()
    return np.asarray(value)


def _vector(np: Any, value: Any) -> Any:
    found = _array(np, value)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise ValueError("it has the shape %s, not one value for each item" % (tuple(found.shape),))
    return found


def _said(np: Any, told: Any, truth: Any, one: dict[str, str], space: dict[str, Any], features: Any) -> Any:
    """Predictions, the probability of each class where there is one, and the classes' names."""
    score, classes = None, None
    if told.ndim == 2 and told.shape[1] > 1:
        score, said = told, told.argmax(axis=1)
    else:
        said = _vector(np, told)
    model: Any = eval(one["model"], space) if one.get("model") else None
    if score is None and hasattr(model, "predict_proba") and features is not None:
        try:
            score = np.asarray(model.predict_proba(features), dtype=float)
        except Exception:  # noqa: BLE001 - without probabilities there is no calibration, and that is said
            score = None
    if score is not None and (score.ndim != 2 or not np.allclose(score.sum(axis=1), 1, atol=1e-3)):
        score = None
    if score is not None and hasattr(model, "classes_"):
        classes = [str(c) for c in np.asarray(model.classes_).tolist()]
    if truth.dtype.kind in "iub" and said.dtype.kind == "f":
        kinds = set(np.unique(truth).tolist())
        if kinds <= {0, 1} and len(said) and not set(np.unique(said[:1000]).tolist()) <= {0, 1}:
            if said.min() >= 0 and said.max() <= 1:
                score = np.stack([1 - said, said], axis=1)
                classes = ["0", "1"]
                said = (said >= 0.5).astype(int)
        elif len(kinds) <= 100 and np.isin(np.unique(said), list(kinds)).all():
            said = said.astype(truth.dtype)
    if truth.dtype.kind == "b" or said.dtype.kind == "b":
        truth_kind = truth.dtype
        said = said.astype(bool) if truth_kind.kind == "b" else said.astype(truth_kind)
    return said, score, classes


def _classed(np: Any, truth: Any, said: Any) -> bool:
    if truth.dtype.kind in "OUSb" or said.dtype.kind in "OUSb":
        return True
    whole = truth.dtype.kind in "iu" or bool(np.isin(np.unique(truth[:5000]), (0.0, 1.0)).all())
    return whole and bool(np.isin(np.unique(said), np.unique(truth)).all())


def _columns(np: Any, features: Any, n: int) -> Any:
    """What each column is, its values as arrays, and which items were taken."""
    every = np.arange(n)
    if features is None:
        return [], {}, every
    if hasattr(features, "iloc") and hasattr(features, "columns"):
        names = [str(name) for name in features.columns][:COLUMNS]
        given = [features.iloc[:, i] for i in range(len(names))]
    elif isinstance(features, (list, tuple)) and features and isinstance(features[0], str):
        lengths = np.array([len(text) for text in features])
        words = np.array([len(text.split()) for text in features])
        names, given = ["characters", "words"], [lengths, words]
    else:
        if hasattr(features, "toarray"):
            if features.shape[0] * features.shape[1] > ENTRIES:
                raise ValueError(
                    "a sparse table of %d columns is too wide to slice: name others by --features"
                    % features.shape[1]
                )
            features = features.toarray()
        table = _array(np, features)
        if table.ndim == 1:
            table = table.reshape(-1, 1)
        if table.ndim > 2:
            flat = table.reshape(len(table), -1).astype(float)
            names, given = (
                ["mean", "spread", "largest"],
                [flat.mean(axis=1), flat.std(axis=1), flat.max(axis=1)],
            )
        else:
            names = _names(table.shape[1])[:COLUMNS]
            given = [table[:, i] for i in range(len(names))]
    if given and len(given[0]) != n:
        raise ValueError("%d rows of features and %d labels" % (len(given[0]), n))
    most = max(1000, ENTRIES // max(1, len(given)))
    drawn = every if n <= most else np.array(sorted(random.Random(0).sample(range(n), most)))
    columns: list[Any] = []
    arrays: dict[str, Any] = {}
    for name, values in zip(names, given):
        levels, kept = _column(np, values.iloc[drawn] if hasattr(values, "iloc") else values[drawn])
        if kept is not None:
            arrays["c%d" % len(columns)] = kept
            columns.append({"name": name, "levels": levels})
    return columns, arrays, drawn


def _names(count: int) -> list[str]:
    """Names of an array's columns: those of the one data set in sight that has as many, else numbers."""
    space = sys.modules["__main__"].__dict__
    for value in list(space.values()):
        listed = value.get("feature_names") if isinstance(value, dict) else None
        if listed is not None and len(listed) == count:
            return [str(name) for name in listed]
    return ["x%d" % i for i in range(count)]


def _column(np: Any, values: Any) -> Any:
    """Categories with codes, or numbers; None for what is neither."""
    kind = getattr(values.dtype, "kind", "O")
    if kind in "iuf":
        return [], np.asarray(values, dtype=np.float64)
    if kind == "b":
        return ["False", "True"], np.asarray(values).astype(np.int32)
    if kind in "mM":
        stamps = np.asarray(values).astype("datetime64[s]" if kind == "M" else "timedelta64[s]")
        days = stamps.astype(np.int64) / 86400.0
        return [], np.where(np.isnat(stamps), np.nan, days)
    listed = list(values)
    gone = [v is None or v != v for v in listed]
    if all(g or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v, g in zip(listed, gone)):
        return [], np.array([math.nan if g else float(v) for v, g in zip(listed, gone)])
    texts = [None if g else str(v)[:80] for v, g in zip(listed, gone)]
    levels = sorted({t for t in texts if t is not None})
    if len(levels) > LEVELS:
        return [], np.array([math.nan if t is None else float(len(t)) for t in texts]) if all(
            isinstance(v, str) for v, g in zip(listed, gone) if not g
        ) else None
    place = {t: i for i, t in enumerate(levels)}
    return levels, np.array([-1 if t is None else place[t] for t in texts], dtype=np.int32)


def _worst(np: Any, loss: Any, score: Any, classes: Any, truth: Any, said: Any, classed: bool) -> list[int]:
    """The items to look at first: of wrong ones those that it was surest of, else those with the largest loss."""
    rank = np.where(np.isfinite(loss), loss, np.inf).astype(float)
    if classed and score is not None:
        rank = rank + 0.5 * score.max(axis=1)
    order = np.argsort(-rank, kind="stable")[:CASES]
    return [int(i) for i in order if loss[i] > 0 or not np.isfinite(loss[i])]


def _shown(features: Any, i: int, truth: Any, said: Any, loss: Any) -> dict[str, Any]:
    """One item as the notebook itself displays it."""
    text, name = "", str(i)
    if features is not None:
        one = features.iloc[i] if hasattr(features, "iloc") else features[i]
        if hasattr(features, "index") and hasattr(features, "iloc"):
            name = str(features.index[i])
        shape = tuple(getattr(one, "shape", ()))
        if len(shape) > 1 and not hasattr(one, "iloc"):
            text = "an array of shape %s" % (shape,)
        else:
            formatter = getattr(
                getattr(sys.modules["__main__"], "get_ipython", lambda: None)(), "display_formatter", None
            )
            text = (
                formatter.format(one, include={"text/plain"})[0].get("text/plain", "")
                if formatter
                else repr(one)
            )
    # One item is one line of a table.
    text = "; ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    return {
        "item": i,
        "name": name,
        "truth": str(truth[i]),
        "predicted": str(said[i]),
        "loss": float(loss[i]),
        "shown": text if len(text) <= SHOWN else text[: SHOWN - 2] + " …",
    }
