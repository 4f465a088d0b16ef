"""What staff set for handlers holds at once, on every process, and is on record."""

import logging
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from contexts import conversations
from dispatch import handlers, intake, runs, submissions, switches
from dispatch.handlers import Reply
from dispatch.models import Call, HandlerSwitch
from dispatch.switches import InvalidLimit, UnknownHandler
from tests import admin_rows
from tests.people import make_user
from tests.problem import problem

PATH = "/api/v1/handlers/offline_responder/"
LIST = "/api/v1/handlers/"

pytestmark = pytest.mark.django_db


@contextmanager
def registered(name, **fields):
    async def answer(message, context, turn):
        return Reply("yes")

    answer.__name__ = name
    handlers.register("test.switched", **fields)(answer)
    try:
        yield
    finally:
        handlers.unregister(name)


@pytest.fixture
def staff(client):
    client.force_login(make_user("staff", is_staff=True, is_superuser=True))
    return client


def said(person):
    """The run of a message in a conversation of its own."""
    conversation = conversations.create(person.user, person.workspace.id, {})
    submission = submissions.parse({"kind": "text", "text": "hello"}, None)
    return intake.receive(submission, person.identity, conversation.id).run


def listed(person, name="offline_responder"):
    return next(handler for handler in person.get(LIST).json() if handler["name"] == name)


def act(client, action, *names):
    data = {"action": action, "_selected_action": names}
    return client.post(reverse("admin:dispatch_handlerswitch_changelist"), data, follow=True)


def saved(client, name, **fields):
    return client.post(reverse("admin:dispatch_handlerswitch_change", args=[name]), fields, follow=True)


def test_without_a_row_a_handler_is_enabled_and_has_its_own_limit():
    with registered("limited", concurrency=3):
        assert switches.disabled() == set()
        assert switches.limits() == {"limited": 3}


def test_staff_disable_and_enable_over_rest(ada):
    off = ada.patch(PATH, {"enabled": False})
    disabled = switches.disabled()
    on = ada.patch(PATH, {"enabled": True})

    assert (off.status_code, off.json()["enabled"]) == (200, False)
    assert disabled == {"offline_responder"}
    assert on.json()["enabled"] is True
    assert switches.disabled() == set()


def test_a_limit_of_staff_comes_before_the_codes_and_can_be_taken_back(ada):
    with registered("limited", concurrency=3):
        ada.patch("/api/v1/handlers/limited/", {"concurrency": 5})
        assert switches.limits()["limited"] == 5

        back = ada.patch("/api/v1/handlers/limited/", {"concurrency": None})

        assert back.json()["concurrency"] == 3
        assert switches.limits()["limited"] == 3


@pytest.mark.parametrize("body", [{"concurrency": 0}, {"concurrency": -1}, {"concurrency": 10_001}, {"enabled": "?"}])
def test_what_is_no_setting_is_refused(ada, body):
    (pointer,) = body

    refused = problem(ada.patch(PATH, body), 422, "invalid")

    assert [error["pointer"] for error in refused["errors"]] == [f"/{pointer}"]
    assert not HandlerSwitch.objects.exists()


def test_who_is_no_staff_switches_nothing(bob, eve):
    for person in (bob, eve):
        problem(person.patch(PATH, {"enabled": False}), 403, "forbidden")

    assert not HandlerSwitch.objects.exists()


def test_staff_without_the_permission_switch_nothing(bob):
    bob.user.is_staff = True
    bob.user.save()
    refused = bob.patch(PATH, {"enabled": False})
    bob.user.user_permissions.set(Permission.objects.filter(codename="change_handlerswitch"))

    allowed = bob.patch(PATH, {"enabled": False})

    problem(refused, 403, "forbidden")
    assert allowed.status_code == 200


def test_a_handler_that_is_not_there_is_not_found_and_those_that_are_are_named(ada):
    answers = [ada.get("/api/v1/handlers/nobody/"), ada.patch("/api/v1/handlers/nobody/", {"enabled": False})]

    assert all("offline_responder" in problem(answer, 404, "not_found")["detail"] for answer in answers)
    assert not HandlerSwitch.objects.exists()


