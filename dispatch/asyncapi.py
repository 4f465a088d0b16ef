"""The AsyncAPI 3.0 document of the streams, made from the declared events. `manage.py document_events` writes it."""

from typing import Any, Final

from dispatch import socket_frames
from dispatch.asyncapi_channels import channels, operations, receiving
from project import eventtypes
from project.envelopes import ENVELOPE
from project.eventtypes import EventType
from project.shapes import Shape

Document = dict[str, Any]

ABOUT: Final = (
    "What Switchboard tells its clients as it happens, over server-sent events and WebSocket; docs/events.md says "
    "the same in prose. Everything else is in the OpenAPI document at /api/v1/schema. Payloads are JSON Schema."
)


def document() -> Document:
    shared: dict[str, Shape] = {}
    messages = _messages(shared)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Switchboard streams", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "http": {**_host(), "protocol": "http", "description": "Server-sent events."},
            "socket": {**_host(), "protocol": "ws", "description": "WebSocket; its subprotocol is `switchboard.v1`."},
        },
        "channels": channels(),
        "operations": operations(),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(shared.items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "Of `POST /api/v1/auth/ticket`: good once, for 30 seconds and one path.",
                },
            },
        },
    }


def _host() -> Document:
    return {"host": "{host}", "variables": {"host": {"default": "localhost:8000", "description": "Where it runs."}}}


def _messages(shared: dict[str, Shape]) -> Document:
    _part(ENVELOPE, shared)
    found = {type.name: _event(type, shared) for type in eventtypes.REGISTRY.values()}
    for op, operation in socket_frames.OPERATIONS.items():
        found[receiving(op)] = _frame(op, operation.says, socket_frames.asked(op), shared)
    found["ok"] = _frame("ok", "The operation was carried out.", socket_frames.answered(), shared)
    found["error"] = _frame("error", "It was not; the socket stays open.", socket_frames.ERROR, shared)
    return found


def _event(type: EventType, shared: dict[str, Shape]) -> Document:
    shared[type.name] = {"description": type.says, **_parts(type.schema.document, shared)}
    placed = {"id": {"type": "string"}, "seq": {"type": "integer"}} if type.stored and not type.passing else {}
    own = {"type": {"const": type.name}, **placed, "data": _to(type.name)}
    return {
        "name": type.name,
        "summary": type.says,
        "payload": {"allOf": [_to(ENVELOPE["title"]), {"type": "object", "properties": own}]},
    }


def _frame(name: str, says: str, shape: Shape, shared: dict[str, Shape]) -> Document:
    return {"name": name, "summary": says, "payload": _part(shape, shared)}


def _part(shape: Any, shared: dict[str, Shape]) -> Any:
    """The same; what has a title of its own goes to the shared schemas, and is referred to."""
    found = _parts(shape, shared)
    if isinstance(shape, dict) and isinstance(shape.get("title"), str):
        shared[shape["title"]] = found
        return _to(shape["title"])
    return found


def _parts(shape: Any, shared: dict[str, Shape]) -> Any:
    if isinstance(shape, dict):
        return {name: _part(inner, shared) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [_part(inner, shared) for inner in shape]
    return shape


def _to(schema: str) -> Shape:
    return {"$ref": f"#/components/schemas/{schema}"}
