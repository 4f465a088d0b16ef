"""Stopping runs through every door, while one process answers people and another carries the runs."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from security.models import Role
from tests.deployment import Deployment, Server
from tests.dispatch.control import answers, begun, cancel, ended, said, shown
from tests.live import LivePerson, in_parallel
from tests.problem import problem


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    deployment.work(EXTRA_APPS="tests.control_app")
    return deployment.serve(EXTRA_APPS="tests.control_app", RUN_CONCURRENCY="0")


@pytest.mark.parametrize("kind", ["test.talk", "test.talk_sync"])
def test_running_run_is_canceled_and_keeps_what_was_said(live_bob: LivePerson, kind: str) -> None:
    conversation, run = begun(live_bob, kind)

    answer = cancel(live_bob, run)

    assert answer.status_code == 202, answer.text
    assert (answer.json()["id"], answer.json()["stopping"] or answer.json()["state"]) in [
        (run, True),
        (run, "canceled"),
    ]
    end = ended(live_bob, run)
    assert (end["state"], end["stopping"], end["error"]) == ("canceled", False, None)
    [kept] = answers(live_bob, conversation)
    assert kept["text"].startswith("and ")
    assert (kept["id"], kept["metadata"]) == (end["reply"], {"partial": True, "reason": "canceled"})
    last = live_bob.events(conversation)[-1]
    assert (last["type"], last["data"]["reply"]) == ("run.canceled", kept["id"])
    assert last["actor"] == {"kind": "user", "id": live_bob.http.get("/api/v1/me").json()["user"]["id"]}


@pytest.mark.parametrize("kind", ["test.deaf", "test.deaf_sync"])
def test_handler_that_does_not_stop_is_left_behind(live_ada: LivePerson, kind: str) -> None:
    conversation, run = begun(live_ada, kind)
    cancel(live_ada, run)

    assert ended(live_ada, run, 20)["state"] == "canceled"
    assert [message["text"] for message in answers(live_ada, conversation)] == ["and "]
    next_run = said(live_ada, conversation, "text", "hello")
    assert ended(live_ada, next_run)["state"] == "completed"


def test_answer_that_is_brought_to_an_end_is_kept_whole(live_ada: LivePerson) -> None:
    conversation, run = begun(live_ada, "test.finish")

    cancel(live_ada, run)

    assert ended(live_ada, run)["state"] == "canceled"
    assert [message["text"] for message in answers(live_ada, conversation)] == ["half and the other half"]


def test_waiting_run_is_canceled_at_once_and_the_next_goes_on(live_ada: LivePerson) -> None:
    conversation, first = begun(live_ada, "test.talk")
    second, third = (said(live_ada, conversation, "text", "hello") for _ in range(2))

    answer = cancel(live_ada, second)

    assert (answer.status_code, answer.json()["state"]) == (202, "canceled")
    cancel(live_ada, first)
    assert [ended(live_ada, run)["state"] for run in (first, second, third)] == ["canceled", "canceled", "completed"]
    assert len(answers(live_ada, conversation)) == 2


def test_cancels_in_parallel_and_later_are_one(live_ada: LivePerson) -> None:
    conversation, run = begun(live_ada, "test.talk")

    parallel = in_parallel([partial(cancel, live_ada, run) for _ in range(8)])
    end = ended(live_ada, run)
    later = cancel(live_ada, run)

    assert {answer.status_code for answer in [*parallel, later]} == {202}
    assert (later.json()["state"], end["state"]) == ("canceled", "canceled")
    assert len(answers(live_ada, conversation)) == 1


def test_finished_run_is_not_canceled(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, "text", "hello")
    ended(live_ada, run)

    refusal = cancel(live_ada, run)

    assert refusal.status_code == 409
    assert refusal.json()["code"] == "run_finished"
    assert "completed" in refusal.json()["detail"]
    assert shown(live_ada, run)["state"] == "completed"


def test_socket_cancels_too(live_ada: LivePerson) -> None:
    _, run = begun(live_ada, "test.talk")

    with live_ada.socket() as socket:
        answer = socket.ask({"op": "cancel", "run": run})
        unknown = socket.ask({"op": "cancel", "run": "no id"})

    assert (answer["type"], answer["data"]) == ("ok", {"run": run, "state": "running", "stopping": True})
    assert unknown["problem"]["status"] == 404
    assert ended(live_ada, run)["state"] == "canceled"


def test_stranger_learns_nothing_and_stops_nothing(live_ada: LivePerson, live_eve: LivePerson) -> None:
    _, run = begun(live_ada, "test.talk")

    refusal = cancel(live_eve, run)
    with live_eve.socket() as socket:
        foreign, unknown = (socket.ask({"op": "cancel", "run": id})["problem"] for id in (run, str(uuid4())))

    assert refusal.status_code == foreign["status"] == 404
    assert foreign | {"request_id": ""} == unknown | {"request_id": ""}
    assert shown(live_ada, run)["state"] == "running"
    assert shown(live_ada, run)["stopping"] is False
    cancel(live_ada, run)
    ended(live_ada, run)


@pytest.mark.django_db(transaction=True)
def test_viewer_may_not_cancel(ada: Any, bob: Any, conversation: Any) -> None:
    run = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hi"}).json()["run"]
    bob.user.memberships.update(role=Role.VIEWER)

    problem(bob.post(f"/api/v1/runs/{run}/cancel"), 403, "forbidden")
    assert ada.get(f"/api/v1/runs/{run}/").json()["state"] == "queued"
