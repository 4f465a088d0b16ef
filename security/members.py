"""Memberships as facts: joining, changing role, leaving. Who may ask for it is decided by those who call this."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F

from project import bus, log
from project.errors import Conflict, NotFound
from security import sessions
from security.models import ApiKey, Membership, Role, Session, User, Workspace


class AlreadyMember(Conflict):
    code = "already_member"
    title = "The user is a member already; change the role instead"


class LastOwner(Conflict):
    code = "last_owner"
    title = "A workspace keeps at least one owner"


Actor = dict[str, str]


def stream_of(workspace_id: UUID) -> str:
    return f"workspace:{workspace_id}"


def join(workspace: Workspace, user: User, role: str, actor: Actor) -> Membership:
    """:raises AlreadyMember: when it is done already."""
    with transaction.atomic():
        log.lock(stream_of(workspace.id))
        if Membership.objects.filter(workspace=workspace, user=user).exists():
            raise AlreadyMember()
        membership = Membership.objects.create(workspace=workspace, user=user, role=role)
        _tell("member.added", membership, actor)
    return membership


def change(membership: Membership, role: str, actor: Actor) -> Membership:
    """:raises LastOwner: when nobody else would own the workspace. :raises NotFound: when the member left meanwhile."""
    with transaction.atomic():
        membership = locked(membership)
        if role != Role.OWNER:
            _check_other_owner(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        _tell("member.changed", membership, actor)
    return membership


def lock(workspaces: Iterable[UUID]) -> None:
    """The logs of several workspaces, for the rest of this transaction: in one order, and before staff's log."""
    for workspace in sorted(workspaces):
        log.lock(stream_of(workspace))


@contextmanager
def naming(user: User, actor: Actor) -> Iterator[None]:
    """Around a change of a user's names: each workspace is told. Their logs are locked before the user's row."""
    with transaction.atomic():
        lock(Membership.objects.filter(user=user).values_list("workspace_id", flat=True))
        yield
        Workspace.objects.update(renames=F("renames") + 1)  # they may have written where they are no member any more
        for membership in Membership.objects.filter(user=user).select_related("user").order_by("workspace_id"):
            _tell("member.changed", membership, actor)


def leave(membership: Membership, actor: Actor) -> None:
    """Their API keys of the workspace end with it: who comes back makes new ones.

    :raises LastOwner: when nobody else would own the workspace. :raises NotFound: when the member left meanwhile.
    """
    with transaction.atomic():
        membership = locked(membership)
        _check_other_owner(membership)
        _tell("member.removed", membership, actor)
        keys = ApiKey.objects.filter(workspace=membership.workspace_id, session__user=membership.user_id)
        sessions.end(Session.objects.filter(id__in=keys.values("session")), "left_workspace", actor)
        membership.delete()


def locked(membership: Membership) -> Membership:
    """The row anew, under the lock that each change takes first: `membership` may be old, or a form's.

    :raises NotFound: when the member left meanwhile.
    """
    log.lock(stream_of(membership.workspace_id))
    found = Membership.objects.filter(id=membership.id).select_related("user").first()
    if found is None:
        raise NotFound()
    return found


def _check_other_owner(membership: Membership) -> None:
    others = Membership.objects.filter(workspace_id=membership.workspace_id, role=Role.OWNER).exclude(id=membership.id)
    if membership.role == Role.OWNER and not others.exists():
        raise LastOwner()


def _tell(type: str, membership: Membership, actor: Actor) -> None:
    user = membership.user
    data = {
        "membership": str(membership.id),
        "member": str(user.id),
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": membership.role,
        "created_at": log.row_time(membership.created_at),
    }
    about = log.About(membership.workspace_id, actor=actor)
    log.append(stream_of(membership.workspace_id), type, data, about)
    transaction.on_commit(partial(bus.ring, "member", membership.user_id))
