"""A process that is frozen in mid-work, for longer than its lease, and thaws: another has taken its work, once.

It thaws while the other one is at work, so that its late result comes first; at length also after the other's result.
"""

import time
from collections.abc import Collection, Iterator
from functools import partial

import pytest

from tests.deployment import Deployment, Worker, deployed
from tests.live import FINAL, eventually
from tests.outage.ledger import Seen
from tests.outage.load import Load, Plan
from tests.outage.processes import busy, freeze, held_by, thaw
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.outage.verifier import verify

pytestmark = [pytest.mark.outage, pytest.mark.drill]

STARTED = ("run.started",)
THAWS: list[Collection[str]] = pick([STARTED, FINAL, STARTED], [STARTED])
TAKEN_UP = 15  # seconds after the freeze
TENTHS = pick("30", "60")  # of a second that an answer takes
REFUSED = "the result of a lost attempt was refused"


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("thaw", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_process_that_thaws_changes_nothing(fresh: Deployment) -> None:
    servers = [fresh.serve(), fresh.serve()]

    with Load([server.url for server in servers], Plan(senders=0, conversations=6, followers=12)) as load:
        rounds = [_freeze_and_thaw(fresh, load, until) for until in THAWS]

    verify(load.ledger, servers[0].person("ada"))
    for server in servers:
        held = sum(len(waits) for frozen, waits in rounds if frozen is server)
        eventually(partial(_refused, server, held))
    slowest = max(max(waits) for _, waits in rounds)
    row("thaw", rounds=len(THAWS), refused=sum(map(_refusals, servers)), slowest_taken_up_s=slowest)
    assert slowest <= bound(TAKEN_UP)


def _freeze_and_thaw(deployment: Deployment, load: Load, until: Collection[str]) -> tuple[Worker, list[float]]:
    """Freezes who works on something, and thaws it once each run that it held has an event of these types.

    Returns it, and the seconds until each of its runs was taken up.
    """
    for conversation in load.conversations:
        load.say(TENTHS, "test.slow", conversation)
    server = eventually(lambda: busy(deployment))[0]
    time.sleep(1)  # so that it is ahead of the one that begins anew
    freeze(server)
    frozen_at, held = time.time(), set(held_by(deployment, server.process))
    assert held

    eventually(lambda: held <= _runs(load, until, frozen_at))
    thaw(server)

    eventually(lambda: held <= _runs(load, FINAL, frozen_at))
    taken_up = [seen for seen in _seen(load, STARTED, frozen_at) if seen.event["run"] in held]
    return server, list({seen.event["run"]: seen.at - seen.delay - frozen_at for seen in taken_up}.values())


def _runs(load: Load, types: Collection[str], since: float) -> set[str]:
    return {seen.event["run"] for seen in _seen(load, types, since)}


def _seen(load: Load, types: Collection[str], since: float) -> list[Seen]:
    """What came about since then."""
    return [seen for seen in list(load.ledger.seen) if seen.event["type"] in types and seen.at - seen.delay > since]


def _refused(server: Worker, at_least: int) -> bool:
    return _refusals(server) >= at_least


def _refusals(server: Worker) -> int:
    return server.log.read_text(encoding="utf-8").count(REFUSED)
