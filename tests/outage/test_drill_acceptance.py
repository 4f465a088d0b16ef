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
TENTHS = "600"  # of a second
ECHO, MINUTE, MINUTE_SYNC = ("test.echo", "hello"), ("test.slow", TENTHS), ("test.slow_sync", TENTHS)
KINDS = (ECHO, MINUTE, MINUTE_SYNC)


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.handlers_app")


def test_handler_that_sleeps_a_minute_leaves_acceptance_as_fast(server: Server) -> None:
    ada = server.person("ada")
    conversations = {said: [ada.conversation() for _ in range(ROUNDS)] for said in KINDS}
    taken: dict[tuple[str, str], list[float]] = {said: [] for said in KINDS}

    for number in range(ROUNDS):
        for said in KINDS:
            taken[said].append(seconds_to_accept(ada, said, conversations[said][number]))

    echo, minute, minute_sync = (median(taken[said]) for said in KINDS)
    row("acceptance", messages=ROUNDS * len(KINDS), echo_p50_s=echo, minute_p50_s=minute, minute_sync_p50_s=minute_sync)
    row("acceptance, against echo", minute_ratio=minute / echo, minute_sync_ratio=minute_sync / echo)
    for said in (MINUTE, MINUTE_SYNC):
        ada.started(conversations[said][0])


def seconds_to_accept(person: LivePerson, said: tuple[str, str], conversation: str) -> float:
    kind, text = said
    began = time.monotonic()
    assert person.say(conversation, text, kind=kind).status_code == 202
    return time.monotonic() - began
