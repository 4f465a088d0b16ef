"""Routes: who manages them, and what they may say. Admins manage those of their workspace, staff the installation's."""

import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dispatch import route_faults
from dispatch.models import Route
from project.errors import NotFound
from project.faults import invalid
from security import governed
from security.models import User

logger = logging.getLogger(__name__)


def manageable(user: User) -> QuerySet[Route]:
    return governed.manageable(Route.objects.all(), user)


def find(user: User, id: UUID, to: str = "") -> Route:
    """`to` and what it raises: as `governed.find()`."""
    return governed.find(Route.objects.all(), user, id, to)


def create(user: User, fields: dict[str, Any]) -> Route:
    """`fields` without `workspace`: a route of the installation, which staff alone may make.

    :raises Invalid: naming each field that is wrong, and what would be right.
    """
    workspace = fields.pop("workspace", None)
    governed.require(Route, user, workspace, "add")
    return change(Route(workspace_id=workspace), fields)


def change(route: Route, fields: dict[str, Any]) -> Route:
    """Set `fields`. What is not among them is not checked: a route whose handler is gone can be switched off.

    :raises Invalid: as `create`. :raises NotFound: when it was deleted meanwhile.
    """
    wrong = route_faults.faults(route, fields)
    if wrong:
        raise invalid(wrong)
    for name, value in fields.items():
        setattr(route, name, value)
    try:
        with transaction.atomic():
            _store(route, fields)
    except IntegrityError as error:  # a parallel one was faster
        raise invalid([route_faults.NAME_TAKEN]) from error
    logger.info("a route was saved", extra={"route": str(route.pk)})
    return route


def delete(route: Route) -> None:
    route.delete()
    logger.info("a route was deleted", extra={"route": str(route.pk)})


def switch(selected: QuerySet[Route], enabled: bool) -> int:
    """Switch routes on or off. Returns how many are."""
    return selected.update(enabled=enabled, updated_at=timezone.now())


def _store(route: Route, fields: dict[str, Any]) -> None:
    if route._state.adding:
        route.save(force_insert=True)
        return
    route.updated_at = timezone.now()
    if not Route.objects.filter(id=route.id).update(**fields, updated_at=route.updated_at):
        raise NotFound()  # a parallel request has deleted it
