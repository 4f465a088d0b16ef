"""Back-pressure for daphne: `send()` waits while a client's socket is full, and a client that stays full is cut off.

Stock daphne buffers without limit (PITFALLS 13). Twisted tells a push producer when the transport's buffer is full and
when it has drained; our producer makes nothing itself and only passes that on.
"""

import asyncio
from typing import Any, Final

from daphne.server import Server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

STALL_SECONDS: Final = 10.0


class SlowClient(ConnectionError):
    """The client took none of our bytes for a while; its connection has been aborted."""


@implementer(IPushProducer)
class Gate:
    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    def pauseProducing(self) -> None:
        self.open.clear()

    def resumeProducing(self) -> None:
        self.open.set()

    def stopProducing(self) -> None:
        self.open.set()


class BackpressureServer(Server):
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        is_body = message["type"] == "http.response.body"
        if is_body and not message.get("more_body"):
            if hasattr(protocol, "gate") and not protocol.finished and protocol.channel is not None:
                protocol.unregisterProducer()
            await super().handle_reply(protocol, message)
            return
        await super().handle_reply(protocol, message)
        if (is_body or message["type"] == "websocket.send") and _writable(protocol, is_body):
            await self._wait(protocol, is_body)

    async def _wait(self, protocol: Any, is_body: bool) -> None:
        gate = _gate(protocol, is_body)
        try:
            await asyncio.wait_for(gate.open.wait(), STALL_SECONDS)
        except TimeoutError:
            (protocol.channel if is_body else protocol).transport.abortConnection()
            if is_body:  # under a Channels consumer an exception would keep `disconnect()` from being called
                raise SlowClient() from None


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
