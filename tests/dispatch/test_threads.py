"""Threads of sync handlers: what a call that cannot be made leaves behind."""

import threading
from collections.abc import Iterator

import pytest

from dispatch import threads
from dispatch.handlers import Retryable

TOO_LARGE = 1 << 60  # bytes of stack that no system has: its threads cannot start


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    before = threading.stack_size(TOO_LARGE)
    yield
    threading.stack_size(before)


def test_thread_that_cannot_start_takes_no_place_and_may_be_tried_again(no_thread_left: None) -> None:
    for _ in range(threads.LIVE + 1):
        with pytest.raises(Retryable) as raised:
            threads.start("lost", int)
        assert isinstance(raised.value.__cause__, RuntimeError)  # the system's, not the bound of live calls


def test_call_that_raises_stop_iteration_tells_who_waits_what_it_was() -> None:
    call = threads.start("exhausted", lambda: next(iter(())))

    error = call.result.exception(30)

    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, StopIteration)
