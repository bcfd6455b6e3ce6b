"""The process that holds the model: loads it, serves it on loopback, and ends with whoever started it.

Its one line of input is ``{"model", "key", "context", "threads"}``; its one line of output is
``{"address"}`` or ``{"error"}``. It ends when its input does: no model outlives its owner.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any


def main() -> None:
    # What the library prints goes nowhere; the answer keeps a channel of its own.
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    # A Ctrl-C at the terminal is for the one who asks; this one is told by the end of its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.readline())
    try:
        server = _served(wanted)
        answer = {"address": server.listening_address}
    except Exception as error:  # noqa: BLE001 (whatever it is, the owner is told in words)
        answer = {"error": f"{type(error).__name__}: {error}"}
    told.write(json.dumps(answer) + "\n")
    told.flush()
    sys.stdin.read()
    os._exit(0)  # the library's threads end with it, in whatever they are


def _served(wanted: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [wanted["key"]]
    params.n_ctx = wanted["context"]
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wanted["threads"]
    params.ui = params.endpoint_slots = False
    params.offline = True
    params.verbosity = 0
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
