"""Back-pressure for daphne: `send()` waits while a client's socket is full, and a client that stays full is cut off.

Stock daphne buffers without limit (PITFALLS 13). Twisted tells a push producer when the transport's buffer is full and
when it has drained; our producer makes nothing itself and only passes that on. A client that takes some of what waits
for it, however little, is slow and not gone. The other way (PITFALLS 40), a client is not read from while many of its
frames wait.
"""

import asyncio
import fcntl
import sys
import termios
from typing import Any, Final

from daphne.server import Server
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from project.waiting import happens
from project.websocket import Socket

FRAMES: Final = 256
PAUSE_SECONDS: Final = 0.02
CLOSE_SECONDS: Final = 5


class SlowClient(ConnectionError):
    """The client took none of our bytes for a while; its connection has been aborted."""


@implementer(IPushProducer)
class Gate:
    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def opens(self) -> bool:
        """False when it has not within STALL_SECONDS."""
        return await happens(self.open, settings.STALL_SECONDS)

    def pauseProducing(self) -> None:
        self.open.clear()

    def resumeProducing(self) -> None:
        self.open.set()

    def stopProducing(self) -> None:
        self.open.set()


class Inbound:
    """Where daphne puts the frames of a socket."""

    def __init__(self, queue: "asyncio.Queue[dict[str, Any]]", protocol: Any) -> None:
        self._queue, self._protocol = queue, protocol
        self._paused = False

    def put_nowait(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.receive" and not self._open:
            return  # being closed: the client's own close frame comes behind what it still sends
        self._queue.put_nowait(message)
        if self._full and not self._paused:
            self._paused = True
            self._protocol.transport.pauseProducing()
            self._look_later()

    @property
    def _open(self) -> bool:
        return bool(self._protocol.state == self._protocol.STATE_OPEN)

    @property
    def _full(self) -> bool:
        return self._open and self._queue.qsize() >= FRAMES

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._look)

    def _look(self) -> None:
        if self._full:
            self._look_later()
            return
        self._paused = False
        self._protocol.transport.resumeProducing()


class BackpressureServer(Server):
    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        # A client that broke the protocol is told the close code (1007, 1009), and has time to read it: it may still be
        # sending what is refused, over a slow line.
        self.ws_factory.setProtocolOptions(
            failByDrop=False, echoCloseCodeReason=True, closeHandshakeTimeout=CLOSE_SECONDS
        )
        self.ws_factory.protocol = Socket

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        queue = super().create_application(protocol, scope)
        return Inbound(queue, protocol) if queue and scope["type"] == "websocket" else queue

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        is_body = message["type"] == "http.response.body"
        if is_body and not message.get("more_body"):
            if hasattr(protocol, "gate") and not protocol.finished and protocol.channel is not None:
                protocol.unregisterProducer()
            await super().handle_reply(protocol, message)
            return
        is_frame = message["type"] == "websocket.send"
        if is_frame and not _writable(protocol, is_body):
            return  # the socket is being closed: autobahn would raise in whoever pushes
        await super().handle_reply(protocol, message)
        if (is_body or is_frame) and _writable(protocol, is_body):
            await self._wait(protocol, is_body)

    async def _wait(self, protocol: Any, is_body: bool) -> None:
        gate = _gate(protocol, is_body)
        if gate.open.is_set():
            return
        transport = (protocol.channel if is_body else protocol).transport
        unsent = _unsent(transport)
        while not await gate.opens():
            before, unsent = unsent, _unsent(transport)
            if unsent >= before:
                transport.abortConnection()
                if is_body:  # under a Channels consumer an exception would keep `disconnect()` from being called
                    raise SlowClient()
                return


def _unsent(transport: Any) -> int:
    """Bytes that Twisted and the system hold for a client: neither says a word before many of them are gone."""
    ours = int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
    systems = fcntl.ioctl(transport.fileno(), termios.TIOCOUTQ, bytes(4))
    return ours + int.from_bytes(systems, sys.byteorder)


def _writable(protocol: Any, is_body: bool) -> bool:
    if is_body:
        return not protocol.finished and protocol.channel is not None
    return bool(protocol.state == protocol.STATE_OPEN)


def _gate(protocol: Any, is_body: bool) -> Gate:
    gate: Gate | None = getattr(protocol, "gate", None)
    if gate is None:
        gate = protocol.gate = Gate()
        if is_body:
            protocol.registerProducer(gate, True)
        else:  # the upgraded transport still has the HTTP channel as its producer
            protocol.transport.unregisterProducer()
            protocol.transport.registerProducer(gate, True)
    return gate
