"""Claims, leases and fencing, on rows."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone

from contexts import conversations
from contexts.models import Conversation, Message
from dispatch import conclusion, dispatcher, leases, runs, work
from dispatch.handlers import Reply
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.outcomes import Outcome
from dispatch.submissions import parse
from project.models import Event
from security import screening
from security.material import Material
from security.screening import Finding
from tests.modes import PRODUCTION
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def say(person: Person, conversation: Conversation, text: str = "hi") -> UUID:
    return receive(parse({"text": text}, None), person.identity, conversation.id).run


def types(conversation: Conversation) -> list[str]:
    return list(Event.objects.after(conversation.stream, 0).values_list("type", flat=True))


def expire(run: UUID) -> None:
    Run.objects.filter(id=run).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_run_is_claimed_once(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)

    claims = [runs.claim(run, "one"), runs.claim(run, "other")]

    assert [claim and claim.attempt for claim in claims] == [1, None]


def test_second_message_waits_for_the_first(ada: Person, conversation: Conversation) -> None:
    first, second = say(ada, conversation), say(ada, conversation)

    assert runs.next_due(10, "one") == [first]
    claim = runs.claim(first, "one")
    assert runs.next_due(10, "one") == []
    assert runs.claim(second, "other") is None
    assert claim is not None
    conclusion.conclude(first, claim.attempt, Outcome(Reply("done")))
    assert runs.next_due(10, "one") == [second]


def test_conversations_do_not_wait_for_each_other(ada: Person, conversation: Conversation) -> None:
    other = conversations.create(ada.user, conversation.workspace_id, {})
    first, second = say(ada, conversation), say(ada, other)
    runs.claim(first, "one")

    assert runs.next_due(10, "one") == [second]


def test_priority_is_a_head_start_between_conversations(ada: Person, conversation: Conversation) -> None:
    others = [conversations.create(ada.user, conversation.workspace_id, {}) for _ in range(3)]
    low, normal, high = (
        receive(parse({"text": "hi", "metadata": {"priority": priority}}, None), ada.identity, other.id).run
        for priority, other in zip(("low", "normal", "high"), others, strict=True)
    )
    old = say(ada, conversation)
    Run.objects.filter(id=old).update(rank=timezone.now() - 2 * runs.HEAD_START)

    assert runs.next_due(10, "one") == [old, high, normal, low]


def test_priority_changes_nothing_within_a_conversation(ada: Person, conversation: Conversation) -> None:
    first = say(ada, conversation)
    receive(parse({"text": "hi", "metadata": {"priority": "high"}}, None), ada.identity, conversation.id)

    assert runs.next_due(10, "one") == [first]


def test_result_of_a_lost_attempt_is_refused(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    frozen = runs.claim(run, "frozen")
    expire(run)
    list(work.recover())
    thief = runs.claim(run, "other")
    assert frozen is not None
    assert thief is not None

    assert conclusion.conclude(run, frozen.attempt, Outcome(Reply("too late"))) is False
    assert conclusion.conclude(run, thief.attempt, Outcome(Reply("in time"))) is True
    assert conclusion.conclude(run, thief.attempt, Outcome(Reply("again"))) is False
    assert list(Message.objects.filter(role="assistant").values_list("text", flat=True)) == ["in time"]
    assert types(conversation).count("run.completed") == 1


def test_lost_run_that_breaks_holds_up_no_other(ada: Person, conversation: Conversation) -> None:
    where = [conversation, *(conversations.create(ada.user, conversation.workspace_id, {}) for _ in range(12))]
    lost = [say(ada, one) for one in where]
    for run in lost:
        runs.claim(run, "dead")
        expire(run)
    Run.objects.filter(id=lost[0]).update(stop="nonsense", lease_until=timezone.now() - timedelta(seconds=9))

    assert len(list(work.recover())) == 13

    assert list(Run.objects.exclude(state="queued").values_list("id", flat=True)) == lost[:1]
    assert leases.lost() == []
    assert [run.id for run in leases.lost(timezone.now() + timedelta(seconds=60))] == lost[:1]


def test_renewed_lease_is_not_lost(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    runs.claim(run, "one")
    expire(run)

    leases.renew("one", [run])

    assert leases.lost() == []


@pytest.mark.skipif(not PRODUCTION, reason="SQLite locks no rows")
def test_renewal_waits_for_nobody_who_changes_a_run(ada: Person, conversation: Conversation) -> None:
    changed, free = (say(ada, conversation) for _ in range(2))
    Run.objects.update(state="running", holder="one", lease_until=timezone.now() - timedelta(seconds=1))
    other = connection.copy()

    with closing(other), other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT id FROM dispatch_run WHERE id = %s FOR UPDATE", [changed])
        leases.renew("one", [changed, free])

    assert [run.id for run in leases.lost()] == [changed]


def test_lease_of_another_holder_is_not_renewed(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    runs.claim(run, "one")
    expire(run)

    leases.renew("other", [run])

    assert [lost.id for lost in leases.lost()] == [run]


def test_who_lost_a_run_does_not_fail_it_for_its_next_holder(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    runs.claim(run, "other")

    work.fail("blocked", run)
    assert Run.objects.get(id=run).state == "running"

    work.fail("other", run)
    assert Run.objects.get(id=run).state == "failed"


def test_third_lost_attempt_is_the_last(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)

    for _ in range(3):
        Run.objects.filter(id=run).update(due_at=timezone.now())
        runs.claim(run, "dies")
        expire(run)
        list(work.recover())

    reply = Message.objects.get(role="assistant")
    assert Run.objects.get(id=run).state == "dead"
    assert reply.metadata == {"fallback": True, "reason": "attempts_spent"}
    assert reply.id == Run.objects.get(id=run).reply
    assert types(conversation).count("run.dead") == 1
    assert runs.claim(run, "late") is None


def test_answer_knows_what_was_said_before(ada: Person, conversation: Conversation) -> None:
    first = say(ada, conversation, "Our launch is on the ninth of May.")
    async_to_sync(dispatcher.process)(first, "test")
    second = say(ada, conversation, "When is our launch?")

    async_to_sync(dispatcher.process)(second, "test")

    assert "ninth of May" in Message.objects.get(role="assistant", reply_to__run=second).text
    run = Run.objects.get(id=second)
    assert (run.state, run.decision["path"], run.handlers[0]["result"]) == (
        "completed",
        ["offline_responder"],
        "replied",
    )


def test_context_version_rises_with_each_message(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    async_to_sync(dispatcher.process)(run, "test")

    conversation.refresh_from_db()
    assert (conversation.context_version, conversation.message_count) == (2, 2)


def test_answer_that_screening_refuses_is_withheld(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    claim = runs.claim(run, "one")
    assert claim is not None

    conclusion.conclude(run, claim.attempt, Outcome(Reply("\u200b\u200b")))

    reply = Message.objects.get(role="assistant")
    assert reply.metadata == {"fallback": True, "reason": "answer_refused"}
    assert Run.objects.get(id=run).state == "failed"


def test_checkpoint_of_a_lost_attempt_is_not_taken(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    frozen = runs.claim(run, "frozen")
    expire(run)
    list(work.recover())
    runs.claim(run, "other")
    assert frozen is not None

    runs.checkpoint(frozen, "old words")

    assert Run.objects.get(id=run).partial == ""


def test_one_suspect_of_crashes_at_a_time(ada: Person, conversation: Conversation) -> None:
    others = [conversations.create(ada.user, conversation.workspace_id, {}) for _ in range(2)]
    poison, neighbour, fresh = (say(ada, where) for where in (conversation, *others))
    Run.objects.filter(id__in=[poison, neighbour]).update(crashes=2)

    assert runs.next_due(10, "one") == [poison, fresh]
    runs.claim(poison, "one")
    assert runs.next_due(10, "one") == [fresh]
    assert runs.next_due(10, "other") == [neighbour, fresh]


def test_run_given_back_at_a_drain_keeps_its_attempts(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)

    for _ in range(4):
        runs.claim(run, "drains")
        leases.release_held("drains", [run], "drain")

    assert (Run.objects.get(id=run).state, Run.objects.get(id=run).crashes) == ("queued", 0)


def test_findings_of_message_and_answer_are_kept(ada: Person, conversation: Conversation, settings: Any) -> None:
    settings.FILTERS = ["shape", "test_marks"]
    run = say(ada, conversation, "a marked question")
    claim = runs.claim(run, "one")
    assert claim is not None

    conclusion.conclude(run, claim.attempt, Outcome(Reply("", parts=({"type": "text", "text": "a marked answer"},))))

    assert [finding["span"] for finding in Run.objects.get(id=run).findings] == [[2, 8], [2, 8]]


def test_reply_that_says_nothing_is_no_reply(ada: Person, conversation: Conversation) -> None:
    run = say(ada, conversation)
    claim = runs.claim(run, "one")
    assert claim is not None

    conclusion.conclude(run, claim.attempt, Outcome(Reply("")))

    assert Run.objects.get(id=run).state == "completed"
    assert not Message.objects.filter(role="assistant").exists()


@screening.register("test_marks")
def marks(material: Material) -> Iterator[Finding]:
    start = material.whole.find("marked")
    if start >= 0:
        yield Finding("mark", (start, start + 6), "low")
