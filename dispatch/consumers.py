"""The WebSocket door, `/ws/v1/`: a thin translator between frames and the domain. It stays off the channel layer."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer

from dispatch import doors, operations
from dispatch.feeds import Follower
from dispatch.following import HEARTBEAT_SECONDS
from dispatch.inbox import Inbox
from dispatch.live import NotServing, live
from dispatch.sockets import Socket
from dispatch.window import TOO_SLOW
from project import logs, pools, problems, strictjson
from project.errors import DATABASE_OUTAGE, SwitchboardError, TooMany, Unauthenticated, Unavailable
from project.strictjson import MalformedJSON
from security.sessions import Identity

logger = logging.getLogger(__name__)

SUBPROTOCOL: Final = "switchboard.v1"
SIGN_IN_SECONDS: Final = 5.0

BAD_FRAME, UNAUTHENTICATED, REVOKED, SLOW, CROWDED, RESTARTING = 4400, 4401, 4403, 4408, 4429, 4503
CLOSE_CODES: Final = {"revoked": REVOKED, "expired": UNAUTHENTICATED, TOO_SLOW: SLOW}
TURNED_AWAY: Final = ((Unavailable, RESTARTING), (TooMany, CROWDED))


class SocketConsumer(AsyncWebsocketConsumer):
    channel_layer_alias = ""

    async def connect(self) -> None:
        offered = self.scope["subprotocols"]
        if offered and SUBPROTOCOL not in offered:
            await self.close()
            return
        self.caller = doors.caller(self.scope)
        self.first: dict[str, Any] | None = None
        self.inbox = Inbox()
        self.socket: Socket | None = None
        await self.accept(SUBPROTOCOL if offered else None)
        self.worker = asyncio.create_task(self._work())

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "worker"):
            self.worker.cancel()
            await asyncio.wait({self.worker})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Put the frame into the inbox and return: a busy consumer would see neither disconnect nor further frames."""
        try:
            frame = strictjson.loads(text_data) if text_data else None
        except MalformedJSON:
            frame = None
        if not isinstance(frame, dict):
            await self.close(BAD_FRAME, "frames are JSON objects in text")
        else:
            answer = await self._acknowledge(frame)
            if not self.inbox.put(answer or text_data or "", answered=answer is not None):
                await self.close(CROWDED, "frames come faster than they are carried out")

    async def _acknowledge(self, frame: dict[str, Any]) -> str | None:
        """Carry out an acknowledgement, which waits for nothing: behind frames that do, it would come too late.

        None where it cannot be, perhaps not yet: what stands before it may be its `subscribe`.
        """
        if self.socket is None or frame.get("op") != "ack":
            return None
        with suppress(SwitchboardError):
            return await operations.carry_out(self.socket, frame)
        return None

    async def _work(self) -> None:
        with logs.bind(request_id=self.caller.request_id):
            try:
                identity = await self._sign_in()
                with live.seats.taken(identity.user.id):
                    await self._serve(identity)
            except TimeoutError:
                await self.close(UNAUTHENTICATED, "not signed in within 5 seconds")
            except (SwitchboardError, *DATABASE_OUTAGE) as error:
                await self._turn_away(problems.translate(error) or SwitchboardError())
            except OSError:
                logger.info("a client left while it was written to")  # some servers raise, daphne does not
            except Exception:  # nobody awaits this task: without it the socket would stay open, deaf
                logger.exception("a socket broke")
                await self.close(RESTARTING, "broken")

    async def _sign_in(self) -> Identity:
        """By the head, or by the first frame, which is answered later: there may be no seat left."""
        if not live.started or live.hub.stopping:
            raise NotServing()
        by_head = "authorization" in self.caller.headers or "ticket" in self.caller.query
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                return await (self._sign_in_by_head() if by_head else self._sign_in_by_frame())
        except TimeoutError as error:
            if by_head or self.first is not None:  # the client did its part
                raise pools.Late() from error
            raise

    async def _sign_in_by_head(self) -> Identity:
        entrance = await pools.streams.run(doors.enter, self.caller)
        return entrance.identity

    async def _sign_in_by_frame(self) -> Identity:
        self.first = strictjson.loads((await self.inbox.get()).text)
        if self.first.get("op") != "auth":
            raise Unauthenticated('The first frame is {"op": "auth", "token": "..."}.')
        return await pools.streams.run(operations.identify, self.first)

    async def _serve(self, identity: Identity) -> None:
        """Carry out frames in order until the socket, the session or the server ends."""
        logs.add(session_id=identity.session.id, user_id=identity.user.id)
        end = Follower()  # of no stream: it only waits to be told the end
        socket = self.socket = Socket(identity, self._write, end.end)
        with socket.watched("", end.end), live.hub.told(end):
            serving = asyncio.create_task(self._carry_out(socket))
            serving.add_done_callback(lambda _: end.end("broken"))
            try:
                while end.ended is None:
                    await end.wait(HEARTBEAT_SECONDS)
            finally:
                serving.cancel()
                await socket.close()
        await self.close(CLOSE_CODES.get(end.ended, RESTARTING), end.ended)

    async def _carry_out(self, socket: Socket) -> None:
        if self.first is not None:
            await self._push(operations.ok(self.first))
        while True:
            item = await self.inbox.get()
            if item.answered:
                await self._push(item.text)
                continue
            frame = strictjson.loads(item.text)
            try:
                await self._push(await operations.carry_out(socket, frame))
            except (SwitchboardError, *DATABASE_OUTAGE) as error:
                await self._fail(frame, problems.translate(error) or SwitchboardError())
            except Exception:
                logger.exception("a frame could not be carried out")
                await self._fail(frame, SwitchboardError())

    async def _turn_away(self, error: SwitchboardError) -> None:
        await self._fail(self.first, error)
        code = next((code for type, code in TURNED_AWAY if isinstance(error, type)), UNAUTHENTICATED)
        await self.close(code, error.code)

    async def _fail(self, frame: dict[str, Any] | None, error: SwitchboardError) -> None:
        answer = {"type": "error", "ref": (frame or {}).get("ref"), "problem": problems.document(error)}
        await self._push(orjson.dumps(answer).decode())

    async def _push(self, text: str) -> None:
        await (self.socket.push if self.socket else self._write)(text)

    async def _write(self, text: str) -> None:
        await self.send(text_data=text)
