"""Handlers that come, change and go while a process serves: the next message is answered by what is there then."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import Server, deployed
from tests.dispatch.control import answers, ended, said
from tests.dispatch.held import Held
from tests.live import LivePerson


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path, "renewal")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Server]:
    """One process: what its code registers is registered in it."""
    with deployed("renewal", EXTRA_APPS="tests.held_app", HELD_FOLDER=str(tmp_path)) as deployment:
        yield deployment.serve()


def answered(person: LivePerson, kind: str, text: str = "hello") -> str:
    conversation = person.conversation()
    assert ended(person, said(person, conversation, kind, text))["state"] == "completed"
    [answer] = answers(person, conversation)
    return str(answer["text"])


def test_next_message_is_answered_by_the_handler_that_is_there_then(alone: Server, held: Held) -> None:
    ada = alone.person("ada")
    conversation = ada.conversation()
    in_progress = said(ada, conversation, "test.renewed", "renewal one")
    held.await_begun(1)

    answered(ada, "test.renew")

    assert answered(ada, "test.renewed", "renewal two") == "newer answer to renewal two"
    answered(ada, "test.take_out")
    refused = ada.say(ada.conversation(), "renewal three", kind="test.renewed")
    assert refused.status_code == 422
    assert "test.renewed" not in refused.json()["detail"].partition("there are")[2]
    held.let_go()
    assert ended(ada, in_progress)["state"] == "completed"
    assert [answer["text"] for answer in answers(ada, conversation)] == ["answer to renewal one"]


def test_kind_that_comes_at_run_time_is_listed_and_answered(alone: Server, held: Held) -> None:
    ada = alone.person("ada")
    assert ada.say(ada.conversation(), "early", kind="test.brought").status_code == 422

    answered(ada, "test.bring")

    assert answered(ada, "test.brought", "in time") == "brought answer to in time"
    listed = ada.http.get("/api/v1/handlers/").json()
    assert "test.brought" in str(listed)
    again = said(ada, ada.conversation(), "test.bring")
    assert ended(ada, again)["state"] == "failed"  # a name that is taken is refused
