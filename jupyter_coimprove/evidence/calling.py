"""What things are called: names of code and words of prose in one form, so that they can be compared."""

from __future__ import annotations

import re
from functools import lru_cache

_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"root[ -]mean[ -]squared?[ -]error", " rmse "), (r"mean[ -]squared?[ -]error", " mse "),
        (r"mean[ -]absolute[ -]error", " mae "), (r"area under (?:the )?(?:roc )?curve", " auc "),
        (r"learning[ _-]rates?", " lr "), (r"\br\s?[²2](?!\w)", " r2 "), (r"standard deviations?", " std "),
        (r"batch[ _-]?sizes?", " batch_size "), (r"number of", " "),
    )
)  # fmt: skip
_SAME = {
    "acc": "accuracy", "val": "validation", "training": "train", "testing": "test", "trees": "estimator", "tree": "estimator",
    "samples": "row", "sample": "row", "observations": "row", "examples": "row", "rows": "row", "records": "row",
    "features": "column", "columns": "column", "feature": "column", "maximum": "max", "largest": "max", "highest": "max",
    "minimum": "min", "smallest": "min", "lowest": "min", "sd": "std", "stdev": "std", "nan": "missing", "nans": "missing",
    "avg": "mean", "average": "mean",
}  # fmt: skip
_EMPTY = frozenset(re.findall(r"\w+", """
    a an the of is was are were on in at to from for with and or it its this that by as be has have had value values
    set print prints reach reaches only about now then cell np pd float int str round format f
    s ms n x y i e o result results than after before per
"""))  # fmt: skip
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+\d*|\d+[A-Za-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """The words that name something in a stretch of text or in an identifier."""
    for pattern, name in _PHRASES:
        text = pattern.sub(name, text)
    out = set()
    for word in _WORD.findall(_CAMEL.sub(" ", text.replace("_", " "))):
        plain = _SAME.get(word.lower(), word.lower())
        if plain in _EMPTY:
            continue
        # A plural names what the singular does.
        out.add(plain[:-1] if len(plain) > 4 and plain.endswith("s") and not plain.endswith("ss") else plain)
    return frozenset(out)
