"""Two servers on one database: what staff set on one holds for the next message on the other."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment import Server, deployed
from tests.live import LivePerson

PATH = "/api/v1/handlers/echo_test/"


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    with deployed("switches", EXTRA_APPS="tests.handlers_app") as deployment:
        yield [deployment.serve(), deployment.serve()]


@pytest.fixture
def ada(servers: list[Server]) -> LivePerson:
    return servers[0].person("ada")


@pytest.fixture
def bob(servers: list[Server]) -> LivePerson:
    return servers[1].person("bob")


def answered(person: LivePerson, kind: str = "test.echo") -> tuple[str, dict[str, Any]]:
    """How a message ends, and the last message of its conversation."""
    conversation = person.conversation()
    assert person.say(conversation, "hi", kind=kind).status_code == 202
    events = person.settled(conversation, 1)
    return events[-1]["type"], person.messages(conversation)[-1]


def calls(person: LivePerson) -> int:
    return int(person.http.get("/api/v1/handlers/silent_test/").json()["counts"]["calls"])


def test_a_handler_disabled_on_one_is_not_asked_on_the_other(ada: LivePerson, bob: LivePerson) -> None:
    before = answered(bob)

    ada.http.patch(PATH, json={"enabled": False}).raise_for_status()
    off = [answered(person) for person in (bob, ada, bob)]
    ada.http.patch(PATH, json={"enabled": True}).raise_for_status()
    after = answered(bob)

    assert [(type, last["text"]) for type, last in (before, after)] == [("run.completed", "echo: hi")] * 2
    assert {type for type, _ in off} == {"run.failed"}
    assert {last["metadata"]["reason"] for _, last in off} == {"no_handler"}


def test_with_one_disabled_the_next_of_its_kind_is_asked(ada: LivePerson, bob: LivePerson) -> None:
    """`passes_test` comes first and would pass; both processes ask the other one alone."""
    ada.http.patch("/api/v1/handlers/passes_test/", json={"enabled": False}).raise_for_status()

    conversation = bob.conversation()
    run = bob.say(conversation, "hi", kind="test.first").json()["run"]
    bob.settled(conversation, 1)

    asked = ada.http.get(f"/api/v1/runs/{run}/").json()["handlers"]
    assert [(one["name"], one["result"]) for one in asked] == [("answers_test", "replied")]


def test_what_one_answered_is_counted_on_the_other(ada: LivePerson, bob: LivePerson) -> None:
    before = calls(ada)

    for person in (ada, bob):
        answered(person, "test.silent")

    assert [calls(person) - before for person in (ada, bob)] == [2, 2]


def test_the_list_shows_schemas_and_limits() -> None:
    with deployed("switches_list", EXTRA_APPS="tests.invoices") as deployment:
        listed = deployment.serve().person("eve").http.get("/api/v1/handlers/").json()

    (found,) = [handler for handler in listed if handler["name"] == "book_invoice"]
    assert found["schemas"]["invoice"]["prefixItems"][0]["required"] == ["type", "data"]
    assert (found["concurrency"], found["enabled"], found["timeout"]) == (2, True, 20)
    assert found["counts"]["error_rate"] is None
