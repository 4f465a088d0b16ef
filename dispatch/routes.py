"""Routes: who manages them, and what they may say. Admins manage those of their workspace, staff the installation's."""

import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from dispatch import route_faults
from dispatch.condition_faults import Fault
from dispatch.models import Route
from project.errors import Forbidden, NotFound
from project.problems import Invalid
from security import access
from security.models import User

logger = logging.getLogger(__name__)


def manageable(user: User) -> QuerySet[Route]:
    mine = Q(workspace__memberships__user=user, workspace__memberships__role__in=access.MANAGE)
    return Route.objects.filter(user.within("workspace"), mine | Q(workspace=None) if user.is_staff else mine)


def find(user: User, id: UUID, to: str = "") -> Route:
    """`to`: change or delete, which takes staff a permission where the route is the installation's.

    :raises NotFound: foreign and unknown alike. :raises Forbidden: for a member who does not manage.
    """
    route = Route.objects.filter(id=id).first()
    if route is None or (route.workspace_id is None and not user.is_staff):
        raise NotFound()
    if route.workspace_id:
        access.require(user, route.workspace_id, access.MANAGE)
    elif to:
        _check_may(user, to)
    return route


def create(user: User, fields: dict[str, Any]) -> Route:
    """`fields` without `workspace`: a route of the installation, which staff alone may make.

    :raises Invalid: naming each field that is wrong, and what would be right.
    """
    workspace = fields.pop("workspace", None)
    if workspace is not None:
        access.require(user, workspace, access.MANAGE)
    elif not user.is_staff:
        raise Forbidden("Routes of the installation are for staff; name your `workspace`.")
    else:
        _check_may(user, "add")
    return change(Route(workspace_id=workspace), fields)


def change(route: Route, fields: dict[str, Any]) -> Route:
    """Set `fields`. What is not among them is not checked: a route whose handler is gone can be switched off.

    :raises Invalid: as `create`. :raises NotFound: when it was deleted meanwhile.
    """
    wrong = route_faults.faults(route, fields)
    if wrong:
        raise _invalid(wrong)
    for name, value in fields.items():
        setattr(route, name, value)
    try:
        with transaction.atomic():
            _store(route, fields)
    except IntegrityError as error:  # a parallel one was faster
        raise _invalid([route_faults.NAME_TAKEN]) from error
    logger.info("a route was saved", extra={"route": str(route.pk)})
    return route


def delete(route: Route) -> None:
    route.delete()
    logger.info("a route was deleted", extra={"route": str(route.pk)})


def switch(selected: QuerySet[Route], enabled: bool) -> int:
    """Switch routes on or off. Returns how many are."""
    return selected.update(enabled=enabled, updated_at=timezone.now())


def _check_may(user: User, to: str) -> None:
    """As in the admin."""
    if not user.has_perm(f"dispatch.{to}_route"):
        raise Forbidden(f"You may not {to} routes of the installation; that takes the permission {to}_route.")


def _store(route: Route, fields: dict[str, Any]) -> None:
    if route._state.adding:
        route.save(force_insert=True)
        return
    route.updated_at = timezone.now()
    if not Route.objects.filter(id=route.id).update(**fields, updated_at=route.updated_at):
        raise NotFound()  # a parallel request has deleted it


def _invalid(found: list[Fault]) -> Invalid:
    return Invalid(errors=[{"pointer": one.pointer, "code": "invalid", "detail": one.detail} for one in found])
