"""A process dies by SIGKILL exactly before or after each step of a message's way; the message is answered once (G1).

Points inside a process: tests/crash_app. Before a push the kill comes from outside at the moment of the 202, while
nobody follows; after it, at the moment a follower has the frame.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment, Server, deployed
from tests.live import FINAL, PATIENCE, LivePerson, eventually
from tests.outage.ledger import Accepted, Ledger
from tests.outage.load import Load, Plan
from tests.outage.report import row
from tests.outage.scale import bound, pick
from tests.outage.verifier import verify

pytestmark = [pytest.mark.outage, pytest.mark.drill]

STEPS = ("insert", "commit", "ring", "claim", "handler", "conclude")
EVERY = [f"{step}.{when}" for step in STEPS for when in ("before", "after")]
STORED = {"insert.before": False, "insert.after": False, "commit.before": False} | dict.fromkeys(
    ("commit.after", "ring.before", "ring.after"), True
)
TAKEN_UP = 15  # seconds after its process died
INSIDE = pick(EVERY, ["commit.before", "ring.before", "handler.after"])


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployment]:
    with deployed("crash", EXTRA_APPS="tests.crash_app", CRASH_FILE=str(tmp_path / "armed")) as deployment:
        yield deployment


def test_messages_survive_a_crash_at_each_point(fresh: Deployment) -> None:
    servers = [fresh.serve() for _ in range(pick(2, 1))]
    ada = servers[0].person("ada")

    with Load(
        [server.url for server in servers], Plan(senders=0, conversations=1, followers=2, timeout=PATIENCE)
    ) as load:
        waits = {point: _crash_inside(fresh, servers, load, point) for point in INSIDE}
        waits["push.after"] = _crash_after_push(servers, load)
    waits["push.before"] = _crash_before_push(servers, ada, load.ledger)

    verify(load.ledger, ada)
    slowest = max(waits, key=lambda point: waits[point])
    row("crash points", crashes=len(waits), slowest_s=waits[slowest], at=slowest, closed=len(load.ledger.closed))
    assert waits[slowest] <= bound(TAKEN_UP), waits


def _crash_inside(deployment: Deployment, servers: list[Server], load: Load, point: str) -> float:
    """One message during which a process dies at `point`. Returns the seconds from its death to its answer."""
    processes, armed = [server.process for server in servers], Path(deployment.environment["CRASH_FILE"])
    armed.write_text(point, encoding="utf-8")

    load.say(point, kind="test.crash")

    died = armed.with_name(f"{armed.name}.{point}")
    eventually(died.exists)
    eventually(lambda: not all(process.is_running() for process in processes))
    accepted = load.ledger.accepted[-1]
    assert accepted.replayed == STORED.get(point, accepted.replayed), point
    return _answered(load.ledger, accepted.run) - died.stat().st_ctime


def _crash_after_push(servers: list[Server], load: Load) -> float:
    """All die when a follower has the first frame of a message."""
    load.say("push.after", kind="test.crash")
    run = load.ledger.accepted[-1].run
    while not any(seen.event["run"] == run for seen in list(load.ledger.seen)):
        time.sleep(0.001)
    died_at = _kill(servers)

    return _answered(load.ledger, run) - died_at


def _crash_before_push(servers: list[Server], ada: LivePerson, ledger: Ledger) -> float:
    """All die with the 202, while nobody follows; who follows later has everything."""
    conversation = ada.conversation()
    answer = ada.say(conversation, "push.before", kind="test.crash")
    died_at = _kill(servers)
    ledger.add(Accepted.of(conversation, "push.before", answer))

    servers[0].wait()
    with ada.stream(conversation) as stream:
        end = stream.until("run.completed")[-1]
    return datetime.fromisoformat(end["time"]).timestamp() - died_at


def _kill(servers: list[Server]) -> float:
    for server in servers:
        server.kill()
    return time.time()


def _answered(ledger: Ledger, run: str) -> float:
    """The wall-clock time at which a run completed, as a follower was told it."""

    def end() -> dict[str, Any] | None:
        events = [seen.event for seen in list(ledger.seen)]
        return next((event for event in events if event["type"] in FINAL and event["run"] == run), None)

    return datetime.fromisoformat(eventually(end)["time"]).timestamp()
