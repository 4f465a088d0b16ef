"""What a client may ask on a socket: one function per `op`, and the fields that each has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from dispatch import doors, fields, intake, stopping, submissions, typists, wanted
from dispatch.fields import BadFrame
from dispatch.intake import Receipt
from dispatch.sockets import Socket
from project import cursors, pools
from project.errors import Forbidden
from security import scopes, sessions
from security.sessions import Identity

Data = dict[str, Any]


class OtherUser(Forbidden):
    code = "other_user"
    title = "A socket stays with its user, and with its API key; open another one"


@dataclass(frozen=True)
class Operation:
    """`fields`: those it has beside `op` and `ref`; None: the function checks. `idle`: it uses no session, and asks no
    database. `scope`: what it takes of an API key; None: nothing.
    """

    run: Callable[[Socket, Data], Awaitable[Data]]
    fields: tuple[str, ...] | None = ()
    idle: bool = False
    scope: str | None = scopes.MANAGE


async def carry_out(socket: Socket, frame: Data) -> str:
    """The `ok` frame of one operation.

    :raises SwitchboardError: what becomes its `error` frame.
    """
    operation = OPERATIONS.get(str(frame.get("op")))
    if operation is None:
        raise BadFrame(f"`op` is one of {', '.join(OPERATIONS)}.")
    if operation.fields is not None:
        fields.check(frame, operation.fields)
    scopes.require(socket.identity.user.grant, operation.scope)
    if not operation.idle and sessions.unnoted(socket.identity.session):
        await pools.streams.run(sessions.recognise, socket.identity.session)  # who only talks here uses the session too
    return ok(frame, await operation.run(socket, frame))


def ok(frame: Data, data: Data | None = None) -> str:
    return orjson.dumps({"type": "ok", "op": frame.get("op"), "ref": frame.get("ref"), "data": data or {}}).decode()


def identify(frame: Data) -> Identity:
    fields.check(frame, ("token",))
    return sessions.identify(fields.text(frame, "token"))


def receipt(taken: Receipt) -> Data:
    """The answer to a submission, on every door."""
    return {
        "message": str(taken.message),
        "status": taken.status,
        "run": str(taken.queued) if taken.queued else None,
        "status_url": f"/api/v1/runs/{taken.queued}/" if taken.queued else f"/api/v1/messages/{taken.message}/",
        "stream_position": str(taken.position),
    }


async def _authenticate(socket: Socket, frame: Data) -> Data:
    """Renewal: the socket goes on under another token of its user's, and under that token's session.

    Not under an API key, nor from one to another: they open different things.
    """
    identity = await pools.streams.run(identify, frame)
    own = socket.identity.user
    if (identity.user.id, identity.user.grant) != (own.id, own.grant):
        raise OtherUser()
    socket.renew(identity)
    return {}


async def _subscribe(socket: Socket, frame: Data) -> Data:
    after = cursors.parse(fields.text(frame, "after")) if frame.get("after") is not None else None
    types = wanted.parse(frame.get("types"))
    stream = await pools.streams.run(doors.check_stream, socket.identity, fields.text(frame, "stream"))
    await socket.subscribe(stream, after, types)
    return {"stream": stream}


async def _unsubscribe(socket: Socket, frame: Data) -> Data:
    stream = doors.stream_key(fields.text(frame, "stream"))
    await socket.unsubscribe(stream)
    return {"stream": stream}


async def _send(socket: Socket, frame: Data) -> Data:
    conversation = fields.id(frame, "conversation")
    body = {name: value for name, value in frame.items() if name not in {"op", "ref", "conversation", "client_id"}}
    submission = submissions.parse(body, fields.text(frame, "client_id"))
    return receipt(await pools.web.run(intake.receive, submission, socket.identity, conversation))


async def _cancel(socket: Socket, frame: Data) -> Data:
    run = await pools.web.run(stopping.cancel, socket.identity.user, fields.id(frame, "run"))
    return {"run": str(run.id), "state": run.state, "stopping": run.stopping}


async def _typing(socket: Socket, frame: Data) -> Data:
    conversation = fields.id(frame, "conversation")
    return {"conversation": str(conversation), "told": await typists.tell(socket.identity.user, conversation)}


async def _acknowledge(socket: Socket, frame: Data) -> Data:
    stream = doors.stream_key(_named(frame))
    left = socket.window(stream).acknowledge(cursors.parse(fields.text(frame, "id")))
    return {"stream": stream, "unacknowledged": left}


async def _ping(socket: Socket, frame: Data) -> Data:
    return {}


OPERATIONS: Final = {
    "auth": Operation(_authenticate, ("token",), scope=None),
    "subscribe": Operation(_subscribe, ("stream", "after", "types"), scope=scopes.READ),
    "unsubscribe": Operation(_unsubscribe, ("stream",), scope=None),
    "send": Operation(_send, None, scope=scopes.CHAT),
    "cancel": Operation(_cancel, ("run",), scope=scopes.CHAT),
    "typing": Operation(_typing, ("conversation",), scope=scopes.CHAT),
    "ack": Operation(_acknowledge, ("conversation", "stream", "id"), idle=True, scope=None),
    "ping": Operation(_ping, scope=None),
}


def _named(frame: Data) -> str:
    """The stream that is named by itself, or by its conversation."""
    if ("stream" in frame) == ("conversation" in frame):
        raise BadFrame("Name either a `stream` or a `conversation`.")
    return fields.text(frame, "stream") if "stream" in frame else f"conversation:{fields.text(frame, 'conversation')}"
