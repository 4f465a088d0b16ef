"""Frames: the wire form of what followers get."""

from uuid import UUID

import orjson
from django.utils import timezone
from hypothesis import given

from dispatch import frames
from dispatch.frames import Piece
from project import cursors, log
from project.cursors import Cursor
from project.models import Event
from tests.dispatch.texts import HARD, texts

STREAM = "conversation:00000000-0000-7000-8000-000000000001"


def event(text: str = "hi") -> Event:
    return Event(stream_id=STREAM, seq=7, type="message.received", time=timezone.now(), data={"text": text})


def piece(offset: int, text: str) -> Piece:
    return Piece(Cursor(3, 7), STREAM, None, UUID(int=2), UUID(int=3), 1, offset, text)


def test_durable_event_is_the_envelope_of_the_log() -> None:
    told = event()

    frame = frames.durable(told, 3)

    assert orjson.loads(frame.payload) == log.envelope(told, 3)
    assert (frame.id, frame.seq) == ("3-7", 7)


@given(texts)
def test_sse_frame_is_one_line_of_data_whatever_the_text(text: str) -> None:
    frame = frames.durable(event(text), 3)

    lines = frame.sse.split(b"\n")

    assert b"\r" not in frame.sse
    assert lines == [b"id: 3-7", b"event: message.received", b"data: " + frame.payload, b"", b""]
    assert orjson.loads(lines[2].removeprefix(b"data: "))["data"]["text"] == text


def test_socket_gets_the_bytes_that_sse_gets() -> None:
    frame = frames.durable(event(HARD), 3)

    assert frame.text.encode() in frame.sse


@given(texts)
def test_cursor_of_a_delta_is_where_its_text_ends_in_code_points(text: str) -> None:
    frame = frames.delta(piece(5, text))

    place = cursors.parse(frame.id or "").place
    assert place is not None
    assert (place.message, place.attempt, place.offset) == (UUID(int=3), 1, 5 + len(text))
    assert orjson.loads(frame.payload)["id"] == frame.id


def test_only_what_can_be_resumed_has_an_id() -> None:
    ready, reset = frames.ready(STREAM, Cursor(3, 7), resumed=False), frames.reset(STREAM, Cursor(3, 7), "epoch")
    end = frames.end(STREAM, "revoked")

    assert [frame.id for frame in (ready, reset, end)] == [None, "3-7", None]
    assert b"id:" not in ready.sse
    assert reset.sse.startswith(b"id: 3-7\n")
    assert orjson.loads(reset.payload)["data"] == {"reason": "epoch", "head": "3-7"}
