"""The cache through the failures of a real Redis: nothing raises, nothing old is believed, recovery comes by itself."""

import time

import pytest

from project import cachelink
from project.cache import FallbackCache, LockUnavailable
from project.models import Event
from tests.live import eventually
from tests.outage.redis_server import RedisServer
from tests.outage.undisturbed import undisturbed

pytestmark = [pytest.mark.outage, pytest.mark.django_db(transaction=True)]


def recovered(cache: FallbackCache) -> bool:
    return cache._link.state == cachelink.REDIS


def told() -> list[str]:
    return list(Event.objects.filter(stream_id="staff").order_by("seq").values_list("type", flat=True))


def locked(cache: FallbackCache) -> None:
    with cache.lock("key", 5):
        pass


def test_values_are_json_in_redis_and_come_back_equal(cache: FallbackCache) -> None:
    value = {"text": "h\u00e9", "list": [1, 2.5, None, True]}

    def act() -> list[object]:
        cache.set("key", value, 60)
        read = [cache.get("key"), cache.get_many(["key", "other"])]
        counted = [cache.add("key", 1), cache.add("new", 1), cache.incr("new", 4)]
        return [*read, *counted, cache.delete("key"), cache.get("key", "gone")]

    assert undisturbed(cache, act) == [value, {"key": value}, False, True, 5, True, "gone"]


def test_dead_redis_is_answered_from_memory_and_told_once(cache: FallbackCache, redis: RedisServer) -> None:
    undisturbed(cache, lambda: cache.set("key", "from redis", 60))
    before = cache.changes["degraded"]
    redis.kill()

    assert cache.get("key") is None
    cache.set("key", "from memory", 60)
    assert cache.get("key") == "from memory"
    assert (cache.add("key", 1), cache.add("new", 1), cache.incr("new")) == (False, True, 2)
    assert cache.changes["degraded"] == before + 1
    eventually(lambda: told().count("cache.degraded") == before + 1)


def test_recovery_needs_no_request_and_believes_nothing_old(cache: FallbackCache, redis: RedisServer) -> None:
    cache.set("key", "before", 60)
    generation = cache._link.generation
    redis.kill()
    cache.set("key", "meanwhile", 60)

    redis.start()
    eventually(lambda: recovered(cache))

    assert cache._link.generation > generation
    assert cache.get("key") is None
    eventually(lambda: told()[-2:] == ["cache.degraded", "cache.recovered"])


def test_redis_that_returns_with_old_data_is_not_believed(cache: FallbackCache, redis: RedisServer) -> None:
    cache.set("key", "old", 3600)
    redis.ask("SAVE")
    cache.set("key", "new", 3600)
    redis.kill()
    redis.start()  # at once: no call in between has met the outage

    assert cache.get("key") in (None, "new")
    eventually(lambda: recovered(cache))
    assert cache.get("key") is None


def test_frozen_redis_costs_a_call_little_and_later_calls_nothing(cache: FallbackCache, redis: RedisServer) -> None:
    redis.freeze()
    began = time.monotonic()
    cache.set("key", 1, 60)
    first = time.monotonic() - began
    for _ in range(100):
        cache.get("key")
    rest = time.monotonic() - began - first
    kept = cache.get("key")
    redis.thaw()

    assert max(first, rest) < 3  # a call that waits takes until the thaw, a hundred that time out ten seconds
    assert kept == 1
    eventually(lambda: recovered(cache))


@pytest.mark.parametrize("trouble", ["READONLY", "OOM"])
def test_redis_that_refuses_writes_is_degraded(cache: FallbackCache, redis: RedisServer, trouble: str) -> None:
    begin, end = (redis.demote, redis.promote) if trouble == "READONLY" else (redis.fill, redis.empty)
    begin()

    cache.set("key", "memory", 60)

    assert cache.get("key") == "memory"
    end()
    eventually(lambda: recovered(cache))


def test_lock_is_refused_rather_than_pretended(cache: FallbackCache, redis: RedisServer) -> None:
    undisturbed(cache, lambda: locked(cache))
    redis.kill()
    cache.get("key")

    with pytest.raises(LockUnavailable):
        cache.lock("key", 5)


def test_garbage_under_our_key_is_a_miss(cache: FallbackCache, redis: RedisServer) -> None:
    cache.set("key", "value", 60)
    client = redis.client()
    for name in client.keys("*key"):
        client.set(name, b"{not json")
    client.close()

    assert cache.get("key", "miss") == "miss"
    assert cache.get_many(["key"]) == {}


def test_clear_forgets_in_every_process_without_a_flush(cache: FallbackCache, redis: RedisServer) -> None:
    cache.set("key", "value", 60)
    client = redis.client()
    client.set("foreign", "kept")

    cache.clear()

    assert cache.get("key") is None
    assert client.get("foreign") == b"kept"
    client.close()
