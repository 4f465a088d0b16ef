"""Workspaces and their members. Each change is a fact in the workspace's log."""

from functools import partial
from uuid import UUID

from django.db import transaction

from project import bus, log
from project.errors import Conflict, Forbidden, Unprocessable
from security import access
from security.models import Membership, Role, User, Workspace


class UnknownUser(Unprocessable):
    code = "unknown_user"
    title = "There is no active user of that name"


class AlreadyMember(Conflict):
    code = "already_member"
    title = "The user is a member already; change the role instead"


class LastOwner(Conflict):
    code = "last_owner"
    title = "A workspace keeps at least one owner"


def stream_of(workspace_id: UUID) -> str:
    return f"workspace:{workspace_id}"


def create(owner: User, name: str) -> Workspace:
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        log.open_stream(stream_of(workspace.id))
        _add(workspace, owner, Role.OWNER, owner)
    return workspace


def rename(actor: User, workspace: Workspace, name: str) -> Workspace:
    access.require(actor, workspace.id, access.MANAGE)
    workspace.name = name
    workspace.save(update_fields=["name"])
    return workspace


def add_member(actor: User, workspace: Workspace, username: str, role: str) -> Membership:
    """:raises UnknownUser: when nobody active has that name. :raises AlreadyMember: when it is done already."""
    _check_grant(access.require(actor, workspace.id, access.MANAGE), role)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise UnknownUser()
    with transaction.atomic():
        log.lock(stream_of(workspace.id))
        if Membership.objects.filter(workspace=workspace, user=user).exists():
            raise AlreadyMember()
        return _add(workspace, user, role, actor)


def change_role(actor: User, membership: Membership, role: str) -> Membership:
    own = access.require(actor, membership.workspace_id, access.MANAGE)
    _check_grant(own, membership.role)
    _check_grant(own, role)
    with transaction.atomic():
        log.lock(stream_of(membership.workspace_id))
        _check_owner_left(membership, role)
        membership.role = role
        membership.save(update_fields=["role"])
        _tell("member.changed", membership, actor)
    return membership


def remove_member(actor: User, membership: Membership) -> None:
    """Owners and admins remove others; everybody may leave."""
    if membership.user_id != actor.id:
        _check_grant(access.require(actor, membership.workspace_id, access.MANAGE), membership.role)
    with transaction.atomic():
        log.lock(stream_of(membership.workspace_id))
        _check_owner_left(membership, None)
        _tell("member.removed", membership, actor)
        membership.delete()


def _add(workspace: Workspace, user: User, role: str, actor: User) -> Membership:
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    _tell("member.added", membership, actor)
    return membership


def _tell(type: str, membership: Membership, actor: User) -> None:
    data = {"member": str(membership.user_id), "username": membership.user.username, "role": membership.role}
    about = log.About(membership.workspace_id, actor={"kind": "user", "id": str(actor.id)})
    log.append(stream_of(membership.workspace_id), type, data, about)
    transaction.on_commit(partial(bus.ring, "member", membership.user_id))


def _check_grant(own: Membership, role: str) -> None:
    if role == Role.OWNER and own.role != Role.OWNER:
        raise Forbidden("Only an owner makes, changes or removes an owner.")


def _check_owner_left(membership: Membership, role: str | None) -> None:
    owners = Membership.objects.filter(workspace_id=membership.workspace_id, role=Role.OWNER)
    if membership.role == Role.OWNER and role != Role.OWNER and not owners.exclude(id=membership.id).exists():
        raise LastOwner()
