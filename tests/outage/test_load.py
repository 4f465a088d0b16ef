"""The load itself: without a fault everything that it records is in order, and the server lets go of it."""

import time
from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, deployed
from tests.outage.ledger import Ledger
from tests.outage.load import Load, Plan
from tests.outage.verifier import Resources, back_to_start, verify

pytestmark = pytest.mark.outage

KINDS = (("test.echo", "hello"), ("test.slow", "3"))


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed("load", EXTRA_APPS="tests.handlers_app") as made:
        yield made


def drive(deployment: Deployment) -> Ledger:
    ada = deployment.servers[0].person("ada")
    with Load([server.url for server in deployment.servers], Plan(rate=40, kinds=KINDS)) as load:
        while len(load.ledger.accepted) < 30:
            time.sleep(0.05)
    verify(load.ledger, ada)
    return load.ledger


def test_load_without_a_fault_is_all_in_order_and_let_go_of(deployment: Deployment) -> None:
    deployment.serve()
    drive(deployment)
    before = Resources.of(deployment)

    ledger = drive(deployment)

    assert ledger.closed == []
    assert {attempt.status for attempt in ledger.attempts} == {202}
    assert len(ledger.delays()) == len(ledger.seen)
    back_to_start(deployment, before)
