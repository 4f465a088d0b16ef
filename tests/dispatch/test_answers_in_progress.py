"""Joining, leaving and coming back in mid-answer: the text is exact, character by character."""

import random
from itertools import islice
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import LivePerson

TEXT = HARD * 4


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


def test_deltas_applied_by_cutting_and_appending_are_the_answer(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()

    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        seen = stream.until("run.completed")

    assert len(wire.deltas(seen)) > 10
    wire.check_answer(seen, TEXT)


def test_client_comes_back_to_the_character_it_had(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        before = [event for _ in range(4) for event in stream.until(wire.DELTA)]
    copy, cursor = wire.answer(before), before[-1]["id"]

    with live_ada.stream(conversation, cursor) as stream:
        after = stream.until("run.completed")

    assert after[0]["data"]["resumed"]
    assert wire.deltas(after)[0]["data"]["offset"] == len(copy)
    wire.check_answer(after, TEXT, copy)
    assert wire.durable(before + after) == live_ada.events(conversation)


def test_client_that_kept_only_the_last_event_gets_the_answer_from_its_beginning(live_ada: LivePerson) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        before = [event for _ in range(4) for event in stream.until(wire.DELTA)]

    with live_ada.stream(conversation, wire.durable(before)[-1]["id"]) as stream:
        after = stream.until("run.completed")

    assert wire.deltas(after)[0]["data"]["offset"] == 0
    wire.check_answer(after, TEXT)


def test_who_joins_in_mid_answer_has_what_the_others_have(live_ada: LivePerson, live_bob: LivePerson) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        before = [event for _ in range(4) for event in stream.until(wire.DELTA)]

        with live_bob.stream(conversation) as late:
            joined = late.until("run.completed")

        before += stream.until("run.completed")
    wire.check_answer(joined, TEXT)
    wire.check_answer(before, TEXT)
    assert wire.durable(joined) == wire.durable(before)


def test_client_that_keeps_dropping_still_has_the_exact_answer(live_ada: LivePerson) -> None:
    conversation, chance = live_ada.conversation(), random.Random(7)  # noqa: S311
    wire.recite(live_ada, conversation, TEXT)
    copy, cursor, events = "", None, list[dict[str, Any]]()

    while not events or events[-1]["type"] != "run.completed":
        with live_ada.stream(conversation, cursor) as stream:
            for frame in islice(stream.frames(), chance.randint(2, 5)):
                copy = wire.answer([frame["data"]], copy)
                events += wire.durable([frame["data"]])
                cursor = frame.get("id", cursor)
                if frame["event"] == "run.completed":
                    break

    assert TEXT.startswith(copy)
    assert wire.completed(events) == TEXT
    assert events == live_ada.events(conversation)


@pytest.mark.parametrize("tail", [".9.3", ".1.100000"])
def test_place_that_fits_no_answer_begins_it_anew(live_ada: LivePerson, tail: str) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT)
        last = stream.until(wire.DELTA)[-1]

    with live_ada.stream(conversation, last["id"].rpartition(".")[0].rpartition(".")[0] + tail) as stream:
        seen = stream.until("run.completed")

    assert wire.deltas(seen)[0]["data"]["offset"] == 0
    wire.check_answer(seen, TEXT)
