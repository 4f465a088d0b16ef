"""The hot path costs the same however much was said before: no growing table is scanned, no past read as a whole."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from contexts import conversations, retention, store
from contexts.knowledge import ContextPolicy
from contexts.models import Conversation, Message
from dispatch import (
    attempts,
    conclusion,
    deleting,
    editing,
    intake,
    leases,
    news,
    replays,
    retiring,
    routing,
    runs,
    stopping,
    submissions,
    work,
)
from dispatch.attempts import Attempt
from dispatch.handlers import Reply
from dispatch.models import Route, Run
from dispatch.outcomes import Outcome
from dispatch.runs import Claim
from project import cachelink, log
from project.cursors import Cursor
from project.models import Event, Stream
from security import access, sessions
from security.idempotency import KeyReused
from security.models import Membership, RevokedToken, Session, User, Workspace
from tests.dispatch import history
from tests.dispatch.answered import routed
from tests.dispatch.history import History
from tests.people import Person
from tests.plans import explained

pytestmark = pytest.mark.django_db

GROWING: Final = {
    model._meta.db_table
    for model in (
        Conversation,
        Event,
        Membership,
        Message,
        RevokedToken,
        Run,
        Session,
        Stream,
        User,
        Workspace,
    )
}
DEEP: Final = history.LONG


@pytest.fixture(scope="module")
def past(django_db_setup: None, django_db_blocker: Any) -> Iterator[History]:
    """Written once and for the planner to see; each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        yield history.written()
        cachelink.close()
        call_command("flush", interactive=False, verbosity=0)  # permissions are made anew: later tests need them
        connection.close()


@pytest.fixture
def ada(past: History) -> Person:
    return Person(past.ada)


@pytest.fixture
def bob() -> Person:
    """No staff: what is not for him is left out."""
    return Person(User.objects.get(username="bob"))


@pytest.fixture
def long(past: History) -> Conversation:
    return past.long


@pytest.fixture
def run(ada: Person, long: Conversation) -> UUID:
    """A new message of the long conversation, queued."""
    return said(ada, long)


def said(ada: Person, conversation: Conversation, key: str | None = None, audience: str = "conversation") -> UUID:
    submission = submissions.parse({"kind": "text", "text": "hello", "metadata": {"audience": audience}}, key)
    return intake.receive(submission, ada.identity, conversation.id).run


@contextmanager
def cheap() -> Iterator[None]:
    with explained(GROWING) as statements:
        yield
    assert statements
    grown = [str(statement) for statement in statements if statement.grows]
    assert not grown, "\n".join(grown)


def test_who_presents_a_token_is_found(ada: Person) -> None:
    with cheap():
        sessions.identify(ada.token)


def test_a_conversation_is_found_and_membership_checked(ada: Person, long: Conversation) -> None:
    with cheap():
        conversations.find(ada.user, long.id, access.CHAT)


@pytest.mark.parametrize("key", [None, "fresh", "key 5"])
def test_a_message_is_taken(ada: Person, long: Conversation, key: str | None) -> None:
    with cheap(), suppress(KeyReused):
        said(ada, long, key)


def test_what_is_due_is_found_beside_what_waits_behind_it(ada: Person, long: Conversation, run: UUID) -> None:
    said(ada, long)

    with cheap():
        runs.next_due(16, "here")


def test_that_there_are_no_limits_is_two_statements(run: UUID) -> None:
    with explained(GROWING) as statements:
        runs.next_due(16, "here")

    limits = ["security_workspace" in statement.sql or "handlerswitch" in statement.sql for statement in statements]
    assert limits.count(True) == 2


@pytest.mark.parametrize("limit", [1, history.RUNNING, history.RUNNING + 5, 0])
def test_what_is_due_is_found_where_workspaces_have_limits(run: UUID, settings: Any, limit: int) -> None:
    """Below what runs already, just that much, a little more, and none of its own."""
    settings.WORKSPACE_CONCURRENCY = 1000
    Workspace.objects.filter(conversations__runs=run).update(concurrency=limit)

    with cheap():
        found = runs.next_due(16, "here")

    assert len(found) == (16 if limit == 0 else max(limit - history.RUNNING, 0))


