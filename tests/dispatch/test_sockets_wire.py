"""The WebSocket protocol itself, RFC 6455, byte by byte: what a client may do, and what ends its socket alone."""

import base64
import hashlib

import pytest

from tests.deployment import Server
from tests.dispatch import rawsocket
from tests.dispatch.rawsocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, asked, framed
from tests.live import LivePerson
from tests.rawhttp import HANDSHAKE

LIMIT = 512 * 1024
PROTOCOL_ERROR, BAD_DATA, TOO_BIG, BAD_FRAME = 1002, 1007, 1009, 4400
BROKEN = {
    "first reserved bit": (framed(TEXT, b"{}", reserved=0b100), PROTOCOL_ERROR),
    "second reserved bit": (framed(TEXT, b"{}", reserved=0b010), PROTOCOL_ERROR),
    "third reserved bit": (framed(PING, reserved=0b001), PROTOCOL_ERROR),
    "reserved data opcode": (framed(3, b"{}"), PROTOCOL_ERROR),
    "reserved control opcode": (framed(11), PROTOCOL_ERROR),
    "frame without a mask": (framed(TEXT, b"{}", masked=False), PROTOCOL_ERROR),
    "control frame of 126 bytes": (framed(PING, b"x" * 126), PROTOCOL_ERROR),
    "control frame in pieces": (framed(PING, b"x", final=False), PROTOCOL_ERROR),
    "continuation of nothing": (framed(CONTINUATION, b"{}"), PROTOCOL_ERROR),
    "message within a message": (framed(TEXT, b"{", final=False) + framed(TEXT, b"}"), PROTOCOL_ERROR),
    "length in more bytes than it needs": (b"\x81\xfe\x00\x02" + rawsocket.MASK + b"xx", PROTOCOL_ERROR),
    "length with its highest bit": (b"\x81\xff\x80" + bytes(7) + rawsocket.MASK, PROTOCOL_ERROR),
    "close with one byte": (framed(CLOSE, b"\x03"), PROTOCOL_ERROR),
    "close with a code for nobody": (framed(CLOSE, (1005).to_bytes(2)), PROTOCOL_ERROR),
    "close with a code below all": (framed(CLOSE, (999).to_bytes(2)), PROTOCOL_ERROR),
    "close with a reason that is no UTF-8": (framed(CLOSE, (1000).to_bytes(2) + b"\xff"), BAD_DATA),
    "text that is no UTF-8": (framed(TEXT, b'{"op": "\xff"}'), BAD_DATA),
    "text with an encoded surrogate": (framed(TEXT, b"\xed\xa0\x80"), BAD_DATA),
    "text with an overlong character": (framed(TEXT, b"\xc0\xaf"), BAD_DATA),
    "text cut in a character": (framed(TEXT, "\N{SNOWMAN}".encode()[:2]), BAD_DATA),
    "bad character in the second piece": (
        framed(TEXT, b'{"op": "', final=False) + framed(CONTINUATION, b'\xff"}'),
        BAD_DATA,
    ),
    "frame that is announced too big": (b"\x81" + rawsocket.length(LIMIT + 1) + rawsocket.MASK, TOO_BIG),
    "pieces that are too big together": (
        framed(TEXT, b"x" * LIMIT, final=False) + framed(CONTINUATION, b"x"),
        TOO_BIG,
    ),
    "binary": (framed(BINARY, b"{}"), BAD_FRAME),
    "text that is no object": (framed(TEXT, b"[]"), BAD_FRAME),
}


def ping(ref: str) -> bytes:
    return asked(op="ping", ref=ref)


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_the_protocol_ends_its_socket_with_a_code(server: Server, live_ada: LivePerson, case: str) -> None:
    sent, code = BROKEN[case]

    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(sent)

        assert socket.closed() == code


