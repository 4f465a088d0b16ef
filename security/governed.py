"""Rows of a workspace, or of the whole installation: who manages them. The latter are staff's, by permission."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from project.errors import Forbidden, NotFound
from security import access
from security.models import User

Row = TypeVar("Row", bound=Model)


def manageable(rows: QuerySet[Row], user: User) -> QuerySet[Row]:
    mine = Q(workspace__memberships__user=user, workspace__memberships__role__in=access.MANAGE)
    return rows.filter(user.within("workspace"), mine | Q(workspace=None) if user.is_staff else mine)


def find(rows: QuerySet[Row], user: User, id: UUID, to: str = "") -> Row:
    """`to`: change or delete, which takes staff a permission where the row is the installation's.

    :raises NotFound: foreign and unknown alike. :raises Forbidden: for a member who does not manage.
    """
    row: Any = rows.filter(pk=id).first()
    if row is None or (row.workspace_id is None and not user.is_staff):
        raise NotFound()
    if row.workspace_id or to:
        require(rows.model, user, row.workspace_id, to)
    found: Row = row
    return found


def require(kind: type[Model], user: User, workspace: UUID | None, to: str) -> None:
    """As in the admin. Without a workspace it is about a row of the installation.

    :raises NotFound: for a workspace of others. :raises Forbidden: for who may not.
    """
    noun, permission = str(kind._meta.model_name), f"{to}_{kind._meta.model_name}"
    if workspace is not None:
        access.require(user, workspace, access.MANAGE)
    elif not user.is_staff:
        raise Forbidden(f"{noun.capitalize()}s of the installation are for staff; name your `workspace`.")
    elif not user.has_perm(f"{kind._meta.app_label}.{permission}"):
        raise Forbidden(f"You may not {to} {noun}s of the installation; that takes the permission {permission}.")
