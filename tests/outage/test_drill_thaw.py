"""A process that is frozen in mid-work, for longer than its lease, and thaws: another has done its work, once."""

import time
from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, Server, deployed
from tests.live import FINAL, eventually
from tests.outage.load import Load, Plan
from tests.outage.processes import freeze, held_by, process_of, thaw, wait_until_busy
from tests.outage.report import row
from tests.outage.scale import pick
from tests.outage.verifier import verify

pytestmark = [pytest.mark.outage, pytest.mark.drill]

ROUNDS = pick(3, 1)
TENTHS = "30"  # of a second that an answer takes
REFUSED = "the result of a lost attempt was refused"


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("thaw", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_process_that_thaws_changes_nothing(fresh: Deployment) -> None:
    servers = [fresh.serve(), fresh.serve()]

    with Load([server.url for server in servers], Plan(senders=0, conversations=6, followers=12)) as load:
        waits = [_freeze_and_thaw(fresh, servers[number % 2], load) for number in range(ROUNDS)]

    verify(load.ledger, servers[0].person("ada"))
    row("thaw", rounds=ROUNDS, slowest_s=max(waits), refused=sum(map(_refusals, servers)))


def _freeze_and_thaw(deployment: Deployment, server: Server, load: Load) -> float:
    """Returns the seconds from the freeze to the end of the last run that was held."""
    for conversation in load.conversations:
        load.say(TENTHS, "test.slow", conversation)
    wait_until_busy(deployment, server)
    freeze(server)
    held, began, refused = set(held_by(deployment, process_of(server))), time.monotonic(), _refusals(server)
    assert held

    eventually(lambda: held <= _over(load), 30)
    waited = time.monotonic() - began
    thaw(server)

    eventually(lambda: _refusals(server) >= refused + len(held), 20)
    return waited


def _over(load: Load) -> set[str]:
    return {seen.event["run"] for seen in list(load.ledger.seen) if seen.event["type"] in FINAL}


def _refusals(server: Server) -> int:
    return server.log.read_text(encoding="utf-8").count(REFUSED)
