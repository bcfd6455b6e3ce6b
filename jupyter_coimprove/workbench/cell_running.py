"""Executes the cells of benchmark items: one warm process, a fork and an empty folder for each."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_coimprove.bench.family import Ran
from jupyter_coimprove.errors import EngineError


class Executor:
    """``bench.family.Execute`` for real; a context manager, its process begins with the first call."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, cells: Sequence[str], names: Sequence[str] = (), *, seconds: float = 60.0) -> Ran:
        with tempfile.TemporaryDirectory(prefix="coimprove-cells-") as folder:
            told = self._ask(
                {"cells": list(cells), "names": list(names), "seconds": seconds, "folder": folder}
            )
        return Ran(
            error=str(told.get("error", "")), cell=int(told.get("cell", 0)), line=int(told.get("line", 0)), values=dict(told.get("values", {})),
            printed=tuple(map(str, told.get("printed", ()))), seconds=float(told.get("seconds", seconds)),
        )  # fmt: skip

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None  # both are pipes
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.close()
            raise EngineError(
                "the process that runs benchmark cells ended",
                remedy="run it again; with little memory, fewer families: --family",
            )
        told: dict[str, Any] = json.loads(line)
        return told

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            script = Path(__file__).with_name("cell_server.py")
            self._process = subprocess.Popen(
                [self._python, "-I", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            )  # fmt: skip
        return self._process

    def close(self) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
