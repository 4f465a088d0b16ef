"""What is decided about a message, when, and what becomes of it when its route is broken."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync

from contexts.models import Message
from dispatch import conclusion, dispatcher, runs
from dispatch.handlers import Reply
from dispatch.models import HandlerSwitch, Run
from dispatch.outcomes import Outcome, Said
from dispatch.runs import HEAD_START
from tests import admin_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def say(ada, conversation):
    def said(**fields):
        answer = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello", **fields})
        assert answer.status_code == 202, answer.json()
        return Run.objects.get(id=answer.json()["run"])

    return said


def carried(run):
    async_to_sync(dispatcher.process)(run.id, "test")
    run.refresh_from_db()
    return run


def test_a_decision_is_kept_from_the_first_moment(ada, say):
    admin_rows.route(ada.workspace, handlers=["commands"], deadline=7)

    run = say()

    assert (run.state, run.decision["path"], run.decision["deadline"]) == ("queued", ["commands"], 7)


def test_a_route_changed_while_a_message_waits_counts(ada, say):
    route = admin_rows.route(ada.workspace, handlers=["commands"])
    run = say()
    ada.patch(f"/api/v1/routes/{route.id}/", {"handlers": ["offline_responder"]})

    carried(run)

    assert run.decision["path"] == [asked["name"] for asked in run.handlers] == ["offline_responder"]


def test_a_decision_is_kept_when_a_run_is_given_up(ada, say):
    run = say()
    claim = runs.claim(run.id, "dies")
    assert claim

    conclusion.conclude(run.id, claim.attempt, Outcome(reason="attempts_spent"))

    run.refresh_from_db()
    assert (run.state, run.decision["path"]) == ("dead", ["offline_responder"])


@pytest.mark.parametrize("handlers", [["gone"], ["commands"], ["gone", "commands"]])
def test_a_route_with_nobody_left_fails_and_says_so(ada, bob, say, handlers):
    HandlerSwitch.objects.create(name="commands", enabled=False)
    admin_rows.route(ada.workspace, handlers=handlers, position=1)
    admin_rows.route(ada.workspace, "next", position=2)

    run = carried(say())

    reply = Message.objects.get(id=run.reply)
    assert (run.state, run.error["code"], run.handlers) == ("failed", "route_broken", [])
    assert (run.decision["missing"], run.decision["path"]) == (handlers, [])
    assert reply.metadata == {"fallback": True, "reason": "route_broken"}
    assert "names nothing that answers" in reply.text
    public = bob.get(f"/api/v1/runs/{run.id}/").json()["decision"]
    assert public["reason"] == (
        f"a route of the workspace, without handlers that are gone or disabled: {', '.join(handlers)}"
    )


def test_a_route_with_somebody_left_goes_on_with_the_rest(ada, say):
    admin_rows.route(ada.workspace, handlers=["gone", "offline_responder"])

    run = carried(say())

    assert (run.state, run.decision["path"], run.decision["missing"]) == ("completed", ["offline_responder"], ["gone"])


def test_a_disabled_handler_is_not_asked_for_its_kind_either(say):
    HandlerSwitch.objects.create(name="offline_responder", enabled=False)

    run = carried(say())

    assert (run.state, run.error["code"], run.handlers) == ("failed", "no_handler", [])


@pytest.mark.parametrize(
    ("route", "message", "steps"), [("low", "high", -1), ("high", None, 1), ("", "high", 1), ("", None, 0)]
)
def test_the_priority_of_a_route_goes_before_the_messages(ada, say, route, message, steps):
    admin_rows.route(ada.workspace, priority=route)

    run = say(metadata={"priority": message} if message else {})

    assert run.priority == steps
    assert abs(run.queued_at - run.rank - steps * HEAD_START) < timedelta(seconds=1)


def test_a_replay_with_one_handler_goes_by_no_route(ada, say):
    admin_rows.route(ada.workspace, handlers=["commands"])
    run = say()
    Run.objects.filter(id=run.id).update(only_handler="offline_responder")

    carried(run)

    assert (run.state, run.decision["path"], run.decision["route"]) == ("completed", ["offline_responder"], None)
    assert run.decision["reason"] == "replayed with the handler offline_responder"


def test_a_refused_reply_harms_no_other(say):
    run = say()
    claim = runs.claim(run.id, "test")
    assert claim
    records = tuple({"name": name, "result": "replied", "ms": 1} for name in ("one", "two", "three"))
    others = (Said("two", Reply("fine")), Said("three", Reply("good")))

    conclusion.conclude(run.id, claim.attempt, Outcome(Reply("\u200b"), "", records, by="one", others=others))

    run.refresh_from_db()
    replies = Message.objects.filter(role="assistant").order_by("seq")
    assert (run.state, [reply.text for reply in replies]) == ("completed", ["fine", "good"])
    assert replies[0].id == run.reply
    assert [asked["result"] for asked in run.handlers] == ["answer_refused", "replied", "replied"]
