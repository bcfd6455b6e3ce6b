"""What runs next."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.schedule import RunQueue, eta
from jupyter_coimprove.testing.engine_contract import a_work

BASE = Path("unused")


def work(arm: str, block: int, replicate: int = 0, attempt: int = 1) -> Work:
    return Work(
        run=f"{arm}{block}{replicate}{attempt}", experiment="e", arm=arm, block=block, replicate=replicate,
        attempt=attempt, notebook={}, parameters={}, kernel="python3", source_dir=BASE, snapshot=None, folder=BASE,
    )  # fmt: skip


def drained(queue: RunQueue) -> list[str]:
    queue.drain()
    out = []
    while (item := queue.next(0)) is not None:
        out.append(f"{item.arm}{item.block}")
    return out


def test_all_arms_of_a_block_come_before_the_next_block() -> None:
    works = [work(arm, block) for arm in "abc" for block in (9, 4)]
    assert drained(RunQueue(works)) == ["a9", "b9", "c9", "a4", "b4", "c4"]


def test_a_run_that_is_repeated_completes_its_block_first() -> None:
    queue = RunQueue([work(arm, block) for block in (1, 2, 3) for arm in "ab"])
    assert queue.next(0) == work("a", 1)
    assert queue.next(0) == work("b", 1)
    queue.push([work("a", 1, attempt=2)])
    assert queue.next(0) == work("a", 1, attempt=2)


def test_paused_it_gives_nothing_out_and_resumed_it_goes_on() -> None:
    queue = RunQueue([work("a", 1)])
    queue.pause()
    assert queue.paused
    assert queue.next(0.01) is None
    assert not queue.done()
    queue.resume()
    assert queue.next(0) is not None


def test_a_dropped_arm_does_not_come_back() -> None:
    queue = RunQueue([work(arm, block) for block in (1, 2) for arm in "ab"])
    assert [w.block for w in queue.drop("a")] == [1, 2]
    queue.push([work("a", 3), work("b", 3)])
    assert drained(queue) == ["b1", "b2", "b3"]


def test_one_run_can_be_taken_out() -> None:
    queue = RunQueue([work(arm, 1) for arm in "abc"])
    assert queue.remove(work("b", 1).run)
    assert not queue.remove(work("b", 1).run)
    assert drained(queue) == ["a1", "c1"]


def test_arms_can_be_put_in_another_order() -> None:
    queue = RunQueue([work(arm, block) for block in (1, 2) for arm in "abc"])
    queue.reorder(["c", "a"])
    assert drained(queue) == ["c1", "a1", "b1", "c2", "a2", "b2"]


def test_cancelled_it_is_done_and_says_what_waited() -> None:
    queue = RunQueue([work("a", 1), work("b", 1)])
    assert len(queue.cancel()) == 2
    assert queue.done()
    assert queue.next(5) is None


def test_waiting_ends_when_work_comes_or_none_will() -> None:
    queue = RunQueue()
    got: list[Work | None] = []
    for action in (lambda: queue.push([work("a", 1)]), queue.drain):
        thread = threading.Thread(target=lambda: got.append(queue.next(30)))
        thread.start()
        action()
        thread.join(5)
        assert not thread.is_alive()
    assert got == [work("a", 1), None]


def test_each_run_is_given_out_once_to_several_threads(tmp_path: Path) -> None:
    queue = RunQueue([a_work(tmp_path, str(n), block=n % 7) for n in range(300)])
    queue.drain()
    got: list[str] = []

    def take() -> None:
        while (item := queue.next(0.1)) is not None:
            got.append(item.run)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(str(n) for n in range(300))


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=20), st.integers(0, 500), st.integers(1, 16))
def test_time_left_is_positive_and_grows_with_what_is_left(
    done: list[float], left: int, workers: int
) -> None:
    now, more = eta(done, left, workers), eta(done, left + 1, workers)
    assert now is not None
    assert more is not None
    assert 0 <= now <= more


def test_time_left_is_unknown_before_anything_is_known() -> None:
    assert eta([], 5, 2) is None
    assert eta([], 0, 2) == 0.0
    assert eta([10.0, 20.0], 8, 2) == pytest.approx(60.0)
    assert eta([10.0], 1, 4) == 10.0
