"""Delegations: make one, claim it, move it on. A change is one guarded UPDATE and its event, together."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, F, QuerySet, When
from django.utils import timezone

from contexts.context import Pending
from contexts.models import Conversation
from dispatch import callbacks, delegation_blanks, delegation_states, expert_room, orders
from dispatch.delegation_models import Delegation, DelegationState, Step
from dispatch.orders import Order, Placed
from dispatch.runs import HEAD_START
from dispatch.submissions import PRIORITIES
from integrations.contract import Task
from integrations.models import Expert
from project import bus, log, logs
from project.ids import new_id
from project.readers import Reader

AT_ONCE: Final = (
    10  # lost ones: all processes look; what one reads many of, others have taken up before it comes to them
)
MOST_PENDING: Final = 20
LONGEST_DETAIL: Final = 500
NAMES: Final = {weight: name for name, weight in PRIORITIES.items()}
RANK: Final = Case(
    *(When(priority=weight, then=F("due_at") - weight * HEAD_START) for weight in NAMES),
    output_field=DateTimeField(),
)


@dataclass(frozen=True)
class For:
    """For whom and whence. `run`, `handler`, `ordinal`: of a handler's call; `awaited`: that handler waits. `asked_by`:
    the user who asks for it themselves.
    """

    conversation: Conversation
    owner: UUID | None
    message: UUID | None = None
    run: UUID | None = None
    handler: str = ""
    ordinal: int | None = None
    awaited: bool = False
    visible_to: str = ""
    session: UUID | None = None
    reply: UUID | None = None
    asked_by: UUID | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """The right to do one step of a delegation: what comes of it counts only while `attempt` is the present one."""

    id: UUID
    attempt: int
    step: str
    task: Task
    expert: Expert | None
    answer: Any
    ids: dict[str, str]


def make(order: Order, placed: Placed, whose: For) -> Delegation:
    """Submit it, in the transaction that locks its conversation's stream."""
    made = draft(order, placed.expert, whose)
    made.skill, made.choice = placed.skill, placed.choice
    made.digest, made.deadline = placed.digest(order.input), timezone.now() + placed.time(order)
    made.save(force_insert=True)
    actor = {"kind": "user", "id": str(whose.asked_by)} if whose.asked_by else None
    tell(made, "delegation.submitted", {"deadline": log.wire_time(made.deadline), "depth": made.depth}, actor)
    wake(made)
    return made


def refuse(order: Order, whose: For, reason: str, detail: str) -> Delegation:
    """Keep one that nobody can do: rejected from the beginning, and told."""
    made = draft(order, None, whose)
    now, detail = timezone.now(), detail[:LONGEST_DETAIL]
    made.skill, made.digest, made.deadline, made.due_at, made.step = order.skill[:100], order.call, now, None, ""
    made.state, made.reason, made.detail, made.finished_at = DelegationState.REJECTED, reason, detail, now
    made.save(force_insert=True)
    tell(made, "delegation.rejected", {"reason": reason, "detail": detail})
    return made


def draft(order: Order, expert: Expert | None, whose: For) -> Delegation:
    id = new_id()
    parent = order.parent
    return Delegation(
        id=id,
        conversation=whose.conversation,
        workspace=whose.conversation.workspace_id,
        message_id=whose.message,
        run_id=whose.run,
        handler=whose.handler,
        ordinal=whose.ordinal,
        call=order.call,
        awaited=whose.awaited,
        parent=parent,
        root=parent.root if parent else id,
        depth=parent.depth + 1 if parent else 0,
        expert=expert,
        slug=expert.slug if expert else order.expert[:60],
        name=expert.name if expert else order.expert[:100],
        input=order.input,
        artifacts=list(order.artifacts),
        constraints=order.constraints,
        metadata=whose.metadata,
        owner_id=whose.owner,
        visible_to=whose.visible_to,
        reply=whose.reply or new_id(),
        priority=order.priority,
        session=whose.session,
        request_id=logs.request_id(),
    )


def next_due(limit: int, holder: str) -> list[UUID]:
    """Those of which a step is due, by rank, without those whose expert has no room. `limit`: the places of `holder`.

    Priority is a head start in time, as that of a run.
    """
    due = Delegation.objects.filter(due_at__lte=timezone.now(), lease_until=None)
    if not due.exists():
        return []
    room = expert_room.look(holder, limit)
    due = due.exclude(step=Step.START, expert__in=room.full())  # however many they are, they hide nobody else's
    rows = due.order_by(RANK, "due_at").values_list("id", "expert", "step")[: limit * 4]
    return [id for id, expert, step in rows if room.take(expert, step)][:limit]


def claim(id: UUID, holder: str) -> Claim | None:
    """Take its due step for `holder` until the lease ends. None when somebody else was faster, or there is no room."""
    now = timezone.now()
    with transaction.atomic():
        found = Delegation.objects.select_related("expert", "conversation").filter(id=id, lease_until=None).first()
        if found is None or found.due_at is None or found.due_at > now or not expert_room.enter(found):
            return None
        fields = {
            "attempt": found.attempt + 1,
            "holder": holder,
            "lease_until": now + settings.LEASE,
            "started_at": found.started_at or now,
        }
        mine = Delegation.objects.filter(id=id, attempt=found.attempt, lease_until=None, due_at=found.due_at)
        if not mine.update(**fields):
            return None
    return _claimed(found, found.attempt + 1)


def pending(conversation: UUID, reader: Reader) -> tuple[Pending, ...]:
    """The newest open ones of a conversation that `reader` may see, the oldest of them first."""
    here = Delegation.objects.filter(reader.rows, conversation=conversation, state__in=delegation_states.OPEN)
    return tuple(_pending(one) for one in here.order_by("-id")[:MOST_PENDING][::-1])


