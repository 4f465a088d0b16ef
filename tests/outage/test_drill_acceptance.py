"""Receipt does not wait for processing: a handler that takes a minute leaves the 202 as fast as one that echoes."""

import time
from statistics import median

import pytest

from tests.deployment import Deployment, Server
from tests.live import LivePerson
from tests.outage.report import row
from tests.outage.scale import pick

pytestmark = [pytest.mark.outage, pytest.mark.drill]

ROUNDS = pick(150, 20)
ECHO, MINUTE = ("test.echo", "hello"), ("test.slow", "600")  # tenths of a second


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.handlers_app")


def test_handler_that_sleeps_a_minute_leaves_acceptance_as_fast(server: Server) -> None:
    ada = server.person("ada")
    conversations = {said: [ada.conversation() for _ in range(ROUNDS)] for said in (ECHO, MINUTE)}
    taken: dict[tuple[str, str], list[float]] = {ECHO: [], MINUTE: []}

    for pair in zip(conversations[ECHO], conversations[MINUTE], strict=True):
        for said, conversation in zip((ECHO, MINUTE), pair, strict=True):
            taken[said].append(seconds_to_accept(ada, said, conversation))

    echo, minute = median(taken[ECHO]), median(taken[MINUTE])
    row("acceptance", messages=2 * ROUNDS, echo_p50_s=echo, minute_p50_s=minute, ratio=minute / echo)
    assert not any(event["type"] in ("run.completed", "run.failed") for event in ada.events(conversations[MINUTE][0]))
    assert all(len(ada.messages(conversation)) for said in taken for conversation in conversations[said])


def seconds_to_accept(person: LivePerson, said: tuple[str, str], conversation: str) -> float:
    kind, text = said
    began = time.monotonic()
    assert person.say(conversation, text, kind=kind).status_code == 202
    return time.monotonic() - began
