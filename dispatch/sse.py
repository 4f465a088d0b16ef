"""Server-sent events as raw ASGI: an idle stream holds no thread and no database connection."""

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

from dispatch import doors
from dispatch.doors import Caller, Entrance
from dispatch.feeds import Follower
from dispatch.following import follow
from dispatch.live import NotServing, live
from project import logs, pools, problems
from project.cursors import Cursor
from project.errors import DATABASE_OUTAGE, SwitchboardError

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

PATH: Final = re.compile(
    r"/api/v1/(conversation|workspace)s/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/events/"
)
HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
HEARTBEAT: Final = b":\n\n"


def wanted(scope: dict[str, Any]) -> bool:
    """True when the request asks for one of our logs as a stream."""
    accept = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] == "GET" and b"text/event-stream" in accept and PATH.fullmatch(scope["path"]) is not None


async def stream(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    caller = doors.caller(scope)
    with logs.bind(request_id=caller.request_id):
        try:
            after = caller.cursor()
            entrance, key = await _enter(caller)
        except (SwitchboardError, *DATABASE_OUTAGE) as error:
            await _refuse(problems.translate(error) or SwitchboardError(), send)
            return
        except Exception:  # Django's own answer to a crash does not stand behind this door
            logger.exception("a stream could not be opened")
            await _refuse(SwitchboardError(), send)
            return
        with logs.bind(session_id=entrance.identity.session.id, user_id=entrance.identity.user.id):
            await _start(entrance, send)
            await _follow(entrance, key, after, receive, send)


async def _enter(caller: Caller) -> tuple[Entrance, str]:
    if not live.started:
        raise NotServing()
    return await pools.streams.run(_entrance, caller)


def _entrance(caller: Caller) -> tuple[Entrance, str]:
    """Who comes in, and the key of the log that the path names."""
    entrance = doors.enter(caller)
    match = PATH.fullmatch(caller.path)
    return entrance, doors.check_stream(entrance.identity, f"{match[1]}:{match[2]}" if match else "")


async def _start(entrance: Entrance, send: Send) -> None:
    headers = [*HEADERS, (b"x-request-id", logs.request_id().encode())]
    if entrance.cookie:
        headers.append((b"set-cookie", entrance.cookie.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    retry = random.randint(1000, 5000)  # noqa: S311 - spreads reconnects, guards nothing
    await _write(send, f"retry: {retry}\n\n".encode())


async def _follow(entrance: Entrance, key: str, after: Cursor | None, receive: Receive, send: Send) -> None:
    follower = Follower(entrance.identity.user.reader)
    gone = asyncio.ensure_future(_disconnected(receive))
    gone.add_done_callback(lambda _: follower.end("gone"))
    try:
        with live.guard.watching(entrance.identity, key, follower.end):
            async with aclosing(follow(live.hub, follower, key, after)) as frames:
                async for frame in frames:
                    await _write(send, frame.sse if frame else HEARTBEAT)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _refuse(error: SwitchboardError, send: Send) -> None:
    headers, body = problems.packed(error)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
