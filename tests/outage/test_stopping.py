"""Processes that die, freeze or drain while they stop runs: each run has one end, and keeps what was said."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment, Server, Worker, deployed
from tests.dispatch.control import answers, begun, cancel, ended, said
from tests.live import LivePerson, eventually, in_parallel
from tests.outage.processes import freeze, kill, rows, thaw, wait_until_busy

pytestmark = pytest.mark.outage


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployment]:
    apps = "tests.control_app,tests.crash_app"
    with deployed("stopping", EXTRA_APPS=apps, CRASH_FILE=str(tmp_path / "armed")) as deployment:
        yield deployment


@pytest.fixture
def server(fresh: Deployment) -> Server:
    """Answers people and carries no runs, so that it is known who holds one."""
    return fresh.serve(RUN_CONCURRENCY="0")


@pytest.fixture
def worker(fresh: Deployment, server: Server) -> Worker:
    return fresh.work()


@pytest.fixture
def ada(server: Server, worker: Worker) -> LivePerson:
    return server.person("ada")


def late(deployment: Deployment) -> int:
    return int(rows(deployment, "SELECT SUM(late) FROM dispatch_run")[0][0])


@pytest.mark.parametrize("kind", ["test.talk", "test.talk_sync", "test.deaf_sync"])
def test_holder_that_is_killed_once_it_was_asked_to_stop(
    fresh: Deployment, worker: Worker, ada: LivePerson, kind: str
) -> None:
    conversation, run = begun(ada, kind)
    eventually(lambda: rows(fresh, "SELECT id FROM dispatch_run WHERE partial <> ''"))
    freeze(worker)

    cancel(ada, run)
    kill(fresh, worker)

    assert ended(ada, run)["state"] == "canceled"
    [kept] = answers(ada, conversation)
    assert kept["text"].startswith("and")
    assert kept["metadata"] == {"partial": True, "reason": "canceled"}
    assert ended(ada, said(ada, conversation, "text", "hello"))["state"] == "completed"


@pytest.mark.parametrize("point", ["conclude.before", "conclude.after"])
def test_holder_that_dies_while_it_writes_the_stop_down(fresh: Deployment, ada: LivePerson, point: str) -> None:
    armed = Path(fresh.environment["CRASH_FILE"])
    conversation, run = begun(ada, "test.talk")
    armed.write_text(point, encoding="utf-8")

    cancel(ada, run)

    eventually(armed.with_name(f"{armed.name}.{point}").exists, 20)
    assert ended(ada, run)["state"] == "canceled"
    assert len(answers(ada, conversation)) == 1
    assert ended(ada, said(ada, conversation, "text", "hello"))["state"] == "completed"


def test_kill_in_the_middle_of_many_stops(fresh: Deployment, server: Server, worker: Worker, ada: LivePerson) -> None:
    fresh.work()
    kinds = ["test.talk", "test.talk_sync", "test.finish"]
    held = [(where, said(ada, where, kinds[n % 3])) for n, where in enumerate(ada.conversation() for _ in range(12))]
    eventually(lambda: len(rows(fresh, "SELECT id FROM dispatch_run WHERE state = 'running'")) == len(held), 30)
    wait_until_busy(fresh, worker)

    in_parallel([*(partial(cancel, ada, run) for _, run in held), worker.kill])

    assert [ended(ada, run)["state"] for _, run in held] == ["canceled"] * len(held)
    assert all(len(answers(ada, where)) <= 1 for where, _ in held)


def test_result_of_a_holder_that_did_not_stop_in_time_is_refused(
    fresh: Deployment, worker: Worker, ada: LivePerson
) -> None:
    fresh.work()
    conversation, run = begun(ada, "test.talk")
    holder = next(one for one in fresh.processes if one.process.pid == _holder(fresh, run))
    freeze(holder)

    cancel(ada, run)

    end = ended(ada, run)
    before = answers(ada, conversation)
    thaw(holder)
    eventually(lambda: late(fresh) == 1, 20)
    assert end["state"] == "canceled"
    assert answers(ada, conversation) == before
    assert ended(ada, run) == end


def test_kill_between_failed_attempts_loses_none(fresh: Deployment, worker: Worker, ada: LivePerson) -> None:
    run = said(ada, ada.conversation(), "test.patient", "15")
    eventually(lambda: rows(fresh, "SELECT id FROM dispatch_run WHERE state = 'queued' AND failures = 1"), 20)

    worker.kill()

    end = ended(ada, run, 80)
    assert (end["state"], end["failures"], end["attempt"]) == ("completed", 1, 2)


def _holder(deployment: Deployment, run: str) -> int:
    held: list[tuple[Any, ...]] = rows(deployment, "SELECT holder FROM dispatch_run WHERE state = 'running'")
    return int(held[0][0].split(":")[1])
