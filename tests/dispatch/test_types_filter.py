"""Following some types of events alone: on a socket, on a stream, and in the pages of a log."""

from typing import Any

import httpx
import pytest

from dispatch import wanted
from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.logs_of import tell_staff, workspace_of
from tests.dispatch.texts import HARD
from tests.live import LivePerson, Stream
from tests.speaking_app.prompter import Prompter

TEXT = HARD * 4
SOME = ["message.received", "run.completed"]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


@pytest.fixture(scope="module")
def told(live_ada: LivePerson) -> str:
    """A conversation with two answered messages."""
    conversation = live_ada.conversation()
    for count, text in enumerate(("Hello", "Goodbye"), start=1):
        live_ada.say(conversation, text)
        live_ada.settled(conversation, count)
    return conversation


def path(conversation: str, types: str, after: str = "") -> str:
    return f"{wire.path(conversation)}?types={types}&after={after}"


def opened(person: LivePerson, path: str) -> Any:
    return person.http.stream("GET", path, headers={"Accept": "text/event-stream"})


def among(events: list[dict[str, Any]], types: list[str]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] in types]


def test_socket_gets_the_wanted_types_of_what_was_and_of_what_comes(live_ada: LivePerson, told: str) -> None:
    with live_ada.socket() as socket:
        socket.ask({"op": "subscribe", "stream": f"conversation:{told}", "types": SOME})
        seen = socket.until("run.completed") + socket.until("run.completed")
        live_ada.say(told, "Once more")
        seen += socket.until("run.completed")

    assert seen[0]["type"] == "stream.ready"
    assert seen[1:] == among(live_ada.events(told), SOME)


def test_stream_gets_the_wanted_types_of_what_was_and_of_what_comes(live_ada: LivePerson, told: str) -> None:
    with opened(live_ada, path(told, ",".join(SOME))) as response:
        stream = Stream(response)
        seen = stream.until("run.completed") + stream.until("run.completed")
        live_ada.say(told, "Once more")
        while among(seen, SOME) != among(live_ada.events(told), SOME):
            seen += stream.until("run.completed")

    assert seen[0]["type"] == "stream.ready"
    assert seen[1:] == among(seen, SOME)


def test_pages_hold_the_wanted_types(live_ada: LivePerson, told: str) -> None:
    found = live_ada.http.get(path(told, ",".join(SOME)) + "&page_size=1").json()
    rest = live_ada.http.get(found["next"]).json()

    wanted = among(live_ada.events(told), SOME)
    assert found["results"] + rest["results"] == wanted[:2]


def test_parameter_that_comes_twice_means_both(live_ada: LivePerson, told: str) -> None:
    with opened(live_ada, f"{wire.path(told)}?types=message.received&types=run.completed") as response:
        seen = Stream(response).until("run.completed")

    assert [event["type"] for event in seen] == ["stream.ready", "message.received", "run.completed"]


def test_cursor_of_a_wanted_event_resumes_after_it(live_ada: LivePerson, told: str) -> None:
    first, second = among(live_ada.events(told), ["run.completed"])[:2]

    stream = {"op": "subscribe", "stream": f"conversation:{told}", "after": first["id"]}
    with live_ada.socket() as narrow, live_ada.socket(max_queue=None) as wide:
        narrow.ask({**stream, "types": ["run.completed"]})
        wide.ask(stream)
        wanted, rest = wire.durable(narrow.until("run.completed")), wire.durable(wide.until("run.completed"))

    assert [event["id"] for event in wanted] == [second["id"]]
    assert [event["seq"] for event in rest] == list(range(first["seq"] + 1, second["seq"] + 1))


