"""kill -9 with messages in flight: what was answered with 2xx is there, answered once, in order, without a gap."""

from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from tests.deployment import Deployment, deployed
from tests.live import LivePerson, eventually, in_parallel
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
        eventually(lambda: len(load.ledger.accepted) >= MESSAGES / 2)
        server.kill()
        eventually(lambda: len(load.ledger.accepted) >= MESSAGES)

    verify(load.ledger, server.person("ada"))


def test_two_processes_share_one_database_and_finish_each_others_work(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    ada, bob = first.person("ada"), second.person("bob")
    conversation, ledger = ada.conversation(), Ledger()
    taken = [ada.say(conversation, "40", kind="test.slow"), *(bob.say(conversation, f"hello {n}") for n in range(5))]
    bob.started(conversation)

    first.close()

    for number, answer in enumerate(taken):
        assert answer.status_code == 202
        ledger.add(Accepted.of(conversation, f"n{number}", answer))
    verify(ledger, bob)


def test_fifty_parallel_equal_posts_make_one_message(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    one, other = first.person("ada"), second.person("ada")
    conversation, ledger = one.conversation(), Ledger()

    answers = in_parallel([partial(accepted, person, conversation) for person in [one, other] * 25])

    assert len({answer.json()["message"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    ledger.add(Accepted.of(conversation, "key", answers[0]))
    verify(ledger, one)


def accepted(person: LivePerson, conversation: str) -> httpx.Response:
    """Repeated where the server is too busy and says so, as a good client does."""
    answers: list[httpx.Response] = []

    def said() -> bool:
        answers.append(person.say(conversation, "hi", "key"))
        assert answers[-1].status_code in (202, 503)
        return answers[-1].status_code == httpx.codes.ACCEPTED

    eventually(said)
    return answers[-1]
