"""Server-sent events as raw ASGI: an idle stream holds no thread and no database connection."""

import asyncio
import logging
import random
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from dispatch import doors, run_events
from dispatch.doors import Caller, Entrance
from dispatch.feeds import Follower
from dispatch.following import follow
from dispatch.frames import Frame
from dispatch.listeners import Listener, Send
from dispatch.live import NotServing, live
from dispatch.run_events import RunLog, follow_run
from project import log, logs, pools, problems
from project.cursors import Cursor
from project.errors import DATABASE_OUTAGE, SwitchboardError

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]

PATH: Final = re.compile(
    r"/api/v1/(?:(conversation|workspace|run)s/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|staff)/events/"
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


@dataclass(frozen=True)
class Opening:
    """Who came in, and what the path names: a log, or of it what is about one run."""

    entrance: Entrance
    stream: str
    run: RunLog | None = None

    def frames(self, follower: Follower, after: Cursor | None) -> AsyncGenerator[Frame | None, None]:
        if self.run:
            return follow_run(live.hub, follower, self.run, after)
        return follow(live.hub, follower, self.stream, after)


async def stream(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    caller = doors.caller(scope)
    with logs.bind(request_id=caller.request_id):
        try:
            after, wanted = caller.cursor(), caller.wanted
            opening = await _enter(caller)
        except (SwitchboardError, *DATABASE_OUTAGE) as error:
            await _refuse(problems.translate(error) or SwitchboardError(), send)
            return
        except Exception:  # Django's own answer to a crash does not stand behind this door
            logger.exception("a stream could not be opened")
            await _refuse(SwitchboardError(), send)
            return
        identity = opening.entrance.identity
        with logs.bind(session_id=identity.session.id, user_id=identity.user.id):
            if opening.run and opening.run.nothing_after(after):
                await _say_that_it_is_over(send)
                return
            await _start(opening.entrance, send)
            follower = Listener(identity.user.reader, wanted)
            await _follow(opening, after, follower, receive, send)


async def _enter(caller: Caller) -> Opening:
    if not live.started:
        raise NotServing()
    return await pools.streams.run(_open, caller)


def _open(caller: Caller) -> Opening:
    entrance = doors.enter(caller)
    match = PATH.fullmatch(caller.path)
    topic, id = match.groups() if match else (None, None)
    if topic == "run":
        run = run_events.find(entrance.identity, UUID(id))
        return Opening(entrance, run.stream, run)
    return Opening(entrance, doors.check_stream(entrance.identity, f"{topic}:{id}" if topic else log.STAFF))


async def _say_that_it_is_over(send: Send) -> None:
    """204: a browser's own EventSource comes back after every end but this one."""
    await send({"type": "http.response.start", "status": 204, "headers": [_request_id()]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _start(entrance: Entrance, send: Send) -> None:
    headers = [*HEADERS, _request_id()]
    if entrance.cookie:
        headers.append((b"set-cookie", entrance.cookie.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    retry = random.randint(1000, 5000)  # noqa: S311 - spreads reconnects, guards nothing
    await send(_body(f"retry: {retry}\n\n".encode()))


def _request_id() -> tuple[bytes, bytes]:
    return (b"x-request-id", logs.request_id().encode())


async def _follow(opening: Opening, after: Cursor | None, follower: Listener, receive: Receive, send: Send) -> None:
    identity = opening.entrance.identity
    gone = asyncio.ensure_future(_disconnected(receive))
    gone.add_done_callback(lambda _: follower.end("gone"))
    try:
        with live.guard.watching(identity, opening.stream, follower.end):
            async with follower.bounded(), aclosing(opening.frames(follower, after)) as frames:
                async for frame in frames:
                    await follower.write(send, _body(frame.sse if frame else HEARTBEAT))
                    del frame
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _refuse(error: SwitchboardError, send: Send) -> None:
    headers, body = problems.packed(error)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
