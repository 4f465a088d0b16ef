"""Redis dies, hangs, fills, lies and comes back under load: nothing is lost, nobody is closed, nothing waits (G9)."""

import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from statistics import median

import httpx
import pytest

from tests.deployment import Deployment, Server, deployed
from tests.live import PATIENCE, eventually
from tests.modes import PRODUCTION
from tests.outage.ledger import Ledger, quantile
from tests.outage.load import Load, Plan
from tests.outage.proxy import Proxy
from tests.outage.redis_faults import FAULTS, Fault, Stage
from tests.outage.redis_server import RedisServer
from tests.outage.report import row
from tests.outage.scale import FULL, pick
from tests.outage.verifier import verify

pytestmark = [
    pytest.mark.outage,
    pytest.mark.drill,
    pytest.mark.skipif(not PRODUCTION, reason="embedded mode has no Redis"),
]

SHORT = ("kill -9, empty restart", "blackhole", "FLUSHALL each second")
LEAD, CALM, AFTER = pick(5.0, 3.0), pick(5.0, 3.0), pick(8.0, 1.5)
PLAN = Plan(conversations=6, followers=pick(8, 4), rate=pick(15, 8), kinds=(("test.echo", "hello"), ("test.slow", "3")))
# Seconds. The short form shares the machine with other tests: it leaves out the worst, and looks for what never ends.
EXTRA, DURING, AFTERWARDS, DEGRADED, HEALTHY = pick((0.5, 2.0, 0.3, 2.0, 5.0), (1.5, 6.0, 6.0, 6.0, 15.0))
REQUESTS, EVENTS = pick((1.0, 0.99), (0.9, 0.75))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    redis = RedisServer(tmp_path_factory.mktemp("redis"))
    with Proxy(redis.port) as proxy:
        yield Stage(redis, proxy)
    redis.stop()


@pytest.fixture(scope="module")
def deployment(stage: Stage) -> Iterator[Deployment]:
    url = f"redis://127.0.0.1:{stage.proxy.port}/0"
    with deployed("redis", EXTRA_APPS="tests.handlers_app", REDIS_URL=url) as made:
        for _ in range(2):
            made.serve(RUN_CONCURRENCY="0")  # runs are the worker's, so that each of their events crosses processes
        made.work()
        yield made


@dataclass
class Watch:
    """What the health of each server says of the cache, and when that changed first."""

    servers: list[Server]
    changes: list[tuple[float, int, str]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._threads = [threading.Thread(target=self._look, args=(number,)) for number in range(len(self.servers))]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def since(self, moment: float, healthy: bool) -> float | None:
        """Seconds from a moment until every server has said it; None when one has not."""
        found = [self._first(number, moment, healthy) for number in range(len(self.servers))]
        return max(at - moment for at in found if at is not None) if None not in found else None

    def _first(self, number: int, moment: float, healthy: bool) -> float | None:
        told = [(at, state) for at, who, state in list(self.changes) if who == number]
        before = [state for at, state in told if at <= moment]
        if before and (before[-1] == "redis") is healthy:
            return moment
        return next((at for at, state in told if at > moment and (state == "redis") is healthy), None)

    def _look(self, number: int) -> None:
        last = ""
        with httpx.Client(base_url=self.servers[number].url, timeout=PATIENCE) as http:
            while not self._over.wait(0.1):
                state = http.get("/healthz/ready").json()["cache"]
                if state != last:
                    self.changes.append((time.time(), number, state))
                    last = state


@dataclass(frozen=True)
class Figures:
    """Seconds. `extra`: over the usual wait of a request; the rest as the requirement names it."""

    usual: float
    extra: float
    before: float
    during: float
    after: float
    degraded: float | None
    healthy: float | None

    @classmethod
    def of(cls, ledger: Ledger, watch: Watch, moments: tuple[float, float, float]) -> "Figures":
        began, ended, over = moments
        usual = median(ledger.waits(began - LEAD, began))
        return cls(
            usual=usual,
            extra=quantile(ledger.waits(began, over), REQUESTS) - usual,
            before=quantile(ledger.delays(began - LEAD, began - 0.5), EVENTS),
            during=quantile(ledger.delays(began, ended), EVENTS),
            after=quantile(ledger.delays(ended + CALM, over), EVENTS),
            degraded=watch.since(began, healthy=False),
            healthy=watch.since(ended, healthy=True),
        )

    def check(self, degrades: bool) -> None:
        assert self.extra <= EXTRA
        assert self.during <= DURING
        assert self.after <= AFTERWARDS
        assert self.healthy is not None
        assert self.healthy <= HEALTHY
        if degrades:
            assert self.degraded is not None
            assert self.degraded <= DEGRADED


@pytest.mark.parametrize("fault", FAULTS if FULL else [f for f in FAULTS if f.name in SHORT], ids=lambda f: f.name)
def test_no_failure_of_redis_loses_closes_or_delays(deployment: Deployment, stage: Stage, fault: Fault) -> None:
    servers = deployment.servers
    with Watch(servers) as watch, Load([server.url for server in servers], PLAN) as load:
        eventually(lambda: watch.since(time.time(), healthy=True) is not None)
        time.sleep(LEAD)
        began = time.time()
        fault.begin(stage)
        time.sleep(fault.seconds if FULL else 2.5)
        if fault.degrades and not FULL:
            eventually(lambda: watch.since(began, healthy=False) is not None)
        fault.end(stage)
        ended = time.time()
        if not FULL:
            eventually(lambda: watch.since(ended, healthy=True) is not None)
        time.sleep(CALM + AFTER)
        moments = (began, ended, time.time())

    figures, ledger = Figures.of(load.ledger, watch, moments), load.ledger
    row(f"redis: {fault.name}", messages=len(ledger.accepted), closed=len(ledger.closed), **asdict(figures))
    verify(ledger, servers[0].person("ada"))
    assert ledger.closed == []
    figures.check(fault.degrades)
