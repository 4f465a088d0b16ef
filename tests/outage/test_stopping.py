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


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    apps, armed = "tests.control_app,tests.crash_app", tmp_path_factory.mktemp("crash") / "armed"
    with deployed("stopping", EXTRA_APPS=apps, CRASH_FILE=str(armed)) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def server(fresh: Deployment) -> Server:
    """Answers people and carries no runs, so that it is known who holds one."""
    return fresh.serve(RUN_CONCURRENCY="0")


@pytest.fixture(scope="module")
def worker(fresh: Deployment, server: Server) -> Worker:
    """Alone at first; its supervisor starts it again after each death."""
    return fresh.work()


@pytest.fixture(scope="module")
def other_worker(fresh: Deployment, worker: Worker) -> Worker:
    """For the last tests, which do not mind who holds a run."""
    return fresh.work()


@pytest.fixture
def ada(server: Server, worker: Worker) -> LivePerson:
    return server.person("ada")


@pytest.mark.parametrize("kind", ["test.talk", "test.talk_sync", "test.deaf_sync"])
def test_holder_that_is_killed_once_it_was_asked_to_stop(
    fresh: Deployment, worker: Worker, ada: LivePerson, kind: str
) -> None:
    conversation, run = begun(ada, kind)
    eventually(lambda: rows(fresh, "SELECT id FROM dispatch_run WHERE state = 'running' AND partial <> ''"))
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


def test_kill_between_failed_attempts_loses_none(fresh: Deployment, worker: Worker, ada: LivePerson) -> None:
    run = said(ada, ada.conversation(), "test.patient", "15")
    eventually(lambda: rows(fresh, "SELECT id FROM dispatch_run WHERE state = 'queued' AND failures = 1"), 20)

    worker.kill()

    end = ended(ada, run, 80)
    assert (end["state"], end["failures"], end["attempt"]) == ("completed", 1, 2)


@pytest.mark.usefixtures("other_worker")
def test_kill_in_the_middle_of_many_stops(fresh: Deployment, worker: Worker, ada: LivePerson) -> None:
    kinds = ["test.talk", "test.talk_sync", "test.finish"]
    held = [(where, said(ada, where, kinds[n % 3])) for n, where in enumerate(ada.conversation() for _ in range(12))]
    eventually(lambda: len(rows(fresh, "SELECT id FROM dispatch_run WHERE state = 'running'")) == len(held), 30)
    wait_until_busy(fresh, worker)

    in_parallel([*(partial(cancel, ada, run) for _, run in held), worker.kill])

    assert [ended(ada, run)["state"] for _, run in held] == ["canceled"] * len(held)
    assert all(len(answers(ada, where)) <= 1 for where, _ in held)


@pytest.mark.usefixtures("other_worker")
def test_result_of_a_holder_that_did_not_stop_in_time_is_refused(fresh: Deployment, ada: LivePerson) -> None:
    conversation, run = begun(ada, "test.talk")
    holder = next(one for one in fresh.processes if one.process.pid == _holder(fresh, run))
    freeze(holder)

    cancel(ada, run)

    end = ended(ada, run)
    before = answers(ada, conversation)
    thaw(holder)
    eventually(lambda: len(rows(fresh, "SELECT id FROM dispatch_run WHERE late > 0")) == 1, 20)
    assert end["state"] == "canceled"
    assert answers(ada, conversation) == before
    assert ended(ada, run) == end


def _holder(deployment: Deployment, run: str) -> int:
    held: list[tuple[Any, ...]] = rows(deployment, "SELECT holder FROM dispatch_run WHERE state = 'running'")
    return int(held[0][0].split(":")[1])
