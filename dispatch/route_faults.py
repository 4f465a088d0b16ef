"""What is wrong with the fields of a route, in words that say what would be right."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import QuerySet

from dispatch import condition_faults, handlers
from dispatch.condition_faults import Fault
from dispatch.models import Route

MOST: Final = 100  # of one workspace: each message is held against all of them
MOST_HANDLERS: Final = 10
MOST_SECONDS: Final = 3600
MOST_RETRIES: Final = 10
NAME_TAKEN: Final = Fault("/name", "There is a route of that name; choose another.")


def faults(route: Route, fields: dict[str, Any]) -> list[Fault]:
    """What is wrong with new values of `route`, which is as it was before."""
    found = list(_numbers(fields))
    if "name" in fields and _siblings(route).filter(name=fields["name"]).exists():
        found.append(NAME_TAKEN)
    if route._state.adding and _siblings(route).count() >= MOST:
        found.append(Fault("", f"There are {MOST} routes already; change or delete one."))
    if "conditions" in fields:
        found += condition_faults.faults(fields["conditions"], route.workspace_id)
    if "handlers" in fields:
        found += _handlers(fields["handlers"])
    return found


def _siblings(route: Route) -> QuerySet[Route]:
    return Route.objects.filter(workspace=route.workspace_id).exclude(id=route.id)


def _numbers(fields: dict[str, Any]) -> Iterator[Fault]:
    deadline, retries = fields.get("deadline"), fields.get("retries", 0)
    if deadline is not None and not 1 <= deadline <= MOST_SECONDS:
        yield Fault("/deadline", f"The deadline is 1 to {MOST_SECONDS} seconds.")
    if not 0 <= retries <= MOST_RETRIES:
        yield Fault("/retries", f"A message is tried again at most {MOST_RETRIES} times.")


def _handlers(names: Any) -> Iterator[Fault]:
    if not isinstance(names, list) or not 0 < len(names) <= MOST_HANDLERS:
        yield Fault(
            "/handlers", f"This is a list of 1 to {MOST_HANDLERS} handlers, in the order in which they are asked."
        )
        return
    for place, name in enumerate(names):
        if not isinstance(name, str) or name not in handlers.REGISTRY:
            known = ", ".join(sorted(handlers.REGISTRY))
            yield Fault(f"/handlers/{place}", f"There is no handler {name}. There are {known}.")
        elif name in names[:place]:
            yield Fault(f"/handlers/{place}", f"{name} is named twice.")
