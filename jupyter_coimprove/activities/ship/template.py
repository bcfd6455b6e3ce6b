"""What stands around the notebook's statements in a shipped module: the standard library and nothing else."""

from __future__ import annotations

SHOWN_HERE = "#-display-\n"
DISPLAY = '''

def display(*shown, **options):
    """A notebook shows these; here nobody looks."""

'''
#: Braces that stay are doubled.
MODULE = '''"""{about}

    python {name}.py --help
"""

import argparse as _argparse
import ast as _ast
import contextlib as _contextlib
import inspect as _inspect
import json as _json
import math as _math
import os as _os
import re as _re
import sys as _sys
from pathlib import Path as _Path

_HERE = _Path(__file__).resolve().parent
#: Where the data lie: the notebook's folder. `folder` and --folder name another.
FOLDER = _HERE / {folder!r}
# What is drawn needs no screen.
_os.environ.setdefault("MPLBACKEND", "Agg")
_sys.path[:0] = [str(_path) for _path in (
{paths})]

{top}#-display-

def run({signature}*, folder=None):
    """The response, as ``{{name: number}}``; relative paths are those of ``folder``."""
{body}

{tail}'''

TAIL = '''
# What it takes to run this outside its notebook.


@_contextlib.contextmanager
def _in_folder(folder):
    before = _os.getcwd()
    _os.chdir(FOLDER if folder is None else folder)
    # A notebook finds modules in its folder.
    _sys.path.insert(len(_sys.path), "")
    try:
        yield
    finally:
        _sys.path.remove("")
        _os.chdir(before)


class _Heard:
    """What is printed while it listens, which is passed on."""

    def __init__(self):
        self._texts = []

    def __enter__(self):
        self._before, _sys.stdout = _sys.stdout, self

    def __exit__(self, *error):
        _sys.stdout = self._before

    def write(self, text):
        self._texts.append(text)
        return self._before.write(text)

    def flush(self):
        self._before.flush()

    def isatty(self):
        return False

    def numbers(self, pattern):
        text = "".join(self._texts).replace("\\r\\n", "\\n").replace("\\r", "\\n")
        found = [match[1].strip() for match in _re.finditer(pattern, text, _re.MULTILINE)]
        if not found:
            raise ValueError("nothing that is printed looks like " + pattern)
        return [float(one.replace(",", "").replace("_", "").rstrip("%")) for one in found]


def _numbers(value):
    """A number, or a sequence, array or tensor of them, as a list of floats."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        return [float(value)]
    except TypeError:
        return [number for one in value for number in _numbers(one)]


def _only(numbers):
    if len(numbers) != 1:
        raise ValueError(f"{len(numbers)} numbers where one is wanted")
    return numbers[0]


def _like(default):
    """How a value is read from the command line: as what the default is."""
    if isinstance(default, str):
        return str

    def read(text):
        if isinstance(default, bool):
            if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
                raise _argparse.ArgumentTypeError("true or false, not " + text)
            return text.lower() in ("true", "1", "yes")
        if isinstance(default, float):
            return float(text)
        try:
            return _ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return text

    return read


def main(argv=None):
    parser = _argparse.ArgumentParser(description=(__doc__ or "").partition("\\n")[0])
    for name, one in _inspect.signature(run).parameters.items():
        if name != "folder":
            parser.add_argument("--" + name.replace("_", "-"), dest=name, type=_like(one.default), default=one.default,
                                help="default: %(default)s")
    parser.add_argument("--folder", help="where the data lie (default: the notebook's folder)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON, all else to stderr")
    given = vars(parser.parse_args(argv))
    as_json = given.pop("json")
    with _contextlib.redirect_stdout(_sys.stderr if as_json else _sys.stdout):
        result = run(**given)
    print(_json.dumps(result) if as_json else "\\n".join(f"{key}: {value:.10g}" for key, value in result.items()))
    return 0


if __name__ == "__main__":
    _sys.exit(main())
'''