def held(claim: Claim) -> QuerySet[Delegation]:
    """The row, as long as this claim holds."""
    return Delegation.objects.filter(id=claim.id, attempt=claim.attempt, lease_until__isnull=False)


def still_open(claim: Claim) -> Delegation | None:
    """The same, with all that comes of a step needs, unless it has ended."""
    whole = held(claim).select_related("conversation__workspace__context_policy", "expert__fallback")
    return whole.filter(state__in=delegation_states.OPEN).first()


def move(delegation: Delegation, to: str, fields: dict[str, Any], data: dict[str, Any], actor: Any = None) -> bool:
    """Change its state if state and attempt still are what `delegation` shows; tell it. Updates `delegation` too.

    In the transaction that locks the stream. It leaves the hands of who held it.

    :raises IllegalTransition: when the table of states does not know the change.
    """
    delegation_states.check(delegation.state, to)
    free: dict[str, Any] = {"holder": "", "lease_until": None, "due_at": None, "step": ""}
    if to in delegation_states.ENDS:
        free |= {"finished_at": timezone.now(), **delegation_blanks.at_end(delegation)}
    fields = {**free, **fields, "state": to}
    guarded = Delegation.objects.filter(id=delegation.id, state=delegation.state, attempt=delegation.attempt)
    if not guarded.update(**fields):
        return False
    for name, value in fields.items():
        setattr(delegation, name, value)
    tell(delegation, f"delegation.{to}", data, actor)
    if delegation.due_at is not None:
        wake(delegation)
    return True


def tell(delegation: Delegation, type: str, data: dict[str, Any], actor: Any = None) -> None:
    about = log.About(
        delegation.workspace,
        delegation.run_id,
        delegation.message_id,
        actor or delegation.speaker or {"kind": "expert", "id": delegation.slug},
        delegation.visible_to,
    )
    whose = {"delegation": str(delegation.id), "expert": delegation.slug, "name": delegation.name}
    with logs.bind(request_id=delegation.request_id):
        log.append(delegation.conversation.stream, type, {**whose, "skill": delegation.skill, **data}, about)


def wake(delegation: Delegation) -> None:
    """Ring for who does the work, and for who is to let go of it."""
    transaction.on_commit(partial(bus.ring, "expert", str(delegation.id)))


def renew(holder: str, ids: Collection[UUID]) -> None:
    held = Delegation.objects.filter(holder=holder, id__in=ids, lease_until__isnull=False)
    with transaction.atomic():
        free = held.select_for_update(skip_locked=True, no_key=True).order_by("id").values_list("id", flat=True)
        held.filter(id__in=list(free)).update(lease_until=timezone.now() + settings.LEASE)


def lost() -> list[Delegation]:
    """Those that somebody held who is dead or stuck."""
    over = Delegation.objects.filter(lease_until__lt=timezone.now()).select_related("conversation", "expert")
    return list(over.order_by("lease_until")[:AT_ONCE])


def overdue() -> list[Delegation]:
    """Those whose time is over."""
    late = Delegation.objects.filter(state__in=delegation_states.OPEN, deadline__lt=timezone.now())
    return list(late.select_related("conversation", "expert").order_by("deadline")[:AT_ONCE])


def release(delegation: Delegation, due_at: datetime, **fields: Any) -> bool:
    """Let another process do the step that is due: its holder has lost it, or gives it back."""
    mine = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt, lease_until__isnull=False)
    return bool(mine.update(holder="", lease_until=None, due_at=due_at, **fields))


def put_off(delegation: Delegation, until: datetime) -> None:
    """One that breaks whoever looks after it is out of the way of the others until then."""
    late = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt)
    late.filter(lease_until__isnull=False).update(lease_until=until)
    late.filter(deadline__lt=until).update(deadline=until)


def again(delegation: Delegation, due_at: datetime, failures: int) -> bool:
    """The same step once more, later; from the start where nothing was due, for it had said that it goes on alone."""
    mine = Delegation.objects.filter(id=delegation.id, attempt=delegation.attempt, state__in=delegation_states.AT_WORK)
    fields = {"holder": "", "lease_until": None, "due_at": due_at, "failures": failures}
    return bool(mine.update(**fields, step=delegation.step or Step.START))


def task(delegation: Delegation) -> Task:
    return Task(
        id=delegation.id,
        expert=delegation.slug,
        skill=delegation.skill,
        input=delegation.input,
        conversation=delegation.conversation_id,
        workspace=delegation.workspace,
        asker=delegation.owner_id,
        deadline=delegation.deadline,
        attempt=delegation.attempt,
        visible_to=delegation.visible_to,
        artifacts=tuple(delegation.artifacts),
        constraints=delegation.constraints,
        priority=NAMES.get(delegation.priority, "normal"),
        remote=delegation.remote,
        callback=callbacks.address(delegation.id),
        chain=orders.chain(delegation),
        turn=delegation.turn,
    )


def _pending(one: Delegation) -> Pending:
    prompt = (one.question or {}).get("prompt", "") if one.state == DelegationState.INPUT_REQUIRED else ""
    return Pending(one.id, one.slug, one.name, one.skill, one.state, one.created_at, one.progress, one.said, prompt)


def _claimed(found: Delegation, attempt: int) -> Claim:
    ids = {
        "conversation_id": str(found.conversation_id),
        "workspace_id": str(found.workspace),
        "user_id": str(found.owner_id or ""),
        "run_id": str(found.run_id or ""),
        "request_id": found.request_id,
    }
    its = replace(task(found), attempt=attempt)
    return Claim(found.id, attempt, found.step, its, found.expert, (found.answer or {}).get("value"), ids)
