"""Limits of workspaces and handlers over two processes: never more at a time, all are answered, nobody else waits."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.dispatch.held import Held, Pair, pair
from tests.live import LivePerson, in_parallel

OF_A_WORKSPACE = 3
OF_NARROW = 2  # as its handler is registered


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair("limits", WORKSPACE_CONCURRENCY=str(OF_A_WORKSPACE)) as made:
        yield made


@pytest.fixture(scope="module")
def ada(two: Pair) -> LivePerson:
    return two.servers[0].person("ada")


@pytest.fixture(scope="module")
def bob(two: Pair) -> LivePerson:
    """Of ada's workspace, on the other process."""
    return two.servers[1].person("bob")


@pytest.fixture(scope="module")
def eve(two: Pair) -> LivePerson:
    """Of another workspace."""
    return two.servers[1].person("eve")


@pytest.fixture
def held(two: Pair) -> Iterator[Held]:
    made = two.held(uuid4().hex[:8])
    yield made
    made.let_go()


@pytest.fixture
def others(two: Pair) -> Iterator[Held]:
    made = two.held(uuid4().hex[:8])
    yield made
    made.let_go()


def spoken(people: list[LivePerson], held: Held, count: int, kind: str) -> list[str]:
    """A message in each of `count` conversations, by the people in turn, all at once. The conversations."""

    def speak(number: int) -> str:
        person = people[number % len(people)]
        conversation = person.conversation()
        assert person.say(conversation, f"{held.group} {number}", kind=kind).status_code == 202
        return conversation

    return in_parallel([lambda number=number: speak(number) for number in range(count)])  # type: ignore[misc]


def ending(person: LivePerson, conversation: str) -> Any:
    return person.settled(conversation, 1, 60)[-1]["type"]


@pytest.mark.parametrize("kind", ["test.held", "test.held_sync"])
def test_workspace_is_never_over_its_limit_and_all_of_its_runs_end(
    ada: LivePerson, bob: LivePerson, held: Held, kind: str
) -> None:
    conversations = spoken([ada, bob], held, 12, kind)
    held.await_begun(OF_A_WORKSPACE)
    held.let_go()

    assert {ending(ada, conversation) for conversation in conversations} == {"run.completed"}
    assert held.most() == OF_A_WORKSPACE
    assert len(held.begun()) == 12


def test_workspaces_do_not_wait_for_each_others_limit(
    ada: LivePerson, bob: LivePerson, eve: LivePerson, held: Held, others: Held
) -> None:
    spoken([ada, bob], held, 12, "test.held")
    held.await_begun(OF_A_WORKSPACE)

    conversations = spoken([eve], others, 6, "test.held")
    others.await_begun(OF_A_WORKSPACE)
    others.let_go()

    assert {ending(eve, conversation) for conversation in conversations} == {"run.completed"}
    assert others.most() == OF_A_WORKSPACE
    assert len(held.begun()) == OF_A_WORKSPACE


def test_handler_is_never_asked_by_more_than_it_takes_whoever_asks(
    ada: LivePerson, bob: LivePerson, eve: LivePerson, held: Held, others: Held
) -> None:
    conversations = spoken([ada, eve, bob], held, 9, "test.narrow")
    held.await_begun(OF_NARROW)
    at_leisure = spoken([eve], others, 1, "test.held")
    others.let_go()
    beside = ending(eve, at_leisure[0])
    held.let_go()

    ended = {ending((ada, eve, bob)[number % 3], one) for number, one in enumerate(conversations)}
    assert (beside, ended) == ("run.completed", {"run.completed"})
    assert held.most() == OF_NARROW
