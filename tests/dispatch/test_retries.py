"""Another attempt after a failure that may pass, carried by any of two processes."""

from datetime import datetime
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch.control import answers, cancel, ended, said, shown
from tests.live import LivePerson, eventually


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    deployment.work(EXTRA_APPS="tests.control_app")
    return deployment.serve(EXTRA_APPS="tests.control_app")


def events(person: LivePerson, run: str, type: str) -> list[dict[str, Any]]:
    found = person.events(shown(person, run)["conversation"])
    return [event for event in found if event["run"] == run and event["type"] == type]


def waits(person: LivePerson, run: str) -> list[float]:
    """Seconds from each failure to the time at which the next attempt is due."""
    retried = [event for event in events(person, run, "run.queued") if event["data"].get("reason") == "retry"]
    return [(_time(event["data"]["due_at"]) - _time(event["time"])).total_seconds() for event in retried]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("kind", ["test.flaky", "test.flaky_sync"])
def test_failure_that_passes_is_tried_again(live_ada: LivePerson, kind: str) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, kind, "2")
    next_run = said(live_ada, conversation, "text", "hello")

    end = ended(live_ada, run)

    assert (end["state"], end["failures"], end["attempt"], end["error"]) == ("completed", 2, 3, None)
    assert [message["text"] for message in answers(live_ada, conversation)][:1] == ["attempt 3"]
    first, second = waits(live_ada, run)
    assert 0.9 <= first <= 2
    assert 1.9 <= second <= 4
    started = [_time(event["time"]) for event in events(live_ada, run, "run.started")]
    due = [_time(event["data"]["due_at"]) for event in events(live_ada, run, "run.queued")[1:]]
    assert all(at >= earliest for at, earliest in zip(started[1:], due, strict=True))
    assert ended(live_ada, next_run)["state"] == "completed"
    assert _time(events(live_ada, next_run, "run.started")[0]["time"]) > started[-1]


@pytest.mark.parametrize("kind", ["test.flaky", "test.flaky_sync"])
def test_failure_that_stays_ends_dead_after_three_attempts(live_ada: LivePerson, kind: str) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, kind, "9")

    end = ended(live_ada, run)

    assert (end["state"], end["failures"], end["attempt"]) == ("dead", 3, 3)
    assert end["error"]["code"] == "attempts_spent"
    assert [message["metadata"] for message in answers(live_ada, conversation)] == [
        {"fallback": True, "reason": "attempts_spent"}
    ]


def test_handler_says_how_long_to_wait(live_ada: LivePerson) -> None:
    run = said(live_ada, live_ada.conversation(), "test.patient", "5")

    eventually(lambda: waits(live_ada, run), 20)

    assert 4.9 <= waits(live_ada, run)[0] <= 5.6
    assert ended(live_ada, run)["state"] == "completed"


def test_run_that_waits_for_another_attempt_is_canceled_at_once(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    run = said(live_ada, conversation, "test.patient", "600")
    eventually(lambda: waits(live_ada, run), 20)
    assert shown(live_ada, run)["error"]["code"] == "handler_error"

    answer = cancel(live_ada, run)

    assert (answer.status_code, answer.json()["state"]) == (202, "canceled")
    ended(live_ada, run)
    assert ended(live_ada, said(live_ada, conversation, "text", "hello"))["state"] == "completed"


def test_failure_that_is_not_marked_is_not_tried_again(live_ada: LivePerson) -> None:
    run = said(live_ada, live_ada.conversation(), "test.break")

    end = ended(live_ada, run)

    assert (end["state"], end["attempt"], end["failures"]) == ("failed", 1, 0)