def test_others_go_on_while_a_socket_breaks_the_protocol(server: Server, live_ada: LivePerson) -> None:
    with live_ada.socket() as calm:
        for sent, _ in BROKEN.values():
            with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
                socket.send(sent)
                socket.closed()

        assert calm.ask({"op": "ping"})["type"] == "ok"
    assert "Traceback" not in server.log.read_text()


def test_message_comes_in_pieces_with_control_frames_between_them(server: Server, live_ada: LivePerson) -> None:
    text = ping("\N{SNOWMAN} and \N{GRINNING FACE}")
    pieces = [text[place : place + 1] for place in range(len(text))]  # through the middle of characters

    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(framed(TEXT, pieces[0], final=False))
        socket.send(*(framed(CONTINUATION, piece, final=False) for piece in pieces[1:]))
        socket.send(framed(PING, b"still there?"))
        pong = socket.read()
        socket.send(framed(CONTINUATION))

        assert pong == (PONG, b"still there?")
        assert socket.answer()["ref"] == "\N{SNOWMAN} and \N{GRINNING FACE}"


def test_frame_may_come_byte_by_byte_and_many_in_one_packet(server: Server, live_ada: LivePerson) -> None:
    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        for byte in framed(TEXT, ping("slow")):
            socket.send(bytes([byte]))
        slow = socket.answer()["ref"]
        socket.send(*(framed(TEXT, ping(str(number))) for number in range(20)))

        assert slow == "slow"
        assert [socket.answer()["ref"] for _ in range(20)] == [str(number) for number in range(20)]


def test_message_of_the_largest_size_is_taken(server: Server, live_ada: LivePerson) -> None:
    """And answered, though the answer is larger than it."""
    empty = len(ping(""))

    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(framed(TEXT, ping("x" * (LIMIT - empty))))

        assert len(socket.answer()["ref"]) == LIMIT - empty


def test_pong_that_nobody_asked_for_is_passed_over(server: Server, live_ada: LivePerson) -> None:
    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(framed(PONG, b"by the way"), framed(TEXT, ping("x")))

        assert socket.answer()["ref"] == "x"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_close_of_the_client_is_answered_with_its_code(server: Server, live_ada: LivePerson, code: int) -> None:
    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(framed(CLOSE, code.to_bytes(2) + b"goodbye"))

        opcode, payload = socket.read()
        assert (opcode, int.from_bytes(payload[:2])) == (CLOSE, code)
        assert socket.connection.recv(1) == b""


def test_reason_comes_with_the_code(server: Server, live_ada: LivePerson) -> None:
    with rawsocket.opened(server, live_ada.tokens["access"]) as socket:
        socket.send(framed(TEXT, b"7"))

        assert socket.read() == (CLOSE, (4400).to_bytes(2) + b"frames are JSON objects in text")


def test_handshake_is_answered_as_the_protocol_says(server: Server) -> None:
    key = b"MDEyMzQ1Njc4OWFiY2RlZg=="
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324

    with rawsocket.connected(server) as socket:
        lines = socket.head().split(b"\r\n")

    assert lines[0].startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: " + accept in lines
    assert [line for line in lines if line.lower().startswith((b"sec-websocket-extensions", b"server:"))] == []


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 7"),
        (b"Sec-WebSocket-Version: 13", b"X-Nothing: 1"),
        (b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", b"Sec-WebSocket-Key: short"),
        (b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", b"X-Nothing: 1"),
        (b"GET ", b"POST "),
    ],
)
def test_handshake_that_is_none_opens_no_socket(server: Server, there: bytes, instead: bytes) -> None:
    with rawsocket.connected(server, HANDSHAKE.replace(there, instead)) as socket:
        status = socket.head().split(b" ", 2)[1]

    assert status.startswith(b"4")


def test_frame_that_is_never_finished_signs_nobody_in(server: Server) -> None:
    with rawsocket.connected(server) as socket:
        assert socket.head().startswith(b"HTTP/1.1 101 ")
        socket.send(framed(TEXT, b'{"op": "auth", ', final=False), framed(PING), b"\x80")

        assert socket.closed() == 4401
