"""Django's sync stack in one hop: each request runs whole on one bounded pool of threads, with their connections."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBase
from django.urls import set_script_prefix

from project import logs, pools, problems
from project.errors import SwitchboardError, TooLarge
from project.middleware import well_formed_request_id

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

IN_MEMORY: Final = 64 * 1024


class ClientGone(Exception):
    """The client left before its request was read or answered."""


class OneHopHandler(ASGIHandler):
    """The stock handler hops between the loop and a new thread several times a request; this one hops once."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body, size = await _read_body(receive)
            response = await _unless_gone(pools.web.run(self._respond, _measured(scope, size), body), receive)
        except ClientGone:
            return
        except SwitchboardError as error:
            await _refuse(error, scope, send)
            return
        await _send(response, send)

    def _respond(self, scope: Any, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        with body:
            request, refused = self.create_request(scope, body)
            response: HttpResponseBase = refused if request is None else self.get_response(request)  # type: ignore
        if not response.streaming:
            response.close()
        return response


def _measured(scope: Any, size: int) -> Any:
    """A chunked body comes without a length, and Django and DRF would take it for an empty one."""
    headers = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]} if size else scope


async def _read_body(receive: Receive) -> tuple[Any, int]:
    """The body, spooled to disk beyond 64 KiB, and its size in bytes.

    :raises TooLarge: beyond the limit.
    """
    body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by the request that reads it
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > settings.BODY_LIMIT:
            raise TooLarge(f"A body has at most {settings.BODY_LIMIT} bytes.")
        body.write(chunk)
        if not message.get("more_body"):
            body.seek(0)
            return body, size


async def _unless_gone(work: Any, receive: Receive) -> HttpResponseBase:
    """Wait for the answer; a client that leaves takes its request out of the queue, if it still waits there."""
    answer, gone = asyncio.ensure_future(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            raise ClientGone()
        response: HttpResponseBase = answer.result()
        return response
    finally:
        gone.cancel()


async def _send(response: HttpResponseBase, send: Send) -> None:
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    if not response.streaming and not response.has_header("Content-Length"):
        headers.append((b"content-length", str(len(response.content)).encode()))  # type: ignore[attr-defined]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if not response.streaming:
        await send({"type": "http.response.body", "body": response.content})  # type: ignore[attr-defined]
        return
    pieces: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    try:
        while piece := await pools.web.run(next, pieces, b""):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        await pools.web.run(response.close)
    await send({"type": "http.response.body", "body": b""})


async def _refuse(error: SwitchboardError, scope: Any, send: Send) -> None:
    offered = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    with logs.bind(request_id=well_formed_request_id(offered)):
        headers, body = problems.packed(error)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
