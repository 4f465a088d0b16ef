"""An installation with a past: one conversation of thousands of messages among a thousand short ones, and a queue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contexts.models import Conversation, Message, MessageRole, MessageStatus
from dispatch.models import Run, RunState
from project.ids import new_id
from project.models import Event, Stream
from security.models import Membership, RevokedToken, Role, Session, User, Workspace
from tests.people import make_people
from tests.security.past import analyzed

SHORT: Final = 4  # messages of a conversation; half of them are answers
LONG: Final = 6000
OTHERS: Final = 1000
QUEUED: Final = 300
RUNNING: Final = 100
BATCH: Final = 400


@dataclass(frozen=True)
class History:
    ada: User
    long: Conversation


@transaction.atomic
def written() -> History:
    """Rows as they would be after all that was said."""
    ada = make_people()["ada"]
    lab = Workspace.objects.get(memberships__user=ada)
    _people_elsewhere()
    long = Conversation(workspace=lab, created_by=ada, message_count=LONG)
    others = [Conversation(workspace=lab, created_by=ada, message_count=SHORT) for _ in range(OTHERS)]
    _create([long, *others])
    _create(Stream(key=conversation.stream, epoch=7, head=head(conversation, long)) for conversation in [long, *others])
    _create(chain(_said(long, LONG), *(_said(conversation, SHORT) for conversation in others)))
    _create(_queue(others))
    _create(_session(ada, ended_at=timezone.now()) for _ in range(3000))
    analyzed()
    return History(ada, long)


def head(conversation: Conversation, long: Conversation) -> int:
    return 2 * (LONG if conversation is long else SHORT)


def _create(rows: Iterable[Any]) -> None:
    groups: dict[type[Any], list[Any]] = {}
    for row in rows:
        groups.setdefault(type(row), []).append(row)
    for model, found in groups.items():
        model.objects.bulk_create(found, batch_size=BATCH)


def _people_elsewhere() -> None:
    users = [User(username=f"user{number}") for number in range(1000)]
    workspaces = [Workspace(name=user.username) for user in users]
    pairs = zip(users, workspaces, strict=True)
    _create(users)
    _create(workspaces)
    _create(Membership(user=user, workspace=workspace, role=Role.OWNER) for user, workspace in pairs)
    _create(_session(user) for user in users)
    later = timezone.now() + timedelta(hours=1)
    _create(RevokedToken(jti=new_id(), user=user, expires_at=later) for user in users)


def _session(user: User, **fields: Any) -> Session:
    now = timezone.now()
    ends = {"idle_until": now + settings.SESSION_IDLE, "expires_at": now + settings.SESSION_LIFETIME}
    return Session(user=user, **ends, **fields)


def _said(conversation: Conversation, count: int) -> list[Any]:
    """Messages, turn by turn; two events each; a finished run for each question."""
    rows: list[Any] = []
    for seq in range(1, 2 * count, 2):
        asked = seq % 4 == 1
        message = _message(conversation, seq, asked)
        rows.append(message)
        types = ("message.received", "run.queued") if asked else ("message.completed", "run.completed")
        rows += [_event(message, seq + ahead, type) for ahead, type in enumerate(types)]
        if asked:
            rows.append(_run(message, RunState.COMPLETED))
    return rows


def _message(conversation: Conversation, seq: int, asked: bool) -> Message:
    return Message(
        conversation=conversation,
        seq=seq,
        role=MessageRole.USER if asked else MessageRole.ASSISTANT,
        kind="text",
        text=f"what was said at {seq} " * 5,
        status=MessageStatus.RECEIVED if asked else MessageStatus.COMPLETED,
        author_id=conversation.created_by_id if asked else None,
        key=f"key {seq}" if asked else None,
        run=new_id() if asked else None,
        created_at=timezone.now(),
    )


def _event(message: Message, seq: int, type: str) -> Event:
    return Event(
        stream_id=message.conversation.stream,
        seq=seq,
        type=type,
        time=timezone.now(),
        run=message.run,
        message=message.id,
    )


def _run(message: Message, state: str) -> Run:
    return Run(
        id=message.run,
        conversation=message.conversation,
        workspace=message.conversation.workspace_id,
        message=message,
        position=message.seq,
        state=state,
        attempt=1,
        lanes="|offline_responder|",
    )


def _queue(conversations: list[Conversation]) -> Iterator[Any]:
    """Runs that wait, each in a conversation of its own, and runs that other processes work on."""
    for number, conversation in enumerate(conversations[: QUEUED + RUNNING]):
        message = _message(conversation, 2 * SHORT + 1, asked=True)
        run = _run(message, RunState.QUEUED if number < QUEUED else RunState.RUNNING)
        if run.state == RunState.RUNNING:
            run.holder, run.lease_until = "elsewhere", timezone.now() + timedelta(hours=1)
        yield from (message, run)
