"""A follower whose line drops again and again ends with exactly the log (G3)."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import LivePerson

pytestmark = pytest.mark.outage

MESSAGES, DROPS, SEED = 30, 20, 22
Frames = Iterator[dict[str, Any]]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve()


@contextmanager
def over_sse(person: LivePerson, conversation: str, cursor: str | None) -> Iterator[Frames]:
    with person.stream(conversation, cursor) as stream:
        yield (frame["data"] for frame in stream.frames())


@contextmanager
def over_websocket(person: LivePerson, conversation: str, cursor: str | None) -> Iterator[Frames]:
    with person.socket() as socket:
        after = {"after": cursor} if cursor else {}
        socket.ask({"op": "subscribe", "stream": f"conversation:{conversation}", **after})
        yield iter(socket.next, None)


@pytest.mark.parametrize("connected", [over_sse, over_websocket])
def test_follower_that_drops_twenty_times_ends_with_the_log(
    live_ada: LivePerson, live_bob: LivePerson, connected: Callable[..., Any]
) -> None:
    conversation, chance = live_ada.conversation(), random.Random(SEED)  # noqa: S311
    talking = threading.Thread(target=_talk, args=(live_bob, conversation))
    talking.start()
    seen: list[dict[str, Any]] = []
    cursor, finished, drops = None, 0, 0

    while finished < MESSAGES:
        with connected(live_ada, conversation, cursor) as frames:
            for event in islice(frames, chance.randint(1, 20) if drops < DROPS else None):
                assert event["type"] != "stream.reset"
                seen += wire.durable([event])
                cursor = event["id"] or cursor
                finished += event["type"] == "run.completed"
                if finished == MESSAGES:
                    break
        drops += 1

    talking.join()
    assert drops > DROPS
    assert seen == live_ada.events(conversation)


def _talk(person: LivePerson, conversation: str) -> None:
    for number in range(MESSAGES):
        while person.say(conversation, f"number {number}", key=f"n{number}").status_code != 202:
            pass
