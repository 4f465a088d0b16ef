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
    return Route.objects.filter(mine | Q(workspace=None) if user.is_staff else mine)


def find(user: User, id: UUID) -> Route:
    """:raises NotFound: foreign and unknown alike. :raises Forbidden: for a member who does not manage."""
    route = Route.objects.filter(id=id).first()
    if route is None or (route.workspace_id is None and not user.is_staff):
        raise NotFound()
    if route.workspace_id:
        access.require(user, route.workspace_id, access.MANAGE)
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
    return _saved(Route(workspace_id=workspace), fields)


def change(route: Route, fields: dict[str, Any]) -> Route:
    """What is not in `fields` is not checked: a route whose handler is gone can be switched off.

    :raises Invalid: as `create`.
    """
    return _saved(route, fields)


def delete(route: Route) -> None:
    route.delete()
    logger.info("a route was deleted", extra={"route": str(route.pk)})


def switch(selected: QuerySet[Route], enabled: bool) -> int:
    """Switch routes on or off. Returns how many are."""
    return selected.update(enabled=enabled, updated_at=timezone.now())


def _saved(route: Route, fields: dict[str, Any]) -> Route:
    wrong = route_faults.faults(route, fields)
    if wrong:
        raise _invalid(wrong)
    for name, value in fields.items():
        setattr(route, name, value)
    try:
        with transaction.atomic():
            route.save()
    except IntegrityError as error:  # a parallel one was faster
        raise _invalid([route_faults.NAME_TAKEN]) from error
    logger.info("a route was saved", extra={"route": str(route.pk)})
    return route


def _invalid(found: list[Fault]) -> Invalid:
    return Invalid(errors=[{"pointer": one.pointer, "code": "invalid", "detail": one.detail} for one in found])
