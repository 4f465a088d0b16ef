"""A cache on a Redis of the test's own, directly and through a proxy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from project import cachelink
from project.cache import FallbackCache
from tests.live import eventually
from tests.outage.proxy import Proxy
from tests.outage.redis_server import RedisServer


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis")
    yield made
    cachelink.close()
    made.stop()


@pytest.fixture
def cache(redis: RedisServer) -> FallbackCache:
    return connected(redis.port)


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[Proxy]:
    with Proxy(redis.port) as made:
        yield made
        made.passing()
        cachelink.close()


@pytest.fixture
def far_cache(proxy: Proxy) -> FallbackCache:
    return connected(proxy.port)


def connected(port: int) -> FallbackCache:
    url = f"redis://127.0.0.1:{port}/0"
    made = FallbackCache(url, settings.CACHES["default"] | {"LOCATION": url})
    eventually(lambda: made.state == cachelink.REDIS)
    return made
