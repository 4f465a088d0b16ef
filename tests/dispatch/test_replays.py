"""Asking again for the answer to a message: by its people over REST, by staff in the admin."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from contexts.models import Message
from dispatch import runs
from dispatch.models import Run
from project.models import Event
from tests import admin_rows
from tests.deployment import Deployment, Server
from tests.dispatch.control import PATH, answers, begun, cancel, ended, said, shown
from tests.live import PATIENCE, LivePerson, in_parallel
from tests.people import PASSWORD


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    deployment.work(EXTRA_APPS="tests.control_app")
    return deployment.serve(EXTRA_APPS="tests.control_app")


def again(person: LivePerson, message: str, key: str = "", **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return person.http.post(f"{PATH}/messages/{message}/retry", json=body, headers=headers)


def test_message_is_asked_again_with_a_new_run(live_bob: LivePerson) -> None:
    conversation = live_bob.conversation()
    run = said(live_bob, conversation, "test.break")
    message = ended(live_bob, run)["message"]

    taken = again(live_bob, message)

    assert taken.status_code == 202, taken.text
    receipt = taken.json()
    assert receipt["message"] == message
    assert receipt["run"] != run
    end = ended(live_bob, receipt["run"])
    assert (end["state"], end["replay_of"], end["message"]) == ("failed", run, message)
    assert live_bob.http.get(f"{PATH}/messages/{message}/").json()["run"] == receipt["run"]
    assert len(answers(live_bob, conversation)) == 2
    after = live_bob.http.get(f"{PATH}/conversations/{conversation}/events/?after={receipt['stream_position']}").json()
    queued = after["results"][0]
    assert (queued["type"], queued["run"], queued["actor"]["kind"]) == ("run.queued", receipt["run"], "user")
    assert ended(live_bob, run)["state"] == "failed"


def test_admin_chooses_the_handler_and_an_editor_does_not(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    message = ended(live_ada, said(live_ada, conversation, "test.break", "the sink"))["message"]

    refusal = again(live_bob, message, handler="mender_test")
    unknown = again(live_ada, message, handler="nobody")
    taken = again(live_ada, message, handler="mender_test")

    assert (refusal.status_code, refusal.json()["code"]) == (403, "forbidden")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_handler")
    assert "mender_test" in unknown.json()["detail"]
    end = ended(live_ada, taken.json()["run"])
    assert (end["state"], end["decision"]["path"]) == ("completed", ["mender_test"])
    assert "mender_test" in end["decision"]["reason"]
    assert answers(live_ada, conversation)[-1]["text"] == "mended: the sink"


def test_message_with_an_open_run_is_not_asked_again(live_ada: LivePerson) -> None:
    _, run = begun(live_ada, "test.talk")
    message = shown(live_ada, run)["message"]

    refusal = again(live_ada, message)

    assert (refusal.status_code, refusal.json()["code"]) == (409, "run_open")
    cancel(live_ada, run)
    ended(live_ada, run)
    taken = again(live_ada, message)
    assert taken.status_code == 202
    cancel(live_ada, taken.json()["run"])
    ended(live_ada, taken.json()["run"])


def test_asked_at_once_by_many_makes_one_run(live_ada: LivePerson) -> None:
    message = ended(live_ada, said(live_ada, live_ada.conversation(), "test.break"))["message"]

    taken = in_parallel([partial(again, live_ada, message, handler="talk_test") for _ in range(6)])

    assert sorted(answer.status_code for answer in taken) == [202] + 5 * [409]
    run = next(answer.json()["run"] for answer in taken if answer.status_code == 202)
    cancel(live_ada, run)
    ended(live_ada, run)


def test_the_same_key_asks_once(live_ada: LivePerson) -> None:
    message = ended(live_ada, said(live_ada, live_ada.conversation(), "test.break"))["message"]

    first, second = (again(live_ada, message, "once") for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    ended(live_ada, first.json()["run"])


def test_stranger_asks_nothing_again(live_ada: LivePerson, live_eve: LivePerson) -> None:
    conversation = live_ada.conversation()
    message = ended(live_ada, said(live_ada, conversation, "text"))["message"]

    assert again(live_eve, message).status_code == 404
    refusal = again(live_ada, answers(live_ada, conversation)[0]["id"])
    assert (refusal.status_code, refusal.json()["code"]) == (422, "never_run")


def test_staff_replay_a_dead_run_with_another_handler_and_it_is_answered(server: Server, live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, "test.stubborn", "the sink")
    assert ended(live_ada, run)["state"] == "dead"

    with httpx.Client(base_url=server.url, timeout=PATIENCE, follow_redirects=True) as desk:
        submit(desk, "/admin/login/", username="ada", password=PASSWORD)
        chosen = {"action": "replay_with", "_selected_action": run, "handler": "mender_test"}
        page = submit(desk, "/admin/dispatch/run/", **chosen)

    assert "1 run was asked again." in page
    end = ended(live_ada, live_ada.http.get(f"{PATH}/messages/{shown(live_ada, run)['message']}/").json()["run"])
    assert (end["state"], end["replay_of"], end["decision"]["path"]) == ("completed", run, ["mender_test"])
    assert answers(live_ada, conversation)[-1]["text"] == "mended: the sink"


def submit(desk: httpx.Client, path: str, **fields: str) -> str:
    """Sends a form of the admin, as a browser that has opened it does. Returns the page that follows."""
    desk.get(path).raise_for_status()
    answer = desk.post(path, data={**fields, "csrfmiddlewaretoken": desk.cookies[settings.CSRF_COOKIE_NAME]})
    return answer.raise_for_status().text


@pytest.fixture
def staff(client: Any, db: None) -> Iterator[Any]:
    client.force_login(admin_rows.staff("ada"))
    return client


@pytest.fixture
def dead(db: None) -> list[Run]:
    owner = admin_rows.person("bob")
    made = admin_rows.conversation(admin_rows.workspace(owner))
    return [admin_rows.run(admin_rows.message(made, seq), state="dead") for seq in (1, 2)]


def act(staff: Any, action: str, chosen: list[Run], **fields: str) -> Any:
    body = {"action": action, "_selected_action": [str(run.pk) for run in chosen], **fields}
    return staff.post(reverse("admin:dispatch_run_changelist"), body, follow=True)


def test_staff_replay_dead_runs(staff: Any, dead: list[Run]) -> None:
    page = act(staff, "replay_runs", dead).content.decode()

    assert "2 runs were asked again." in page
    fresh = list(Run.objects.filter(state="queued").order_by("position"))
    assert [run.replay_of for run in fresh] == sorted(dead, key=lambda run: run.pk)
    assert [Message.objects.get(id=run.message_id).run for run in fresh] == [run.id for run in fresh]
    assert {event.actor["kind"] for event in Event.objects.filter(type="run.queued")} == {"staff"}


def test_what_cannot_be_replayed_is_named_and_holds_up_nobody(staff: Any, dead: list[Run]) -> None:
    act(staff, "replay_runs", dead[:1])

    page = act(staff, "replay_runs", dead).content.decode()

    assert "1 run was asked again." in page
    assert f"{dead[0].pk}: The run" in page
    assert Run.objects.filter(state="queued").count() == 2


def test_staff_choose_another_handler_on_a_page_in_between(staff: Any, dead: list[Run]) -> None:
    asked = act(staff, "replay_with", dead)
    assert '<option value="offline_responder">' in asked.content.decode()
    assert not Run.objects.filter(state="queued").exists()

    unknown = act(staff, "replay_with", dead, handler="nobody")
    assert "Select a valid choice" in unknown.content.decode()
    page = act(staff, "replay_with", dead, handler="offline_responder").content.decode()

    assert "2 runs were asked again." in page
    assert {run.only_handler for run in Run.objects.filter(state="queued")} == {"offline_responder"}


def test_staff_stop_runs(staff: Any, dead: list[Run]) -> None:
    act(staff, "replay_runs", dead)
    waiting, running = Run.objects.filter(state="queued").order_by("-position")
    assert runs.claim(running.id, "here")

    page = act(staff, "stop_runs", [waiting, running, dead[0]]).content.decode()

    assert "2 runs were stopped." in page
    assert "it is dead" in page
    states = [Run.objects.get(id=run.id) for run in (waiting, running)]
    assert [(run.state, run.stop) for run in states] == [("canceled", "canceled"), ("running", "canceled")]


def test_who_may_only_look_gets_no_actions(client: Any, dead: list[Run]) -> None:
    looker = admin_rows.person("carol", is_staff=True)
    runs_of = ContentType.objects.get_for_model(Run)
    view, _ = Permission.objects.get_or_create(codename="view_run", content_type=runs_of)  # tests before may flush it
    looker.user_permissions.add(view)
    client.force_login(looker)

    act(client, "replay_runs", dead)

    assert not Run.objects.filter(state="queued").exists()
