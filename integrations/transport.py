"""The one guarded transport. Every client library that calls out of this process is given it: httpx, and httpx2 alike.

It connects only to checked addresses, keeps Host and SNI, verifies TLS, follows no redirect, takes no proxy or password
from the environment, asks for uncompressed bodies and takes no others, and bounds time and size of each answer.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import certifi
import httpcore
import httpx
from django.conf import settings

from integrations import addresses
from integrations.outgoing import AddressRefused, BadAnswer, Late, OutgoingError, TooMuch, Unreachable
from integrations.resolving import Resolve
from project import logs

CONNECT_SECONDS: Final = 2.0
MOST_TRIED: Final = 4  # addresses of one name
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
OURS: Final = (b"accept-encoding", b"x-request-id", b"traceparent")


def client(seconds: float, resolve: Resolve = addresses.resolve, allowed: bool = True) -> httpx.AsyncClient:
    """Our own client. `seconds`: for a whole call, until its last byte. `allowed`: as of `transport()`."""
    guarded = transport(seconds, resolve=resolve, allowed=allowed)
    return httpx.AsyncClient(transport=guarded, trust_env=False, timeout=seconds)


def transport(
    seconds: float,
    library: Any = httpx,
    core: Any = httpcore,
    resolve: Resolve = addresses.resolve,
    tls: ssl.SSLContext | None = None,
    allowed: bool = True,
) -> Any:
    """An `AsyncBaseTransport` of `library`, httpx or httpx2, with `core`, httpcore or httpcore2, below it.

    `tls`: instead of the authorities that the system and certifi know. `allowed`: it goes where OUTGOING_ALLOW says,
    too, and not to public addresses alone. Calls raise the errors of `outgoing`.
    """
    made = type("GuardedTransport", (_Transport, library.AsyncBaseTransport), {})
    pool = core.AsyncConnectionPool(
        ssl_context=tls or _authorities(), network_backend=_Network(core, resolve, allowed), http2=False, retries=0
    )
    return made(library, core, pool, seconds)


class _Network:
    """The network as the library sees it: a name becomes an address here and nowhere else."""

    def __init__(self, core: Any, resolve: Resolve, allowed: bool) -> None:
        self._core, self._resolve, self._allowed, self._inner = core, resolve, allowed, core.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *more: Any, **options: Any) -> Any:
        """With time and socket options of ours, whatever the library gives."""
        found = (await addresses.checked_addresses(host, port, self._resolve, self._allowed))[:MOST_TRIED]
        refused: Exception | None = None
        for address in found:
            try:
                return await self._inner.connect_tcp(address, port, CONNECT_SECONDS / len(found))
            except (self._core.ConnectError, self._core.ConnectTimeout) as error:
                refused = error
        raise Unreachable(f"{host} takes no connection on port {port}.") from refused

    async def connect_unix_socket(self, path: str, *more: Any, **others: Any) -> Any:
        raise AddressRefused("Sockets in files are not asked.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport:
    def __init__(self, library: Any, core: Any, pool: Any, seconds: float) -> None:
        self._library, self._core, self._pool, self._seconds = library, core, pool, seconds
        self._body = type("GuardedBody", (_Body, library.AsyncByteStream), {})

    async def handle_async_request(self, request: Any) -> Any:
        ends = asyncio.get_running_loop().time() + self._seconds
        asked = self._asked(request)
        with _named(self._core, request.url.host):
            async with asyncio.timeout_at(ends):
                answer = await self._pool.handle_async_request(asked)
        try:
            _check(answer)
        except OutgoingError:
            await answer.aclose()
            raise
        body = self._body(answer, ends, self._core, request.url.host)
        return self._library.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _asked(self, request: Any) -> Any:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise AddressRefused("Addresses are http:// or https:// and a host, without a name or password.")
        given = [(name, value) for name, value in request.headers.raw if name.lower() not in OURS]
        return self._core.Request(
            method=request.method,
            url=self._core.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[*given, *_headers()],
            content=request.stream,
            extensions={"timeout": {"connect": CONNECT_SECONDS, "pool": self._seconds}},
        )


class _Body:
    """What is left of an answer, within its time and size."""

    def __init__(self, answer: Any, ends: float, core: Any, host: str) -> None:
        self._answer, self._ends, self._core, self._host = answer, ends, core, host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces, taken = aiter(self._answer.stream), 0
        while (piece := await self._next(pieces)) is not None:
            taken += len(piece)
            if taken > settings.OUTGOING_BODY_LIMIT:
                raise _too_much()
            yield piece

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        with _named(self._core, self._host):
            async with asyncio.timeout_at(self._ends):
                return await anext(pieces, None)

    async def aclose(self) -> None:
        await self._answer.aclose()


def _headers() -> list[tuple[bytes, bytes]]:
    """The answer is to come as it is, so that nothing small becomes large here; who asked can be found in both logs."""
    bound = logs.snapshot()
    known = {"x-request-id": bound.get("request_id"), "traceparent": bound.get("traceparent")}
    sent = [(name.encode(), value.encode()) for name, value in known.items() if value]
    return [(b"accept-encoding", b"identity"), *sent]


def _check(answer: Any) -> None:
    """:raises BadAnswer: or TooMuch, for what is not read on."""
    if answer.status in REDIRECTS:
        raise BadAnswer(f"It answered {answer.status}; redirects are not followed.")
    if _named_so(answer, b"content-encoding") - {b"identity", b""}:
        raise BadAnswer("It answered with a compressed body, which was not asked for.")
    lengths = _named_so(answer, b"content-length")
    if any(length.isdigit() and int(length) > settings.OUTGOING_BODY_LIMIT for length in lengths):
        raise _too_much()


def _named_so(answer: Any, header: bytes) -> set[bytes]:
    """All that headers of this name say: there may be several."""
    return {value.strip().lower() for name, value in answer.headers if name.lower() == header}


def _too_much() -> TooMuch:
    return TooMuch(f"It answered more than {settings.OUTGOING_BODY_LIMIT} bytes.")


@contextmanager
def _named(core: Any, host: str) -> Iterator[None]:
    """What the library raises, in the words of `outgoing`."""
    try:
        yield
    except (TimeoutError, core.TimeoutException) as error:
        raise Late(f"{host} did not answer in time.") from error
    except (core.NetworkError, core.ProtocolError, ssl.SSLError) as error:
        raise Unreachable(f"{host} broke off, or speaks no HTTP: {error}") from error
    except core.UnsupportedProtocol as error:
        raise AddressRefused(str(error)) from error


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Those of the system and those of certifi: a container may have none of its own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
