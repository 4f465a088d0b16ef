"""A TCP proxy on loopback that fails as a network does. With several targets it takes them in turn: a small balancer.

Bytes that a black hole swallowed are never made up for: such a connection hangs until its client lets go of it.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from tests import ports
from tests.live import PATIENCE

STRETCH: Final = 65536
WAITING: Final = 64
SLICES: Final = 50  # a second


@dataclass(frozen=True)
class Mode:
    swallow: bool = False
    delay: float = 0
    rate: int = 0
    requests: bool = True
    noise: random.Random | None = None


class Proxy:
    """Passes bytes on from the start. `targets` are ports on loopback; one that refuses is passed over."""

    def __init__(self, *targets: int) -> None:
        self.targets = list(targets)
        self.mode = Mode()
        self.lines: set[_Line] = set()
        self._turn = 0
        self._hold = ports.held()
        self.port = ports.number(self._hold)
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{self.port}", daemon=True)
        self._thread.start()
        self.passing()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def passing(self) -> None:
        self._do(self._switch(Mode()))

    def refuse(self) -> None:
        """The kernel refuses new connections; those there are cut."""
        self._do(self._shut())

    def blackhole(self) -> None:
        """New connections are accepted; neither on them nor on those there are does anything arrive any more."""
        self._do(self._switch(Mode(swallow=True)))

    def delay(self, seconds: float) -> None:
        """Answers arrive so much later."""
        self._do(self._switch(Mode(delay=seconds)))

    def throttle(self, rate: int, requests: bool = True) -> None:
        """Bytes a second, of each connection and each way; or of answers alone."""
        self._do(self._switch(Mode(rate=rate, requests=requests)))

    def garble(self, seed: int) -> None:
        """About every fourth byte of an answer becomes another."""
        self._do(self._switch(Mode(noise=random.Random(seed))))  # noqa: S311

    def cut(self) -> None:
        """Reset every connection there is; new ones fare as before."""
        self._do(self._cut())

    def close(self) -> None:
        """Twice does no harm."""
        if self._thread.is_alive():
            self._do(self._shut())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._hold.close()

    async def connected(self) -> "tuple[asyncio.StreamReader, asyncio.StreamWriter]":
        """To the next target that answers.

        :raises ConnectionRefusedError: when none does.
        """
        for _ in self.targets:
            self._turn += 1
            with suppress(ConnectionRefusedError):
                return await asyncio.open_connection(ports.LOOPBACK, self.targets[self._turn % len(self.targets)])
        raise ConnectionRefusedError("no target answers")

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _switch(self, mode: Mode) -> None:
        self.mode = mode
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=ports.held(self.port), backlog=1024)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        cut = [line.task for line in self.lines]
        for line in self.lines:
            line.reset()
        await asyncio.gather(*cut, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(self, reader, writer)
        self.lines.add(line)
        try:
            await line.carry()
        except OSError:
            line.reset()
        finally:
            self.lines.discard(line)
            line.close()


class _Line:
    """One client's connection, and ours to the target."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = (reader, writer)
        self._writers = [writer]
        self._lost = proxy.mode.swallow
        self.task = asyncio.ensure_future(self._carry())

    async def carry(self) -> None:
        with suppress(asyncio.CancelledError):
            await self.task

    def reset(self) -> None:
        """Both ends meet a reset, not an orderly end."""
        for writer in self._writers:
            with suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        self.task.cancel()

    def close(self) -> None:
        for writer in self._writers:
            writer.close()

    async def _carry(self) -> None:
        reader, writer = self._client
        if self._lost:
            await _drained(reader)
            return
        from_target, to_target = await self._proxy.connected()
        self._writers.append(to_target)
        answers = asyncio.ensure_future(self._pump(from_target, writer, answers=True))
        try:
            await self._pump(reader, to_target, answers=False)
            if not self._lost:
                await answers
        finally:
            answers.cancel()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        """Pass on what comes until it ends. Empty bytes are the end; a black hole swallows it too."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)
        reading = asyncio.ensure_future(self._read(source, waiting, answers))
        try:
            data = b"."
            while data:
                due, data = await waiting.get()
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                self._lost = self._lost or self._proxy.mode.swallow
                if not self._lost:
                    await self._write(sink, data, answers)
        finally:
            reading.cancel()

    async def _read(self, source: asyncio.StreamReader, waiting: Any, answers: bool) -> None:
        loop, data = asyncio.get_running_loop(), b"."
        while data:
            try:
                data = await source.read(STRETCH)
            except ConnectionError:
                self._broken(answers)
                return
            await waiting.put((loop.time() + (self._proxy.mode.delay if answers else 0), data))

    def _broken(self, answers: bool) -> None:
        """One end reset its connection: so do we with the other, unless nothing passes any more."""
        if not (answers and (self._lost or self._proxy.mode.swallow)):
            self.reset()

    async def _write(self, sink: asyncio.StreamWriter, data: bytes, answers: bool) -> None:
        mode = self._proxy.mode
        if not data:
            sink.write_eof()
            return
        if mode.noise and answers:
            data = bytes(mode.noise.randrange(256) if mode.noise.random() < 0.25 else byte for byte in data)
        rate = mode.rate if answers or mode.requests else 0
        size = max(1, rate // SLICES) if rate else len(data)
        for start in range(0, len(data), size):
            sink.write(data[start : start + size])
            await sink.drain()
            if rate:
                await asyncio.sleep(size / rate)


async def _drained(reader: asyncio.StreamReader) -> None:
    while await reader.read(STRETCH):
        pass
