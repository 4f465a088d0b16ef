"""Who sees a reply: on every way that REST has out, to whom it may be quoted, and what everybody learns of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from contexts.models import Conversation, Message
from dispatch import audiences, conclusion, leases, runs
from dispatch.handlers import Reply
from dispatch.models import Route, Run
from dispatch.outcomes import Outcome, Said
from project.models import Event
from project.readers import STAFF
from security.models import User
from tests.dispatch.answered import answered, claimed, concluded, routed
from tests.people import Person
from tests.problem import problem, refusal

pytestmark = pytest.mark.django_db


def seen(person: Person, run: Run) -> set[str]:
    """The ways on which somebody gets the text of a run's reply."""
    at = f"/api/v1/conversations/{run.conversation_id}"
    ways = {
        "list": f"{at}/messages/",
        "single": f"/api/v1/messages/{run.reply}/",
        "events": f"{at}/events/",
        "run": f"/api/v1/runs/{run.id}/",
        "conversation": f"{at}/",
        "conversations": "/api/v1/conversations/",
    }
    return {way for way, path in ways.items() if "The secret" in person.get(path).content.decode()}


EVERYWHERE = {"list", "single", "events"}


@pytest.mark.parametrize(
    ("audience", "asker", "others", "staff"),
    [
        (None, EVERYWHERE, EVERYWHERE, EVERYWHERE),
        ("conversation", EVERYWHERE, EVERYWHERE, EVERYWHERE),
        ("sender", EVERYWHERE, set(), EVERYWHERE),
        ("none", set(), set(), EVERYWHERE),
    ],
)
def test_each_audience_sees_the_reply_and_nobody_else_does(
    people: dict[str, Person],
    conversation: Conversation,
    audience: str | None,
    asker: set[str],
    others: set[str],
    staff: set[str],
) -> None:
    ada, bob, eve = people["ada"], people["bob"], people["eve"]
    run = answered(bob, conversation, audience, "The secret")

    assert seen(ada, run) == staff
    User.objects.filter(id=ada.user.id).update(is_staff=False)
    assert seen(ada, run) == others
    assert seen(bob, run) == asker
    assert seen(eve, run) == set()


def test_owner_of_the_workspace_is_no_staff(plain_ada: Person, bob: Person, conversation: Conversation) -> None:
    run = answered(bob, conversation, "sender", "The secret")

    assert seen(plain_ada, run) == set()


def test_staff_who_are_no_members_learn_nothing_either(bob: Person, eve: Person, conversation: Conversation) -> None:
    User.objects.filter(id=eve.user.id).update(is_staff=True)

    assert seen(eve, answered(bob, conversation, "sender", "The secret")) == set()


@pytest.mark.parametrize(
    "ask",
    [
        lambda person, id: person.get(f"/api/v1/messages/{id}/"),
        lambda person, id: person.post(f"/api/v1/messages/{id}/retry"),
    ],
    ids=["read", "retry"],
)
def test_reply_to_somebody_else_and_an_unknown_message_are_the_same_404(
    ada: Person, bob: Person, conversation: Conversation, ask: Callable[[Person, UUID], Any]
) -> None:
    run = answered(ada, conversation, "sender")

    hidden, unknown = (ask(bob, id) for id in (run.reply, uuid4()))

    problem(hidden, 404, "not_found")
    assert refusal(hidden) == refusal(unknown)


def test_message_that_may_not_be_read_cannot_be_replied_to(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    run = answered(ada, conversation, "sender")
    path = f"/api/v1/conversations/{conversation.id}/messages/"

    hidden, unknown = (bob.post(path, {"text": "Why?", "reply_to": str(id)}) for id in (run.reply, uuid4()))

    problem(hidden, 422, "unknown_reply_to")
    assert refusal(hidden) == refusal(unknown)
    assert ada.post(path, {"text": "Why?", "reply_to": str(run.reply)}).status_code == 202


def test_everybody_learns_how_a_run_ended_and_for_whom(ada: Person, bob: Person, conversation: Conversation) -> None:
    run = answered(ada, conversation, "sender")

    events = bob.get(f"/api/v1/conversations/{conversation.id}/events/").json()["results"]

    types = ["message.received", "run.queued", "run.started", "run.completed"]
    assert [(event["type"], event["seq"]) for event in events] == list(zip(types, (1, 2, 3, 5), strict=True))
    assert events[-1]["data"] == {"attempt": 1, "reply": str(run.reply), "audience": "sender"}
    assert bob.get(f"/api/v1/runs/{run.id}/").json()["audience"] == "sender"


def test_reply_for_everybody_says_nothing_of_it(ada: Person, bob: Person, conversation: Conversation) -> None:
    run = answered(ada, conversation)

    last = bob.get(f"/api/v1/conversations/{conversation.id}/events/").json()["results"][-1]

    assert last["data"] == {"attempt": 1, "reply": str(run.reply)}
    assert bob.get(f"/api/v1/runs/{run.id}/").json()["audience"] == "conversation"


def test_message_and_event_are_for_the_same_reader(ada: Person, conversation: Conversation) -> None:
    for audience, visible_to in [("sender", str(ada.user.id)), ("none", STAFF), ("conversation", "")]:
        run = answered(ada, conversation, audience)

        told = Event.objects.filter(run=run.id).exclude(visible_to="")
        assert Message.objects.get(id=run.reply).visible_to == run.visible_to == visible_to
        assert [(event.type, event.visible_to) for event in told] == (
            [("message.completed", visible_to)] if visible_to else []
        )


def test_fallback_of_a_private_run_is_private_too(ada: Person, bob: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation, "sender")

    conclusion.conclude(claim.run, claim.attempt, Outcome(reason="attempts_spent"))

    run = Run.objects.get(id=claim.run)
    assert ada.get(f"/api/v1/messages/{run.reply}/").json()["metadata"]["fallback"] is True
    assert bob.get(f"/api/v1/messages/{run.reply}/").status_code == 404
    assert bob.get(f"/api/v1/runs/{run.id}/").json()["audience"] == "sender"


def test_a_run_tells_for_whom_its_reply_is(ada: Person, bob: Person, conversation: Conversation) -> None:
    run = concluded(claimed(ada, conversation, "none"), "The secret")

    assert seen(bob, run) == set()
    assert (run.audience, run.visible_to) == ("none", STAFF)


@pytest.mark.parametrize(
    ("given", "asked", "becomes"),
    [
        ("sender", None, "sender"),
        ("sender", "workspace", "sender"),
        ("none", "sender", "none"),
        ("workspace", None, "workspace"),
        ("workspace", "sender", "sender"),
    ],
)
def test_route_gives_an_audience_that_the_message_may_narrow(
    ada: Person, conversation: Conversation, given: str, asked: str | None, becomes: str
) -> None:
    routed(conversation, given)

    run = answered(ada, conversation, asked)

    assert run.audience == becomes
    assert Message.objects.get(id=run.reply).visible_to == audiences.visible_to(becomes, ada.user.id)


def test_replies_of_several_handlers_are_for_the_same_reader(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    claim = claimed(ada, conversation, "sender")
    others = tuple(Said(name, Reply(f"The secret of {name}")) for name in ("one", "another"))

    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("The secret"), others=others))

    run = Run.objects.get(id=claim.run)
    replies = Message.objects.filter(run=run.id, role="assistant")
    assert [reply.visible_to for reply in replies] == 3 * [str(ada.user.id)]
    assert seen(bob, run) == set()
    assert seen(ada, run) == EVERYWHERE


