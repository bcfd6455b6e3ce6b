"""Which run gets which card, and which has to wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.engines.nvidia import devices_of
from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.runs.devices import Slots, uses_devices
from jupyter_coimprove.testing.devices import FakeCards


class Shelf:
    """Slots that several experiments share, in memory."""

    def __init__(self) -> None:
        self.taken: set[tuple[str, int]] = set()

    def take(self, device: str, number: int) -> _Held | None:
        if (device, number) in self.taken:
            return None
        self.taken.add((device, number))
        return _Held(self, (device, number))


class _Held:
    def __init__(self, shelf: Shelf, what: tuple[str, int]) -> None:
        self.shelf, self.what = shelf, what

    def release(self) -> None:
        self.shelf.taken.discard(self.what)


def slots_of(cards: FakeCards, shelf: Shelf, *, slots: int = 1, need_mb: float = 0.0, **env: str) -> Slots:
    seen = {**cards.env({"PATH": "/usr/bin:/bin"}), **env}
    return Slots(devices_of(seen), seen, shelf.take, slots=slots, need_mb=need_mb)


def test_one_run_a_card_by_default(tmp_path: Path) -> None:
    slots = slots_of(FakeCards(tmp_path, count=2), Shelf())
    given = [slots.give(run) for run in ("a", "b", "c")]
    assert sorted(device.id for device in given[:2] if device is not None) == ["0", "1"]
    assert given[2] is None
    assert slots.waiting == "waiting for a GPU: 2 in use, 1 runs a GPU at most"
    slots.back("a")
    assert slots.give("c") is not None
    assert slots.waiting == ""


def test_two_experiments_on_one_machine_share_its_cards(tmp_path: Path) -> None:
    cards, shelf = FakeCards(tmp_path), Shelf()
    one, two = slots_of(cards, shelf), slots_of(cards, shelf)
    assert one.give("a") is not None
    assert two.give("b") is None
    one.back("a")
    assert two.give("b") is not None


def test_a_run_waits_for_the_memory_that_earlier_ones_held(tmp_path: Path) -> None:
    cards = FakeCards(tmp_path, total_mb=24_000)
    slots = slots_of(cards, Shelf(), need_mb=10_000)
    cards.free("0", 9_000)
    assert slots.give("a") is None
    assert slots.waiting == "waiting for GPU memory: runs need 10000 MB, and Test card (0) has 9000 MB free"
    cards.free("0", 11_000)
    assert slots.give("a") is not None


def test_a_run_larger_than_the_card_is_tried_when_the_card_is_empty(tmp_path: Path) -> None:
    slots = slots_of(FakeCards(tmp_path, total_mb=8_000), Shelf(), need_mb=30_000)
    assert slots.give("a") is not None


def test_out_of_memory_lowers_the_slots_down_to_one(tmp_path: Path) -> None:
    slots = slots_of(FakeCards(tmp_path), Shelf(), slots=3)
    assert [slots.lower(), slots.lower(), slots.lower()] == [True, True, False]
    assert slots.slots == 1


@pytest.mark.parametrize(
    ("env", "ids"),
    [
        ({}, ["0", "1", "2"]),
        ({"CUDA_VISIBLE_DEVICES": "2,0"}, ["2", "0"]),
        ({"CUDA_VISIBLE_DEVICES": "GPU-1a2b"}, ["1"]),
        ({"CUDA_VISIBLE_DEVICES": ""}, []),
        ({"COIMPROVE_DEVICES": "none"}, []),
        ({"COIMPROVE_DEVICES": "1"}, ["1"]),
        ({"COIMPROVE_DEVICES": "7:16000"}, ["7"]),
    ],
    ids=str,
)
def test_what_the_person_lets_programs_see_is_what_runs_get(
    tmp_path: Path, env: dict[str, str], ids: list[str]
) -> None:
    slots = slots_of(FakeCards(tmp_path, count=3), Shelf(), **env)
    given = [device.id for device in (slots.give(str(n)) for n in range(4)) if device is not None]
    assert sorted(given) == sorted(ids)
    assert slots_of(FakeCards(tmp_path, count=3), Shelf(), **env).any() == bool(ids)


def test_a_list_of_cards_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="no list of GPUs"):
        devices_of({"COIMPROVE_DEVICES": "0:much"})


def test_a_machine_without_a_driver_has_no_cards(tmp_path: Path) -> None:
    assert devices_of({"PATH": str(tmp_path)}).found() == ()


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')", True),
        ("import jax.numpy as jnp", True),
        ("from transformers import Trainer", True),
        ("model = XGBClassifier(device='gpu')", True),
        ("from sklearn.svm import SVC\nimport torch", False),
    ],
)
def test_only_code_that_could_use_a_card_is_limited(code: str, uses: bool) -> None:
    assert uses_devices([code]) is uses
