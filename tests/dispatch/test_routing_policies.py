"""What a route does with the messages that it takes: whom it asks, how, how long, and how often."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.live import LivePerson, eventually

ROUTES = "/api/v1/routes/"
LOST = {"fallback": True}


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.routes_app")


@pytest.fixture
def route(live_ada: LivePerson) -> Iterator[Any]:
    """Makes a route that takes every message of ada's workspace, until the test is over."""
    workspace = live_ada.http.get("/api/v1/workspaces/").json()["results"][0]["id"]
    made: list[str] = []

    def make(*handlers: str, **fields: Any) -> None:
        body = {"workspace": workspace, "name": "every message", "handlers": handlers, **fields}
        answer = live_ada.http.post(ROUTES, json=body)
        assert answer.status_code == 201, answer.text
        made.append(f"{ROUTES}{answer.json()['id']}/")

    yield make
    for path in made:
        live_ada.http.delete(path).raise_for_status()


@pytest.fixture
def routed(live_ada: LivePerson, route: Any) -> Any:
    """Says a message that a route of these fields takes. Returns the run, its events and the replies."""

    def say(*handlers: str, text: str = "hello", **fields: Any) -> dict[str, Any]:
        route(*handlers, **fields)
        conversation = live_ada.conversation()
        taken = live_ada.say(conversation, text, kind="trip")
        events = live_ada.settled(conversation, 1)
        run = live_ada.http.get(taken.json()["status_url"]).json()
        return {"run": run, "events": events, "replies": live_ada.messages(conversation)[1:]}

    return say


def texts(ended: dict[str, Any]) -> list[str]:
    return [reply["text"] for reply in ended["replies"]]


def results(ended: dict[str, Any]) -> list[tuple[str, str]]:
    return [(asked["name"], asked["result"]) for asked in ended["run"]["handlers"]]


def test_first_asks_in_order_until_one_replies(routed: Any) -> None:
    ended = routed("passing", "doubled", "upper")

    assert texts(ended) == ["hello hello"]
    assert results(ended) == [("passing", "passed"), ("doubled", "replied")]
    assert ended["run"]["decision"]["path"] == ["passing", "doubled", "upper"]


def test_first_ends_with_the_handler_that_breaks(routed: Any) -> None:
    ended = routed("breaking", "upper")

    assert ended["run"]["state"] == "failed"
    assert results(ended) == [("breaking", "handler_error")]


def test_chain_hands_each_the_reply_of_the_one_before(routed: Any) -> None:
    ended = routed("upper", "doubled", policy="chain")

    assert texts(ended) == ["HELLO HELLO"]
    assert results(ended) == [("upper", "replied"), ("doubled", "replied")]


def test_chain_keeps_the_reply_of_the_one_before_who_passes(routed: Any) -> None:
    assert texts(routed("upper", "passing", policy="chain")) == ["HELLO"]


def test_chain_of_those_who_pass_is_silent(routed: Any) -> None:
    assert texts(routed("passing", policy="chain")) == []


def test_chain_streams_its_last_handler_alone(live_ada: LivePerson, route: Any) -> None:
    route("drafting", "reciting", policy="chain")
    conversation = live_ada.conversation()

    with live_ada.stream(conversation) as stream:
        live_ada.say(conversation, "hello", kind="trip")
        seen = stream.until("run.completed")

    text = "a draft of: hello"
    pieces = wire.deltas(seen)
    wire.check_answer(seen, text)
    assert all(text.startswith(wire.answer(pieces[:count])) for count in range(len(pieces)))
    actors = [event["actor"]["id"] for event in seen if event["type"] == "message.completed"]
    assert actors == ["reciting"]


def test_chain_ends_with_the_handler_that_breaks(routed: Any) -> None:
    ended = routed("upper", "breaking", "doubled", policy="chain")

    assert ended["run"]["state"] == "failed"
    assert results(ended) == [("upper", "replied"), ("breaking", "handler_error")]
    assert [reply["metadata"] for reply in ended["replies"]] == [LOST | {"reason": "handler_error"}]


def test_all_asks_at_once_and_each_reply_is_a_message_in_the_order_of_the_path(routed: Any) -> None:
    ended = routed("meets", "meets_too", policy="all")

    first = ended["run"]["reply"]
    ids = [first, str(uuid5(UUID(first), "meets_too"))]
    assert texts(ended) == ["met", "met, too"]
    assert [reply["id"] for reply in ended["replies"]] == ids
    assert results(ended) == [("meets", "replied"), ("meets_too", "replied")]
    completed = [event for event in ended["events"] if event["type"] == "message.completed"]
    assert [event["actor"]["id"] for event in completed] == ["meets", "meets_too"]
    assert ended["events"][-1]["data"] == {"attempt": 1, "reply": first, "replies": ids}


def test_all_keeps_those_apart_that_break_or_pass(routed: Any) -> None:
    ended = routed("breaking", "passing", "upper", policy="all")

    assert ended["run"]["state"] == "completed"
    assert texts(ended) == ["HELLO"]
    assert ended["replies"][0]["id"] == ended["run"]["reply"]
    assert results(ended) == [("breaking", "handler_error"), ("passing", "passed"), ("upper", "replied")]


def test_all_completes_in_silence_when_somebody_passed(routed: Any) -> None:
    ended = routed("breaking", "passing", policy="all")

    assert (ended["run"]["state"], ended["replies"]) == ("completed", [])


def test_all_fails_when_everybody_breaks(routed: Any) -> None:
    ended = routed("breaking", "lasting", policy="all", deadline=15)

    assert ended["run"]["state"] == "failed"
    assert results(ended) == [("breaking", "handler_error"), ("lasting", "timeout")]
    assert [reply["metadata"] for reply in ended["replies"]] == [LOST | {"reason": "handler_error"}]


def test_the_deadline_of_a_route_is_for_its_whole_path(routed: Any) -> None:
    ended = routed("upper", "lasting", policy="chain", deadline=15)

    assert ended["run"]["error"]["code"] == "timeout"
    assert ended["run"]["decision"]["deadline"] == 15
    assert results(ended) == [("upper", "replied"), ("lasting", "timeout")]


def test_a_decision_can_be_read_while_the_run_is_carried_out(live_ada: LivePerson, route: Any) -> None:
    route("lasting", deadline=60)
    status = live_ada.say(live_ada.conversation(), "hello", kind="trip").json()["status_url"]

    running = eventually(lambda: _in_state(live_ada, status, "running"), 50)

    assert (running["handlers"], running["decision"]["path"], running["decision"]["deadline"]) == ([], ["lasting"], 60)


def _in_state(person: LivePerson, status: str, state: str) -> dict[str, Any] | None:
    run: dict[str, Any] = person.http.get(status).json()
    return run if run["state"] == state else None


def test_another_kind_than_a_handlers_own_may_be_led_to_it(routed: Any) -> None:
    assert texts(routed("offline_responder", text="How many messages are there?")) != []
