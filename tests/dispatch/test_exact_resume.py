"""Leaving in mid-answer and coming back, by SSE and by WebSocket, on the same process and on another one.

Two answers at a time, events between their pieces, a second attempt, characters of several code points.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import regex

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.reach import TRANSPORTS, Followed
from tests.dispatch.texts import HARD
from tests.dispatch.transcript import Transcript
from tests.live import LivePerson, Socket, Stream
from tests.speaking_app.prompter import Prompter

HOW_MANY = 26  # code points that a prompter allows at a time: HARD is about as long, so that every cut comes up


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app,tests.handlers_app")


@pytest.fixture(scope="module")
def elsewhere(deployment: Deployment, server: Server) -> LivePerson:
    """ada, on another process with the same database."""
    return deployment.serve(EXTRA_APPS="tests.speaking_app,tests.handlers_app").person("ada")


@pytest.fixture(params=["to the same process", "to another process"])
def back(request: pytest.FixtureRequest, live_ada: LivePerson, elsewhere: LivePerson) -> LivePerson:
    """Where the client comes back."""
    return live_ada if request.param == "to the same process" else elsewhere


@pytest.fixture(params=TRANSPORTS, ids=["sse", "socket"])
def followed(request: pytest.FixtureRequest) -> Followed:
    return request.param


@dataclass
class Answer:
    """An answer that is said no faster than its prompter allows. `reply` is its message's id."""

    text: str
    prompter: Prompter
    reply: str = ""


@dataclass
class Client:
    """A client of one conversation, and what it has put together so far. `deltas`: since it came last."""

    transcript: Transcript = field(default_factory=Transcript)
    deltas: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, frames: Stream | Socket, until: Callable[[dict[str, Any]], bool]) -> None:
        """Take what comes, up to and with the first that `until` is true of."""
        while True:
            event = frames.next() if isinstance(frames, Socket) else next(frames.frames())["data"]
            self.transcript.take(event)
            self.deltas += [event] if event["type"] == wire.DELTA else []
            if until(event):
                return

    def hear_text(self, frames: Stream | Socket, answer: Answer, count: int) -> None:
        if len(self.transcript.text(answer.reply)) < count:
            self.hear(frames, lambda _: len(self.transcript.text(answer.reply)) >= count)

    def hear_type(self, frames: Stream | Socket, type: str) -> dict[str, Any]:
        self.hear(frames, lambda event: event["type"] == type)
        return self.transcript.events[-1]


@pytest.fixture
def prompted(tmp_path: Path) -> Callable[[], Prompter]:
    def made() -> Prompter:
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        return Prompter(folder)

    return made


