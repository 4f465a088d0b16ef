"""Which handlers answer a message, how and why. Decided at intake and again when the run is claimed.

Nothing of routes is cached: a change counts from the next decision on, on every process.
"""

import time
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from dispatch import audiences, conditions, handlers, switches
from dispatch.asked import Asked
from dispatch.decisions import Decision
from dispatch.handlers import Handler
from dispatch.models import Route
from integrations import experts
from integrations.models import Expert

SAME: Final = ("reason", "policy", "audience", "deadline", "attempts", "priority", "route", "expert")
EXPERT: Final = "ask_expert"  # the handler of dispatch/expert_handler.py


def decide(asked: Asked, only: str = "") -> Decision:
    """By the first route that matches, else by the kind. `only`: the one handler that a replay names instead."""
    began = time.monotonic()
    off = switches.disabled()
    route, candidates = _matching(asked, off)
    chosen = _named(only, off) if only else _chosen(asked, route, off)
    decision = chosen if only else replace(chosen, candidates=tuple(candidates))
    given = route.audience if route else decision.audience  # of a replay too: what was for few stays so
    return replace(
        decision,
        audience=audiences.narrowed(given, asked.metadata),
        ms=round((time.monotonic() - began) * 1000, 3),
    )


def kept(decided: dict[str, Any]) -> Decision:
    """What was decided before, as far as its handlers are still there."""
    off = switches.disabled()
    path, gone = _present(decided["path"], off), tuple(missing(decided["path"], off))
    same = {name: decided[name] for name in SAME if name in decided}
    return Decision(path, **same, problem="" if path else "no_handler", missing=gone)


def missing(names: list[str], off: set[str]) -> list[str]:
    """Which of a route's handlers are gone or, being `off`, not asked."""
    return [name for name in names if name in off or name not in handlers.REGISTRY]


def unready(route: Route) -> list[str]:
    """The expert of a route, where it can be asked nothing now."""
    if not route.expert:
        return []
    here = experts.of(route.workspace_id) if route.workspace_id else Expert.objects.filter(workspace=None)
    found = here.filter(slug=route.expert, enabled=True).first()
    return [] if found and not experts.stands_in(found) else [route.expert]


def in_order(workspace: UUID) -> QuerySet[Route]:
    """The routes that a workspace's messages meet: its own before the installation's."""
    met = Route.objects.filter(Q(workspace=workspace) | Q(workspace=None), enabled=True).defer(
        "created_at", "updated_at"
    )
    return met.order_by(F("workspace").asc(nulls_last=True), "position", "id")


def _matching(asked: Asked, off: set[str]) -> tuple[Route | None, list[dict[str, Any]]]:
    """The first route that matches, and every one that was looked at, with what its conditions found."""
    looked_at: list[dict[str, Any]] = []
    for route in in_order(asked.workspace):
        found = conditions.evaluate(route.conditions, asked)
        matched = all(condition["met"] for condition in found)
        looked_at.append(
            {
                "route": _naming(route),
                "installation": route.workspace_id is None,
                "matched": matched,
                "missing": missing(route.handlers, off),
                "conditions": found,
            }
        )
        if matched:
            return route, looked_at
    return None, looked_at


def _chosen(asked: Asked, route: Route | None, off: set[str]) -> Decision:
    """By the route that matches; else by the expert or the skill that the message names; else by its kind."""
    if route is not None:
        return _routed(route, off)
    slug, skill = asked.metadata.get("expert"), asked.metadata.get("skill")
    if isinstance(slug, str):
        return _by_expert(slug, "metadata.expert", off)
    if isinstance(skill, str):
        by_skill = _by_expert("", "metadata.skill", off)
        return replace(by_skill, reason=f"whoever has the skill {skill}, by metadata.skill")
    return _by_kind(asked.kind, off)


def _by_expert(slug: str, named_by: str, off: set[str]) -> Decision:
    path = _present([EXPERT], off)
    return Decision(path, f"the expert {slug}, by {named_by}", problem="" if path else "no_handler", expert=slug)


def _present(names: list[str], off: set[str]) -> tuple[Handler, ...]:
    found = (handlers.REGISTRY.get(name) for name in names if name not in off)
    return tuple(handler for handler in found if handler is not None)


def _routed(route: Route, off: set[str]) -> Decision:
    """The route's handlers that are there. With none of them left the message goes nowhere else: that was not meant."""
    if route.expert:
        return _with(route, _by_expert(route.expert, _whose(route), off))
    gone = missing(route.handlers, off)
    path = _present(route.handlers, off)
    without = f", without handlers that are gone or disabled: {', '.join(gone)}" if gone else ""
    problem = "" if path else "route_broken"
    return _with(route, Decision(path, f"{_whose(route)}{without}", problem=problem, missing=tuple(gone)))


def _with(route: Route, decision: Decision) -> Decision:
    return replace(
        decision,
        policy=route.policy,
        audience=route.audience,
        deadline=route.deadline,
        attempts=route.retries + 1,
        priority=route.priority,
        route=_naming(route),
    )


def _whose(route: Route) -> str:
    return f"a route of {'the workspace' if route.workspace_id else 'the installation'}"


def _by_kind(kind: str, off: set[str]) -> Decision:
    path = tuple(handler for handler in handlers.of_kind(kind) if handler.name not in off)
    return Decision(path, f"handlers of kind {kind}, by priority", problem="" if path else "no_handler")


def _named(name: str, off: set[str]) -> Decision:
    path = _present([name], off)
    problem = "" if path else "route_broken"
    return Decision(path, f"replayed with the handler {name}", problem=problem, missing=() if path else (name,))


def _naming(route: Route) -> dict[str, str]:
    return {"id": str(route.id), "name": route.name}
