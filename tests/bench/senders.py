"""Run as a module: senders that post a message, wait for its answer on a socket, and post the next. Writes figures.

A process of its own, the same for both servers, which has to be cheaper than either.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from tests.ports import LOOPBACK
from tests.rawframes import CURSOR

ACCEPTED: Final = b"HTTP/1.1 202 "
ANSWER_SECONDS: Final = 10.0
ACKNOWLEDGED: Final = 20


@dataclass(frozen=True)
class Round:
    """`talks`: of each sender the path that it posts to, that of its socket, and the frame it begins with there."""

    port: int
    token: str
    talks: list[tuple[str, str, dict[str, Any] | None]]
    seconds: float


@dataclass
class Talk:
    path: str
    socket_path: str
    begin: dict[str, Any] | None
    answered: int = 0
    heard_at: float = 0.0
    lost: int = 0


async def main(round: Round) -> dict[str, float]:
    over = time.monotonic() + round.seconds
    began, worked = time.monotonic(), time.process_time()
    talks = [Talk(*each) for each in round.talks]
    await asyncio.gather(*(_talk(round, talk, over) for talk in talks))
    seconds = max(talk.heard_at for talk in talks) - began
    client = (time.process_time() - worked) / (time.monotonic() - began)
    answered, lost = sum(talk.answered for talk in talks), sum(talk.lost for talk in talks)
    return {"answered": answered, "seconds": seconds, "client": client, "lost": lost}


async def _talk(round: Round, talk: Talk, over: float) -> None:
    headers = {"Authorization": f"Bearer {round.token}"}
    address = f"ws://{LOOPBACK}:{round.port}{talk.socket_path}"
    reader, writer = await asyncio.open_connection(LOOPBACK, round.port)
    async with connect(address, additional_headers=headers, compression=None) as socket:
        if talk.begin:
            await socket.send(json.dumps(talk.begin))
            await _hear(socket, b"stream.ready")
        while (time.monotonic() < over or not talk.answered) and not talk.lost:
            text = f"message {talk.answered} of {id(socket)}"
            await _post(reader, writer, _request(talk.path, round.token, text))
            await _answer(socket, talk, f'"echo: {text}"'.encode())
    writer.close()


async def _answer(socket: ClientConnection, talk: Talk, words: bytes) -> None:
    try:
        answer = await _hear(socket, b'"message.completed"', words)
    except TimeoutError:
        if talk.begin:
            raise  # ours: a defect. A channel layer may lose a message, and who waits for it waits for ever
        talk.lost += 1
        return
    talk.answered, talk.heard_at = talk.answered + 1, time.monotonic()
    if talk.begin and talk.answered % ACKNOWLEDGED == 0:
        conversation = talk.begin["stream"].partition(":")[2]
        await socket.send(json.dumps({"op": "ack", "conversation": conversation, "id": _cursor(answer)}))


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length))
    if not head.startswith(ACCEPTED):
        raise AssertionError(f"a message was not accepted: {head + body!r}")


async def _hear(socket: ClientConnection, *words: bytes) -> bytes:
    """The next frame that has them all."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            frame = await socket.recv(decode=False)
            if all(word in frame for word in words):
                return frame


def _request(path: str, token: str, text: str) -> bytes:
    body = json.dumps({"kind": "test.echo", "text": text})
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


def _cursor(frame: bytes) -> str:
    found = CURSOR.search(frame)
    assert found
    return found[1].decode()


if __name__ == "__main__":
    json.dump(asyncio.run(main(Round(**json.loads(sys.argv[1])))), sys.stdout)
