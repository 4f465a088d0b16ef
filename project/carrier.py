"""Carries rings and notes between processes over the channel layer: one task per process, never a consumer.

The layer may die and come back at any time. What is lost meanwhile is found by the polls of those who listen.
"""

import asyncio
import logging
import random
import secrets
from contextlib import suppress
from typing import Any, Final

from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from project import bus

logger = logging.getLogger(__name__)

LAYER: Final = "rings"
GROUP: Final = "rings"
FLUSH_SECONDS: Final = 0.01
NOTES: Final = 1000
REJOIN_SECONDS: Final = 5.0
OUTAGE: Final = (RedisError, OSError, TimeoutError, asyncio.TimeoutError)


async def carry() -> None:
    """Carry until cancelled. Without a layer there is nobody to carry to."""
    if LAYER not in settings.CHANNEL_LAYERS:
        return
    carrier = _Carrier()
    detach = bus.attach(carrier.take)
    try:
        await asyncio.gather(carrier.send(), carrier.receive(), carrier.stay())
    finally:
        detach()


class _Carrier:
    """What waits to be sent is bounded: rings coalesce, and of too many notes the oldest are dropped."""

    def __init__(self) -> None:
        self._layer: Any = get_channel_layer(LAYER)
        self._me = secrets.token_hex(8)
        self._loop = asyncio.get_running_loop()
        self._rings: set[tuple[str, str]] = set()
        self._notes: list[bus.Note] = []
        self._bell = asyncio.Event()
        self._channel = ""

    def take(self, topic: str, id: str, note: bus.Note | None) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop is closed: the process ends
            self._loop.call_soon_threadsafe(self._put, topic, id, note)

    def _put(self, topic: str, id: str, note: bus.Note | None) -> None:
        if note is None:
            self._rings.add((topic, id))
        else:
            self._notes = [*self._notes[-NOTES:], note]
        self._bell.set()

    async def send(self) -> None:
        while True:
            await self._bell.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            self._bell.clear()
            rings, self._rings = self._rings, set()
            notes, self._notes = self._notes, []
            message = {"type": "rings", "from": self._me, "rings": [list(ring) for ring in rings], "notes": notes}
            try:
                await self._layer.group_send(GROUP, message)
            except OUTAGE:
                # The first send after a restart may fail on a stale connection (PITFALLS 4).
                logger.warning("rings could not be sent; other processes find the news by polling")
                await asyncio.sleep(random.uniform(0.2, 1.0))  # noqa: S311

    async def receive(self) -> None:
        while True:
            try:
                self._channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, self._channel)
                bus.lost()  # whatever was rung before is not heard any more
                while True:
                    self._hear(await self._layer.receive(self._channel))
            except OUTAGE:
                logger.warning("rings cannot be heard; news is found by polling")
                await asyncio.sleep(random.uniform(0.2, 1.0))  # noqa: S311

    async def stay(self) -> None:
        """Join again and again: a Redis that was flushed has forgotten the group, and `receive` would wait for ever."""
        while True:
            await asyncio.sleep(REJOIN_SECONDS)
            with suppress(*OUTAGE):  # `receive` meets the same outage, and tells it
                await self._layer.group_add(GROUP, self._channel)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["from"] == self._me:
            return
        for topic, id in message["rings"]:
            bus.heard(topic, id)
        for note in message["notes"]:
            bus.heard_note(note)
