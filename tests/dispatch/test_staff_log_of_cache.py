"""Staff see on their log that Redis fails and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import Deployment, Server
from tests.outage.redis_server import RedisServer


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    made = RedisServer(folder / "redis")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(deployment: Deployment, redis: RedisServer) -> Server:
    return deployment.serve(REDIS_URL=redis.url)


def test_cache_that_fails_and_recovers_is_told_while_it_happens(server: Server, redis: RedisServer) -> None:
    with server.person("ada").socket() as socket:
        socket.ask({"op": "subscribe", "stream": "staff", "types": ["cache.degraded", "cache.recovered"]})
        redis.kill()
        degraded = socket.until("cache.degraded")[-1]
        redis.start()
        recovered = socket.until("cache.recovered")[-1]

    assert degraded["data"]["state"] == "degraded"
    assert recovered["data"]["state"] == "redis"
    assert degraded["seq"] < recovered["seq"]
