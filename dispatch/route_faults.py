"""What is wrong with the fields of a route, in words that say what would be right."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import QuerySet

from dispatch import condition_faults, handlers
from dispatch.models import Route
from integrations import experts
from integrations.models import Expert
from project.faults import Fault

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
    if {"handlers", "expert"} & set(fields) or route._state.adding:
        found += _asked(fields, route)
    return found


def _siblings(route: Route) -> QuerySet[Route]:
    return Route.objects.filter(workspace=route.workspace_id).exclude(id=route.id)


def _numbers(fields: dict[str, Any]) -> Iterator[Fault]:
    deadline, retries = fields.get("deadline"), fields.get("retries", 0)
    if deadline is not None and not 1 <= deadline <= MOST_SECONDS:
        yield Fault("/deadline", f"The deadline is 1 to {MOST_SECONDS} seconds.")
    if not 0 <= retries <= MOST_RETRIES:
        yield Fault("/retries", f"A message is tried again at most {MOST_RETRIES} times.")


def _asked(fields: dict[str, Any], route: Route) -> Iterator[Fault]:
    """Handlers or an expert, one of the two. What is not new is not looked at."""
    names, slug = fields.get("handlers", route.handlers), fields.get("expert", route.expert)
    if names and slug:
        yield Fault("/expert", "Name handlers or an expert; the other one stays empty.")
    elif slug:
        yield from _expert(slug, route) if "expert" in fields else ()
    elif "handlers" in fields or route._state.adding or not names:
        yield from _handlers(names)


def _expert(slug: str, route: Route) -> Iterator[Fault]:
    """One that is switched off or planned may be named: the route is there before the expert is."""
    here = experts.of(route.workspace_id) if route.workspace_id else Expert.objects.filter(workspace=None)
    if not here.filter(slug=slug).exists():
        known = experts.named(here.order_by("slug"))
        yield Fault("/expert", f"There is no expert {slug} for this route. There are {known}.")


def _handlers(names: Any) -> Iterator[Fault]:
    if not isinstance(names, list) or not 0 < len(names) <= MOST_HANDLERS:
        yield Fault(
            "/handlers",
            f"This is a list of 1 to {MOST_HANDLERS} handlers, in the order in which they are asked; or name an "
            "`expert` instead.",
        )
        return
    for place, name in enumerate(names):
        if not isinstance(name, str) or name not in handlers.REGISTRY:
            known = ", ".join(sorted(handlers.REGISTRY))
            yield Fault(f"/handlers/{place}", f"There is no handler {name}. There are {known}.")
        elif name in names[:place]:
            yield Fault(f"/handlers/{place}", f"{name} is named twice.")
