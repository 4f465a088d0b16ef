"""Run as a module: an asyncio server that writes bytes to all who are connected, and does nothing else.

Each line of its input is how often, and which bytes. Its one line of output is its port.
"""

import asyncio
import json
import sys
from typing import Final

from tests.ports import LOOPBACK

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
READY: Final = b'data: {"id":null,"type":"stream.ready"}\n\n'


async def main() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + chunk(READY))
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(serve, LOOPBACK, 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        count, frame = json.loads(line)
        await _fan_out(writers, count, chunk(frame.encode()))


async def _fan_out(writers: list[asyncio.StreamWriter], count: int, data: bytes) -> None:
    for _ in range(count):
        for writer in writers:
            writer.write(data)
        for writer in writers:
            await writer.drain()


def chunk(data: bytes) -> bytes:
    """As HTTP frames what comes without a length."""
    return b"%x\r\n%s\r\n" % (len(data), data)


if __name__ == "__main__":
    asyncio.run(main())
