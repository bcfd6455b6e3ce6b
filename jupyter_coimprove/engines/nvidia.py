"""NVIDIA cards, asked through ``nvidia-smi``: part of the driver, and no framework is imported.

``COIMPROVE_DEVICES`` names them where that is wrong or missing: ``none``, or ``0,1``, or with their
memory in MB ``0:24000,1:24000``.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.runs.devices import Device, Devices, NoDevices

LISTED = "COIMPROVE_DEVICES"
_PATIENCE_S = 20.0
#: A card of unknown size is not refused for its memory.
_UNKNOWN_MB = 1e9


def devices_of(env: Mapping[str, str]) -> Devices:
    """The cards of this machine by ``env``: as listed, else as the driver tells."""
    listed = env.get(LISTED)
    program = shutil.which("nvidia-smi", path=env.get("PATH"))
    if listed is not None and listed.strip().lower() in ("", "none"):
        return NoDevices()
    if listed is not None:
        return Listed(_parsed(listed), NvidiaSmi(program) if program else NoDevices())
    return NvidiaSmi(program) if program else NoDevices()


def _parsed(listed: str) -> tuple[Device, ...]:
    made = []
    for part in listed.split(","):
        name, _, size = part.strip().partition(":")
        if not name or (size and not size.isdigit()):
            raise UsageError(
                f"{LISTED}={listed} is no list of GPUs", remedy="write none, or 0,1, or 0:24000,1:24000 (MB)"
            )
        total = float(size) if size else _UNKNOWN_MB
        made.append(Device(id=name, name="GPU", total_mb=total, free_mb=total))
    return tuple(made)


class Listed:
    """The cards that the person listed; what the driver knows of them counts, too."""

    def __init__(self, listed: Sequence[Device], known: Devices) -> None:
        self._listed, self._known = listed, known

    def found(self) -> tuple[Device, ...]:
        known = {device.id: device for device in self._known.found()}
        return tuple(known.get(device.id, device) for device in self._listed)

    def held_mb(self, device: str, pids: Collection[int]) -> float | None:
        return self._known.held_mb(device, pids)


class NvidiaSmi:
    """What ``nvidia-smi`` says; a driver that does not answer has no cards."""

    def __init__(self, program: str) -> None:
        self._program = program

    def found(self) -> tuple[Device, ...]:
        rows = self._ask("--query-gpu=index,name,memory.total,memory.free,uuid")
        return tuple(
            Device(id=row[0], name=row[1], total_mb=_number(row[2]), free_mb=_number(row[3]), uuid=row[4])
            for row in rows
            if len(row) == 5
        )

    def held_mb(self, device: str, pids: Collection[int]) -> float | None:
        """By process where the driver tells; it does not across containers."""
        rows = self._ask("--query-compute-apps=pid,used_memory", "-i", device)
        mine = [_number(row[1]) for row in rows if len(row) == 2 and row[0].isdigit() and int(row[0]) in pids]
        return sum(mine) if mine else None

    def _ask(self, *query: str) -> list[list[str]]:
        try:
            done = subprocess.run(
                [self._program, *query, "--format=csv,noheader,nounits"],
                capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return []
        if done.returncode != 0:
            return []
        return [
            [field.strip() for field in line.split(",")] for line in done.stdout.splitlines() if line.strip()
        ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        # "[N/A]", as on cards that share the machine's memory.
        return _UNKNOWN_MB
