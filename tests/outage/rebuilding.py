"""Readers that come and go by any door, with any cursor, fast or slow, and put the log together from what they get."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx
from websockets.asyncio.client import connect

from tests.dispatch.transcript import Transcript
from tests.live import FINAL
from tests.outage.following import BROKEN, Refused

Kind = Literal["exact", "event", "earlier", "none", "unknown", "foreign", "future", "garbage"]
HONOURED: Final[tuple[Kind, ...]] = ("exact", "event", "earlier", "none")
RESET: Final[tuple[Kind, ...]] = ("unknown", "foreign", "future")
KINDS: Final[tuple[Kind, ...]] = (*HONOURED, *RESET, "garbage")
EVERY: Final = -1  # frames
SILENCE: Final = 40.0  # seconds, heartbeats included

Frames = AsyncGenerator[dict[str, Any], None]
Door = Callable[[httpx.AsyncClient, str, str | None], Frames]


@dataclass(frozen=True)
class Visit:
    """A connection by a door to a process, with some kind of cursor: after so many frames the reader lets go of it.

    `pause`: seconds that it takes over each frame.
    """

    door: Literal["sse", "socket"]
    server: int
    cursor: Kind
    frames: int
    pause: float


@dataclass
class Reader:
    """`runs`: how many runs of the conversation have to end before it has seen everything."""

    conversation: str
    foreign: str
    clients: Sequence[httpx.AsyncClient]
    transcript: Transcript = field(default_factory=Transcript)
    frames: int = 0
    resets: int = 0
    refusals: list[tuple[Kind, str]] = field(default_factory=list)

    async def read(self, visits: Sequence[Visit], runs: int) -> None:
        for visit in visits:
            await self._try(visit, runs)
        last = Visit(visits[-1].door, visits[-1].server, "exact", EVERY, 0.0)
        while self._ended() < runs:
            await self._try(last, runs)

    async def _try(self, visit: Visit, runs: int) -> None:
        """One connection; whatever breaks it is no failure, as long as it can be opened again."""
        try:
            await self._come(visit, runs)
        except Refused as error:
            self.refusals.append((visit.cursor, str(error)))
        except BROKEN:
            await asyncio.sleep(0.1)

    async def _come(self, visit: Visit, runs: int) -> None:
        cursor, left = self._cursor(visit.cursor), visit.frames
        honoured = cursor is not None and visit.cursor in HONOURED
        client = self.clients[visit.server]
        async with aclosing(DOORS[visit.door](client, self.conversation, cursor)) as frames:
            async for event in frames:
                await self._take(event, client, honoured, visit.cursor)
                left -= 1
                if event["type"] == "stream.end" or not left or self._ended() >= runs:
                    return
                await asyncio.sleep(visit.pause)

    async def _take(self, event: dict[str, Any], client: httpx.AsyncClient, honoured: bool, kind: Kind) -> None:
        self.frames += 1
        assert kind != "garbage", f"garbage for a cursor was answered with {event['type']}"
        if event["type"] == "stream.ready":
            assert event["data"]["resumed"] == honoured, event
        elif event["type"] == "stream.reset":
            assert kind in RESET, f"reset though the cursor was good: {event['data']}"
            self.resets += 1
            await self._begin_anew(event, client)
        else:
            self.transcript.take(event)

    async def _begin_anew(self, reset: dict[str, Any], client: httpx.AsyncClient) -> None:
        """As a good client: the log up to the head that the reset names, by pages."""
        self.transcript = Transcript()
        head = int(reset["data"]["head"].partition("-")[2])
        path: str | None = f"/api/v1/conversations/{self.conversation}/events/?page_size=100"
        while path and self.transcript.seq < head:
            page = (await client.get(path)).raise_for_status().json()
            self.transcript.take_all([event for event in page["results"] if event["seq"] <= head])
            path = page["next"]
        assert self.transcript.seq == head
        self.transcript.cursor = reset["id"]

    def _cursor(self, kind: Kind) -> str | None:
        epoch, _, _ = (self.transcript.cursor or "1-0").partition("-")
        if kind in ("earlier", "none"):
            self.transcript.go_back(self.transcript.seq // 2 if kind == "earlier" else 0)
        if kind == "event" and self.transcript.events:
            self.transcript.cursor = self.transcript.events[-1]["id"]
        strange = {"unknown": "1-1", "foreign": self.foreign, "future": f"{epoch}-{10**9}", "garbage": "7-~"}
        return strange.get(kind, self.transcript.cursor)

    def _ended(self) -> int:
        return sum(event["type"] in FINAL for event in self.transcript.events)


async def _by_sse(client: httpx.AsyncClient, conversation: str, cursor: str | None) -> Frames:
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": cursor} if cursor else {})
    path = f"/api/v1/conversations/{conversation}/events/"
    async with client.stream("GET", path, headers=headers) as response:
        if response.status_code != httpx.codes.OK:
            raise Refused(f"HTTP {response.status_code}")
        rest = b""
        async for chunk in response.aiter_raw():
            *lines, rest = (rest + chunk).split(b"\n")  # not as httpx does, which also splits where a text may
            for line in lines:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))


async def _by_socket(client: httpx.AsyncClient, conversation: str, cursor: str | None) -> Frames:
    url = str(client.base_url.copy_with(scheme="ws", path="/ws/v1/"))
    headers = {"Authorization": client.headers["Authorization"]}
    asked = {"op": "subscribe", "stream": f"conversation:{conversation}"} | ({"after": cursor} if cursor else {})
    async with connect(url, additional_headers=headers, open_timeout=SILENCE, close_timeout=1) as socket:
        await socket.send(json.dumps(asked))
        while True:
            frame = json.loads(await asyncio.wait_for(socket.recv(), SILENCE))
            if frame["type"] == "error":
                raise Refused(f"error {frame['problem']['code']}")
            if frame["type"] != "ok":
                yield frame


DOORS: Final[dict[str, Door]] = {"sse": _by_sse, "socket": _by_socket}
