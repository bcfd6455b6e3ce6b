"""Previews: code that nobody accepted yet, run in a locked copy of the live kernel.

The modules of this package are also one text, ``snippet()``, that runs in whatever Python a kernel has:
nothing of ours is installed there, nothing stays there. ``calls`` and ``locking`` are the sandbox, ``copying`` runs
cells in it, ``forking`` makes the copy and ends it, ``probing`` tries the sandbox, ``showing`` bounds what comes out.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_coimprove.kernelspace.probe import calling

_MODULES = ("calls", "locking", "showing", "alone", "copying", "probing", "forking")
_OURS = re.compile(r"^ *from jupyter_coimprove\..*\n|^from __future__ .*\n", re.MULTILINE)


@functools.cache
def snippet() -> str:
    """All modules as one text, which needs the standard library alone."""
    folder = Path(__file__).parent
    texts = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    return "from __future__ import annotations\n" + "".join(_OURS.sub("", text) for text in texts)


def expression(request: Mapping[str, Any]) -> str:
    """One Python expression whose value is the preview's answer as JSON, for ``user_expressions``."""
    call = f"__import__('json').dumps(n['preview'](g.get('get_ipython', b.id)(), {dict(request)!r}))"
    return calling(snippet(), call)