def test_a_run_is_claimed(run: UUID) -> None:
    with cheap():
        assert runs.claim(run, "here")


@pytest.mark.parametrize("limit", [1, history.RUNNING + 1])
def test_a_run_is_claimed_where_its_workspace_has_a_limit(run: UUID, limit: int) -> None:
    Workspace.objects.filter(conversations__runs=run).update(concurrency=limit)

    with cheap():
        assert bool(runs.claim(run, "here")) is (limit > history.RUNNING)


def test_a_decision_reads_the_routes_of_its_workspace_and_the_installations(ada: Person, long: Conversation) -> None:
    strangers = Workspace.objects.bulk_create(Workspace(name=f"{number}") for number in range(100))
    rows = [(number, workspace) for number in range(30) for workspace in strangers]
    Route.objects.bulk_create(
        Route(name=f"{number}", workspace=workspace, handlers=["x"]) for number, workspace in rows
    )
    Route.objects.create(name="own", workspace_id=long.workspace_id, handlers=["x"])
    Route.objects.create(name="everybody's", handlers=["x"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dispatch_route")

    with explained({Route._meta.db_table}) as statements:
        met = list(routing.in_order(long.workspace_id))

    assert [route.name for route in met] == ["own", "everybody's"]
    assert not [str(statement) for statement in statements if statement.grows]


def test_the_context_of_a_long_conversation_is_loaded(run: UUID) -> None:
    message = Message.objects.select_related("conversation", "author").get(run=run)

    with cheap():
        assert store.load(message).total == history.LONG


@pytest.mark.parametrize("asker", ["ada", "bob"])
def test_the_context_of_a_private_answer_is_loaded(
    ada: Person, bob: Person, long: Conversation, run: UUID, asker: str
) -> None:
    """Among thousands of messages, a few are for one of them alone."""
    for person in (ada, bob):
        conclude(said(person, long, audience="sender"), str(person.user.id))
    message = Message.objects.select_related("conversation", "author").get(run=run)
    reader = {"ada": ada, "bob": bob}[asker].user.reader

    with cheap():
        context = store.load(message, reader)

    private = {"ada": 2, "bob": 1}[asker]
    assert context.total == history.LONG + private
    assert len([view for view in context.messages if view.text == "hello back"]) == private


def conclude(run: UUID, visible_to: str) -> None:
    Run.objects.filter(id=run).update(state="running", attempt=1, visible_to=visible_to)
    assert conclusion.conclude(run, 1, Outcome(Reply("hello back")))


def test_a_run_is_concluded_for_a_whole_workspace(ada: Person, long: Conversation) -> None:
    routed(long, "workspace")
    claim = runs.claim(said(ada, long), "here")
    assert claim

    with cheap():
        assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply("hello")))


def test_a_run_is_concluded(run: UUID) -> None:
    claim = runs.claim(run, "here")
    assert claim

    with cheap():
        assert conclusion.conclude(run, claim.attempt, Outcome(Reply("hello")))


def test_leases_are_renewed_and_lost_ones_found(run: UUID) -> None:
    runs.claim(run, "here")

    with cheap():
        leases.renew("here", [run])
        assert leases.lost() == []
        assert [lost.id for lost in leases.lost(timezone.now() + timedelta(seconds=60))] == [run]


def test_what_is_to_stop_is_found_and_ended(ada: Person, run: UUID) -> None:
    claim = runs.claim(run, "here")
    assert claim

    with cheap():
        stopping.cancel(ada.user, run)
        _look(claim)
        work.give_back("here", [run], "drain")

    assert Run.objects.get(id=run).state == "canceled"


def _look(claim: Claim) -> None:
    """In this thread: its transaction is the test's."""

    async def open() -> Attempt:
        return stack.enter_context(attempts.carried(claim))

    with closing(asyncio.new_event_loop()) as loop, ExitStack() as stack:
        attempt = loop.run_until_complete(open())
        attempts.look()
        loop.run_until_complete(asyncio.wait_for(attempt.over, 10))


