"""Rings between processes through the failures of a real Redis: who went deaf hears again, and nothing piles up."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from channels_redis.core import RedisChannelLayer

from project import bus, carrier
from tests.live import PATIENCE
from tests.outage.proxy import Proxy
from tests.outage.redis_server import RedisServer

pytestmark = pytest.mark.outage

HEARD: list[str] = []
bus.on("rule", HEARD.append)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path_factory.mktemp("redis"))
    yield made
    made.stop()


@pytest.fixture
def proxy(redis: RedisServer, settings: Any) -> Iterator[Proxy]:
    """Between the process under test and Redis; who rings from elsewhere reaches Redis directly."""
    with Proxy(redis.port) as made:
        host = {"address": f"redis://127.0.0.1:{made.port}/0", "socket_timeout": 2, "socket_connect_timeout": 1}
        config = {"hosts": [host], "prefix": "switchboard", "group_expiry": 60}
        settings.CHANNEL_LAYERS = {"rings": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": config}}
        yield made


@asynccontextmanager
async def carrying(redis: RedisServer) -> AsyncIterator[RedisChannelLayer]:
    """The process under test carries; yields the layer of another process."""
    task, other = asyncio.create_task(carrier.carry()), RedisChannelLayer([redis.url], prefix="switchboard")
    try:
        await heard(other)
        yield other
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await other.close_pools()


async def heard(other: RedisChannelLayer) -> float:
    """How long it takes until a ring of another process is heard; each is sent once."""
    began, marks = time.monotonic(), set[str]()
    while time.monotonic() - began < PATIENCE:
        mark = str(time.monotonic_ns())
        marks.add(mark)
        message = {"type": "rings", "from": "elsewhere", "rings": [["rule", mark]], "notes": []}
        with suppress(*carrier.OUTAGE):
            await other.group_send(carrier.GROUP, message)
            await asyncio.sleep(0.05)
        if marks & set(HEARD):
            return time.monotonic() - began
        await asyncio.sleep(0.05)
    raise AssertionError(f"deaf for {PATIENCE} s")


async def restart(redis: RedisServer, proxy: Proxy) -> None:
    redis.kill()
    await asyncio.to_thread(redis.start)


async def flush(redis: RedisServer, proxy: Proxy) -> None:
    redis.ask("FLUSHALL")


async def short_black_hole(redis: RedisServer, proxy: Proxy) -> None:
    proxy.blackhole()
    await asyncio.sleep(1.2)
    proxy.passing()


async def long_black_hole(redis: RedisServer, proxy: Proxy) -> None:
    proxy.blackhole()
    await asyncio.sleep(4)
    proxy.passing()


async def refusal(redis: RedisServer, proxy: Proxy) -> None:
    proxy.refuse()
    await asyncio.sleep(2)
    proxy.passing()


async def garbage(redis: RedisServer, proxy: Proxy) -> None:
    for seed in range(4):
        proxy.garble(seed)
        await asyncio.sleep(0.7)
    proxy.passing()


FAULTS = [restart, flush, short_black_hole, long_black_hole, refusal, garbage]


@pytest.mark.parametrize("fault", FAULTS)
def test_rings_are_heard_again_within_five_seconds(
    redis: RedisServer, proxy: Proxy, fault: Callable[[RedisServer, Proxy], Awaitable[None]]
) -> None:
    async def hear_through() -> None:
        async with carrying(redis) as other:
            await fault(redis, proxy)

            assert await heard(other) < 3 * 5

    asyncio.run(hear_through())


def test_rings_rung_in_a_short_outage_arrive_after_it(redis: RedisServer, proxy: Proxy) -> None:
    async def ring_through() -> None:
        async with carrying(redis) as other:
            channel = await other.new_channel()
            await other.group_add(carrier.GROUP, channel)
            proxy.refuse()
            bus.ring("expert", "rung meanwhile")
            await asyncio.sleep(1)
            proxy.passing()

            async with asyncio.timeout(PATIENCE):
                while ["expert", "rung meanwhile"] not in (await other.receive(channel))["rings"]:
                    pass

    asyncio.run(ring_through())


def test_process_has_one_channel_however_often_it_comes_back_and_takes_it_along(
    redis: RedisServer, proxy: Proxy
) -> None:
    async def come_back() -> None:
        redis.ask("FLUSHALL")
        async with carrying(redis) as other:
            for _ in range(5):
                proxy.cut()
                await heard(other)

            assert redis.ask("ZCARD", "switchboard:group:rings") == 1

    asyncio.run(come_back())

    assert redis.ask("ZCARD", "switchboard:group:rings") == 0
