"""PostgreSQL restarted, frozen and filled up under load: each request is answered by 202 or 503, nothing is lost."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.databases import FOLDER, ROOT
from tests.deployment import Deployment, deployed
from tests.live import PATIENCE, LivePerson, ended, eventually, in_parallel
from tests.modes import PRODUCTION
from tests.outage.ledger import Ledger, quantile
from tests.outage.load import Load, Plan
from tests.outage.postgres import Postgres
from tests.outage.report import row
from tests.outage.scale import FULL, pick
from tests.outage.verifier import verify

pytestmark = [
    pytest.mark.outage,
    pytest.mark.skipif(not PRODUCTION, reason="embedded mode has no database server"),
]

PROCESSES: Final = 2
MOST_CONNECTIONS: Final = PROCESSES * 19  # docs/operations.md: of each process's own threads; these handlers hold none
ANSWERED_SECONDS: Final = pick(15 + 2, 3 * 15)
NORMAL_SECONDS: Final = pick(10.0, 3 * 10.0)
CALM_SECONDS: Final = pick(10.0, 1.5)
POOL_SECONDS: Final = 3  # that a request waits for a connection before it is refused
at_length = pytest.mark.skipif(not FULL, reason="make drill runs it")

Fault = Callable[[Postgres], AbstractContextManager[None]]


@dataclass(frozen=True)
class Times:
    began: float
    back: float


@contextmanager
def restarted_fast(postgres: Postgres) -> Iterator[None]:
    postgres.restart("fast")
    yield


@contextmanager
def restarted_immediately(postgres: Postgres) -> Iterator[None]:
    postgres.restart("immediate")
    yield


FAULTS: Final[list[object]] = [
    pytest.param(restarted_fast, 0, id="restart fast"),
    pytest.param(Postgres.exhausted, pick(15, 3), id="connections exhausted"),
    pytest.param(restarted_immediately, 0, id="restart immediate", marks=at_length),
    pytest.param(Postgres.frozen, 20, id="frozen", marks=at_length),
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    made = Postgres(Path(FOLDER) / f"own-{os.getpid()}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def deployment(postgres: Postgres) -> Iterator[Deployment]:
    with deployed("postgres", DATABASE_URL=postgres.url, EXTRA_APPS="tests.handlers_app") as made:
        for command in (["manage.py", "migrate", "-v", "0"], ["-m", "tests.seed"]):
            subprocess.run([sys.executable, *command], cwd=ROOT, env=made.environment, check=True)
        for _ in range(PROCESSES):
            made.serve()
        yield made


@pytest.mark.drill
@pytest.mark.parametrize(("fault", "seconds"), FAULTS)
def test_what_was_accepted_outlives_the_fault_and_work_is_soon_as_before(
    postgres: Postgres, deployment: Deployment, fault: Fault, seconds: int, request: pytest.FixtureRequest
) -> None:
    ada = deployment.servers[0].person("ada")
    processes = [server.process.pid for server in deployment.servers]

    with Load(
        [server.url for server in deployment.servers[:PROCESSES]],
        Plan(rate=pick(30, 10), conversations=16, followers=pick(12, 6), timeout=PATIENCE),
    ) as load:
        time.sleep(CALM_SECONDS)
        before = postgres.sessions()
        began = time.time()
        with fault(postgres):
            time.sleep(seconds)
        back = time.time()
        most = most_sessions(postgres, load.ledger, back)

    tell(
        request.node.callspec.id,
        load.ledger,
        Times(began, back),
        {"sessions_before": before, "sessions_most_after": most},
    )
    verify(load.ledger, ada)
    check_answers(load.ledger, back)
    assert [server.process.pid for server in deployment.servers] == processes
    assert most <= MOST_CONNECTIONS


def test_a_restart_costs_each_request_at_most_one_retry(postgres: Postgres, deployment: Deployment) -> None:
    people = [server.person("ada") for server in deployment.servers[:PROCESSES] for _ in range(4)]
    path = f"/api/v1/conversations/{people[0].conversation()}/messages/"
    over, away = threading.Event(), []

    def ask(person: LivePerson) -> list[int]:
        retries = []
        while not over.is_set():
            retries.append(retries_of(person, path))
        return retries

    def restart() -> list[int]:
        time.sleep(0.5)
        began = time.monotonic()
        postgres.restart("fast")
        away.append(time.monotonic() - began)
        time.sleep(2)
        over.set()
        return []

    took = [
        count for counts in in_parallel([restart, *(partial(ask, person) for person in people)]) for count in counts
    ]

    assert len(took) > len(people)
    assert max(took) <= 1 + away[0] // POOL_SECONDS


def test_a_restart_that_nobody_noticed_costs_the_next_request_at_most_one_retry(
    postgres: Postgres, deployment: Deployment
) -> None:
    server = deployment.serve(WEB_THREADS="16", RUN_CONCURRENCY="0")
    people = [server.person("ada") for _ in range(16)]
    for _ in range(3):  # as many connections as come together: each of them will be broken
        in_parallel([partial(retries_of, person, "/api/v1/workspaces/") for person in people])

    postgres.restart("fast")

    assert retries_of(people[0], "/api/v1/workspaces/") <= 1


def retries_of(person: LivePerson, path: str) -> int:
    """How often a request is repeated, as its `Retry-After` says, until its answer is right."""
    retries = 0
    while (answer := person.http.get(path)).status_code != 200:
        assert answer.status_code == 503, answer.text
        time.sleep(int(answer.headers["Retry-After"]))
        retries += 1
    return retries


def test_a_frozen_database_hangs_no_request(postgres: Postgres, deployment: Deployment) -> None:
    ada = deployment.servers[0].person("ada")
    conversation = ada.conversation()
    ada.http.base_url = deployment.serve(ANSWER_SECONDS="2").url

    with postgres.frozen():
        began = time.monotonic()
        answers = in_parallel([partial(ada.say, conversation, "hello", f"key {number}") for number in range(8)])
        waited = time.monotonic() - began

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"late"}
    assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
    assert waited < 3 * 2
    assert eventually(lambda: ada.say(conversation, "hello", "key 1").status_code == 202)


def test_an_answer_that_is_ready_while_the_database_is_away_waits_for_it(
    postgres: Postgres, deployment: Deployment, tmp_path: Path
) -> None:
    ada = deployment.servers[0].person("ada")
    conversation, door = ada.conversation(), tmp_path / "open"
    assert ada.say(conversation, str(door), kind="test.held").status_code == 202
    ada.started(conversation)
    before = waits(deployment)

    with postgres.stopped():
        door.touch()
        eventually(lambda: waits(deployment) > before)
    events = eventually(lambda: finished(ada, conversation))

    assert [event["type"] for event in events].count("run.started") == 1
    assert events[-1]["type"] == "run.completed"


def finished(person: LivePerson, conversation: str) -> list[dict[str, Any]] | None:
    answer = person.http.get(f"/api/v1/conversations/{conversation}/events/")
    return ended(answer.json()["results"], 1) if answer.status_code == 200 else None


def waits(deployment: Deployment) -> int:
    """How often a step of a run met a database that was away."""
    return sum(server.log.read_text().count("a step waits for the database") for server in deployment.servers)


def most_sessions(postgres: Postgres, ledger: Ledger, back: float) -> int:
    """Until all is calm again; in full no less than the requirement's time for that."""
    most, least = 0, back + (NORMAL_SECONDS if FULL else 0) + CALM_SECONDS
    ends = back + NORMAL_SECONDS + CALM_SECONDS
    while time.time() < least or (time.time() < ends and not calm(ledger, time.time() - CALM_SECONDS)):
        with suppress(psycopg.OperationalError):  # it is still starting
            most = max(most, postgres.sessions())
        time.sleep(0.5)
    return most


