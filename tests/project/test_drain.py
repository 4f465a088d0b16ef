"""One of two processes drains: what it holds is finished or given back, its streams are told, nothing is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.deployment import Deployment, Server, alive_among, deployed
from tests.dispatch.control import answers, begun, cancel, ended, said
from tests.dispatch.held import Held
from tests.live import LivePerson, eventually
from tests.outage.processes import held_by

IN_TIME = 3 * settings.DRAIN_SECONDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held")


@pytest.fixture(scope="module")
def fresh(folder: Path) -> Iterator[Deployment]:
    apps = "tests.control_app,tests.held_app"
    with deployed("drain", EXTRA_APPS=apps, HELD_FOLDER=str(folder)) as deployment:
        yield deployment


@pytest.fixture
def held(folder: Path) -> Held:
    return Held(folder, "drain")


@pytest.fixture
def leaving(fresh: Deployment) -> Server:
    """It alone carries runs, until others come: the one that the test before did not drain, if there was one."""
    return next(alive_among(fresh, Server), None) or fresh.serve()


@pytest.fixture
def ada(leaving: Server) -> LivePerson:
    return leaving.person("ada")


def elsewhere(fresh: Deployment) -> LivePerson:
    return fresh.serve().person("ada")


def test_runs_are_finished_or_given_back_and_streams_are_told(
    fresh: Deployment, leaving: Server, ada: LivePerson, held: Held
) -> None:
    long = [begun(ada, "test.long"), begun(ada, "test.long_sync")]
    kinds = ("test.held", "test.held_sync")
    short = [(where, said(ada, where, kind, "drain")) for kind in kinds for where in [ada.conversation()]]
    held.await_begun(len(short))
    waiting = said(ada, long[0][0], "text", "hello")
    other = elsewhere(fresh)

    with ada.stream(long[0][0]) as stream:
        leaving.supervisor.send_signal(signal.SIGTERM)
        last = stream.until("stream.end")[-1]
        held.let_go()
        status = leaving.supervisor.wait(IN_TIME)

    assert last["data"] == {"reason": "restarting"}
    assert status == 0
    ends = [ended(other, run, 60) for run in [*(run for _, run in (*short, *long)), waiting]]
    assert [(end["state"], end["attempt"]) for end in ends] == [("completed", n) for n in (1, 1, 2, 2, 1)]
    assert [len(answers(other, conversation)) for conversation, _ in (*short, *long)] == [1, 1, 2, 1]


@pytest.mark.parametrize("kind", ["test.talk", "test.talk_sync", "test.deaf_sync"])
def test_stop_that_is_asked_for_during_the_drain(
    fresh: Deployment, leaving: Server, ada: LivePerson, kind: str
) -> None:
    conversation, run = begun(ada, kind)
    other = elsewhere(fresh)
    with ada.stream(conversation) as stream:
        leaving.supervisor.send_signal(signal.SIGTERM)
        stream.until("stream.end")

    cancel(other, run)

    assert leaving.supervisor.wait(IN_TIME) == 0
    end = ended(other, run)
    assert (end["state"], end["attempt"]) == ("canceled", 1)
    assert [answer["metadata"]["reason"] for answer in answers(other, conversation)] == ["canceled"]


def test_stop_that_was_asked_for_just_before_the_drain(fresh: Deployment, leaving: Server, ada: LivePerson) -> None:
    conversation, run = begun(ada, "test.deaf_sync")
    other = elsewhere(fresh)

    cancel(other, run)
    status = leaving.stop()

    assert status == 0
    assert ended(other, run)["state"] == "canceled"
    assert len(answers(other, conversation)) == 1
    eventually(lambda: not held_by(fresh, fresh.servers[-1].process))
