"""What every provider promises: subclass ``ProviderContract`` and give it your provider."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from jupyter_coimprove.errors import NeedsModel, ProviderError
from jupyter_coimprove.proposals.answer import STOPS, gather
from jupyter_coimprove.proposals.provider import Block, Part, Provider, Request


@contextmanager
def no_sockets() -> Iterator[None]:
    """Fail on any attempt to open a socket or to resolve a name."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a socket was asked for")

    with (
        mock.patch.object(socket, "socket", refuse),
        mock.patch.object(socket, "create_connection", refuse),
        mock.patch.object(socket, "getaddrinfo", refuse),
    ):
        yield


CANDIDATES = Block(
    kind="candidate", v=1,
    data={"items": [
        {"name": "dropout", "kind": "parameter", "value": "0.5", "type": "float", "levels": ["0.0"], "reaches": [2, 3], "score": 2.0},
        {"name": "features.scaler", "kind": "item", "value": "scaler", "type": "item", "levels": [], "reaches": [3], "score": 1.0},
    ]},
)  # fmt: skip
MEASURED = Block(
    kind="measured", v=1,
    data={"name": "accuracy", "how": "variable", "direction": "max", "cell": 3, "last": 0.93, "score": 1.0},
)  # fmt: skip


class ProviderContract:
    """The promises. ``make`` gives a fresh provider ready to answer ``requests``, in order;
    ``offline`` False leaves out the promise that no socket is opened."""

    offline = True

    def make(self) -> Provider:
        raise AssertionError("a contract test names its provider in `make`")

    def requests(self) -> Sequence[Request]:
        """What it is asked; add to it what your provider is for."""
        verbs = [{"name": "plan", "help": "plan an ablation", "command": "coimprove plan a.ipynb"}]
        return [
            Request(task="plan", text="which of these parts matter?", context=(CANDIDATES, MEASURED)),
            Request(task="ask", text="does dropout matter?", options={"verbs": verbs}),
            Request(task="ask", text="why is the sky blue?", options={"verbs": verbs}),
        ]

    def answers(self) -> Iterator[list[Part]]:
        """The parts of each answer; an answer refused with NeedsModel has none."""
        provider = self.make()
        for request in self.requests():
            try:
                if self.offline:
                    with no_sockets():
                        parts = list(provider.answer(request))
                else:
                    parts = list(provider.answer(request))
            except NeedsModel as error:
                assert error.message, "NeedsModel says what a model would add"
                continue
            yield parts

    def test_says_what_it_is(self) -> None:
        provider = self.make()
        assert provider.name.isidentifier()
        assert provider.label.strip()

    def test_ends_once_and_nothing_follows_the_end(self) -> None:
        for parts in self.answers():
            assert [part.type for part in parts].count("end") == 1
            assert parts[-1].type == "end"
            assert parts[-1].detail["stop"] in STOPS

    def test_says_something_before_it_ends(self) -> None:
        for parts in self.answers():
            assert "".join(part.text for part in parts if part.type == "text").strip()

    def test_an_answer_cut_anywhere_proposes_nothing(self) -> None:
        for parts in self.answers():
            for length in range(len(parts)):
                cut = gather(parts[:length])
                assert cut.stop == "cut"
                assert cut.blocks == ()

    def test_proposes_only_when_complete(self) -> None:
        for parts in self.answers():
            answer = gather(parts)
            if answer.stop != "complete":
                assert answer.blocks == ()

    def test_an_answer_that_goes_on_after_its_end_is_refused(self) -> None:
        for parts in self.answers():
            try:
                gather([*parts, Part(type="text", text="and more")])
            except ProviderError as error:
                assert error.remedy
            else:
                raise AssertionError("text after the end was taken")

    def test_blocks_are_generic_json(self) -> None:
        for parts in self.answers():
            for part in parts:
                if part.type == "block":
                    assert part.block is not None
                    assert part.block.kind
                    assert part.block.v >= 1
                    data = dict(part.block.data)
                    assert json.loads(json.dumps(data, allow_nan=False)) == data

    def test_parts_carry_only_what_their_type_says(self) -> None:
        for parts in self.answers():
            for part in parts:
                assert (part.block is not None) == (part.type == "block")
                assert part.type == "text" or not part.text
                assert bool(part.detail) == (part.type in ("step", "end"))

    def test_a_step_says_what_is_done(self) -> None:
        for parts in self.answers():
            for part in parts:
                if part.type == "step":
                    assert ("tool" in part.detail) != ("retry_s" in part.detail)

    def test_usage_is_counted_in_whole_numbers(self) -> None:
        for parts in self.answers():
            usage = gather(parts).usage
            assert all(isinstance(value, (int, str)) for value in usage.values())

    def test_cancelled_before_it_begins_it_says_and_proposes_nothing(self) -> None:
        provider = self.make()
        for request in self.requests():
            began = time.monotonic()
            answer = gather(provider.answer(replace(request, cancelled=lambda: True)))
            assert (answer.stop, answer.text, answer.blocks) == ("cancelled", "", ())
            assert time.monotonic() - began < 1.0

    def test_what_would_be_sent_is_the_same_bytes_each_time(self) -> None:
        provider = self.make()
        for request in self.requests():
            sent = provider.sent(request)
            assert self.offline is False or sent is None
            assert json.dumps(sent) == json.dumps(provider.sent(request))

    def test_answers_the_same_question_the_same_way_when_it_has_no_model(self) -> None:
        if self.offline:
            assert list(self.answers()) == list(self.answers())
