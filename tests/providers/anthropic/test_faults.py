"""Every fault of a service (F29 to F37) ends in one plain state, and proposes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from anthropic_asked import asked, tools

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.answer import gather
from jupyter_coimprove.testing.messages import Answer, Data, Fail, Text, UseTool

WORDS = Text("I propose to drop the dropout, since it may not matter here at all.")
PROPOSES = UseTool("propose_cells", {"source": "x = 1"})
FINE = Answer(content=(WORDS,))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "was refused"), (401, "key was refused"), (403, "may not"), (404, "no such model"), (413, "too large"),
    ],
)  # fmt: skip
def test_f29_what_would_fail_again_is_tried_once(serve: Any, status: int, words: str) -> None:
    provider, server = serve(Fail(status=status, message="the service's words"))
    with pytest.raises(ProviderError, match=words) as caught:
        gather(provider.answer(asked()))
    assert len(server.asked) == 1
    assert caught.value.remedy
    assert "the service's words" in caught.value.message
    assert caught.value.usage["requests"] == 1


@pytest.mark.parametrize("status", [429, 500, 529])
def test_f30_a_busy_service_is_asked_three_times_when_it_says(serve: Any, status: int) -> None:
    provider, server = serve(Fail(status=status, retry_ms=60), Fail(status=status, retry_s=0.05), FINE)
    told: list[Any] = []
    began = time.monotonic()
    answer = gather(provider.answer(asked()), tell=told.append)
    assert time.monotonic() - began >= 0.11
    assert [part.detail["retry_s"] for part in told] == [0.06, 0.05]
    assert str(status) in told[0].detail["about"]
    assert (answer.stop, answer.usage["requests"], len(server.asked)) == ("complete", 3, 3)


def test_f30_after_three_attempts_it_says_so(serve: Any) -> None:
    provider, server = serve(*[Fail(status=529, retry_ms=1)] * 3)
    with pytest.raises(ProviderError, match="overloaded"):
        gather(provider.answer(asked()))
    assert len(server.asked) == 3


def test_f30_a_long_wait_is_left_to_the_person(serve: Any) -> None:
    provider, server = serve(Fail(status=429, retry_s=3600))
    with pytest.raises(ProviderError, match="limit is reached") as caught:
        gather(provider.answer(asked()))
    assert "3600 s" in caught.value.remedy
    assert len(server.asked) == 1


def test_f30_silence_is_a_timeout_and_tried_again(serve: Any) -> None:
    provider, server = serve(Answer(content=(WORDS,), wait_s=20), FINE, read_s=0.3)
    assert gather(provider.answer(asked())).stop == "complete"
    assert [request.left for request in server.asked] == [True, False]


def test_f30_a_service_that_is_not_there_is_named(serve: Any) -> None:
    provider, _ = serve(FINE, url="http://127.0.0.1:9")
    with pytest.raises(ProviderError, match=r"127\.0\.0\.1:9 cannot be reached"):
        gather(provider.answer(asked()))


@pytest.mark.parametrize("how", ["cut", "torn"])
@pytest.mark.parametrize("after", [1, 3, 5, 9])
def test_f31_a_cut_stream_is_no_answer_whatever_it_proposed(serve: Any, how: str, after: int) -> None:
    read = Answer(content=(WORDS, PROPOSES))
    provider, _ = serve(read, Answer(content=(WORDS,), **{how: after}))
    answer = gather(provider.answer(asked()))
    assert (answer.stop, answer.blocks) == ("cut", ())
    assert "nothing was proposed" in answer.why
    assert answer.usage["input"] > 0


def test_f31_cut_before_its_first_word_too(serve: Any) -> None:
    provider, _ = serve(Answer(content=(WORDS,), cut=0))
    assert gather(provider.answer(asked())).stop == "cut"


@pytest.mark.parametrize("how", ["garbage", "error"])
def test_f32_an_error_event_or_garbage_is_an_error(serve: Any, how: str) -> None:
    provider, server = serve(Answer(content=(WORDS,), **{how: 5}))
    shown: list[str] = []
    with pytest.raises(ProviderError, match=r"no answer|broke off: Overloaded") as caught:
        gather(provider.answer(asked()), shown.append)
    assert shown
    assert len(server.asked) == 1
    assert caught.value.usage["input"] > 0


def test_f32_a_page_in_place_of_a_stream_is_no_answer(serve: Any) -> None:
    provider, _ = serve(Fail(status=200, body=b"<html>sign in to this network</html>"))
    answer = gather(provider.answer(asked()))
    assert (answer.stop, answer.blocks, answer.text) == ("cut", (), "")


@pytest.mark.parametrize("cut", [1, 9, 14])
def test_f33_half_a_tools_input_is_never_used(serve: Any, cut: int) -> None:
    provider, _ = serve(Answer(content=(WORDS, UseTool("propose_cells", {"source": "x = 1"}, cut=cut))))
    used: list[Any] = []
    with pytest.raises(ProviderError, match="propose_cells is cut"):
        gather(provider.answer(asked(tools=tools(used))))
    assert used == []


def test_f33_a_plan_that_has_not_its_form_is_an_error(serve: Any) -> None:
    for value in ({"factors": "all"}, [1], {"factors": [], "rationale": "r"}):
        provider, _ = serve(Answer(content=(Data(value),)))
        with pytest.raises(ProviderError, match="no whole answer"):
            gather(provider.answer(asked(task="plan")))


@pytest.mark.parametrize("stop", ["max_tokens", "model_context_window_exceeded"])
@pytest.mark.parametrize(
    "content", [(WORDS,), (WORDS, PROPOSES), (WORDS, UseTool("propose_cells", {"a": 1}, cut=3))]
)
def test_f34_an_answer_that_reached_its_limit_proposes_nothing(
    serve: Any, stop: str, content: tuple[Any, ...]
) -> None:
    provider, server = serve(Answer(content=content, stop=stop))
    used: list[Any] = []
    answer = gather(provider.answer(asked(tools=tools(used))))
    assert (answer.stop, answer.blocks, used, len(server.asked)) == ("limit", (), [], 1)
    assert "reached" in answer.why


def test_f35_a_refusal_is_shown_in_the_services_words(serve: Any) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "It could do harm."}
    provider, _ = serve(
        Answer(content=(PROPOSES,)), Answer(content=(WORDS,), stop="refusal", stop_details=details)
    )
    answer = gather(provider.answer(asked()))
    assert (answer.stop, answer.why, answer.blocks) == ("refused", "It could do harm.", ())


def test_a_stop_of_no_known_kind_is_an_error(serve: Any) -> None:
    provider, _ = serve(Answer(content=(WORDS,), stop="bored"))
    with pytest.raises(ProviderError, match="bored"):
        gather(provider.answer(asked()))


@pytest.mark.parametrize(
    "slow",
    [
        Answer(content=(WORDS,), wait_s=20), Answer(content=(WORDS,), pace_s=20), Answer(content=(WORDS,), pace_s=0.03),
        Fail(status=429, retry_s=20),
    ],
    ids=["before the first byte", "between bytes", "while it streams", "between attempts"],
)  # fmt: skip
def test_f37_stopped_at_any_moment_it_ends_within_a_fifth_of_a_second(serve: Any, slow: Any) -> None:
    provider, server = serve(FINE, slow, FINE)
    gather(provider.answer(asked()))  # the SDK is loaded
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    answer = gather(provider.answer(asked(cancelled=stop.is_set)))
    took = time.monotonic() - began - 0.3
    assert (answer.stop, answer.blocks) == ("cancelled", ())
    assert took < 0.2
    until(lambda: isinstance(slow, Fail) or server.asked[1].left)
    assert gather(provider.answer(asked())).stop == "complete"  # and the next one works


def test_f37_a_reader_that_goes_away_leaves_no_request_running(serve: Any) -> None:
    provider, server = serve(Answer(content=(WORDS,), pace_s=0.05))
    parts = provider.answer(asked())
    next(parts)
    parts.close()
    until(lambda: server.asked[0].left)


def test_a_redirect_does_not_take_the_key_elsewhere(serve: Any) -> None:
    _, elsewhere = serve(FINE)
    provider, _ = serve(Fail(status=307, location=f"{elsewhere.url}/v1/messages"))
    with pytest.raises(ProviderError, match="points elsewhere"):
        gather(provider.answer(asked()))
    assert elsewhere.requests == []


def until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 3 s")
