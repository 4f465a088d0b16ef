"""Sync handlers that hang: each is left behind at its deadline and counted; too many cost a restart."""

from collections.abc import Iterator
from functools import partial

import pytest

from dispatch import threads
from tests.deployment import Deployment, deployed
from tests.dispatch.control import ended, said
from tests.live import LivePerson, eventually, in_parallel


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("abandoned", EXTRA_APPS="tests.control_app") as deployment:
        yield deployment


def hang(ada: LivePerson, count: int) -> list[str]:
    conversations = [ada.conversation() for _ in range(count)]
    runs: list[str] = in_parallel([partial(said, ada, conversation, "test.leave") for conversation in conversations])
    return runs


def test_calls_that_hang_are_left_behind_and_counted(fresh: Deployment) -> None:
    server = fresh.serve(RUN_CONCURRENCY="4")
    ada = server.person("ada")

    ends = [ended(ada, run) for run in hang(ada, 8)]

    assert {(end["state"], end["error"]["code"]) for end in ends} == {("failed", "timeout")}
    assert {end["handlers"][0]["result"] for end in ends} == {"abandoned"}
    counts = ada.http.get("/api/v1/handlers/leave_test/").json()["counts"]
    assert (counts["calls"], counts["failed"], counts["abandoned"]) == (8, 8, 8)
    assert eventually(lambda: ada.http.get("/healthz/ready").json()["abandoned_calls"]) == 8
    assert server.log.read_text().count("a sync handler goes on though nobody waits for it") == 8
    assert ended(ada, said(ada, ada.conversation(), "test.slow_reply_sync"))["state"] == "completed"


def test_process_with_too_many_of_them_is_replaced(fresh: Deployment) -> None:
    ada = fresh.serve(RUN_CONCURRENCY="0").person("ada")
    worker = fresh.work(RUN_CONCURRENCY="32")
    before = worker.process.pid

    runs = [run for _ in range(4) for run in hang(ada, (threads.ABANDONED + 12) // 4)]

    eventually(lambda: "ended with status 1; it is restarted." in worker.log.read_text(), 60)
    assert worker.process.pid != before
    assert {ended(ada, run, 60)["state"] for run in runs} == {"failed"}
    assert ended(ada, said(ada, ada.conversation(), "text", "hello"))["state"] == "completed"
