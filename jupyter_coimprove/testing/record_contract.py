"""What every record promises, as tests: a subclass says how to make one, pytest does the rest.

class TestMyRecord(RecordContract):
    def make(self, folder): return MyRecord(folder)
    def bring(self, record, drafts): ...
"""

from __future__ import annotations

import abc
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import DecisionError, RecordError, UnknownName
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft, Record
from jupyter_coimprove.registry import Actor

PERSON = Actor(kind="person", id="ada", display="Ada", auth="os")
STRANGER = Actor(kind="person", id="eve", display="Eve", auth="os")
CLOCK = SystemClock()

#: What another process does: it says that it is ready, waits for the word, and prints who won.
_RACE = """
import sys
from jupyter_coimprove.errors import DecisionError
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import TOOL
{opening}
print("ready", flush=True)
sys.stdin.readline()
won = 0
for _ in range({times}):
    try:
        won += {attempt}
    except DecisionError:
        continue
print(won)
record.close()
"""


def draft(
    id: str, event: str = "queued", *, kind: str = "run", state: str | None = None, actor: Actor = PERSON,
    **data: Any,
) -> Draft:  # fmt: skip
    """A line for tests; the state is the event's name unless it is given."""
    return Draft(
        id=id, kind=kind, event=event, state=event if state is None else state, data=data, actor=actor
    )


def run_id() -> str:
    """A fresh id of a run."""
    return new_id("run", CLOCK)


