"""Handlers as they are listed: what code registered, what staff set, and what the last 24 hours brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dispatch import calls, handlers, kinds, switches
from dispatch.calls import Counts
from dispatch.handlers import Handler
from dispatch.switches import Switches, UnknownHandler
from security.models import User, Workspace


@dataclass(frozen=True)
class Entry:
    """`concurrency`: the limit that holds, None for none. `schemas`: by kind, of those that declare one."""

    name: str
    kinds: tuple[str, ...]
    priority: int
    timeout: float
    description: str
    concurrency: int | None
    enabled: bool
    schemas: dict[str, Any]
    counts: Counts


def entries(reader: User) -> list[Entry]:
    """Every handler, in the order of registration. Staff count all calls, others those of their own workspaces."""
    return _entries(handlers.REGISTRY.values(), reader)


def entry(name: str, reader: User) -> Entry:
    """:raises UnknownHandler: naming those there are."""
    handler = handlers.REGISTRY.get(name)
    if handler is None:
        raise UnknownHandler(f"Handlers are {', '.join(sorted(handlers.REGISTRY))}.")
    return _entries([handler], reader)[0]


def _entries(listed: Sequence[Handler], reader: User) -> list[Entry]:
    counted = calls.count([one.name for one in listed], None if reader.is_staff else Workspace.objects.of(reader))
    switched = switches.read()
    return [_entry(handler, switched, counted[handler.name]) for handler in listed]


def _entry(handler: Handler, switched: Switches, counts: Counts) -> Entry:
    schemas = {kind: kinds.schema_of(kind) for kind in handler.kinds}
    return Entry(
        name=handler.name,
        kinds=handler.kinds,
        priority=handler.priority,
        timeout=handler.timeout,
        description=handler.description,
        concurrency=switched.limits.get(handler.name),
        enabled=handler.name not in switched.disabled,
        schemas={kind: schema for kind, schema in schemas.items() if schema is not None},
        counts=counts,
    )