def test_answer_in_progress_comes_to_who_wants_deltas_alone(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    subscription = {"op": "subscribe", "stream": f"conversation:{conversation}"}

    with live_ada.socket() as without, live_ada.socket(max_queue=None) as pieces:
        without.ask({**subscription, "types": ["message.completed"]})
        pieces.ask({**subscription, "types": ["message.delta"]})
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        heard = wire.hear(pieces, 10)
        prompter.allow(len(TEXT))
        whole = without.until("message.completed")

    assert {event["type"] for event in heard} == {"stream.ready", "message.delta"}
    assert TEXT.startswith(wire.answer(heard))
    assert [event["type"] for event in whole] == ["stream.ready", "message.completed"]
    assert wire.completed(whole) == TEXT


def test_answer_is_resumed_in_the_middle_by_who_wants_little_else(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation = live_ada.conversation()
    types = ["message.delta", "message.completed"]
    subscription = {"op": "subscribe", "stream": f"conversation:{conversation}", "types": types}
    with live_ada.socket() as socket:
        socket.ask(subscription)
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        before = wire.hear(socket, 10)
        prompter.allow(20)
    copy = wire.answer(before)

    with live_ada.socket() as socket:
        socket.ask({**subscription, "after": before[-1]["id"]})
        after = socket.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += socket.until("message.completed")

    assert wire.deltas(after)[0]["data"]["offset"] == len(copy)
    wire.check_answer(after, TEXT, copy)


def test_typing_comes_to_who_wants_it(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    subscription = {"op": "subscribe", "stream": f"conversation:{conversation}"}

    with live_ada.socket() as wants, live_ada.socket() as others, live_bob.socket() as bob:
        wants.ask({**subscription, "types": ["typing"]})
        others.ask({**subscription, "types": ["run.completed"]})
        bob.ask({"op": "typing", "conversation": conversation})
        live_bob.say(conversation, "Hello")

        assert [event["type"] for event in wants.until("typing")] == ["stream.ready", "typing"]
        assert [event["type"] for event in others.until("run.completed")] == ["stream.ready", "run.completed"]


def test_logs_of_workspace_and_staff_are_filtered_too(deployment: Deployment, live_ada: LivePerson) -> None:
    tell_staff(deployment, "degraded", "recovered")
    wanted = {f"workspace:{workspace_of(live_ada)}": "member.added", "staff": "cache.recovered"}

    for stream, type in wanted.items():
        with live_ada.socket() as socket:
            socket.ask({"op": "subscribe", "stream": stream, "types": [type]})
            assert [event["type"] for event in socket.until(type)] == ["stream.ready", type]


@pytest.mark.parametrize("types", [["run.completed", "run.compleated"], [], [7], {"run.completed": 1}, 7, ""])
def test_type_that_there_is_not_is_refused_on_a_socket(live_ada: LivePerson, told: str, types: Any) -> None:
    with live_ada.socket() as socket:
        answer = socket.ask({"op": "subscribe", "stream": f"conversation:{told}", "types": types})

        assert (answer["type"], answer["problem"]["code"]) == ("error", "unknown_event_type")
        assert [type for type in wanted.types() if type not in answer["problem"]["detail"]] == []
        assert socket.ask({"op": "ping"})["type"] == "ok"
        assert socket.pushed == []


def test_parameter_that_comes_twice_means_both_in_pages_too(live_ada: LivePerson, told: str) -> None:
    found = live_ada.http.get(f"{wire.path(told)}?types=message.received&types=run.completed").json()

    assert found["results"] == among(live_ada.events(told), SOME)


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_parameter_that_names_nothing_is_refused(live_ada: LivePerson, told: str, accept: str) -> None:
    answer = live_ada.http.get(path(told, ""), headers={"Accept": accept})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_event_type")
    assert "leave it out for all" in answer.json()["detail"]


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_type_that_there_is_not_is_refused_before_a_stream_begins(live_ada: LivePerson, told: str, accept: str) -> None:
    answer = live_ada.http.get(path(told, "run.compleated"), headers={"Accept": accept})

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_event_type"
    assert "run.compleated" in answer.json()["detail"]
    assert "run.completed" in answer.json()["detail"]
