"""The graphics cards of this machine: how many runs one takes, and which one a run gets.

One run a card by default: two that train at once slow each other down and can fail each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

#: What a notebook that uses a card names; one that names none of these is not limited.
_USES = re.compile(
    r"\b(cuda|gpus?|cupy|cudf|cuml|jax|tensorflow|keras|lightning|pytorch_lightning|accelerate|transformers)\b",
    re.IGNORECASE,
)
#: The smallest memory that is left to others, in MB: contexts and fragments.
SPARE_MB = 64.0


@dataclass(frozen=True, kw_only=True)
class Device:
    """One card; memory in MB. ``id`` is what CUDA_VISIBLE_DEVICES takes."""

    id: str
    name: str
    total_mb: float
    free_mb: float
    uuid: str = ""


class Devices(Protocol):
    """Where cards are found and looked at; never by importing a framework."""

    def found(self) -> tuple[Device, ...]:
        """The cards of this machine now; none where there are none."""

    def held_mb(self, device: str, pids: Collection[int]) -> float | None:
        """Memory on ``device`` that these processes hold, in MB; None where that cannot be read."""


class Slot(Protocol):
    """A right to use a card, held by this process until it lets go or dies."""

    def release(self) -> None:
        """Let go; nothing happens when it is not held."""


#: Try to take slot ``number`` of a device; None when somebody else holds it.
Take = Callable[[str, int], Slot | None]


def uses_devices(texts: Iterable[str]) -> bool:
    """Whether code could use a card: it names CUDA, or a framework that takes one unasked."""
    return any(_USES.search(text) for text in texts)


def visible(devices: Sequence[Device], env: Mapping[str, str]) -> tuple[Device, ...]:
    """The cards that the person lets programs see (``CUDA_VISIBLE_DEVICES``), in that order."""
    wanted = env.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return tuple(devices)
    found = []
    for name in (part.strip() for part in wanted.split(",")):
        # A UUID may be cut short, as CUDA takes it.
        found += [
            d for d in devices if name and (d.id == name or (len(name) > 4 and d.uuid.startswith(name)))
        ]
    return tuple(dict.fromkeys(found))


class Slots:
    """Gives runs their cards; ``waiting`` says in a sentence why the last one got none.

    ``need_mb`` is the most that a run of this kind is known to have held.
    """

    def __init__(
        self, devices: Devices, env: Mapping[str, str], take: Take, *, slots: int, need_mb: float
    ) -> None:
        self._devices, self._env, self._take = devices, env, take
        self.slots = max(1, slots)
        self.need_mb = need_mb
        self.waiting = ""
        self._held: dict[str, tuple[Device, Slot]] = {}

    def any(self) -> bool:
        """Whether there is a card at all."""
        return bool(visible(self._devices.found(), self._env))

    def give(self, run: str) -> Device | None:
        """A card for this run, the one with most memory free first; None while it has to wait."""
        found = sorted(visible(self._devices.found(), self._env), key=lambda d: (self._busy(d), -d.free_mb))
        short = [device for device in found if not self._room(device)]
        for device in found:
            if device in short:
                continue
            for number in range(self.slots):
                slot = self._take(device.id, number)
                if slot is not None:
                    self._held[run] = (device, slot)
                    self.waiting = ""
                    return device
        if len(short) == len(found) and short:
            most = max(short, key=lambda device: device.free_mb)
            self.waiting = (
                f"waiting for GPU memory: runs need {self.need_mb:.0f} MB, and {most.name} ({most.id}) has "
                f"{most.free_mb:.0f} MB free"
            )
        else:
            self.waiting = f"waiting for a GPU: {len(found)} in use, {self.slots} runs a GPU at most"
        return None

    def _busy(self, device: Device) -> int:
        return sum(held.id == device.id for held, _ in self._held.values())

    def _room(self, device: Device) -> bool:
        # A card that is smaller than what runs need will never be free enough: alone there, it is tried.
        need = min(self.need_mb + SPARE_MB, device.total_mb - SPARE_MB) if self.need_mb else 0.0
        return device.free_mb >= need

    def back(self, run: str) -> None:
        """The run has ended: its slot is free."""
        held = self._held.pop(run, None)
        if held is not None:
            held[1].release()

    def peak(self, megabytes: float | None) -> None:
        """A run is known to have held this much."""
        if megabytes:
            self.need_mb = max(self.need_mb, megabytes)

    def lower(self) -> bool:
        """A run found no memory on its card: fewer at a time from now on; False at one a card."""
        if self.slots == 1:
            return False
        self.slots -= 1
        return True


class NoDevices:
    """A machine without cards."""

    def found(self) -> tuple[Device, ...]:
        return ()

    def held_mb(self, device: str, pids: Collection[int]) -> float | None:
        return None
