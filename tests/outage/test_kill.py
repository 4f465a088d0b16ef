"""kill -9 with messages in flight: what was answered with 2xx is there, answered once, in order, without a gap."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.deployment import Deployment, deployed
from tests.live import eventually, in_parallel
from tests.outage.ledger import Accepted, Ledger
from tests.outage.load import Load, Plan
from tests.outage.verifier import verify

pytestmark = pytest.mark.outage

MESSAGES = 100


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("kill", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_every_accepted_message_is_answered_once_after_kill_and_restart(fresh: Deployment) -> None:
    server = fresh.serve()

    with Load([server.url], Plan(senders=20, conversations=20, followers=10, rate=60)) as load:
        eventually(lambda: len(load.ledger.accepted) >= MESSAGES / 2, 60)
        server.kill()
        eventually(lambda: len(load.ledger.accepted) >= MESSAGES, 60)

    verify(load.ledger, server.person("ada"))


def test_two_processes_share_one_database_and_finish_each_others_work(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    ada, bob = first.person("ada"), second.person("bob")
    conversation, ledger = ada.conversation(), Ledger()
    taken = [ada.say(conversation, "40", kind="test.slow"), *(bob.say(conversation, f"hello {n}") for n in range(5))]
    eventually(lambda: "run.started" in [event["type"] for event in bob.events(conversation)])

    first.close()

    for number, answer in enumerate(taken):
        assert answer.status_code == 202
        ledger.add(Accepted.of(conversation, f"n{number}", answer))
    verify(ledger, bob, 40)


def test_fifty_parallel_equal_posts_make_one_message(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    one, other = first.person("ada"), second.person("ada")
    conversation, ledger = one.conversation(), Ledger()

    answers = in_parallel([partial(person.say, conversation, "hi", "key") for person in [one, other] * 25])

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    ledger.add(Accepted.of(conversation, "key", answers[0]))
    verify(ledger, one)
