"""Durable events a second to many followers of one conversation, against asyncio that writes the same bytes."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.bench.plain_server import plain
from tests.deployment import Deployment
from tests.live import LivePerson
from tests.outage.copies import append_copies
from tests.outage.horde import Horde
from tests.outage.member import Place
from tests.outage.report import row


@dataclass(frozen=True)
class Source:
    """One conversation, whose answer is published again and again. `frame`: its bytes on a stream."""

    deployment: Deployment
    port: int
    conversation: str
    cursor: str
    frame: str

    def publish(self, count: int) -> None:
        append_copies(self.deployment, self.conversation, count)

    def places(self, port: int, tokens: list[str], followers: int) -> list[Place]:
        several = islice(cycle(tokens), followers)
        return [Place(port, token, self.conversation, self.cursor) for token in several]


def source(deployment: Deployment, person: LivePerson) -> Source:
    conversation = person.conversation()
    person.say(conversation, "hello", kind="test.echo")
    events = person.settled(conversation, 1)
    answer = next(event for event in events if event["type"] == "message.completed")
    frame = f"id: {answer['id']}\nevent: {answer['type']}\ndata: {orjson.dumps(answer).decode()}\n\n"
    return Source(deployment, urlsplit(person.url).port or 0, conversation, events[-1]["id"], frame)


def measure(source: Source, tokens: list[str], followers: int, events: int, rounds: int) -> float:
    """The ratio of the rates of both, each over the time from the first byte that any follower got to the last one.

    Rounds take turns, after one of each to warm up.
    """
    with ExitStack() as stack:
        other = stack.enter_context(plain(source.frame))
        ours = stack.enter_context(Horde(source.places(source.port, tokens, followers)))
        theirs = stack.enter_context(Horde(source.places(other.port, tokens, followers)))
        sides = ((ours, source.publish), (theirs, other.publish))
        for horde, publish in sides:
            horde.tell("open")
            _round(horde, publish, events)
        results = [[_round(horde, publish, events) for horde, publish in sides] for _ in range(rounds)]
    rates = [followers * events / median(found["spread"] for found in side) for side in zip(*results, strict=True)]
    client = max(found["worked"] / found["seconds"] for both in results for found in both)
    figures = {"switchboard_per_s": rates[0], "asyncio_per_s": rates[1], "events": events, "rounds": rounds}
    row(f"fan-out to {followers}", ratio=rates[0] / rates[1], **figures, client_core=client)
    return rates[0] / rates[1]


def _round(horde: Horde, publish: Callable[[int], None], events: int) -> dict[str, Any]:
    publish(events)
    return horde.tell("hear", events)
