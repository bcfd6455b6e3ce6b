"""What a call writes over, moves away or deletes: the paths, as far as code names them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.activities.values.naming import Names

_FIRST = frozenset(
    """shutil.move shutil.rmtree os.rename os.replace os.remove os.unlink os.truncate numpy.save numpy.savez numpy.savetxt
    numpy.savez_compressed""".split()  # noqa: SIM905
)
_SECOND = frozenset(
    """shutil.move shutil.copy shutil.copy2 shutil.copyfile os.rename os.replace joblib.dump torch.save""".split()  # noqa: SIM905
)
#: Methods that write to the path they are given, and methods of a path that change what lies there.
_GIVEN = frozenset("to_csv to_parquet to_json to_excel to_pickle to_feather to_hdf tofile".split())  # noqa: SIM905
_OF_PATH = frozenset({"unlink", "write_text", "write_bytes"})
_OF_PATHLIB = frozenset({"rename", "replace"})


def changed(names: Names, name: str, node: ast.Call) -> Iterator[str]:
    """The paths; ``name`` is the call's whole dotted name. Adding to the end of a file changes nothing that is there."""
    places: list[ast.expr] = []
    func = node.func
    if name in ("open", "io.open", "gzip.open", "bz2.open") and _over(node, 1):
        places += node.args[:1]
    if name in _FIRST:
        places += node.args[:1]
    if name in _SECOND:
        places += node.args[1:2]
    if isinstance(func, ast.Attribute):
        if func.attr in _GIVEN and not _mode(node, "a"):
            places += node.args[:1]
        ours = func.attr in _OF_PATH or (func.attr in _OF_PATHLIB and name.startswith("pathlib."))
        if ours or (func.attr == "open" and name.startswith(("pathlib.", "?")) and _over(node, 0)):
            places.append(func.value)
    for place in places:
        yield from names.texts(place)


def _mode(node: ast.Call, letter: str) -> bool:
    return any(
        k.arg == "mode" and isinstance(k.value, ast.Constant) and letter in str(k.value.value)
        for k in node.keywords
    )


def _over(node: ast.Call, at: int) -> bool:
    """Whether a file is opened so that what was in it is gone."""
    given = node.args[at] if len(node.args) > at else None
    plain = isinstance(given, ast.Constant) and isinstance(given.value, str) and "w" in given.value
    return plain or _mode(node, "w")
