"""Frames: what followers get, encoded once however many follow. The same bytes go out on SSE and WebSocket."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import orjson

from project import cursors, log
from project.bus import Note
from project.cursors import Cursor, Place
from project.models import Event

BESIDE: Final = frozenset({"message.delta", "stream.reset"})


@dataclass(frozen=True)
class Frame:
    """`payload`: the JSON of the envelope. `id`: the cursor that a client keeps, None where nothing can be resumed."""

    type: str
    payload: bytes
    id: str | None = None
    seq: int = 0  # 0 where it has no place in the log
    run: UUID | None = None

    @property
    def stored(self) -> bool:
        """False for what only stands beside the events of a log."""
        return self.seq > 0 and self.type not in BESIDE

    @cached_property
    def cursor(self) -> Cursor | None:
        return cursors.parse(self.id) if self.id else None

    @cached_property
    def text(self) -> str:
        return self.payload.decode()

    @cached_property
    def sse(self) -> bytes:
        id = f"id: {self.id}\n" if self.id else ""
        return f"{id}event: {self.type}\ndata: ".encode() + self.payload + b"\n\n"


def durable(event: Event, epoch: int) -> Frame:
    envelope = log.envelope(event, epoch)
    return Frame(event.type, orjson.dumps(envelope), envelope["id"], event.seq, event.run)


def passed(seq: int) -> Frame:
    """In place of an event that its follower may not see: moves it on, and is not sent."""
    return Frame("", b"", seq=seq)


@dataclass(frozen=True)
class Piece:
    """A stretch of an unfinished answer, from `offset` to the end of `text`, as of the durable event `at`."""

    at: Cursor
    stream: str
    workspace: UUID | None
    run: UUID
    message: UUID
    attempt: int
    offset: int
    text: str


def delta(piece: Piece) -> Frame:
    place = Place(piece.message, piece.attempt, piece.offset + len(piece.text))
    data = {"message": str(piece.message), "attempt": piece.attempt, "offset": piece.offset, "text": piece.text}
    id = str(Cursor(piece.at.epoch, piece.at.seq, place))
    envelope = _envelope("message.delta", piece.stream, data) | {
        "id": id,
        "seq": piece.at.seq,
        "workspace": str(piece.workspace) if piece.workspace else None,
        "run": str(piece.run),
        "message": str(piece.message),
    }
    return Frame("message.delta", orjson.dumps(envelope), id, piece.at.seq, piece.run)


def ready(stream: str, head: Cursor, resumed: bool) -> Frame:
    data = {"resumed": resumed, "head": str(head)}
    return Frame("stream.ready", orjson.dumps(_envelope("stream.ready", stream, data)))


def reset(stream: str, head: Cursor, reason: str) -> Frame:
    envelope = _envelope("stream.reset", stream, {"reason": reason, "head": str(head)})
    return Frame("stream.reset", orjson.dumps(envelope | {"id": str(head)}), str(head), head.seq)


def hint(stream: str, note: Note) -> Frame:
    """`head`, not stored, on the log of a workspace: how far one of its conversations has come."""
    data = {"conversation": note["conversation"], "seq": note["seq"]}
    return Frame("head", orjson.dumps(_envelope("head", stream, data)))


def typing(stream: str, note: Note) -> Frame:
    """Not stored: somebody writes in a conversation."""
    who = note["typing"]
    about = {"workspace": note["workspace"], "actor": {"kind": "user", "id": who["user"]}}
    return Frame("typing", orjson.dumps(_envelope("typing", stream, who) | about))


def rejected(stream: str, note: Note) -> Frame:
    """`message.rejected`, here not stored: filters blocked a message."""
    about = {"workspace": note["workspace"], "request_id": note["request_id"]}
    return Frame("message.rejected", orjson.dumps(_envelope("message.rejected", stream, note["rejected"]) | about))


def end(stream: str, reason: str) -> Frame:
    return Frame("stream.end", orjson.dumps(_envelope("stream.end", stream, {"reason": reason})))


def _envelope(type: str, stream: str, data: dict[str, Any]) -> dict[str, Any]:
    topic, _, id = stream.partition(":")
    return {
        "id": None,
        "type": type,
        "time": log.wire_time(datetime.now(UTC)),
        "stream": stream,
        "conversation": id if topic == "conversation" else None,
        "workspace": id if topic == "workspace" else None,
        "seq": None,
        "run": None,
        "message": None,
        "actor": {"kind": "system", "id": ""},
        "request_id": "",
        "data": data,
    }
