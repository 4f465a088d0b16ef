"""What a client may ask on a socket: one function per `op`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from dispatch import doors, frames, intake, stopping, submissions
from dispatch.feeds import Follower
from dispatch.following import follow
from dispatch.intake import Receipt
from dispatch.live import live
from project import cursors, pools
from project.cursors import Cursor
from project.errors import BadRequest, NotFound, TooMany
from security import sessions
from security.sessions import Identity

logger = logging.getLogger(__name__)

SUBSCRIPTIONS: Final = 100


class BadFrame(BadRequest):
    code = "bad_frame"
    title = "The frame does not say what it should"


class TooManySubscriptions(TooMany):
    code = "too_many_subscriptions"
    title = "A socket follows a limited number of streams"


@dataclass
class Session:
    """One signed-in socket and the streams that it follows."""

    identity: Identity
    push: Callable[[str], Awaitable[None]]
    following: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    def begin(self, stream: str, after: Cursor | None) -> None:
        """Begin to follow. The task runs after its caller has answered: `ok` comes before `stream.ready`."""
        self.following[stream] = asyncio.create_task(self._pass_on(stream, after))

    async def end(self, stream: str) -> None:
        task = self.following.pop(stream, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        for stream in list(self.following):
            await self.end(stream)

    async def _pass_on(self, stream: str, after: Cursor | None) -> None:
        follower = Follower(self.identity.user.reader)
        try:
            with live.guard.watching(self.identity, stream, follower.end):
                async with aclosing(follow(live.hub, follower, stream, after)) as found:
                    async for frame in found:
                        if frame is not None:
                            await self.push(frame.text)
        except Exception:  # nobody awaits this task: without a word the client would wait for ever
            logger.exception("a subscription broke")
            await self.push(frames.end(stream, "broken").text)
        finally:
            self.following.pop(stream, None)


async def carry_out(session: Session, frame: dict[str, Any]) -> str:
    """The `ok` frame of one operation.

    :raises SwitchboardError: what becomes its `error` frame.
    """
    operation = OPERATIONS.get(str(frame.get("op")))
    if operation is None:
        raise BadFrame(f"`op` is one of {', '.join(OPERATIONS)}.")
    if sessions.unnoted(session.identity.session):  # who only talks on a socket uses the session too
        await pools.streams.run(sessions.recognise, session.identity.session)
    return ok(frame, await operation(session, frame))


def ok(frame: dict[str, Any], data: dict[str, Any] | None = None) -> str:
    return orjson.dumps({"type": "ok", "op": frame.get("op"), "ref": frame.get("ref"), "data": data or {}}).decode()


def identify(frame: dict[str, Any]) -> Identity:
    return sessions.identify(_text(frame, "token"))


def receipt(taken: Receipt) -> dict[str, Any]:
    """The answer to a submission, on every door."""
    return {
        "message": str(taken.message),
        "run": str(taken.run),
        "status_url": f"/api/v1/runs/{taken.run}/",
        "stream_position": str(taken.position),
    }


async def _authenticate(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    """Renewal: another token of the same session."""
    identity = await pools.streams.run(identify, frame)
    if identity.session.id != session.identity.session.id:
        raise BadFrame("A socket stays with its session; open another one.")
    return {}


async def _subscribe(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    stream = _text(frame, "stream")
    after = cursors.parse(_text(frame, "after")) if frame.get("after") is not None else None
    if len(session.following) >= SUBSCRIPTIONS:
        raise TooManySubscriptions(f"At most {SUBSCRIPTIONS} at a time; unsubscribe from one first.")
    stream = await pools.streams.run(doors.check_stream, session.identity, stream)
    if stream in session.following:
        await session.end(stream)
    session.begin(stream, after)
    return {"stream": stream}


async def _unsubscribe(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    stream = doors.stream_key(_text(frame, "stream"))
    if stream not in session.following:
        raise NotFound("This socket does not follow that stream.")
    await session.end(stream)
    return {"stream": stream}


async def _send(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    conversation = _id(frame, "conversation")
    body = {name: value for name, value in frame.items() if name not in {"op", "ref", "conversation", "client_id"}}
    submission = submissions.parse(body, _text(frame, "client_id"))
    return receipt(await pools.web.run(intake.receive, submission, session.identity, conversation))


async def _cancel(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    run = await pools.web.run(stopping.cancel, session.identity.user, _id(frame, "run"))
    return {"run": str(run.id), "state": run.state, "stopping": run.stopping}


async def _ping(session: Session, frame: dict[str, Any]) -> dict[str, Any]:
    return {}


OPERATIONS: Final[dict[str, Callable[[Session, dict[str, Any]], Awaitable[dict[str, Any]]]]] = {
    "auth": _authenticate,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "send": _send,
    "cancel": _cancel,
    "ping": _ping,
}


def _text(frame: dict[str, Any], name: str) -> str:
    value = frame.get(name)
    if not isinstance(value, str) or not value:
        raise BadFrame(f"`{name}` is missing or no text.")
    return value


def _id(frame: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(_text(frame, name))
    except ValueError as error:
        raise NotFound() from error
