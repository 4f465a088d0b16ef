"""The verifier finds what it is there for: each breach, made by hand, is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.outage.ledger import Accepted, Ledger, Seen
from tests.outage.verifier import Resources, Stored, problems

CONVERSATION = "c"
Breach = Callable[[Ledger, Stored], None]


def sound(count: int = 2) -> tuple[Ledger, Stored]:
    """A conversation of `count` answered messages as everybody should see it."""
    ledger, stored = Ledger(), Stored([], [], {})
    ledger.follow("follower", CONVERSATION)
    for number in range(count):
        asked, run, reply = f"asked{number}", f"run{number}", f"reply{number}"
        ledger.add(Accepted(CONVERSATION, f"key{number}", asked, run, 0))
        stored.messages.append({"id": asked, "role": "user", "run": run, "reply_to": None})
        stored.messages.append({"id": reply, "role": "assistant", "run": run, "reply_to": asked})
        stored.states[run] = "completed"
        tell(stored, "message.received", run, asked)
        tell(stored, "run.started", run, asked)
        tell(stored, "message.completed", run, reply)
        tell(stored, "run.completed", run, asked)
    for event in stored.events:
        ledger.add(Seen("follower", event, 0))
    return ledger, stored


def tell(stored: Stored, type: str, run: str, message: str) -> None:
    seq, data = len(stored.events) + 1, {"attempt": 1}
    stored.events.append({"seq": seq, "type": type, "run": run, "message": message, "data": data})


def lose_message(ledger: Ledger, stored: Stored) -> None:
    del stored.messages[2]


def store_message_twice(ledger: Ledger, stored: Stored) -> None:
    stored.messages.insert(2, stored.messages[2])


def store_message_nobody_was_told_of(ledger: Ledger, stored: Stored) -> None:
    ledger.accepted.pop()


def accept_one_message_under_two_keys(ledger: Ledger, stored: Stored) -> None:
    ledger.add(replace(ledger.accepted[0], key="other"))


def leave_gap(ledger: Ledger, stored: Stored) -> None:
    for event in stored.events[3:]:
        event["seq"] += 1


def swap_events(ledger: Ledger, stored: Stored) -> None:
    stored.events[3], stored.events[4] = stored.events[4], stored.events[3]


def end_run_twice(ledger: Ledger, stored: Stored) -> None:
    tell(stored, "run.failed", "run1", "asked1")
    ledger.add(Seen("follower", stored.events[-1], 0))


def never_end_run(ledger: Ledger, stored: Stored) -> None:
    stored.events.pop()
    ledger.seen.pop()


def leave_run_running(ledger: Ledger, stored: Stored) -> None:
    stored.states["run1"] = "running"


def take_late_result(ledger: Ledger, stored: Stored) -> None:
    stored.events[5]["data"] = {"attempt": 2}


def answer_twice(ledger: Ledger, stored: Stored) -> None:
    stored.messages.append({**stored.messages[-1], "id": "another"})


def answer_out_of_order(ledger: Ledger, stored: Stored) -> None:
    stored.messages[1], stored.messages[3] = stored.messages[3], stored.messages[1]


def answer_nothing(ledger: Ledger, stored: Stored) -> None:
    stored.messages.pop()


def tell_answer_twice(ledger: Ledger, stored: Stored) -> None:
    tell(stored, "message.completed", "run1", "reply1")
    ledger.add(Seen("follower", stored.events[-1], 0))


def show_event_twice(ledger: Ledger, stored: Stored) -> None:
    ledger.seen.insert(2, ledger.seen[2])


def hide_event(ledger: Ledger, stored: Stored) -> None:
    del ledger.seen[2]


def show_events_out_of_order(ledger: Ledger, stored: Stored) -> None:
    ledger.seen[2], ledger.seen[3] = ledger.seen[3], ledger.seen[2]


def show_other_contents(ledger: Ledger, stored: Stored) -> None:
    ledger.seen[2] = replace(ledger.seen[2], event={**ledger.seen[2].event, "run": "other"})


def note_failure(ledger: Ledger, stored: Stored) -> None:
    ledger.fail("key0 was answered 500")


BREACHES: dict[Breach, str] = {
    lose_message: "accepted and is not stored",
    store_message_twice: "stored 2 times",
    store_message_nobody_was_told_of: "stored and was never accepted",
    accept_one_message_under_two_keys: "accepted under 2 keys",
    leave_gap: "seq is not 1..8: at 3: [5, 6, 7] instead of [4, 5, 6]",
    swap_events: "seq is not 1..8",
    end_run_twice: "run run1 has 2 final events",
    never_end_run: "run run1 has 0 final events",
    leave_run_running: "run run1 is running, which is not final",
    take_late_result: "run run1 was ended by attempt 1 while attempt 2 held it",
    answer_twice: "the answers are not one each in order",
    answer_out_of_order: "the answers are not one each in order",
    answer_nothing: "the answers are not one each in order",
    tell_answer_twice: "message reply1 has 2 events message.completed",
    show_event_twice: "follower: saw 9 events where the log has 8",
    hide_event: "follower: saw 7 events where the log has 8",
    show_events_out_of_order: "follower: saw 8 events where the log has 8",
    show_other_contents: "the same numbers with other contents",
    note_failure: "key0 was answered 500",
}


def test_nothing_is_said_of_a_sound_conversation() -> None:
    ledger, stored = sound()

    assert problems(ledger, {CONVERSATION: stored}) == []


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.__name__)
def test_each_breach_is_named(breach: Breach) -> None:
    ledger, stored = sound()

    breach(ledger, stored)

    assert BREACHES[breach] in " / ".join(problems(ledger, {CONVERSATION: stored}))


@pytest.mark.parametrize("name", ["memory", "descriptors", "threads", "connections"])
def test_what_is_held_beyond_its_slack_is_named(name: str) -> None:
    before, slack = Resources(100, 10, 10, 10), Resources(5, 5, 5, 5)
    within: dict[str, Any] = {name: getattr(before, name) + 5}
    beyond: dict[str, Any] = {name: getattr(before, name) + 6}

    assert replace(before, **within).over(before, slack) == {}
    assert list(replace(before, **beyond).over(before, slack)) == [name]
