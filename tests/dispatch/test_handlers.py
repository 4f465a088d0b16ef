"""Handlers come, change and go while the process runs."""

import re
from collections.abc import Iterator
from functools import partial

import pytest

from dispatch import handlers
from dispatch.handlers import Reply, Retryable
from project.registry import Registry, written
from tests.live import in_parallel


async def say_one(message, context, turn):
    """Says one."""
    return Reply("one")


def say_two(message, context, turn):
    return Reply("two")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = set(handlers.REGISTRY)
    yield
    for name in set(handlers.REGISTRY) - before:
        handlers.unregister(name)


def registered(function=say_one, *kinds, **fields):
    handlers.register(*(kinds or ("test.now",)), **fields)(function)
    found = handlers.REGISTRY.get(function.__name__)
    assert found
    return found


def asked(kind="test.now"):
    return [handler.answer for handler in handlers.of_kind(kind)]


def test_a_handler_registered_at_run_time_is_asked():
    registered()

    assert asked() == [say_one]


def test_a_name_that_is_taken_is_refused_and_its_first_place_told():
    registered()

    with pytest.raises(ValueError, match=f"'say_one' is registered already, in {re.escape(written(say_one))}"):
        registered()

    assert written(say_one).startswith(__file__)


def test_a_replaced_handler_keeps_its_kinds_and_its_place():
    before = registered(priority=3, timeout=7, concurrency=2, retry_on=(OSError,))

    after = handlers.replace("say_one", say_two)

    assert asked() == [say_two]
    assert (after.name, after.kinds, after.priority, after.timeout) == ("say_one", ("test.now",), 3, 7)
    assert (after.concurrency, after.retry_on, after.is_async) == (2, (OSError,), False)
    assert before.answer is say_one


def test_an_unregistered_handler_is_not_asked_and_its_name_is_free():
    registered()

    handlers.unregister("say_one")

    assert asked() == []
    registered()


@pytest.mark.parametrize(
    "change", [lambda name: handlers.replace(name, say_two), lambda name: handlers.unregister(name)]
)
def test_what_nothing_is_named_is_refused_and_the_names_are_told(change):
    with pytest.raises(LookupError, match=r"no handler is named 'nobody'; there are: .*offline_responder"):
        change("nobody")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("", {}),
        ("two words", {}),
        ("k" * 41, {}),
        ("fine", {"timeout": 0}),
        ("fine", {"timeout": -1}),
        ("fine", {"concurrency": 0}),
    ],
)
def test_what_cannot_work_is_refused_where_it_is_registered(kind, fields):
    with pytest.raises(ValueError, match=r"kind|timeout|concurrency"):
        handlers.register(kind, **fields)


def test_a_handler_without_a_name_of_its_own_is_refused():
    class Nameless:
        def __call__(self, message, context, turn):
            return None

    with pytest.raises(ValueError, match="no name of a handler"):
        handlers.register("test.now")(Nameless())


def test_what_is_worth_another_attempt_says_when():
    assert Retryable("busy", after=3).after == 3
    assert Retryable().after is None


def test_changes_by_many_threads_lose_nothing():
    registry: Registry[int] = Registry("number")
    names = [str(number) for number in range(16)]

    def work(name):
        for _ in range(200):
            registry.add(name, 1)
            assert registry.get(name) == 1
            assert len(registry.values()) <= len(names)
            registry.remove(name)
        registry.add(name, 2)

    in_parallel([partial(work, name) for name in names])

    assert sorted(registry) == sorted(names)
    assert registry.values() == [2] * len(names)
