"""What a role may do in a workspace. Who is no member learns nothing: foreign and unknown are the same 404."""

from typing import Final
from uuid import UUID

from project import logs
from project.errors import Forbidden, NotFound
from security import scopes
from security.models import Membership, Role, User

READ: Final = frozenset(Role.values)
CHAT: Final = frozenset({Role.OWNER, Role.ADMIN, Role.EDITOR})
MANAGE: Final = frozenset({Role.OWNER, Role.ADMIN})


def require(user: User, workspace_id: UUID, roles: frozenset[str]) -> Membership:
    """:raises NotFound: for a stranger. :raises Forbidden: for a member whose role is not among `roles`."""
    membership = Membership.objects.filter(user.within("workspace"), user=user, workspace_id=workspace_id).first()
    if membership is None:
        raise NotFound()
    logs.add(workspace_id=workspace_id)
    membership.role = _at_most(user, membership.role)
    if membership.role not in roles:
        raise Forbidden(f"Your role here is {membership.role}; this takes {_listed(roles)}.")
    return membership


def require_staff(user: User) -> None:
    """:raises NotFound: unless the user is staff, and still is: `user` may have been read long ago."""
    if not user.is_staff or not User.objects.filter(id=user.id, is_staff=True, is_active=True).exists():
        raise NotFound()


def members_among(pairs: "set[tuple[UUID, UUID]]") -> set[tuple[UUID, UUID]]:
    """Which of these (user, workspace) pairs are memberships: one query for all streams of a process."""
    users = {user for user, _ in pairs}
    workspaces = {workspace for _, workspace in pairs}
    found = Membership.objects.filter(user__in=users, workspace__in=workspaces).values_list("user_id", "workspace_id")
    return pairs & set(found)


def _at_most(user: User, role: str) -> str:
    """Behind a key nobody is more than its scopes say: without `manage` an editor, without `chat` a viewer."""
    if user.grant is None or role == Role.VIEWER or scopes.MANAGE in user.grant.scopes:
        return role
    return Role.EDITOR if scopes.CHAT in user.grant.scopes else Role.VIEWER


def _listed(roles: frozenset[str]) -> str:
    return " or ".join(role for role in Role.values if role in roles)
