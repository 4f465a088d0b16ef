"""Carries rings and notes between processes over the channel layer: one task per process, never a consumer.

The layer may die, hang, lie and come back at any time. What is lost meanwhile is found by the polls of those who
listen. Each second a process joins the group again, which a flush forgets, and sends itself a beat: who has heard
nothing for a while is deaf, whatever its connections say, and begins anew.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from project import bus
from project.outbox import Outbox

logger = logging.getLogger(__name__)

LAYER: Final = "rings"
GROUP: Final = "rings"
FLUSH_SECONDS: Final = 0.01
BEAT_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = (0.1, 0.5)
# Garbage raises what the layer's code makes of it.
GARBAGE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError)
OUTAGE: Final = (RedisError, OSError, TimeoutError, ChannelFull, *GARBAGE)


async def carry() -> None:
    """Carry until cancelled. Without a layer there is nobody to carry to."""
    if LAYER not in settings.CHANNEL_LAYERS:
        return
    layer: Any = get_channel_layer(LAYER)
    carrier = _Carrier(layer, await layer.new_channel())
    detach = bus.attach(carrier.take)
    try:
        await asyncio.gather(carrier.send(), carrier.receive(), carrier.stay())
    finally:
        detach()
        await carrier.leave()


class _Carrier:
    """Its channel is one for life: each further one would stay in the group for a day, and be sent to."""

    def __init__(self, layer: Any, channel: str) -> None:
        layer.brpop_timeout = BEAT_SECONDS
        self._layer, self._channel = layer, channel
        self._me = secrets.token_hex(8)
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._hears: bool | None = None

    def take(self, topic: str, id: str, note: bus.Note | None) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop is closed: the process ends
            if note is None:
                self._loop.call_soon_threadsafe(self._outbox.put_rings, [(topic, id)])
            else:
                self._loop.call_soon_threadsafe(self._outbox.put_note, note)

    async def send(self) -> None:
        while True:
            await self._outbox.filled()
            await asyncio.sleep(FLUSH_SECONDS)
            parcel = self._outbox.take()
            async with self._enduring():
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._layer.group_send(GROUP, self._message(parcel.rings, parcel.notes))
                continue
            self._outbox.put_rings(parcel.rings)

    async def receive(self) -> None:
        while True:
            async with self._enduring():
                await self._join()
                bus.lost()  # whatever was rung before was not heard
                while True:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        self._hear(await self._layer.receive(self._channel))

    async def stay(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(*OUTAGE):  # `receive` meets the same outage, and tells it
                await self._join()
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._layer.send(self._channel, self._message([], []))

    async def leave(self) -> None:
        with suppress(*OUTAGE):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._layer.group_discard(GROUP, self._channel)
                await self._layer.close_pools()

    async def _join(self) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._layer.group_add(GROUP, self._channel)

    @asynccontextmanager
    async def _enduring(self) -> AsyncIterator[None]:
        """Told once per outage. After it a pause, which spreads the attempts of many processes."""
        try:
            yield
            return
        except OUTAGE as error:
            if self._hears is not False:
                logger.warning("rings are not carried, news is found by polling: %s", type(error).__name__)
        except Exception:  # a process replaced for this would close every socket
            logger.exception("carrying rings broke; it begins anew")
        self._hears = False
        await asyncio.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311

    def _hear(self, message: dict[str, Any]) -> None:
        if self._hears is False:
            logger.info("rings are carried again")
        self._hears = True
        if message["from"] == self._me:
            return
        for topic, id in message["rings"]:
            bus.heard(topic, id)
        for note in message["notes"]:
            bus.heard_note(note)

    def _message(self, rings: Iterable[tuple[str, str]], notes: list[bus.Note]) -> dict[str, Any]:
        return {"type": "rings", "from": self._me, "rings": [list(ring) for ring in rings], "notes": notes}
