"""Runs cells of benchmark items, each set in a fork of one warm process: a script that knows nothing of this package.

One JSON line in (cells, names, seconds, folder), one out (``bench.family.Ran`` as JSON). Standard library only;
the libraries that items use are imported once, before the first fork, with one thread each.
"""

import contextlib
import json
import os
import signal
import sys
import time
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
_WARM = (
    "numpy",
    "pandas",
    "sklearn.linear_model",
    "sklearn.neighbors",
    "sklearn.tree",
    "sklearn.datasets",
    "sklearn.pipeline",
    "sklearn.ensemble",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.preprocessing",
)
#: Largest printed text of a cell that is kept, in characters.
_LONGEST = 20_000
_PLAIN = (bool, int, float, str, type(None))


def plain(value: Any, depth: int = 4) -> Any:
    """The value as JSON; TypeError where it has no such form."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, _PLAIN):
        return value
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        listed = [plain(one, depth - 1) for one in value]
        return sorted(listed, key=repr) if isinstance(value, (set, frozenset)) else listed
    if depth and isinstance(value, dict):
        return {str(key): plain(one, depth - 1) for key, one in value.items()}
    raise TypeError(type(value).__name__)


def line_in(raised: BaseException, name: str) -> int:
    """The line of that cell which was at work when it was raised; 0 where none was."""
    if isinstance(raised, SyntaxError) and raised.filename == name:
        return raised.lineno or 0
    at = raised.__traceback__
    found = 0
    while at is not None:
        found = at.tb_lineno if at.tb_frame.f_code.co_filename == name else found
        at = at.tb_next
    return found


def run(order: dict[str, Any]) -> dict[str, Any]:
    """In the fork: the cells one after the other; what came of them."""
    import io

    space: dict[str, Any] = {"__name__": "__main__"}
    printed: list[str] = []
    error, failed, line = "", 0, 0
    began = time.perf_counter()
    for number, source in enumerate(order["cells"], 1):
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(source, f"<cell {number}>", "exec"), space)  # noqa: S102  to run them is what it is for
        except BaseException as raised:  # noqa: BLE001  whatever a cell raises is its result
            error, failed = f"{type(raised).__name__}: {raised}", number
            line = line_in(raised, f"<cell {number}>")
        printed.append(out.getvalue()[:_LONGEST])
        if failed:
            break
    values = {}
    for name in order["names"]:
        with contextlib.suppress(TypeError, ValueError):
            if name in space:
                values[name] = plain(space[name])
    seconds = time.perf_counter() - began
    return {
        "error": error,
        "cell": failed,
        "line": line,
        "values": values,
        "printed": printed,
        "seconds": seconds,
    }


def child(order: dict[str, Any], end: int) -> None:
    """In the fork: its own group and folder, nothing of ours open but the way back."""
    os.setpgid(0, 0)
    os.chdir(order["folder"])
    # A fresh process draws afresh; a fork would go on from where its parent's generator stands, each the same.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    with os.fdopen(end, "w") as out:
        json.dump(run(order), out)
    os._exit(0)


def serve(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait at most so many seconds, and end the whole group of the fork."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ours)
        try:
            child(order, theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    text, late = read(ours, order["seconds"])
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if late:
        return {"error": f"TimeoutError: it did not end in {order['seconds']:g} s"}
    told: dict[str, Any] = (
        json.loads(text) if text else {"error": "SystemError: its process ended without a result"}
    )
    return told


def read(end: int, seconds: float) -> tuple[str, bool]:
    """All that comes within the time, and whether the time was over first."""
    import select

    text, until = b"", time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            if select.select([end], [], [], left)[0]:
                piece = os.read(end, 1 << 16)
                if not piece:
                    return text.decode(), False
                text += piece
        return "", True
    finally:
        os.close(end)


def main() -> None:
    """Serve until the other side closes."""
    import importlib

    for name in _WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(serve(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
