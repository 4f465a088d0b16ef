"""kill -9 with messages in flight: what was answered with 2xx is there, answered once, in order, without a gap."""

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.deployment import Deployment, deployed
from tests.live import FINAL, LivePerson, eventually, in_parallel

pytestmark = pytest.mark.outage

MESSAGES, CONVERSATIONS = 200, 20


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("kill", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_every_accepted_message_is_answered_once_after_kill_and_restart(fresh: Deployment) -> None:
    server = fresh.serve()
    ada = server.person("ada")
    conversations = [ada.conversation() for _ in range(CONVERSATIONS)]
    accepted: Counter[str] = Counter()
    senders = [_sender(ada, conversation, accepted) for conversation in conversations]

    threads = [threading.Thread(target=sender) for sender in senders]
    for thread in threads:
        thread.start()
    eventually(lambda: accepted.total() >= MESSAGES / 4, 60)
    server.kill()
    for thread in threads:
        thread.join(60)
    server.wait()

    assert accepted.total() == MESSAGES
    for conversation in conversations:
        _verify(ada, conversation, accepted[conversation])


def test_two_processes_share_one_database_and_finish_each_others_work(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    ada, bob = first.person("ada"), second.person("bob")
    conversation = ada.conversation()
    taken = [ada.say(conversation, "40", kind="test.slow"), *(bob.say(conversation, f"hello {n}") for n in range(5))]
    eventually(lambda: "run.started" in [event["type"] for event in bob.events(conversation)])

    first.close()

    assert [answer.status_code for answer in taken] == [202] * 6
    bob.settled(conversation, 6, 40)
    _verify(bob, conversation, 6)


def test_fifty_parallel_equal_posts_make_one_message(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    one, other = first.person("ada"), second.person("ada")
    conversation = one.conversation()

    answers = in_parallel([partial(person.say, conversation, "hi", "key") for person in [one, other] * 25])

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    one.settled(conversation, 1)
    _verify(one, conversation, 1)


def _sender(person: LivePerson, conversation: str, accepted: Counter[str]) -> Any:
    """Sends its share with keys, again and again until each is accepted, as a good client does."""

    def send() -> None:
        with httpx.Client(base_url=person.url, headers=person.http.headers, timeout=30) as http:
            for number in range(MESSAGES // CONVERSATIONS):
                while not _sent(http, conversation, number):
                    pass
                accepted[conversation] += 1

    return send


def _sent(http: httpx.Client, conversation: str, number: int) -> bool:
    body, headers = {"kind": "test.echo", "text": str(number)}, {"Idempotency-Key": f"n{number}"}
    try:
        answer = http.post(f"/api/v1/conversations/{conversation}/messages/", json=body, headers=headers)
    except httpx.HTTPError:
        return False
    assert answer.status_code in (202, 429, 503), answer.text
    return answer.status_code == 202


def _verify(person: LivePerson, conversation: str, count: int) -> None:
    """G1 and G2: stored once, one final event each, seq 1..n, one reply each, answered in order."""
    events = person.settled(conversation, count, 60)
    messages = person.messages(conversation)
    asked = [message for message in messages if message["role"] == "user"]
    replies = [message for message in messages if message["role"] == "assistant"]
    finals = Counter(event["run"] for event in events if event["type"] in FINAL)

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert len(asked) == count
    assert finals == {message["run"]: 1 for message in asked}
    assert [reply["reply_to"] for reply in replies] == [message["id"] for message in asked]
