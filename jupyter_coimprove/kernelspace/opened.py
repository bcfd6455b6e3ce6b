"""What a kernel's process opens, told by itself: an audit hook that leaves nothing in the namespace.

``SNIPPET`` is text, evaluated by whatever Python the kernel has. It sees what goes through Python's
own ``open``, ``os`` and ``sqlite3``, also in forked children; it does not see what C and C++ code opens
by itself (``torch.save``, ``cv2.imwrite``, ``h5py``, ``pyarrow``) nor other programs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

SNIPPET = r"""
def _coimprove_watch(target, most):
    import json, os, sys, sysconfig
    end = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    apart = tuple({os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
                  | {sys.prefix, sys.base_prefix} | set(sysconfig.get_paths().values())
                  | {"/proc", "/dev", "/sys", "/usr", "/etc"})
    first = {"os.remove", "os.rmdir", "os.truncate", "sqlite3.connect", "shutil.rmtree"}
    both = {"os.rename", "os.link", "os.symlink"}
    seen = set()

    def note(kind, path):
        if isinstance(path, int) or path is None or len(seen) >= most:
            return
        text = os.path.join(os.getcwd(), os.fsdecode(path))
        if (kind, text) in seen or (kind != "w" and text.startswith(apart)):
            return
        seen.add((kind, text))
        os.write(end, (json.dumps([kind, text]) + "\n").encode())

    def hook(event, args):
        try:
            if event == "open":
                note("w" if type(args[2]) is int and args[2] & writing else "r", args[0])
            elif event == "os.mkdir":
                # One that is there already was made by somebody, perhaps by another run.
                note("r" if os.path.isdir(args[0]) else "w", args[0])
            elif event in ("os.scandir", "os.listdir"):
                note("l", args[0] or ".")
            elif event in first:
                note("w", args[0])
            elif event in both:
                note("w", args[0])
                note("w", args[1])
        except Exception:
            # Whatever a path is, what the notebook does with it must go on as without the hook.
            return

    sys.addaudithook(hook)
"""
#: Paths noted of one process.
MOST = 20_000


def expression(target: Path) -> str:
    """One Python expression that starts the watch; what is opened from then on is appended to ``target``."""
    return (
        f"(lambda b, n: (b.exec(b.compile({SNIPPET!r}, '<coimprove>', 'exec'), n), "
        f"n['_coimprove_watch']({str(target)!r}, {MOST}))[1])(__import__('builtins'), {{}})"
    )


def read(target: Path) -> Iterator[tuple[str, str]]:
    """(``w`` written, ``r`` read or ``l`` listed, path) in the order of opening; nothing where no watch was started."""
    if not target.is_file():
        return
    with open(target, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            # The last line of a process that was killed may be half a line.
            if line.endswith("\n"):
                kind, path = json.loads(line)
                yield str(kind), str(path)
