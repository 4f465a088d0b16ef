"""Half of all rings between processes are lost: the polls of the hub find every event."""

import time
from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, deployed
from tests.modes import PRODUCTION
from tests.outage.ledger import quantile
from tests.outage.load import Load, Plan
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.outage.verifier import verify

pytestmark = [
    pytest.mark.outage,
    pytest.mark.drill,
    pytest.mark.skipif(not PRODUCTION, reason="embedded mode has no rings between processes"),
]

PLAN = Plan(conversations=6, followers=pick(8, 4), rate=pick(15, 8), kinds=(("test.echo", "hello"), ("test.slow", "3")))


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed("lossy", EXTRA_APPS="tests.handlers_app,tests.lossy_app") as made:
        for _ in range(2):
            made.serve(RUN_CONCURRENCY="0")  # runs are the worker's, so that each of their events crosses processes
        made.work()
        yield made


def test_events_whose_rings_are_lost_arrive_by_polling(deployment: Deployment) -> None:
    with Load([server.url for server in deployment.servers], PLAN) as load:
        time.sleep(pick(60, 5))

    delays, closed = load.ledger.delays(), len(load.ledger.closed)
    row("half of all rings lost", events=len(delays), p50_s=quantile(delays, 0.5), p99_s=quantile(delays, 0.99))
    verify(load.ledger, deployment.servers[0].person("ada"))
    assert closed == 0
    assert quantile(delays, 0.99) <= bound(1.5)
    assert delays[-1] > 0.3  # some had to be found
