"""Trees are read while the collector rests, and it is back whatever happened."""

from __future__ import annotations

import gc
import threading

import pytest

from jupyter_coimprove.notebook.trees import growing


def test_the_collector_is_back_when_the_last_reader_is_through() -> None:
    assert gc.isenabled()
    inside, leave = threading.Event(), threading.Event()

    def read() -> None:
        with growing():
            inside.set()
            leave.wait(20)

    other = threading.Thread(target=read)
    with growing():
        other.start()
        assert inside.wait(20)
        assert not gc.isenabled()
    assert not gc.isenabled(), "the other still reads"
    leave.set()
    other.join(20)
    assert gc.isenabled()


def test_an_error_brings_it_back_too() -> None:
    @growing()
    def fails() -> None:
        raise ValueError("no notebook")

    with pytest.raises(ValueError):
        fails()
    assert gc.isenabled()


def test_who_has_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with growing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
