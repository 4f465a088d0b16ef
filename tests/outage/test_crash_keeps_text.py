"""kill -9 in mid-answer: what was said is in the row, and shown elsewhere, until another attempt replaces it (G3)."""

from collections.abc import Iterator

import pytest

from tests.deployment import Deployment, Server, Worker, deployed
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.dispatch.transcript import Transcript
from tests.live import eventually
from tests.outage.processes import rows
from tests.speaking_app.prompter import Prompter

pytestmark = pytest.mark.outage

TEXT = HARD * 3


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    with deployed("crash_text", EXTRA_APPS="tests.speaking_app") as deployment:
        yield deployment


@pytest.fixture
def server(fresh: Deployment) -> Server:
    """Shows streams and carries no runs."""
    return fresh.serve(RUN_CONCURRENCY="0")


@pytest.fixture
def worker(fresh: Deployment, server: Server) -> Worker:
    return fresh.work()


def kept(deployment: Deployment) -> str:
    return str(rows(deployment, "SELECT partial FROM dispatch_run")[0][0])


def test_text_so_far_outlives_its_process_and_is_replaced_by_the_next_attempt(
    fresh: Deployment, server: Server, worker: Worker, prompter: Prompter
) -> None:
    ada, seen = server.person("ada"), Transcript()
    conversation = ada.conversation()
    wire.recite(ada, conversation, TEXT, prompter)
    prompter.allow(40)
    eventually(lambda: len(kept(fresh)) > 30)
    said = kept(fresh)
    process = worker.process
    assert TEXT.startswith(said)

    worker.supervisor.kill()  # first: it would start another
    process.kill()

    assert kept(fresh).startswith(said)
    with ada.stream(conversation) as stream:
        seen.take_all(stream.until(wire.DELTA))
        reply, copy = next(iter(seen.answers.items()))
        assert (copy.attempt, copy.text.startswith(said)) == (1, True)
        fresh.work()
        prompter.allow(len(TEXT))
        after = stream.until("run.completed")
    seen.take_all(after)

    assert {event["data"]["attempt"] for event in wire.deltas(after)} <= {1, 2}
    assert [event["data"]["attempt"] for event in seen.events if event["type"] == "run.started"] == [1, 2]
    assert seen.events == ada.events(conversation)
    assert [message["text"] for message in ada.messages(conversation) if message["id"] == reply] == [TEXT]