def test_what_waits_is_superseded(ada: Person, long: Conversation, run: UUID) -> None:
    with cheap(), transaction.atomic():
        log.lock(long.stream)
        stopping.supersede(long, {"kind": "user", "id": str(ada.user.id)})

    assert Run.objects.get(id=run).state == "superseded"


def test_a_message_is_asked_again(ada: Person, run: UUID) -> None:
    message = stopping.cancel(ada.user, run).message_id

    with cheap():
        replays.retry(ada.identity, message)


def test_a_message_is_edited_and_deleted(ada: Person, run: UUID) -> None:
    message = Message.objects.get(run=run)

    with cheap():
        editing.edit(ada.user, message.id, {"text": "goodbye"})
        deleting.delete(ada.user, message.id)

    assert Message.objects.get(id=message.id).status == "deleted"


def test_a_batch_that_is_too_old_is_deleted(ada: Person, long: Conversation) -> None:
    ContextPolicy.objects.create(workspace=long.workspace, retention_days=30)
    first = Message.objects.filter(conversation=long).order_by("seq")[: 2 * retention.BATCH]
    Message.objects.filter(id__in=list(first.values_list("id", flat=True))).update(
        created_at=timezone.now() - timedelta(days=31)
    )

    with explained(GROWING) as statements:
        assert next(retiring.retire()) == retention.BATCH

    each = "ORDER BY U0"  # looks at the first message of each conversation of the workspace, by the index
    grown = [str(one) for one in statements if one.grows and each not in one.sql]
    assert not grown, "\n".join(grown)


def test_the_text_so_far_is_kept(run: UUID) -> None:
    claim = runs.claim(run, "here")
    assert claim

    with cheap():
        runs.checkpoint(claim, "so far")


def test_what_a_drain_gives_back_is_found(run: UUID) -> None:
    runs.claim(run, "here")

    with cheap():
        leases.release_held("here", [run], "drain")


@pytest.mark.parametrize("behind", [0, DEEP])
def test_a_log_is_opened_and_read_on(long: Conversation, run: UUID, behind: int) -> None:
    runs.claim(run, "here")

    with cheap():
        head, unfinished = news.opening(long.stream)
        found = news.since({long.stream: Cursor(head.epoch, head.seq - behind)}, [run])

    assert [one.id for one in unfinished] == [run]
    assert len(found.events) == min(behind, log.PAGE)


@pytest.mark.parametrize("after", [0, DEEP, 2 * DEEP - 5])
def test_a_page_of_a_log_is_read(long: Conversation, after: int) -> None:
    with cheap():
        assert log.read(long.stream, after)


def test_the_guard_checks_all_that_is_open(ada: Person, long: Conversation) -> None:
    with cheap():
        assert sessions.over({ada.session.id}) == {}
        assert conversations.readable_among({(ada.user.id, long.id)})
        assert access.members_among({(ada.user.id, long.workspace_id)})


def test_a_conversation_is_created_once(ada: Person, past: History) -> None:
    with cheap():
        answers = [
            ada.post(
                "/api/v1/conversations/", {"workspace": str(past.long.workspace_id)}, **{"Idempotency-Key": "once"}
            )
            for _ in range(2)
        ]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(
    "page",
    [
        "conversations/{id}/messages/?page_size=100",
        "conversations/{id}/messages/?page_size=100&cursor={middle}",
        "conversations/{id}/events/?page_size=100",
        "conversations/{id}/events/?page_size=100&after=7-{deep}",
        "conversations/?workspace={workspace}",
        "conversations/{id}/",
        "workspaces/",
        "runs/{run}/",
        "messages/{message}/",
        "me",
    ],
)
@pytest.mark.parametrize("reader", ["ada", "bob"])
def test_a_page_of_the_api_is_read(
    ada: Person, bob: Person, long: Conversation, run: UUID, page: str, reader: str
) -> None:
    message = Message.objects.get(run=run).id
    middle = urlencode({"c": b64encode(f"p={DEEP}".encode()).decode()})[2:]
    path = page.format(id=long.id, middle=middle, deep=DEEP, workspace=long.workspace_id, run=run, message=message)

    with cheap():
        answer = {"ada": ada, "bob": bob}[reader].get(f"/api/v1/{path}")

    assert answer.status_code == 200