@pytest.mark.parametrize("name", ["%00", "a%00b", "%0A", "%C2%85", "%F0%9F", "n" * 300])
def test_a_name_that_no_handler_can_have_is_not_found(ada, name):
    for answer in (ada.get(f"{LIST}{name}/"), ada.patch(f"{LIST}{name}/", {"enabled": False})):
        problem(answer, 404, "not_found")


def test_a_change_is_logged_with_who_made_it(ada, caplog):
    with caplog.at_level(logging.INFO, "dispatch.switches"):
        ada.patch(PATH, {"enabled": False})
        ada.patch(PATH, {"enabled": False})

    (line,) = [record.getMessage() for record in caplog.records if record.name == "dispatch.switches"]
    assert "offline_responder" in line
    assert str(ada.user.id) in line
    assert "False" in line


def test_what_code_asks_for_is_checked_too():
    with pytest.raises(InvalidLimit, match="disable it"):
        switches.change(None, "offline_responder", {"concurrency": 0})
    with pytest.raises(UnknownHandler, match="offline_responder"):
        switches.change(None, "nobody", {"enabled": False})


def test_a_limit_of_staff_holds_for_runs_that_wait_already(ada):
    waiting = [said(ada) for _ in range(3)]
    ada.patch(PATH, {"concurrency": 2})

    claimed = [runs.claim(run, "here") is not None for run in waiting]
    ada.patch(PATH, {"concurrency": 3})

    assert claimed == [True, True, False]
    assert runs.next_due(16, "here") == waiting[2:]


def test_the_admin_lists_every_handler_and_marks_those_that_are_gone(staff):
    HandlerSwitch.objects.create(name="a_former_one")

    page = staff.get(reverse("admin:dispatch_handlerswitch_changelist"))

    rows = {row.name for row in page.context["cl"].result_list}
    assert rows == {*handlers.REGISTRY, "a_former_one"}
    assert page.content.decode().count("not registered") == 1
    again = staff.get(reverse("admin:dispatch_handlerswitch_changelist"))
    assert {row.name for row in again.context["cl"].result_list} == rows


def test_the_admin_disables_and_enables_many(staff):
    with registered("other"):
        staff.get(reverse("admin:dispatch_handlerswitch_changelist"))

        off = act(staff, "disable", "offline_responder", "other")
        disabled = switches.disabled()
        act(staff, "enable", "other")

        assert "offline_responder, other" in off.content.decode()
        assert disabled == {"offline_responder", "other"}
        assert switches.disabled() == {"offline_responder"}


def test_the_admin_sets_a_limit_and_refuses_one_that_is_none(staff, caplog):
    staff.get(reverse("admin:dispatch_handlerswitch_changelist"))

    with caplog.at_level(logging.INFO, "dispatch.switches"):
        saved(staff, "offline_responder", enabled="on", concurrency="4")
        refused = saved(staff, "offline_responder", enabled="on", concurrency="0")

    assert switches.limits()["offline_responder"] == 4
    assert "disable it" in refused.content.decode()
    assert len([record for record in caplog.records if record.name == "dispatch.switches"]) == 1


def test_who_may_only_look_switches_nothing(client):
    looker = make_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_handlerswitch"))
    client.force_login(looker)
    client.get(reverse("admin:dispatch_handlerswitch_changelist"))

    act(client, "disable", "offline_responder")
    saved(client, "offline_responder", concurrency="4")

    assert switches.read().disabled == set()
    assert switches.limits() == {}


def test_a_row_of_the_admin_tells_what_the_handler_did(staff):
    said = admin_rows.message(admin_rows.conversation(admin_rows.workspace(make_user("eve"))), 1)
    run = admin_rows.run(said)
    for result, milliseconds in (("replied", 10), ("handler_error", 30), ("timeout", 50), ("passed", 10)):
        Call.objects.create(
            run=run,
            workspace=run.conversation.workspace_id,
            attempt=1,
            handler="offline_responder",
            result=result,
            milliseconds=milliseconds,
        )

    page = staff.get(reverse("admin:dispatch_handlerswitch_changelist"), {"q": "offline"}).content.decode()
    one = staff.get(reverse("admin:dispatch_handlerswitch_change", args=["offline_responder"])).content.decode()

    for shown in ("2 (50.0%)", "25\u00a0ms, at most 50\u00a0ms", "text"):
        assert shown in page
        assert shown in one
    assert "without network or AI" in one
