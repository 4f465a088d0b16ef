"""Deleting a message: what it said is gone from everywhere, its place stays."""

from typing import Any

import pytest
from django.utils import timezone

from contexts import store
from contexts.knowledge import Entity, Pin, SearchDocument, SummaryPart
from contexts.models import Conversation, Message
from contexts.summaries import FANOUT, SPAN
from dispatch import conclusion, replays, review, runs
from dispatch.handlers import Reply
from dispatch.models import Review, Run
from dispatch.outcomes import Outcome
from project.errors import NotFound, SwitchboardError
from project.models import Event
from security.models import Membership, Role, User
from security.screening_models import KeptFinding
from tests.contexts import stale
from tests.contexts.said import fresh, say
from tests.dispatch.answered import answered, claimed, concluded
from tests.dispatch.test_editing import edit, events, marked, post, shown, version
from tests.people import Person, make_user
from tests.problem import problem

assert marked  # the filters of the tests beside it

SECRET = "zanzibar"


def delete(person: Person, message: object) -> Any:
    return person.delete(f"/api/v1/messages/{message}/")


def remains() -> list[str]:
    """Where the word still stands: in any row of what is stored about conversations, and in the cache."""
    tables = (Message, Event, KeptFinding, Run, Pin, SearchDocument, SummaryPart, Entity)
    rows = (row for table in tables for row in table.objects.all())
    return [f"{row._meta.label} {row.pk}" for row in rows if SECRET in str(vars(row))] + stale.texts(SECRET)


def summed_up(message: Message) -> None:
    """As if it had left the window long ago."""
    line = {"seq": message.seq, "author": "bob", "text": message.text, "weight": 1.0}
    for level in range(2):
        number = message.seq // (SPAN * FANOUT**level)
        SummaryPart.objects.create(
            conversation=message.conversation, level=level, number=number, count=1, lines=[line], text=message.text
        )


@pytest.mark.django_db(transaction=True)  # what is in the cache follows commits
def test_what_it_said_is_gone_from_every_row(ada: Person, bob: Person, conversation: Conversation) -> None:
    parts = [{"type": "text", "text": SECRET}]
    message = post(bob, conversation, f"{SECRET} MASK ME", parts=parts, metadata={SECRET: SECRET})
    edit(bob, message, text=f"{SECRET} again, MASK ME")
    Pin.objects.create(conversation=conversation, message_id=message)
    summed_up(Message.objects.get(id=message))
    store.load(say(fresh(conversation), "One more", bob))
    assert remains()
    assert stale.texts(SECRET)

    assert delete(bob, message).status_code == 204

    assert remains() == []
    assert not Pin.objects.exists()


def test_a_tombstone_keeps_its_place(ada: Person, bob: Person, conversation: Conversation) -> None:
    first, second = post(bob, conversation, "First"), post(bob, conversation, "Second")

    delete(bob, first)

    body = shown(ada, first)
    assert (body["text"], body["parts"], body["metadata"], body["status"]) == ("", [], {}, "deleted")
    page = ada.get(f"/api/v1/conversations/{conversation.id}/messages/").json()["results"]
    assert [row["id"] for row in page] == [first, second]
    assert ada.get(f"/api/v1/conversations/{conversation.id}/").json()["message_count"] == 1


def test_the_log_tells_it_and_keeps_numbers_types_and_times(
    ada: Person, bob: Person, conversation: Conversation
) -> None:
    message = post(bob, conversation, SECRET)
    edit(bob, message, text=f"{SECRET} again")
    before = events(ada, conversation)

    delete(bob, message)

    *after, last = [event for event in events(ada, conversation) if not event["type"].startswith("run.canceled")]
    assert [(e["seq"], e["type"], e["time"]) for e in after] == [(e["seq"], e["type"], e["time"]) for e in before]
    assert {event["data"]["message"]["status"] for event in after if event["type"].startswith("message.")} == {
        "deleted"
    }
    assert (last["type"], last["message"]) == ("message.deleted", message)
    assert last["data"] == {"message": shown(ada, message), "length": 0}


def test_handlers_know_it_no_more(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, SECRET)
    before = version(conversation)
    assert store.load(say(conversation, "One", bob)).messages[0].text == SECRET

    delete(bob, message)

    known = store.load(say(conversation, "Two", bob))
    assert [one.text for one in known.messages] == ["One"]
    assert known.total == 1
    assert version(conversation) > before


def test_its_run_is_not_carried_out(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)

    delete(bob, message)

    assert Run.objects.get().state == "canceled"