def test_whoever_asks_again_and_by_whichever_handler_the_reply_is_for_the_same(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    routed(conversation, "sender")
    first = answered(bob, conversation, text="The secret")

    taken = ada.post(f"/api/v1/messages/{first.message_id}/retry", {"handler": "offline_responder"})

    assert taken.status_code == 202, taken.content
    claim = runs.claim(taken.json()["run"], "here")
    assert claim
    again = concluded(claim, "The secret again")
    assert (again.audience, again.visible_to) == ("sender", str(bob.user.id))


def test_what_a_stopped_run_has_said_is_for_the_same(ada: Person, bob: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation, "sender")
    runs.checkpoint(claim, "The secret so far")
    assert bob.post(f"/api/v1/runs/{claim.run}/cancel").status_code == 202

    assert conclusion.conclude(claim.run, claim.attempt, Outcome(reason="stopped"))

    run = Run.objects.get(id=claim.run)
    assert run.state == "canceled"
    assert seen(bob, run) == set()
    assert seen(ada, run) == EVERYWHERE
    last = bob.get(f"/api/v1/conversations/{conversation.id}/events/").json()["results"][-1]
    assert (last["type"], last["data"]["audience"]) == ("run.canceled", "sender")


def test_each_attempt_is_for_those_its_own_decision_says(ada: Person, conversation: Conversation) -> None:
    route = routed(conversation, "sender")
    claim = claimed(ada, conversation)
    run = Run.objects.get(id=claim.run)
    assert (run.visible_to, claim.visible_to) == (str(ada.user.id), str(ada.user.id))

    leases.release(run, "drain")
    Route.objects.filter(id=route.id).update(audience="none")
    again = runs.claim(run.id, "here")

    assert again
    assert Run.objects.get(id=run.id).visible_to == again.visible_to == STAFF
    assert Message.objects.get(id=concluded(again).reply).visible_to == STAFF


def test_pages_of_the_log_are_full_of_what_may_be_seen(ada: Person, bob: Person, conversation: Conversation) -> None:
    for audience in ("sender", None, "none", None):
        answered(ada, conversation, audience)
    path, pages = f"/api/v1/conversations/{conversation.id}/events/?page_size=3", list[list[int]]()

    next: str | None = path
    while next:
        page = bob.get(next).json()
        pages.append([event["seq"] for event in page["results"]])
        next = page["next"]

    hidden = {4, 14}
    assert [seq for page in pages for seq in page] == [seq for seq in range(1, 21) if seq not in hidden]
    assert [len(page) for page in pages] == [3] * 6


def test_cursor_at_an_event_that_is_hidden_is_honoured(ada: Person, bob: Person, conversation: Conversation) -> None:
    answered(ada, conversation, "sender")
    path = f"/api/v1/conversations/{conversation.id}/events/"
    at = ada.get(path).json()["results"][3]
    assert at["type"] == "message.completed"

    rest = bob.get(f"{path}?after={at['id']}").json()["results"]

    assert [event["type"] for event in rest] == ["run.completed"]


def test_count_of_messages_is_of_those_that_all_may_read(ada: Person, bob: Person, conversation: Conversation) -> None:
    answered(ada, conversation)
    answered(ada, conversation, "sender")

    shown = bob.get(f"/api/v1/conversations/{conversation.id}/").json()

    assert (
        shown["message_count"]
        == 3
        == len(bob.get(f"/api/v1/conversations/{conversation.id}/messages/").json()["results"])
    )


def test_findings_in_a_reply_to_somebody_else_are_for_staff(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    run = answered(bob, conversation, "sender")
    Run.objects.filter(id=run.id).update(findings=[{"rule": "secrets", "span": [3, 9], "severity": "high"}])
    path = f"/api/v1/runs/{run.id}/"

    assert ada.get(path).json()["findings"]
    User.objects.filter(id=ada.user.id).update(is_staff=False)
    assert ada.get(path).json()["findings"] == []