def begin(
    person: LivePerson, conversation: str, text: str, prompter: Prompter, client: Client, frames: Stream | Socket
) -> Answer:
    """Have a text recited; the client has heard the first pieces of it."""
    wire.recite(person, conversation, text, prompter)
    answer = Answer(text, prompter, client.hear_type(frames, "run.started")["data"]["reply"])
    prompter.allow(HOW_MANY)
    client.hear_text(frames, answer, HOW_MANY // 2)
    return answer


def test_two_answers_in_flight_go_on_from_the_character_that_the_client_had(
    live_ada: LivePerson, back: LivePerson, followed: Followed, prompted: Callable[[], Prompter]
) -> None:
    conversation, client = live_ada.conversation(policy="parallel"), Client()
    with followed(live_ada, conversation, None) as frames:
        one = begin(live_ada, conversation, "1 " + HARD * 5, prompted(), client, frames)
        other = begin(live_ada, conversation, "2 " + HARD * 4, prompted(), client, frames)
        live_ada.say(conversation, "in between", kind="test.echo")  # events between the pieces of both
        client.hear_type(frames, "run.completed")
        one.prompter.allow(HOW_MANY)
        client.hear_text(frames, one, 3 * HOW_MANY // 2)
    for answer in (one, other):
        answer.prompter.allow(HOW_MANY)  # while nobody listens
    had = {answer.reply: client.transcript.text(answer.reply) for answer in (one, other)}

    client.deltas = []
    with followed(back, conversation, client.transcript.cursor) as frames:
        client.hear_text(frames, one, len(had[one.reply]) + 1)
        client.hear_text(frames, other, len(had[other.reply]) + 1)
        for answer in (one, other):
            answer.prompter.allow(len(answer.text))
        for _ in range(2):
            client.hear_type(frames, "run.completed")

    first = {event["message"]: event["data"]["offset"] for event in reversed(client.deltas)}
    assert first == {one.reply: len(had[one.reply]), other.reply: 0}  # a cursor has room for one place
    assert client.transcript.events == live_ada.events(conversation)
    assert stored(live_ada, conversation, one, other) == {one.reply: one.text, other.reply: other.text}


def stored(person: LivePerson, conversation: str, *answers: Answer) -> dict[str, str]:
    ids = {answer.reply for answer in answers}
    return {message["id"]: message["text"] for message in person.messages(conversation) if message["id"] in ids}


def test_second_attempt_replaces_what_the_client_has_of_the_first(
    live_ada: LivePerson, back: LivePerson, followed: Followed, prompter: Prompter
) -> None:
    conversation, client = live_ada.conversation(), Client()
    first, second = HARD, f"Rather {HARD}" * 3
    with followed(live_ada, conversation, None) as frames:
        said = live_ada.say(conversation, f"{first}\n{second}", kind="test.reconsider", parts=[prompter.part])
        assert said.status_code == 202
        answer = Answer(second, prompter, client.hear_type(frames, "run.started")["data"]["reply"])
        prompter.allow(len(first))
        client.hear_text(frames, answer, HOW_MANY // 2)
    assert first.startswith(client.transcript.text(answer.reply))

    client.deltas = []
    prompter.allow(1 + 2 * HOW_MANY)  # it fails, begins anew, and comes further than before
    with followed(back, conversation, client.transcript.cursor) as frames:
        client.hear_type(frames, "run.started")
        client.hear_text(frames, answer, HOW_MANY // 2)
        prompter.allow(len(second))
        client.hear_type(frames, "run.completed")

    attempts = [(event["data"]["attempt"], event["data"]["offset"]) for event in client.deltas]
    assert next(offset for attempt, offset in attempts if attempt == 2) == 0
    assert client.transcript.events == live_ada.events(conversation)
    assert wire.completed(client.transcript.events) == second


def test_client_that_saw_the_first_attempt_comes_back_within_the_second(
    live_ada: LivePerson, back: LivePerson, followed: Followed, prompter: Prompter
) -> None:
    conversation, client = live_ada.conversation(), Client()
    first, second = HARD * 2, f"Rather {HARD}" * 2
    with followed(live_ada, conversation, None) as frames:
        live_ada.say(conversation, f"{first}\n{second}", kind="test.reconsider", parts=[prompter.part])
        answer = Answer(second, prompter, client.hear_type(frames, "run.started")["data"]["reply"])
        prompter.allow(len(first) + 1 + HOW_MANY)
        client.hear_type(frames, "run.started")
        client.hear_text(frames, answer, HOW_MANY // 2)
        had = client.transcript.text(answer.reply)
    prompter.allow(HOW_MANY)

    client.deltas = []
    with followed(back, conversation, client.transcript.cursor) as frames:
        client.hear_text(frames, answer, len(had) + 1)
        prompter.allow(len(second))
        client.hear_type(frames, "run.completed")

    assert [client.deltas[0]["data"][name] for name in ("attempt", "offset")] == [2, len(had)]
    assert client.transcript.events == live_ada.events(conversation)


def test_no_piece_ends_within_a_character_that_people_see(live_ada: LivePerson, followed: Followed) -> None:
    conversation, client, text = live_ada.conversation(), Client(), HARD * 3
    ends = [match.end() for match in regex.finditer(r"\X", text)]

    with followed(live_ada, conversation, None) as frames:
        wire.recite(live_ada, conversation, text)
        client.hear_type(frames, "run.completed")

    shown = [event["data"]["offset"] + len(event["data"]["text"]) for event in client.deltas]
    assert len(shown) > 5
    assert set(shown) <= set(ends)
    assert wire.completed(client.transcript.events) == text


def test_pieces_of_an_answer_come_at_most_twenty_a_second(live_ada: LivePerson, followed: Followed) -> None:
    """Fifty code points a second are said."""
    conversation, client, text = live_ada.conversation(), Client(), HARD * 5

    with followed(live_ada, conversation, None) as frames:
        wire.recite(live_ada, conversation, text)
        began = client.hear_type(frames, "run.started")
        ended = client.hear_type(frames, "message.completed")

    assert len(client.deltas) <= 20 * seconds(began, ended) + 1
    assert text.startswith("".join(event["data"]["text"] for event in client.deltas))


def seconds(began: dict[str, Any], ended: dict[str, Any]) -> float:
    times = [datetime.fromisoformat(event["time"]) for event in (began, ended)]
    return (times[1] - times[0]).total_seconds()
