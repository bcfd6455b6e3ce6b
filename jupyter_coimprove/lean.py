"""What a process of ours alone need not load."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator


def without_grammar() -> None:
    """Let jsonschema do without its grammar of internationalised addresses, where that is installed.

    It is compiled with each import (1.1 s of processor time, more than all else that papermill or a tool's call
    loads), and no schema of ours or of notebooks has such an address. Only for a process that is ours alone, before
    its first import of jsonschema: nobody else may miss it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


#: What papermill and jsonschema load where it is installed, for stores and addresses that nobody here has.
_NOT_LOADED = ("pyarrow", "boto3", "azure", "gcsfs", "github", "rfc3986_validator", "isoduration")
#: papermill imports it to fetch notebooks from addresses, and cannot do without.
_NOT_ASKED = "requests"


@contextlib.contextmanager
def lightly() -> Iterator[None]:
    """Let papermill be imported without what it would load for nothing: as much processor time as all the rest.

    For a process of ours alone. Afterwards all of it can be imported as ever.
    """
    kept = [name for name in (*_NOT_LOADED, _NOT_ASKED) if name not in sys.modules]
    for name in kept:
        # What imports it is told that it is not installed.
        sys.modules[name] = None  # type: ignore[assignment]
    if _NOT_ASKED in kept:
        sys.modules[_NOT_ASKED] = types.ModuleType(_NOT_ASKED)
    try:
        yield
    finally:
        for name in kept:
            del sys.modules[name]
