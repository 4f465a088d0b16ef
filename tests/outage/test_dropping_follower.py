"""Followers whose lines drop again and again, within answers too, end with exactly the log (G3)."""

from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, deployed
from tests.live import PATIENCE, eventually
from tests.outage.load import Load, Plan
from tests.outage.verifier import verify

pytestmark = pytest.mark.outage

MESSAGES, DROPS = 30, 40
PLAN = Plan(conversations=1, followers=2, kinds=(("text", "hello"), ("test.slow", "3")), line=20)


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("dropping", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_followers_that_drop_twenty_times_each_end_with_the_log(fresh: Deployment) -> None:
    server = fresh.serve()

    with Load([server.url], PLAN) as load:
        eventually(lambda: len(load.ledger.accepted) >= MESSAGES and load.ledger.drops >= DROPS, 2 * PATIENCE)

    verify(load.ledger, server.person("ada"))
