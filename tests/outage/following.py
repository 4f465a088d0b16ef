"""Followers as good clients are: they keep their cursor and, whatever ends a stream, open it again from there."""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.live import FINAL
from tests.outage.ledger import Closed, Ledger, Seen

BROKEN: Final = (httpx.HTTPError, OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError, EOFError)

ACKNOWLEDGED: Final = 50  # every so many events; the server waits after 256

Frames = AsyncGenerator[dict[str, Any], None]


class Refused(OSError):
    """The stream was not opened, or ended with a word of the server's."""


class Dropped(Exception):
    """The follower let go by itself."""


@dataclass
class Follower:
    """`timeout`: seconds of silence, heartbeats included, after which it takes its line for dead. `line`: it drops its
    line by itself after at most so many frames; 0: never.
    """

    name: str
    conversation: str
    ledger: Ledger
    chance: random.Random
    timeout: float
    line: int = 0
    cursor: str | None = None

    def take(self, event: dict[str, Any]) -> None:
        self.cursor = event["id"] or self.cursor
        if event["type"] == "stream.reset":
            self.ledger.fail(f"{self.name} was reset: {event['data']}")
        elif event["type"] == "stream.end":
            raise Refused(f"stream.end {event['data'].get('reason')}")
        elif event["type"] != "message.delta" and not event["type"].startswith("stream."):
            self.ledger.add(Seen(self.name, event, time.time()))


async def keep(
    follower: Follower,
    connected: Callable[[Follower, httpx.AsyncClient], Frames],
    clients: Sequence[httpx.AsyncClient],
) -> None:
    """Follow until cancelled, through each client in turn."""
    turn = 0
    while True:
        left = follower.chance.randint(1, follower.line) if follower.line else 0
        try:
            async with aclosing(connected(follower, clients[turn % len(clients)])) as frames:
                async for event in frames:
                    follower.take(event)
                    left -= 1
                    if left == 0:
                        raise Dropped
            raise Refused("the response ended")
        except Dropped:
            follower.ledger.drop()
        except BROKEN as error:
            follower.ledger.add(Closed(follower.name, time.time(), _code(error), _reason(error)))
        turn += 1
        await asyncio.sleep(follower.chance.uniform(0.05, 0.4))


async def over_sse(follower: Follower, client: httpx.AsyncClient) -> Frames:
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": follower.cursor} if follower.cursor else {})
    path = f"/api/v1/conversations/{follower.conversation}/events/"
    async with client.stream("GET", path, headers=headers) as response:
        if response.status_code != httpx.codes.OK:
            raise Refused(f"HTTP {response.status_code}")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def over_websocket(follower: Follower, client: httpx.AsyncClient) -> Frames:
    url = str(client.base_url.copy_with(scheme="ws", path="/ws/v1/"))
    headers = {"Authorization": client.headers["Authorization"]}
    async with connect(
        url,
        additional_headers=headers,
        subprotocols=["switchboard.v1"],  # type: ignore[list-item]
        open_timeout=follower.timeout,
        ping_interval=follower.timeout / 2,
        ping_timeout=follower.timeout / 2,
        close_timeout=1,
    ) as socket:
        after = {"after": follower.cursor} if follower.cursor else {}
        stream = f"conversation:{follower.conversation}"
        await socket.send(json.dumps({"op": "subscribe", "ref": "s", "stream": stream, **after}))
        while True:
            frame = json.loads(await socket.recv())
            if frame["type"] == "error":
                raise Refused(f"error {frame['problem']['code']}")
            if frame["type"] == "ok":
                continue
            yield frame
            if frame["seq"] and frame["seq"] % ACKNOWLEDGED == 0 and frame["type"] != "message.delta":
                await socket.send(json.dumps({"op": "ack", "stream": stream, "id": frame["id"]}))


def caught_up(ledger: Ledger) -> bool:
    """Whether every follower saw the end of every run accepted in its conversation."""
    ended: dict[str, set[str]] = {name: set() for name in ledger.followers}
    for seen in list(ledger.seen):
        if seen.event["type"] in FINAL:
            ended[seen.follower].add(seen.event["run"])
    return all(
        {entry.run for entry in ledger.accepted_in(conversation)} <= ended[name]
        for name, conversation in ledger.followers.items()
    )


def _code(error: BaseException) -> int | None:
    return error.rcvd.code if isinstance(error, ConnectionClosed) and error.rcvd else None


def _reason(error: BaseException) -> str:
    if isinstance(error, ConnectionClosed):
        return error.rcvd.reason if error.rcvd else "cut"
    return f"{type(error).__name__} {error}".strip()
