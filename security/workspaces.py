"""Workspaces and their members. Each change is a fact in the workspace's log."""

from django.db import transaction

from project import log
from project.errors import Forbidden, Unprocessable
from security import access, members
from security.models import Membership, Role, User, Workspace


class UnknownUser(Unprocessable):
    code = "unknown_user"
    title = "There is no active user of that name"


def create(owner: User, name: str) -> Workspace:
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        log.open_stream(members.stream_of(workspace.id))
        members.join(workspace, owner, Role.OWNER, _actor(owner))
    return workspace


def rename(actor: User, workspace: Workspace, name: str) -> Workspace:
    access.require(actor, workspace.id, access.MANAGE)
    workspace.name = name
    workspace.save(update_fields=["name"])
    return workspace


def add_member(actor: User, workspace: Workspace, username: str, role: str) -> Membership:
    """:raises UnknownUser: when nobody active has that name. :raises AlreadyMember: when it is done already."""
    with transaction.atomic():
        log.lock(members.stream_of(workspace.id))
        _check_grant(access.require(actor, workspace.id, access.MANAGE), role)
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise UnknownUser()
        return members.join(workspace, user, role, _actor(actor))


def change_role(actor: User, membership: Membership, role: str) -> Membership:
    with transaction.atomic():
        membership = members.locked(membership)
        own = access.require(actor, membership.workspace_id, access.MANAGE)
        _check_grant(own, membership.role)
        _check_grant(own, role)
        return members.change(membership, role, _actor(actor))


def remove_member(actor: User, membership: Membership) -> None:
    """Owners and admins remove others; everybody may leave."""
    with transaction.atomic():
        membership = members.locked(membership)
        if membership.user_id != actor.id:
            _check_grant(access.require(actor, membership.workspace_id, access.MANAGE), membership.role)
        members.leave(membership, _actor(actor))


def _check_grant(own: Membership, role: str) -> None:
    """Call it under the workspace's lock: either role may just be changing."""
    if role == Role.OWNER and own.role != Role.OWNER:
        raise Forbidden("Only an owner makes, changes or removes an owner.")


def _actor(user: User) -> members.Actor:
    return {"kind": "user", "id": str(user.id)}
