"""Rows for the admin's tests: people, and conversations with everything that belongs to them."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import F
from django.utils import timezone

from contexts.knowledge import ContextPolicy, Entity, Mention, Pin, SummaryPart
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from dispatch.delegation_models import Delegation, HumanDelegation
from dispatch.models import Call, HandlerSwitch, Review, Route, Run, RunState
from integrations.models import Expert
from project.ids import new_id
from project.models import Event, PeriodicJob, Stream
from security import keyring, sessions, workspaces
from security.keyring import Wish
from security.models import FailedSignIn, Flag, RevokedToken, Role, Session, User, Workspace
from security.scopes import SCOPES
from security.screening_models import KeptFinding, Rule
from security.sessions import Device
from tests.people import make_user

XSS = "<script>alert('x')</script>"


def person(username: str, **fields: Any) -> User:
    return make_user(username, email=f"{username}@example.com", **fields)


def staff(username: str) -> User:
    return person(username, is_staff=True, is_superuser=True)


def workspace(owner: User, name: str = "Lab") -> Workspace:
    return workspaces.create(owner, name)


def conversation(workspace: Workspace, title: str = "Trip") -> Conversation:
    made = Conversation.objects.create(workspace=workspace, title=title, metadata={"tone": "dry"})
    Stream.objects.create(key=made.stream)
    return made


def message(conversation: Conversation, seq: int, text: str = "Hello", author: User | None = None) -> Message:
    return Message.objects.create(
        conversation=conversation,
        seq=seq,
        role=MessageRole.USER,
        kind="text",
        text=text,
        status=MessageStatus.RECEIVED,
        author=author,
        created_at=timezone.now(),
    )


def review(conversation: Conversation, author: User | None = None, text: str = XSS, **fields: Any) -> Review:
    """A held message, with what was found in it."""
    seq = Message.objects.filter(conversation=conversation).count() + 1000
    about = message(conversation, seq, text, author)
    visible_to = str(author.id) if author else "staff"
    Message.objects.filter(id=about.id).update(status=MessageStatus.QUARANTINED, visible_to=visible_to)
    counts = {"message_count": F("message_count") + 1, "private_count": F("private_count") + 1}
    Conversation.objects.filter(id=conversation.id).update(**counts)
    finding(about, end=len(about.text), action="quarantine", filter="marked", evidence=about.text[:300])
    expires = timezone.now() + timedelta(days=7)
    shown = {"workspace": conversation.workspace_id, "expires_at": expires, **fields}
    return Review.objects.create(message=about, conversation=conversation, **shown)


def asked(conversation: Conversation, **fields: Any) -> Delegation:
    id = new_id()
    shown = {"slug": "counter", "name": "Word counter", "skill": "count", "input": {"text": "one two"}, **fields}
    deadline = timezone.now() + timedelta(minutes=1)
    return Delegation.objects.create(
        id=id,
        root=id,
        conversation=conversation,
        workspace=conversation.workspace_id,
        deadline=deadline,
        due_at=None,
        step="",
        **shown,
    )


def run(message: Message, **fields: Any) -> Run:
    now = timezone.now()
    shown = {
        "state": RunState.COMPLETED,
        "attempt": 1,
        "decision": {"policy": "first", "path": ["answer_text"], "reason": "handlers of kind text, by priority"},
        "handlers": [{"name": "answer_text", "outcome": "replied"}],
        "started_at": now - timedelta(seconds=2),
        "finished_at": now,
    }
    return Run.objects.create(
        conversation=message.conversation, message=message, position=message.seq, **{**shown, **fields}
    )


def handler(run: Run, name: str) -> HandlerSwitch:
    """A handler that no code registers any more, and that was asked once."""
    Call.objects.create(
        run=run, workspace=run.conversation.workspace_id, attempt=1, handler=name, result="replied", milliseconds=5
    )
    return HandlerSwitch.objects.create(name=name)


def route(workspace: Workspace | None, name: str = "Invoices", **fields: Any) -> Route:
    return Route.objects.create(workspace=workspace, name=name, **{"handlers": ["offline_responder"], **fields})


def expert(workspace: Workspace | None, slug: str = "invoices", **fields: Any) -> Expert:
    return Expert.objects.create(workspace=workspace, slug=slug, **{"name": "Invoices", **fields})


def grant(user: User, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def rule(workspace: Workspace | None, name: str = "Zephyr", **fields: Any) -> Rule:
    given = {"expression": "(?i)zephyr", "sample": "Zephyr", "action": "block", "severity": "high", "mode": "enforce"}
    return Rule.objects.create(workspace=workspace, name=name, **{**given, **fields})


def finding(message: Message, rule: Rule | None = None, **fields: Any) -> KeptFinding:
    told = {
        "workspace": message.conversation.workspace_id,
        "conversation": message.conversation_id,
        "message": message.id,
        "author": message.author_id,
        "stage": "intake",
        "filter": "rules",
        "version": "1",
        "rule": rule.name if rule else "other",
        "rule_row": rule and rule.id,
        "path": "/text",
        "start": 0,
        "end": 1,
        "severity": "high",
        "score": 1.0,
        "action": "flag",
        "mode": "enforce",
    }
    return KeptFinding.objects.create(**{**told, **fields})


def event(conversation: Conversation, seq: int, data: dict[str, Any] | None = None, **fields: Any) -> Event:
    return Event.objects.create(
        stream_id=conversation.stream,
        seq=seq,
        type="message.received",
        time=timezone.now(),
        actor={"kind": "user", "id": "ada"},
        data=data or {"text": "Hello"},
        **fields,
    )


def entity(message: Message, value: str = "Berlin", **fields: Any) -> Entity:
    """One that `message` names with its first characters."""
    seen = {"first_seq": message.seq, "last_seq": message.seq, "first_seen": message.created_at, "count": 1}
    told = {"type": "place", "value": value, "normal": value.lower(), "last_seen": message.created_at, **seen, **fields}
    made: Entity = Entity.objects.create(conversation=message.conversation, **told)
    Mention.objects.create(entity=made, message=message, start=0, end=len(value))
    return made


def pin(conversation: Conversation, text: str = "Speak plainly", **fields: Any) -> Pin:
    return Pin.objects.create(conversation=conversation, text=text, **fields)


def summary_part(conversation: Conversation, text: str = "They plan a trip", **fields: Any) -> SummaryPart:
    lines = [{"seq": 1, "author": "ada", "text": text, "weight": 1.0}]
    told = {"level": 0, "number": 0, "count": 1, "lines": lines, "text": text, **fields}
    return SummaryPart.objects.create(conversation=conversation, **told)


def context_policy(workspace: Workspace, **fields: Any) -> ContextPolicy:
    return ContextPolicy.objects.create(workspace=workspace, **fields)


def delegation(said: Message, asked: Run | None = None, name: str = "Counsel", fields: Any = None) -> Any:
    """A task that lies at the desk."""
    skill = {"name": "advise", "output": {}}
    made = Expert.objects.create(slug=f"counsel-{new_id().hex}", name=name[:100], adapter="human", skills=[skill])
    told = {"expert": made, "slug": made.slug, "name": made.name, "skill": "advise", "input": {"text": said.text}}
    shown = {"state": "working", "step": "", "due_at": None, "attempt": 1, "owner": said.author, **told}
    ends = timezone.now() + timedelta(hours=1)
    id = new_id()
    talk = said.conversation
    usual = {"id": id, "root": id, "conversation": talk, "workspace": talk.workspace_id, "message": said, "run": asked}
    return HumanDelegation.objects.create(**{**usual, "deadline": ends, **shown, **(fields or {})})


def everything(count: int, mark: str = "") -> None:
    """`count` rows on every list of the admin, each with rows of its own to refer to."""
    for number in range(count):
        user = person(f"{mark}user-{number}")
        home = workspace(user, f"{mark}home-{number}")
        talk = conversation(home, f"{mark}talk-{number}")
        said = message(talk, 1, f"{mark}said-{number}", user)
        asked = run(said)
        handler(asked, f"{mark}handler-{number}")
        answers = {"text": mark, "output": {mark: mark}, "said": mark, "question": {"prompt": mark, "schema": {}}}
        delegation(said, asked, mark or "Counsel", answers)
        event(talk, 1, message=said.id)
        review(talk, user, f"{mark}held-{number}")
        entity(said, f"{mark}entity-{number}", type=(mark or "place")[:24])
        pin(talk, f"{mark}pin-{number}", created_by=user)
        summary_part(talk, f"{mark}part-{number}")
        context_policy(home)
        route(home, f"{mark}route-{number}", conditions={"kind": [mark or "text"]}, handlers=[mark or "gone"])
        skill = {"name": mark or "count", "description": mark, "input": {"title": mark}}
        expert(home, f"expert-{number}-{bool(mark)}", name=(mark or "Expert")[:100], description=mark, skills=[skill])
        finding(said, rule(home, f"{mark}rule-{number}"), evidence=mark)
        phone = sessions.begin(user, Device(f"{mark}phone"))
        flag(phone, mark or "refresh_reuse")
        revoked_token(user)
        failed_sign_in(user)
        keyring.make(phone, Wish(f"{mark}key-{number}", home.id, frozenset(SCOPES)))
        PeriodicJob.objects.create(name=f"{mark}job-{number}", due_at=timezone.now(), text=mark)


def member(workspace: Workspace, user: User, role: str = Role.EDITOR) -> Any:
    return workspace.memberships.create(user=user, role=role)


def revoked_token(user: User) -> RevokedToken:
    return RevokedToken.objects.create(jti=user.id, user=user, actor=user, reason="lost", expires_at=timezone.now())


def flag(session: Session, detector: str = "refresh_reuse", **fields: Any) -> Flag:
    seen = {"subject": "session", "subject_id": session.id, "user": session.user, "score": 0.9}
    return Flag.objects.create(detector=detector, evidence={"seen": detector}, **{**seen, **fields})


def failed_sign_in(user: User) -> FailedSignIn:
    return FailedSignIn.objects.create(username=user.username, ip_address="192.0.2.1", failures_since_start=1)
