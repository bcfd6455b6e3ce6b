"""Cards for tests on machines that have none: a stand-in ``nvidia-smi``, which every process asks.

It answers the queries of the real one from a file, so that a test can take memory away meanwhile.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_PROGRAM = """#!{python}
import json, sys
state = json.load(open({state!r}))
query = sys.argv[1].partition("=")[2]
if "memory.total" in query:
    for card in state["cards"]:
        print(", ".join(str(card[key]) for key in ("id", "name", "total", "free", "uuid")))
elif "used_memory" in query:
    wanted = sys.argv[sys.argv.index("-i") + 1]
    for pid, (card, used) in state["apps"].items():
        if card == wanted:
            print(pid + ", " + str(used))
"""


class FakeCards:
    """``count`` cards of ``total_mb`` each, in ``folder``; ``env`` has the stand-in on its PATH."""

    def __init__(self, folder: Path, *, count: int = 1, total_mb: int = 24_000) -> None:
        self.folder, self._state = folder, folder / "cards.json"
        folder.mkdir(parents=True, exist_ok=True)
        cards = [
            {
                "id": str(n),
                "name": "Test card",
                "total": total_mb,
                "free": total_mb,
                "uuid": f"GPU-{n}a2b3c4d",
            }
            for n in range(count)
        ]
        self._write({"cards": cards, "apps": {}})
        program = folder / "nvidia-smi"
        program.write_text(_PROGRAM.format(python=sys.executable, state=str(self._state)), encoding="utf-8")
        program.chmod(0o755)

    def env(self, base: Mapping[str, str]) -> dict[str, str]:
        """An environment in which these are the machine's cards."""
        kept = {k: v for k, v in base.items() if k not in ("CUDA_VISIBLE_DEVICES", "COIMPROVE_DEVICES")}
        return {**kept, "PATH": f"{self.folder}{os.pathsep}{base.get('PATH', '')}"}

    def free(self, card: str, megabytes: int) -> None:
        """Let so much memory of this card be free from now on."""
        state = json.loads(self._state.read_text("utf-8"))
        for entry in state["cards"]:
            if entry["id"] == card:
                entry["free"] = megabytes
        self._write(state)

    def _write(self, state: object) -> None:
        partial = self._state.with_suffix(".part")
        partial.write_text(json.dumps(state), encoding="utf-8")
        os.replace(partial, self._state)