class RecordContract(abc.ABC):
    """Tests of the six methods. Nothing here knows how anything is kept."""

    @abc.abstractmethod
    def make(self, folder: Path) -> Record:
        """An empty record; ``folder`` is empty, too, and the record's own."""

    @abc.abstractmethod
    def bring(self, record: Record, drafts: Sequence[Draft]) -> None:
        """Have lines of somebody else arrive in it, as when a colleague's work is pulled."""

    def elsewhere(self, record: Record) -> str | None:
        """Python source that opens the same record as ``record`` in another process; None: it lives in one."""
        return None

    @pytest.fixture
    def record(self, tmp_path: Path) -> Iterator[Record]:
        made = self.make(tmp_path)
        yield made
        made.close()

    # -- append and get ------------------------------------------------------------------------

    def test_a_line_comes_back_as_it_was_written(self, record: Record) -> None:
        id_ = run_id()
        (line,) = record.append([draft(id_, arm="baseline", block=3, seconds=1.5, ok=True, none=None)])
        assert (line.id, line.kind, line.event, line.state) == (id_, "run", "queued", "queued")
        assert line.data == {"arm": "baseline", "block": 3, "seconds": 1.5, "ok": True, "none": None}
        assert line.actor == PERSON.as_dict()
        assert (line.trust, line.v, line.seq > 0, len(line.digest) >= 40) == ("own", 1, True, True)
        assert list(record.follow()) == [line]

    def test_an_object_is_its_lines_merged_later_ones_winning(self, record: Record) -> None:
        id_ = run_id()
        first, *_, last = record.append(
            [
                draft(id_, arm="a", deep={"x": 1}),
                draft(id_, "started", state="", n=1),
                draft(id_, "completed", deep={"y": 2}),
            ]
        )
        item = record.get(id_)
        assert item.data == {"arm": "a", "n": 1, "deep": {"y": 2}}
        assert (item.state, item.kind, item.trust, item.seq) == ("completed", "run", "own", last.seq)
        assert (item.created, item.changed) == (first.at, last.at)

    def test_a_line_without_a_state_leaves_it(self, record: Record) -> None:
        id_ = run_id()
        record.append([draft(id_, "running"), draft(id_, "noted", state="", note="x")])
        assert record.get(id_).state == "running"

    def test_the_beginning_of_an_id_is_enough_in_any_case(self, record: Record) -> None:
        record.append([draft("run_01AAAAAAAAAAAAAAAAAAAAAAAA"), draft("run_01BAAAAAAAAAAAAAAAAAAAAAAA")])
        assert record.get("run_01A").id == "run_01AAAAAAAAAAAAAAAAAAAAAAAA"
        assert record.get("RUN_01b").id == "run_01BAAAAAAAAAAAAAAAAAAAAAAA"

    def test_an_ambiguous_beginning_lists_what_it_could_mean(self, record: Record) -> None:
        record.append([draft("run_01AAAAAAAAAAAAAAAAAAAAAAAA"), draft("run_01ABAAAAAAAAAAAAAAAAAAAAAA")])
        with pytest.raises(UnknownName) as caught:
            record.get("run_01A")
        assert "run_01AAAAAAAAAAAAAAAAAAAAAAAA, run_01ABAAAAAAAAAAAAAAAAAAAAAA" in caught.value.remedy

    @pytest.mark.parametrize("text", ["", "run_", "exp_", "nonsense", "%", "run\0", "_"])
    def test_what_begins_no_id_is_unknown(self, record: Record, text: str) -> None:
        with pytest.raises(UnknownName):
            record.get(text)

    def test_a_close_id_is_offered(self, record: Record) -> None:
        record.append([draft("run_01AAAAAAAAAAAAAAAAAAAAAAAA")])
        with pytest.raises(UnknownName, match="no record named") as caught:
            record.get("run_01AAAAAAAAAAAAAAAAAAAAAAAB")
        assert caught.value.close == ("run_01AAAAAAAAAAAAAAAAAAAAAAAA",)

    def test_seq_only_grows_and_follow_goes_on_where_it_stopped(self, record: Record) -> None:
        a, b = run_id(), run_id()
        lines = [record.append([draft(id_, n=n)])[0] for n, id_ in enumerate((a, b, a, b))]
        assert [line.seq for line in lines] == sorted({line.seq for line in lines})
        assert list(record.follow(lines[1].seq)) == lines[2:]
        assert list(record.follow(lines[0].seq, id=a)) == [lines[2]]
        assert list(record.follow(lines[-1].seq)) == []

    # -- find ----------------------------------------------------------------------------------

    def test_find_filters_by_state_and_by_data_oldest_first(self, record: Record) -> None:
        ids = [run_id() for _ in range(4)]
        record.append(
            [draft(id_, n=n, experiment="exp_1" if n < 3 else "exp_2") for n, id_ in enumerate(ids)]
        )
        record.append([draft(ids[1], "completed")])
        assert [item.id for item in record.find("run")] == ids
        assert [item.id for item in record.find("run", experiment="exp_1")] == ids[:3]
        assert [item.id for item in record.find("run", experiment="exp_1", state="queued")] == [
            ids[0],
            ids[2],
        ]
        assert [item.id for item in record.find("run", n=3)] == [ids[3]]
        assert record.find("run", experiment="none") == record.find("finding") == []
        assert record.append([]) == []

    def test_find_tells_apart_what_json_tells_apart(self, record: Record) -> None:
        ids = [run_id() for _ in range(6)]
        values = (1, True, "1", None, "", [1])
        record.append([draft(id_, x=value) for id_, value in zip(ids, values, strict=True)])
        for id_, value in zip(ids, values, strict=True):
            assert [item.id for item in record.find("run", x=value)] == [id_], value

    @pytest.mark.parametrize("name", ['a"b', "a.b", "$", "ключ", "a'b", "x]"])
    def test_any_text_may_be_a_key_of_data(self, record: Record, name: str) -> None:
        id_ = run_id()
        texts: list[dict[str, Any]] = [{name: "v"}, {name: "w"}]
        record.append([draft(id_, **texts[0]), draft(run_id(), **texts[1])])
        assert [item.id for item in record.find("run", **{name: "v"})] == [id_]

    # -- expect and claim ----------------------------------------------------------------------

    def test_a_writer_who_saw_an_older_state_is_refused_and_nothing_is_written(self, record: Record) -> None:
        id_, other = run_id(), run_id()
        (seen,) = record.append([draft(id_)])
        record.append([draft(id_, "running")], expect={id_: seen.seq})
        with pytest.raises(DecisionError, match=id_):
            record.append([draft(other), draft(id_, "completed")], expect={id_: seen.seq})
        assert record.get(id_).state == "running"
        assert [item.id for item in record.find("run")] == [id_]

    def test_expecting_nought_is_expecting_that_it_is_not_there(self, record: Record) -> None:
        id_ = run_id()
        record.append([draft(id_)], expect={id_: 0})
        with pytest.raises(DecisionError):
            record.append([draft(id_)], expect={id_: 0})

    def test_a_thousand_accepts_at_once_and_exactly_one_wins(self, record: Record) -> None:
        id_ = new_id("finding", CLOCK)
        (seen,) = record.append([draft(id_, "pending", kind="finding")])
        winners = self._race(
            record,
            f'len(record.append([Draft(id="{id_}", kind="finding", event="accepted", state="accepted", actor=TOOL)],'
            f' expect={{"{id_}": {seen.seq}}}))',
            lambda: len(record.append([draft(id_, "accepted", kind="finding")], expect={id_: seen.seq})),
            times=125,
        )  # fmt: skip
        assert sum(winners) == 1
        assert record.get(id_).state == "accepted"
        assert [line.event for line in record.follow(id=id_)] == ["pending", "accepted"]

    def test_a_claim_is_taken_once(self, record: Record) -> None:
        assert record.claim("app_1", "lab window 1")
        assert not record.claim("app_1", "the command line")
        assert record.claim("app_2", "the command line")

    def test_who_has_a_claim_is_told_so_again(self, record: Record) -> None:
        assert record.claim("app_1", "lab window 1")
        assert record.claim("app_1", "lab window 1")

    def test_of_eight_at_once_one_gets_the_claim(self, record: Record) -> None:
        def here() -> bool:
            return record.claim("app_1", f"thread {threading.get_ident()}")

        there = """record.claim("app_1", f"process {__import__('os').getpid()}")"""
        assert sum(self._race(record, there, here, times=1)) == 1

    @pytest.mark.parametrize("key", ["../../x", "ключ\0", "a" * 5000, ""])
    def test_any_text_may_be_claimed(self, record: Record, key: str) -> None:
        assert record.claim(key, "a")
        assert not record.claim(key, "b")

    def test_eight_threads_write_and_every_line_is_there_once(self, record: Record) -> None:
        ids: list[list[str]] = [[run_id() for _ in range(10)] for _ in range(8)]

        def writer(mine: list[str]) -> Callable[[], int]:
            return lambda: sum(len(record.append([draft(id_), draft(id_, "running")])) for id_ in mine)

        assert sum(_threads([writer(mine) for mine in ids])) == 160
        lines = list(record.follow())
        assert len({line.digest for line in lines}) == len({line.seq for line in lines}) == 160
        assert {item.id for item in record.find("run", state="running")} == {
            id_ for mine in ids for id_ in mine
        }

    # -- imported claims -----------------------------------------------------------------------

    def test_imported_lines_never_change_what_was_made_here(self, record: Record) -> None:
        id_ = run_id()
        record.append([draft(id_, "rejected", kind="finding", claim="mine")])
        before = record.get(id_)
        self.bring(record, [draft(id_, "accepted", kind="finding", claim="theirs", more=1, actor=STRANGER)])
        assert record.get(id_) == before
        assert [line.trust for line in record.follow(id=id_)] == ["own", "imported"]
        assert record.find("finding", state="accepted") == []
        record.append([draft(id_, "undone", kind="finding")], expect={id_: before.seq})
        assert record.get(id_).data == {"claim": "mine"}

    def test_an_object_of_imported_lines_is_a_claim(self, record: Record) -> None:
        id_ = run_id()
        self.bring(
            record, [draft(id_, arm="a", actor=STRANGER), draft(id_, "completed", x=1, actor=STRANGER)]
        )
        item = record.get(id_)
        assert (item.trust, item.state, item.data, item.actor) == (
            "imported", "completed", {"arm": "a", "x": 1}, STRANGER.as_dict(),
        )  # fmt: skip

    def test_what_is_said_here_of_a_claim_stays_on_top_and_makes_it_no_less_a_claim(
        self, record: Record
    ) -> None:
        id_ = run_id()
        self.bring(record, [draft(id_, "pending", kind="finding", claim="theirs", actor=STRANGER)])
        record.append([draft(id_, "rejected", kind="finding", reason="no data")])
        self.bring(record, [draft(id_, "accepted", kind="finding", reason="trust me", actor=STRANGER)])
        item = record.get(id_)
        assert (item.trust, item.state) == ("imported", "rejected")
        assert item.data == {"claim": "theirs", "reason": "no data"}

    # -- what data may be ----------------------------------------------------------------------

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_nan_and_infinite_are_refused_and_the_place_is_named(self, record: Record, number: float) -> None:
        with pytest.raises(RecordError, match=r"data\.metrics\[1\]\.number"):
            record.append([draft(run_id()), draft(run_id(), metrics=[0, {"number": number}])])
        assert record.find("run") == []

    def test_sixty_four_levels_are_kept_and_one_more_is_refused(self, record: Record) -> None:
        def nested(levels: int) -> dict[str, Any]:
            return {"d": nested(levels - 1)} if levels > 1 else {}

        id_ = run_id()
        record.append([Draft(id=id_, kind="run", event="queued", data=nested(64), actor=PERSON)])
        assert record.get(id_).data == nested(64)
        for levels in (65, 500):
            with pytest.raises(RecordError, match="64 levels"):
                record.append(
                    [Draft(id=run_id(), kind="run", event="queued", data=nested(levels), actor=PERSON)]
                )

    def test_lone_surrogates_are_replaced_and_other_text_stays(self, record: Record) -> None:
        id_ = run_id()
        odd: dict[str, Any] = {
            "text": "a\ud800b",
            "bidi": "\u202egnp.exe",
            "nul": "\0",
            "far": "𝄞é",
            "k\udfff": 1,
        }
        record.append([draft(id_, **odd)])
        assert record.get(id_).data == {
            "text": "a?b", "bidi": "\u202egnp.exe", "nul": "\0", "far": "𝄞é", "k?": 1,
        }  # fmt: skip

    def test_a_line_keeps_a_megabyte_and_no_more(self, record: Record) -> None:
        record.append([draft(run_id(), log="x" * 990_000)])
        with pytest.raises(RecordError, match="at most 1 MB") as caught:
            record.append([draft(run_id(), log="é" * 600_000)])
        assert caught.value.remedy

    @pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), {1: "a"}, 1j])
    def test_what_json_has_no_form_for_is_refused(self, record: Record, value: Any) -> None:
        with pytest.raises(RecordError, match=r"data\.x"):
            record.append([draft(run_id(), x=value)])

    def test_tuples_come_back_as_lists_and_large_numbers_whole(self, record: Record) -> None:
        id_ = run_id()
        record.append([draft(id_, pair=(1, (2,)), big=2**70, small=5e-324)])
        assert record.get(id_).data == {"pair": [1, [2]], "big": 2**70, "small": 5e-324}

    def test_a_kind_that_is_not_registered_is_refused(self, record: Record) -> None:
        with pytest.raises(RecordError, match="no kind 'trial'"):
            record.append([draft(run_id(), kind="trial")])

    def test_changing_what_was_passed_in_changes_nothing_kept(self, record: Record) -> None:
        id_, numbers = run_id(), [1]
        record.append([draft(id_, list=numbers)])
        numbers.append(2)
        assert record.get(id_).data == {"list": [1]}

    def test_using_it_after_close_is_an_error(self, tmp_path: Path) -> None:
        made = self.make(tmp_path)
        made.append([draft(run_id())])
        made.close()
        with pytest.raises(RecordError, match="closed"):
            made.find("run")

    # -- racing --------------------------------------------------------------------------------

    def _race(self, record: Record, attempt: str, here: Callable[[], int | bool], *, times: int) -> list[int]:
        """How often each of eight won: processes where the record can be opened twice, and threads."""
        opening = self.elsewhere(record)
        if opening is None:
            return _threads([lambda: _tries(here, times)] * 8)
        code = _RACE.format(opening=opening, times=times, attempt=attempt)
        children = [
            subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(7)
        ]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        mine = _threads([lambda: _tries(here, times // 8 or 1)] * 8)
        return mine + [int(child.communicate()[0]) for child in children]


def _tries(attempt: Callable[[], int | bool], times: int) -> int:
    won = 0
    for _ in range(times):
        try:
            won += int(attempt())
        except DecisionError:
            continue
    return won


def _threads(work: Sequence[Callable[[], int]]) -> list[int]:
    """The results of all, started together; an exception in one is raised here."""
    barrier, results, wrong = threading.Barrier(len(work)), [0] * len(work), list[BaseException]()

    def go(place: int) -> None:
        barrier.wait()
        try:
            results[place] = work[place]()
        except BaseException as error:  # noqa: BLE001  it is raised again below, in the test's thread
            wrong.append(error)

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return results
