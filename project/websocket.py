"""The WebSocket protocol, where daphne and autobahn leave something out: why it is closed, large frames, late pongs."""

import asyncio
from typing import Any, Final

from daphne.ws_protocol import WebSocketProtocol

LINGER_SECONDS: Final = 1.0
TEXT: Final = 1
BINARY: Final = 2


class Socket(WebSocketProtocol):
    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            self.sendClose(message.get("code") or 1000, message.get("reason") or None)
        else:
            super().handle_reply(message)

    def sendMessage(self, payload: bytes, isBinary: bool = False, **_: Any) -> None:
        """Of any size: autobahn would hold ours to the limit of a client's, and an event may be larger than that."""
        self.sendFrame(opcode=BINARY if isBinary else TEXT, payload=payload)

    def check_timeouts(self) -> None:
        """One ping at a time: a second one would make autobahn forget the first, and its pong would not count."""
        if self.autoPingTimeoutCall is None:
            super().check_timeouts()

    def dropConnection(self, abort: bool = False) -> None:
        """Aborted at once, a client whose close frame breaks the protocol would not get the code for that."""
        if abort and self.failedByMe:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.abortConnection)
        super().dropConnection(abort and not self.failedByMe)