def calm(ledger: Ledger, since: float) -> bool:
    """Whether messages were sent since then, and each was taken at its first attempt."""
    return {attempt.status for attempt in list(ledger.attempts) if attempt.at > since} == {202}


def check_answers(ledger: Ledger, back: float) -> None:
    last_refusal = max([back, *(attempt.at for attempt in ledger.attempts if attempt.status != 202)])

    assert {attempt.status for attempt in ledger.attempts} <= {202, 503}
    assert max(attempt.took for attempt in ledger.attempts) <= ANSWERED_SECONDS
    assert last_refusal <= back + NORMAL_SECONDS
    assert any(attempt.at > last_refusal for attempt in ledger.attempts)


def tell(drill: str, ledger: Ledger, times: Times, figures: dict[str, int]) -> None:
    refused = [attempt for attempt in ledger.attempts if attempt.status != 202]
    ended = [attempt.at + attempt.took for attempt in refused]
    row(
        f"postgres: {drill}",
        accepted=len(ledger.accepted),
        answers=dict(Counter(attempt.status for attempt in ledger.attempts)),
        away_s=times.back - times.began,
        longest_answer_s=max(attempt.took for attempt in ledger.attempts),
        last_refusal_after_s=max([0.0, *(end - times.back for end in ended)]),
        streams_closed=len(ledger.closed),
        last_close_after_s=max([0.0, *(closed.at - times.back for closed in ledger.closed)]),
        delay_p99_before_s=quantile(ledger.delays(until=times.began), 0.99),
        delay_p99_after_s=quantile(ledger.delays(since=times.back + NORMAL_SECONDS), 0.99),
        retries_most=max(Counter(attempt.key for attempt in ledger.attempts).values()) - 1,
        **figures,
    )
