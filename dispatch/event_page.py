"""docs/events.md, made from the declared events. `manage.py document_events` writes it."""

from typing import Any, Final

from dispatch import socket_frames
from dispatch.shape_words import table
from project import eventtypes
from project.envelopes import ENVELOPE
from project.eventtypes import EventType
from project.shapes import Shape

INTRODUCTION: Final = """\
# Events

Made from the schemas in the code by `manage.py document_events`; a test keeps it true. [asyncapi.json](asyncapi.json)
says the same for programs (AsyncAPI 3.0). A type that is not here is not sent.

Each log numbers its events without a gap. A client takes a snapshot over REST, remembers the log's `head` from before
that, and follows from there: the snapshot with the events after it is what a new snapshot would show. It passes over
fields and types that it does not know: more may come. [streams.md](streams.md) tells how streams begin, resume and end,
[sockets.md](sockets.md) how a socket is used.

## The envelope

The same on SSE, on the WebSocket and in the log as JSON.
"""
LOGS: Final = {
    "conversation": "Followed at `/api/v1/conversations/{id}/events/`, or on the socket as `conversation:<id>`; what "
    "is about one run also at `/api/v1/runs/{id}/events/`.",
    "workspace": "Followed at `/api/v1/workspaces/{id}/events/`, or on the socket as `workspace:<id>`. It does not "
    "repeat what the logs of its conversations say.",
    "staff": "Followed at `/api/v1/staff/events/`, or on the socket as `staff`, by staff alone.",
}
UNSTORED: Final = """\
## Not stored

These come as they happen, have no place in a log and are not sent again.
"""
SOCKET: Final = """\
## Frames of the socket

What a client may send to `/ws/v1/`, by `op`. Each frame may carry a `ref` of any kind, which comes back with the
answer, `{"type": "ok", "op": ..., "ref": ..., "data": {...}}` or `{"type": "error", "ref": ..., "problem": {...}}`. The
problem is that of HTTP (RFC 9457).
"""


def page() -> str:
    shared: dict[str, Shape] = {}
    blocks = [INTRODUCTION, table(ENVELOPE, shared)]
    for log, says in LOGS.items():
        blocks += [f"## The log of a {log}\n" if log != "staff" else "## The log of staff\n", f"{says}\n"]
        blocks += [_event(type, shared) for type in _types() if type.stored and log in type.logs]
    blocks += [UNSTORED, *(_event(type, shared) for type in _types() if not type.stored)]
    blocks += [SOCKET, *(_operation(op, shared) for op in socket_frames.OPERATIONS)]
    blocks += ["## Shapes\n", *_shapes(shared)]
    return "\n".join(blocks)


def _types() -> list[EventType]:
    return eventtypes.REGISTRY.values()


def _event(type: EventType, shared: dict[str, Shape]) -> str:
    where = "" if type.stored else f" In: {', '.join(type.logs)}."
    return f"### `{type.name}`\n\n{type.says}{where}\n\n{table(type.schema.document, shared)}"


def _operation(op: str, shared: dict[str, Shape]) -> str:
    operation = socket_frames.OPERATIONS[op]
    answer = table(operation.answers, shared)
    said = f"\n`data` of the answer:\n\n{answer}" if operation.answers["properties"] else ""
    return f"### `{op}`\n\n{operation.says}\n\n{table(operation.asks, shared)}{said}"


def _shapes(shared: dict[str, Shape]) -> list[str]:
    """Those that tables refer to, and those that they refer to themselves."""
    written: dict[str, Any] = {}
    while waiting := [title for title in shared if title not in written]:
        written |= {title: f"### {title}\n\n{table(shared[title], shared)}" for title in waiting}
    return [written[title] for title in sorted(written)]
