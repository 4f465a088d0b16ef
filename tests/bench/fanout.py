"""Durable events a second to many followers of one conversation, against asyncio that writes the same bytes."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import orjson

from tests.bench.lines import Lines, running
from tests.deployment import Deployment
from tests.live import LivePerson
from tests.outage.copies import append_copies
from tests.outage.member import Place
from tests.outage.report import row

EVENTS: Final = 200  # of them a mailbox holds all
PROCESSES: Final = ("plain", "listeners", "listeners")


@dataclass(frozen=True)
class Source:
    """One conversation, whose answer is published again and again. `frame`: its bytes on a stream."""

    deployment: Deployment
    port: int
    conversation: str
    cursor: str
    frame: str

    def publish(self) -> None:
        append_copies(self.deployment, self.conversation, EVENTS)

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


def measure(source: Source, tokens: list[str], followers: int, times: int, rounds: int) -> float:
    """The ratio of the rates of both; in each round much is published several times. Rounds take turns, after one of
    each to warm up.
    """
    with ExitStack() as stack:
        other, ours, theirs = (stack.enter_context(running(f"tests.bench.{name}")) for name in PROCESSES)
        ours.send(source.places(source.port, tokens, followers))
        theirs.send(source.places(other.read(), tokens, followers))
        assert (ours.read(), theirs.read()) == ("ready", "ready")
        sides = ((ours, source.publish), (theirs, lambda: other.send([EVENTS, source.frame])))
        results = [[_round(*side, times) for side in sides] for _ in range(rounds + 1)][1:]
    rates = [
        followers * times * EVENTS / median(found["spread"] for found in side) for side in zip(*results, strict=True)
    ]
    busy = max(found["busy"] for both in results for found in both)
    figures = {"switchboard_per_s": rates[0], "asyncio_per_s": rates[1], "rounds": rounds, "client_core": busy}
    row(f"fan-out to {followers}", ratio=rates[0] / rates[1], **figures)
    return rates[0] / rates[1]


def _round(listeners: Lines, publish: Callable[[], None], times: int) -> dict[str, float]:
    """Seconds from the first byte that anybody got to the last one, in all; how busy the listeners were, at most."""
    heard = []
    for _ in range(times):
        publish()
        listeners.send(EVENTS)
        heard.append(listeners.read())
    return {"spread": sum(one["spread"] for one in heard), "busy": max(one["busy"] for one in heard)}
