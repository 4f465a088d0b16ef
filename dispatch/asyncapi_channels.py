"""The ways out and in, as channels and operations of AsyncAPI: a channel for each log over SSE, and the socket."""

from dataclasses import dataclass
from typing import Any, Final

from dispatch import socket_frames
from project import eventtypes, shapes

Document = dict[str, Any]

SOCKET: Final = "socket"
SECURITY: Final = [{"$ref": f"#/components/securitySchemes/{scheme}"} for scheme in ("bearer", "ticket")]
CURSOR: Final = shapes.cursor("A cursor to go on after. The header `Last-Event-ID` says the same, and wins.")
TYPES: Final = shapes.text("Only events of these types, with commas between them, and `stream.*`; left out: all.")
TICKET: Final = shapes.text("In place of `Authorization`, for browsers.")


@dataclass(frozen=True)
class Way:
    """A path that streams a log over SSE. `log`: which events may come, `without` those named."""

    name: str
    address: str
    log: str
    says: str
    without: tuple[str, ...] = ()


WAYS: Final = (
    Way("conversation", "/api/v1/conversations/{id}/events/", "conversation", "What happens in one conversation."),
    Way("workspace", "/api/v1/workspaces/{id}/events/", "workspace", "What happens to conversations and members."),
    Way("staff", "/api/v1/staff/events/", "staff", "What happens to the installation; for staff alone."),
    Way("run", "/api/v1/runs/{id}/events/", "conversation", "What is about one run, until its end.", ("typing",)),
)


def receiving(op: str) -> str:
    """The name of the message that a client sends."""
    return f"client.{op}"


def channels() -> Document:
    found: Document = {way.name: _stream(way) for way in WAYS}
    names = [*eventtypes.REGISTRY, *map(receiving, socket_frames.OPERATIONS), "ok", "error"]
    found[SOCKET] = {
        "address": "/ws/v1/",
        "title": "The socket",
        "description": "Follows any number of logs, and takes operations. A client that offers subprotocols offers "
        "`switchboard.v1`. Signed in by `Authorization`, by ticket, or by a first frame `auth`.",
        "servers": [{"$ref": "#/servers/socket"}],
        "messages": _messages(names),
        "bindings": {
            "ws": {"method": "GET", "query": shapes.closed({}, {"ticket": TICKET}), "bindingVersion": "0.1.0"}
        },
    }
    return found


def operations() -> Document:
    found: Document = {f"follow_{way.name}": _follow(way) for way in WAYS}
    found["push"] = {
        "action": "send",
        "channel": _channel(SOCKET),
        "summary": "Events of the logs that the socket follows.",
        "security": SECURITY,
        "messages": _chosen(SOCKET, list(eventtypes.REGISTRY)),
    }
    for op, operation in socket_frames.OPERATIONS.items():
        found[op] = {
            "action": "receive",
            "channel": _channel(SOCKET),
            "summary": operation.says,
            "messages": _chosen(SOCKET, [receiving(op)]),
            "reply": {"channel": _channel(SOCKET), "messages": _chosen(SOCKET, ["ok", "error"])},
        }
    return found


def _stream(way: Way) -> Document:
    found: Document = {
        "address": way.address,
        "title": f"Events: {way.name}",
        "description": f"{way.says} Ask with `Accept: text/event-stream`; as JSON the same path pages the log.",
        "servers": [{"$ref": "#/servers/http"}],
        "messages": _messages(_in(way)),
    }
    if "{id}" in way.address:
        found["parameters"] = {"id": {"description": f"Of the {way.name}."}}
    return found


def _follow(way: Way) -> Document:
    query = shapes.closed({}, {"after": CURSOR, "types": TYPES, "ticket": TICKET})
    return {
        "action": "send",
        "channel": _channel(way.name),
        "summary": way.says,
        "security": SECURITY,
        "messages": _chosen(way.name, _in(way)),
        "bindings": {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}},
    }


def _in(way: Way) -> list[str]:
    return [type.name for type in eventtypes.REGISTRY.values() if way.log in type.logs and type.name not in way.without]


def _messages(names: list[str]) -> Document:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _channel(name: str) -> Document:
    return {"$ref": f"#/channels/{name}"}


def _chosen(channel: str, names: list[str]) -> list[Document]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