def test_an_answer_under_way_is_stopped(bob: Person, conversation: Conversation) -> None:
    claim = claimed(bob, conversation)

    delete(bob, claim.message.id)

    assert Run.objects.get().stop == "canceled"
    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("Late")))
    assert Run.objects.get().state == "canceled"


def test_its_answer_stays(ada: Person, bob: Person, conversation: Conversation) -> None:
    run = answered(bob, conversation, text="An answer")

    delete(bob, run.message_id)

    assert shown(ada, str(run.reply))["text"] == "An answer"
    assert shown(ada, str(run.reply))["reply_to"] == str(run.message_id)


def test_who_manages_deletes_an_answer_too(plain_ada: Person, bob: Person, conversation: Conversation) -> None:
    run = concluded(claimed(bob, conversation), SECRET)

    problem(delete(bob, run.reply), 403, "forbidden")
    assert delete(plain_ada, run.reply).status_code == 204

    assert remains() == []


def test_a_private_answer_is_counted_no_more(bob: Person, conversation: Conversation) -> None:
    Membership.objects.filter(user=bob.user).update(role=Role.ADMIN)
    run = answered(bob, conversation, "sender")
    assert fresh(conversation).private_count == 1

    delete(bob, run.reply)

    assert (fresh(conversation).message_count, fresh(conversation).private_count) == (1, 0)


def test_once_more_changes_nothing(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    delete(bob, message)
    before, told = version(conversation), Event.objects.count()

    assert delete(bob, message).status_code == 204

    assert (version(conversation), Event.objects.count()) == (before, told)
    assert fresh(conversation).message_count == 0


def test_a_late_retry_of_its_submission_does_not_bring_it_back(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, SECRET, key="one")
    delete(bob, message)

    assert post(bob, conversation, SECRET, key="one") == message

    assert Message.objects.count() == 1
    assert remains() == []


def test_it_is_neither_edited_nor_asked_again(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    delete(bob, message)

    problem(edit(bob, message, text="Back"), 409, "message_not_editable")
    problem(bob.post(f"/api/v1/messages/{message}/retry"), 422, "never_run")


def test_who_only_reads_deletes_nothing(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)

    problem(delete(bob, message), 403, "forbidden")


def test_an_editor_does_not_delete_what_others_wrote(
    plain_ada: Person, bob: Person, conversation: Conversation
) -> None:
    problem(delete(bob, post(plain_ada, conversation)), 403, "forbidden")


def test_staff_without_the_permission_are_strangers(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation)
    officer = Person(make_user("officer", is_staff=True))

    problem(delete(officer, message), 404, "not_found")
    User.objects.filter(username="officer").update(is_superuser=True)
    officer.user = User.objects.get(username="officer")
    assert delete(officer, message).status_code == 204


def test_a_held_message_waits_for_its_reviewer(ada: Person, bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, f"HOLD ME {SECRET}")

    problem(delete(bob, message), 409, "message_held")
    review.reject(Review.objects.get(), ada.user)
    assert delete(bob, message).status_code == 204

    assert remains() == []
    assert (fresh(conversation).message_count, fresh(conversation).private_count) == (0, 0)


def test_of_a_released_one_every_event_is_silent(ada: Person, bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, f"HOLD ME {SECRET}")
    review.release(Review.objects.get(), ada.user)
    claim = runs.claim(Run.objects.get().id, "here")
    assert claim
    concluded(claim, "Fine")

    delete(bob, message)

    assert remains() == []


def test_nothing_is_left_by_which_its_text_could_be_guessed(bob: Person, conversation: Conversation) -> None:
    message = post(bob, conversation, "yes", key="one")

    delete(bob, message)

    assert Message.objects.get().digest == ""
    assert post(bob, conversation, "no", key="one") == message


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"status": "deleted"}, "never_run"), ({"text": "BLOCK ME", "edited_at": timezone.now()}, "message_blocked")],
)
def test_what_changes_while_it_is_asked_again_is_seen(
    bob: Person, conversation: Conversation, fields: dict[str, Any], code: str
) -> None:
    run = answered(bob, conversation)
    read = Message.objects.select_related("conversation", "author").get(id=run.message_id)

    Message.objects.filter(id=read.id).update(**fields)

    with pytest.raises(SwitchboardError) as refusal:
        replays.replay(read, {"kind": "user", "id": str(bob.user.id)})
    assert refusal.value.code == code
    Message.objects.filter(id=read.id).delete()
    with pytest.raises(NotFound):
        replays.replay(read, {"kind": "user", "id": str(bob.user.id)})
