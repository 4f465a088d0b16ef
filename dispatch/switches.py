"""What staff set for handlers: whether one is asked, and by how many runs at a time.

Rows, read anew for each decision and held nowhere: a change holds on every process with its next decision.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from dispatch import handlers
from dispatch.models import HandlerSwitch
from project.errors import NotFound, Unprocessable

logger = logging.getLogger(__name__)

MOST: Final = 10_000


class UnknownHandler(NotFound):
    title = "No handler has this name"


class InvalidLimit(Unprocessable):
    code = "invalid_limit"
    title = f"A limit is a number from 1 to {MOST}, or nothing for the handler's own"


@dataclass(frozen=True)
class Switches:
    """`disabled`: names. `limits`: runs at a time by name, of those that have a limit, the handler's own included."""

    disabled: set[str]
    limits: dict[str, int]


def read() -> Switches:
    """In one query."""
    rows = list(HandlerSwitch.objects.all())
    own = {handler.name: handler.concurrency for handler in handlers.REGISTRY.values() if handler.concurrency}
    set_by_staff = {row.name: row.concurrency for row in rows if row.concurrency}
    return Switches({row.name for row in rows if not row.enabled}, own | set_by_staff)


def disabled() -> set[str]:
    return read().disabled


def limits() -> dict[str, int]:
    return read().limits


def change(actor: UUID | None, name: str, changes: dict[str, Any]) -> None:
    """`enabled`: False to ask it no more, beginning with the next decision; a call in progress goes on. `concurrency`:
    runs at a time that may ask it, in all processes together, None for what its code says.

    :raises UnknownHandler: for a name that neither a handler nor a row has. :raises InvalidLimit: out of bounds.
    """
    limit = changes.get("concurrency")
    if limit is not None and not 1 <= limit <= MOST:
        raise InvalidLimit("To have a handler asked no more, disable it." if limit == 0 else "")
    if not name.isprintable():  # PostgreSQL cannot even be asked for U+0000
        raise _unknown()
    with transaction.atomic():
        row = HandlerSwitch.objects.select_for_update().filter(name=name).first()
        if row is None and name not in handlers.REGISTRY:
            raise _unknown()
        before = row or HandlerSwitch(name=name)
        if all(getattr(before, field) == value for field, value in changes.items()):
            return
        HandlerSwitch.objects.update_or_create(name=name, defaults=changes)
    logger.info("the handler %s was switched by user %s: %s", name, actor, changes)


def _unknown() -> UnknownHandler:
    return UnknownHandler(f"Handlers are {', '.join(sorted(handlers.REGISTRY))}.")


def list_all() -> None:
    """A row for each handler that code registered, for lists of rows to show."""
    rows = [HandlerSwitch(name=name) for name in handlers.REGISTRY]
    HandlerSwitch.objects.bulk_create(rows, ignore_conflicts=True)
