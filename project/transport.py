"""What one HTTP connection may cost, before any application sees it: bytes of head and body, and seconds for each.

An answer in progress, a stream and an upgraded socket have no deadline here; `project/backpressure.py` watches those.
"""

import logging
import time
from io import BytesIO
from typing import Any, Final

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.web.http import RESPONSES, HTTPChannel

from project import errors, logs, problems
from project.middleware import well_formed_request_id

logger = logging.getLogger(__name__)

LINGER_SECONDS: Final = 2.0
FRAMING: Final = (
    32  # the part of the limit that the framing of chunks may take: one of a single byte is six on the wire
)
BY_STATUS: Final[dict[int, type[errors.SwitchboardError]]] = {400: errors.BadRequest, 503: errors.Unavailable}


class Request(WebRequest):
    """Its body is counted as it arrives and kept in memory, which the limit bounds."""

    def __init__(self, channel: "Channel", queued: object) -> None:
        # Twisted would parse forms a second time, into memory that nobody reads.
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    @property
    def offered_id(self) -> str:
        value: bytes = self.requestHeaders.getRawHeaders(b"x-request-id", [b""])[0]
        return value.decode("latin-1")

    def gotLength(self, length: int | None) -> None:
        _check_size(length or 0)
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        _check_size(self.content.tell() + len(data))
        self.content.write(data)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own errors, in our form. Once an answer has begun only its end can tell that it failed."""
        if self.finished or self.channel is None:
            return
        if self._response_started:
            self.channel.transport.abortConnection()
            return
        with logs.bind(request_id=well_formed_request_id(self.offered_id)):
            headers, document = problems.packed(BY_STATUS.get(status, errors.SwitchboardError)())
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": document})


class Channel(HTTPChannel):
    """One connection. Its one timer bounds the head, then the whole request, then the wait for the next one."""

    transport: Any
    abortTimeout = 5

    def __init__(self) -> None:
        super().__init__()
        self._idle = self._refused = False
        self._framed = 0
        self._began = time.monotonic()

    def dataReceived(self, data: bytes) -> None:
        if self._refused:
            return
        if self._idle:
            self._idle = False
            self._began = time.monotonic()
            self.setTimeout(settings.HEADER_SECONDS)
        try:
            super().dataReceived(data)
        except errors.SwitchboardError as error:
            self._refuse(error)

    def resetTimeout(self) -> None:
        """Twisted's way to give a client more time for each byte it sends: here it gets none."""

    def lineLengthExceeded(self, line: bytes) -> None:
        raise errors.BadRequest()

    def allHeadersReceived(self) -> None:
        self._framed = 0
        super().allHeadersReceived()
        self.setTimeout(max(self._began + settings.REQUEST_SECONDS - time.monotonic(), 0))

    def rawDataReceived(self, data: bytes) -> None:
        super().rawDataReceived(data)
        if self.length is None:  # a chunked body goes on
            self._framed += len(data)
            _check_size(self._framed - settings.BODY_LIMIT // FRAMING)

    def requestDone(self, request: Any) -> None:
        self._idle = True
        self._savedTimeOut = settings.KEEP_ALIVE_SECONDS
        super().requestDone(request)
        if not self.persistent:  # what it does not fetch of a last answer is not kept for ever
            self.setTimeout(settings.KEEP_ALIVE_SECONDS)

    def timeoutConnection(self) -> None:
        if self._refused:
            self.transport.abortConnection()
        else:
            super().timeoutConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        raise errors.BadRequest()  # Twisted would go on parsing behind its own bare answer

    def _refuse(self, error: errors.SwitchboardError) -> None:
        """Answer and read nothing more. A close with bytes unread would take the answer away (RFC 9112, 9.6): only our
        side is shut at first.
        """
        self._refused = True
        with logs.bind(request_id=well_formed_request_id(self.requests[-1].offered_id if self.requests else "")):
            headers, document = problems.packed(error)
            logger.info("a request was refused while it arrived: %s", error.code)
        headers.append((b"connection", b"close"))
        self.writeHeaders(b"HTTP/1.1", str(error.status).encode(), RESPONSES[error.status], headers)
        self.transport.write(document)
        self.transport.pauseProducing()
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)


class Factory(HTTPFactory):
    protocol = Channel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.timeOut = settings.HEADER_SECONDS

    def buildProtocol(self, addr: Any) -> Any:
        channel = super().buildProtocol(addr)
        channel.requestFactory = Request  # daphne has just set its own
        return channel


def _check_size(size: int) -> None:
    """:raises errors.TooLarge: beyond the limit."""
    if size > settings.BODY_LIMIT:
        raise errors.TooLarge(f"A body has at most {settings.BODY_LIMIT} bytes.")
