"""`manage.py worker`: carries what servers accept, under a supervisor of its own; a server may leave all of it."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.deployment import Deployment, Server, Worker, alive_among
from tests.live import PATIENCE, LivePerson, eventually

APPS = "tests.handlers_app"


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    """Leaves all runs to others."""
    return deployment.serve(RUN_CONCURRENCY="0", EXTRA_APPS=APPS)


@pytest.fixture
def worker(deployment: Deployment, server: Server) -> Worker:
    """The one of the test before, unless that has ended it."""
    alive = next(alive_among(deployment, Worker), None) or deployment.work(EXTRA_APPS=APPS)
    alive.wait()
    return alive


def test_worker_answers_what_a_server_without_a_queue_accepts(deployment: Deployment, live_ada: LivePerson) -> None:
    ada, conversation = live_ada, live_ada.conversation()
    ada.say(conversation, "hello", kind="test.echo")
    ada.say(conversation, "again", kind="test.echo")

    before = [event["type"] for event in ada.events(conversation)]
    deployment.work(EXTRA_APPS=APPS)
    ada.settled(conversation, 2)

    assert "run.started" not in before
    texts = [message["text"] for message in ada.messages(conversation) if message["role"] == "assistant"]
    assert texts == ["echo: hello", "echo: again"]


def test_answer_of_a_worker_is_streamed_by_a_server(worker: Worker, live_ada: LivePerson) -> None:
    ada, conversation = live_ada, live_ada.conversation()

    with ada.stream(conversation) as stream:
        ada.say(conversation, "30", kind="test.slow")
        seen = stream.until("run.completed")

    pieces = [event["data"]["text"] for event in seen if event["type"] == "message.delta"]
    assert len(pieces) > 1
    assert "".join(pieces).startswith("0 1 2 ")


def test_dead_worker_is_restarted_and_its_run_taken_up_within_15_seconds(
    worker: Worker, live_ada: LivePerson, tmp_path: Path
) -> None:
    ada, conversation = live_ada, live_ada.conversation()
    door = tmp_path / "open"
    ada.say(conversation, str(door), kind="test.held")
    ada.started(conversation)

    worker.kill()

    eventually(lambda: [e for e in ada.events(conversation) if e["type"] == "run.started"][1:], 3 * 15)
    worker.wait()
    door.touch()
    ada.settled(conversation, 1)


def test_sigterm_lets_a_worker_finish_what_it_began(worker: Worker, live_ada: LivePerson) -> None:
    ada, conversation = live_ada, live_ada.conversation()
    ada.say(conversation, "20", kind="test.slow")
    ada.started(conversation)

    status = worker.stop()

    types = [event["type"] for event in ada.events(conversation)]
    assert status == 0
    assert types.count("run.started") == types.count("run.completed") == 1
    assert "drained" in worker.log.read_text()


def test_second_signal_ends_a_worker_at_once(worker: Worker, live_ada: LivePerson, tmp_path: Path) -> None:
    ada, conversation = live_ada, live_ada.conversation()
    ada.say(conversation, str(tmp_path / "never"), kind="test.held")
    ada.started(conversation)

    process = worker.process
    process.send_signal(signal.SIGTERM)

    def insisted() -> bool:
        """Two signals that are heard together are one."""
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
        return "second signal: leaving at once" in worker.log.read_text()

    eventually(insisted)


def test_worker_whose_supervisor_is_killed_ends_too(worker: Worker) -> None:
    process = worker.process

    worker.supervisor.kill()

    _, alive = psutil.wait_procs([process], timeout=PATIENCE)
    assert alive == [], worker.log.read_text()[-3000:]


def test_worker_with_nothing_to_do_says_so(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(deployment.environment, "RUN_CONCURRENCY", "0")

    said = deployment.manage("worker")

    assert "RUN_CONCURRENCY is 0" in said
    assert "Traceback" not in said
