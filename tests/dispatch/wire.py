"""What clients do with what they get: read raw SSE, keep the answer so far, keep a cursor."""

from collections.abc import Iterator
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed

from tests.live import LivePerson, Socket, Stream
from tests.speaking_app.prompter import Prompter

DELTA = "message.delta"


def path(conversation: str) -> str:
    return f"/api/v1/conversations/{conversation}/events/"


def raw(response: httpx.Response) -> Iterator[dict[str, str]]:
    """Each block of an SSE response as its fields, comments under "" and `retry` too."""
    buffer = b""
    for chunk in response.iter_raw():
        buffer += chunk
        *blocks, buffer = buffer.split(b"\n\n")
        for block in blocks:
            yield dict(_field(line) for line in block.decode().split("\n"))


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


def answer(events: list[dict[str, Any]], copy: str = "") -> str:
    """The text that a client shows which cuts its copy at `offset` and appends."""
    for event in events:
        if event["type"] == DELTA:
            assert event["data"]["offset"] <= len(copy), "a piece is missing"
            copy = copy[: event["data"]["offset"]] + event["data"]["text"]
    return copy


def check_answer(events: list[dict[str, Any]], text: str, copy: str = "") -> None:
    """The answer grew to `text`. Its last piece may come with `message.completed` alone, which has the whole of it."""
    grown = answer(events, copy)
    assert grown
    assert text.startswith(grown)
    assert completed(events) == text


def deltas(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == DELTA]


def durable(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] != DELTA and not event["type"].startswith("stream.")]


def completed(events: list[dict[str, Any]]) -> str:
    """The text of the last answer."""
    found = [event for event in events if event["type"] == "message.completed"]
    return str(found[-1]["data"]["message"]["text"])


def recite(person: LivePerson, conversation: str, text: str, prompter: Prompter | None = None) -> None:
    """Have `text` said again, slowly, or as the prompter allows; the server runs with tests.speaking_app."""
    parts = [prompter.part] if prompter else []
    assert person.say(conversation, text, kind="test.recite", parts=parts).status_code == 202


def hear(client: Stream | Socket, count: int, copy: str = "") -> list[dict[str, Any]]:
    """What comes until the client's copy of an answer has so many code points. The last few that were said may be held
    back: they could belong together with the next.
    """
    found: list[dict[str, Any]] = []
    while len(answer(found, copy)) < count:
        found += client.until(DELTA)
    return found


def closed(socket: Socket) -> tuple[list[dict[str, Any]], int | None]:
    """What a socket still pushes, and the code that the server closes it with."""
    pushed: list[dict[str, Any]] = []
    try:
        while True:
            pushed.append(socket.next())
    except ConnectionClosed as error:
        return pushed, error.rcvd.code if error.rcvd else None
