"""kill -9 of a random process again and again, under load: nothing is lost or doubled, and the rest goes on soon."""

import random
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.deployment import Deployment, deployed
from tests.live import FINAL, eventually
from tests.outage.ledger import Ledger, quantile
from tests.outage.load import Load, Plan
from tests.outage.processes import Death, busy, kill
from tests.outage.report import row
from tests.outage.scale import FULL, bound, pick
from tests.outage.verifier import verify

pytestmark = [pytest.mark.outage, pytest.mark.drill]

SEED = 9
EVERY = 3.0
KILLS = pick(20, 1)
WORKERS = pick(2, 0)  # beside two servers: with fewer, at times nobody is alive who could take anything up
TAKEN_UP = 15  # seconds after its process died
PLAN = Plan(
    senders=8,
    conversations=pick(20, 6),
    followers=pick(40, 6),
    rate=pick(15, 10),
    kinds=(("test.echo", "hello"), ("test.echo", "again"), ("test.slow", "10")),
)


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("kills", EXTRA_APPS="tests.handlers_app") as deployment:
        yield deployment


def test_killing_a_random_process_again_and_again_loses_and_doubles_nothing(fresh: Deployment) -> None:
    servers, chance = [fresh.serve(), fresh.serve()], random.Random(SEED)  # noqa: S311
    for _ in range(WORKERS):
        fresh.work()
    deaths = []

    with Load([server.url for server in servers], PLAN) as load:
        for _ in range(KILLS):
            time.sleep(EVERY)
            candidates = fresh.processes if FULL else eventually(lambda: busy(fresh))
            deaths.append(kill(fresh, chance.choice(candidates)))

    verify(load.ledger, servers[0].person("ada"))
    taken_up = taken_up_after(load.ledger, deaths)
    slowest = max(taken_up, key=lambda run: taken_up[run], default="")
    row(
        "kill",
        kills=len(deaths),
        messages=len(load.ledger.accepted),
        followers=len(load.ledger.followers),
        reconnects=len(load.ledger.closed),
        caught_in_work=len(taken_up),
        slowest_taken_up_s=taken_up.get(slowest, 0.0),
        delay_p99_s=quantile(load.ledger.delays(), 0.99),
    )
    assert taken_up.get(slowest, 0) <= bound(TAKEN_UP), _history(load.ledger, deaths, slowest)


def taken_up_after(ledger: Ledger, deaths: list[Death]) -> dict[str, float]:
    """For each run that a process died with: seconds from the last such death to its end."""
    died_at = {run: death.at for death in deaths for run in death.runs}
    ends = {seen.event["run"]: seen.event["time"] for seen in ledger.seen if seen.event["type"] in FINAL}
    return {run: datetime.fromisoformat(ends[run]).timestamp() - at for run, at in died_at.items()}


def _history(ledger: Ledger, deaths: list[Death], run: str) -> str:
    """What happened to a run, and which deaths it met, for the one who reads a failure."""
    events = {seen.event["id"]: seen for seen in ledger.seen if seen.event["run"] == run}.values()
    told = [(seen.at - seen.delay, f"{seen.event['type']} {seen.event['data'].get('reason', '')}") for seen in events]
    met = [(death.at, f"death of {death.pid}" + (" with it" if run in death.runs else "")) for death in deaths]
    began = min(told)[0]
    return "\n".join(f"{at - began:6.1f} {what}" for at, what in sorted(told + met) if at >= began)
