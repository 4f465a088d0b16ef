"""A server that restarts says goodbye, and its clients go on where they were."""

from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, deployed
from tests.dispatch import wire
from tests.dispatch.texts import HARD


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("sockets_restart", EXTRA_APPS="tests.speaking_app") as made:
        yield made


def test_restart_closes_with_4503_and_clients_resume_without_loss_or_doubles(fresh: Deployment) -> None:
    server = fresh.serve()
    ada = server.person("ada")
    conversation = ada.conversation()
    stream = f"conversation:{conversation}"
    with ada.socket() as socket, ada.stream(conversation) as followed:
        socket.ask({"op": "subscribe", "stream": stream})
        ada.say(conversation, "Before.")
        before = socket.until("run.completed")
        followed.until("run.completed")

        status = server.stop()

        pushed, code = wire.closed(socket)
        assert followed.until("stream.end")[-1]["data"] == {"reason": "restarting"}
    server.start()
    ada.say(conversation, "After.")
    with ada.socket() as socket:
        socket.ask({"op": "subscribe", "stream": stream, "after": wire.durable(before)[-1]["id"]})
        after = socket.until("run.completed")

    assert (status, code) == (0, 4503)
    assert wire.durable(before + pushed + after) == ada.events(conversation)


def test_answer_goes_on_after_a_restart_and_is_exact(fresh: Deployment) -> None:
    """The drain waits for what runs; the client that was cut off in mid-answer has the rest after it."""
    text = HARD * 6
    server = fresh.serve()
    ada = server.person("ada")
    conversation = ada.conversation()
    with ada.stream(conversation) as stream:
        wire.recite(ada, conversation, text)
        before = [event for _ in range(3) for event in stream.until(wire.DELTA)]
        server.restart()

    with ada.stream(conversation, before[-1]["id"]) as stream:
        after = stream.until("run.completed")

    assert wire.completed(after) == text
    assert wire.durable(before + after) == ada.events(conversation)
