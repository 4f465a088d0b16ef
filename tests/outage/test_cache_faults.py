"""The cache behind a network that fails: no call takes long or raises, and the watch needs no call to notice."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from project import cachelink, generation
from project.cache import FallbackCache, LockUnavailable
from project.models import Event
from tests.live import eventually
from tests.outage.proxy import Proxy
from tests.outage.redis_server import RedisServer
from tests.outage.undisturbed import undisturbed

pytestmark = [pytest.mark.outage, pytest.mark.django_db(transaction=True)]

NOISE = 0.1  # of a shared machine
FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refuse": Proxy.refuse,
    "blackhole": Proxy.blackhole,
    "delay": partial(Proxy.delay, seconds=0.3),
    "drip": partial(Proxy.throttle, rate=50, requests=False),  # a byte each 20 ms: no single read runs into its timeout
    "garbage": partial(Proxy.garble, seed=22),
}


def healthy(cache: FallbackCache) -> bool:
    return bool(cache.state == cachelink.REDIS)


@pytest.fixture(params=FAULTS)
def fault(request: Any) -> Callable[[Proxy], None]:
    return FAULTS[request.param]


def test_no_call_takes_over_a_tenth_of_a_second(
    far_cache: FallbackCache, proxy: Proxy, fault: Callable[[Proxy], None]
) -> None:
    took: list[float] = []
    while len(took) < 5 and min(took, default=1) > 0.1 + NOISE:  # whoever has to wait has to each time
        undisturbed(far_cache, lambda: far_cache.set("key", "x" * 1000, 60))
        fault(proxy)

        began = time.monotonic()
        far_cache.get("key")
        took.append(time.monotonic() - began)

        eventually(lambda: not healthy(far_cache))
        far_cache.set("key", "memory", 60)
        assert far_cache.get("key") == "memory"
        proxy.passing()
        eventually(lambda: healthy(far_cache))
        assert far_cache.get("key") is None

    assert min(took) < 0.1 + NOISE


def test_watch_notices_within_two_seconds_though_nobody_asks(
    far_cache: FallbackCache, proxy: Proxy, fault: Callable[[Proxy], None]
) -> None:
    before = far_cache.changes["degraded"]

    fault(proxy)

    eventually(lambda: not healthy(far_cache), 3 * 2)
    assert far_cache.changes["degraded"] == before + 1


def test_garbage_never_raises(far_cache: FallbackCache, proxy: Proxy) -> None:
    for seed in range(15):
        proxy.garble(seed)
        for number in range(20):
            far_cache.set(f"key-{number}", {"text": "h"}, 60)
            far_cache.get_many([f"key-{other}" for other in range(number)])
            far_cache.add("once", 1, 60)
            far_cache.delete("once")
        proxy.passing()
        eventually(lambda: healthy(far_cache))


def test_each_change_is_told_once_with_the_state_of_its_time(far_cache: FallbackCache, proxy: Proxy) -> None:
    before = far_cache.changes.copy()
    proxy.refuse()
    eventually(lambda: not healthy(far_cache))
    time.sleep(1.5)  # several looks at the same outage
    proxy.passing()
    eventually(lambda: healthy(far_cache))

    assert far_cache.changes - before == {"redis": 1, "degraded": 1}
    rows = Event.objects.filter(stream_id="staff").order_by("-seq")
    expected = [("cache.recovered", "redis"), ("cache.degraded", "degraded")]
    eventually(lambda: list(rows.values_list("type", "data__state")[:2]) == expected)
    assert rows.count() <= far_cache.changes.total()


def test_clear_in_an_outage_reaches_the_memory_of_other_processes(cache: FallbackCache, redis: RedisServer) -> None:
    redis.kill()
    cache.set("key", "memory", 60)

    generation.draw("")  # what `clear()` does, in another process

    eventually(lambda: cache.get("key") is None)


def test_value_that_is_not_json_is_a_mistake_of_the_caller_alone(cache: FallbackCache) -> None:
    with pytest.raises(TypeError):
        cache.set("key", object(), 60)

    assert healthy(cache)


@pytest.mark.parametrize("up", [True, False])
def test_incr_of_what_is_no_number_is_refused_in_both_states(
    cache: FallbackCache, redis: RedisServer, up: bool
) -> None:
    if not up:
        redis.kill()
        eventually(lambda: not healthy(cache))

    def act() -> tuple[bool, str]:
        cache.set("text", "words", 60)
        for key in ("text", "nothing"):
            with pytest.raises(ValueError, match="there is no number"):
                cache.incr(key)
        return healthy(cache), cache.get("text")

    assert (undisturbed(cache, act) if up else act()) == (up, "words")


def test_every_key_begins_with_the_prefix(cache: FallbackCache, redis: RedisServer) -> None:
    def act() -> list[bytes]:
        redis.ask("FLUSHALL")
        cache._link.redis.check()  # type: ignore[union-attr]  # the watch's own key
        cache.set("key", 1, 60)
        with cache.lock("key", 60):
            names: list[bytes] = redis.ask("KEYS", "*")
        return names

    names = undisturbed(cache, act)

    assert len(names) == 3
    assert [name for name in names if not name.startswith(b"switchboard:")] == []


def test_lock_excludes_also_over_a_clear(cache: FallbackCache) -> None:
    def act() -> None:
        with cache.lock("key", 60):
            cache.clear()
            with pytest.raises(LockUnavailable), cache.lock("key", 0.5):
                pass
        with cache.lock("key", 0.5):
            pass

    undisturbed(cache, act)


def test_lock_that_meets_the_outage_says_so(far_cache: FallbackCache, proxy: Proxy) -> None:
    lock = far_cache.lock("key", 5)
    proxy.refuse()

    with pytest.raises(LockUnavailable), lock:
        pass
