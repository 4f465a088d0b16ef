"""Joining, leaving and coming back in mid-answer: the text is exact, character by character."""

import random
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest

from tests.deployment import Deployment, Server
from tests.dispatch import wire
from tests.dispatch.texts import HARD
from tests.live import LivePerson
from tests.speaking_app.prompter import Prompter

TEXT = HARD * 4


@dataclass(frozen=True)
class Half:
    conversation: str
    seen: list[dict[str, Any]]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    return deployment.serve(EXTRA_APPS="tests.speaking_app")


def test_deltas_applied_by_cutting_and_appending_are_the_answer(live_ada: LivePerson, prompter: Prompter) -> None:
    conversation, seen = live_ada.conversation(), list[dict[str, Any]]()

    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT, prompter)
        while len(wire.deltas(seen)) < 10:
            prompter.allow(8)
            seen += wire.hear(stream, len(wire.answer(seen)) + 1, wire.answer(seen))
        prompter.allow(len(TEXT))
        seen += stream.until("run.completed")

    wire.check_answer(seen, TEXT)


@pytest.fixture
def half(live_ada: LivePerson, prompter: Prompter) -> Half:
    """An answer in progress, of which a client has the beginning and which has gone on since."""
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        before = wire.hear(stream, 10)
        prompter.allow(20)
    return Half(conversation, before)


def test_client_comes_back_to_the_character_it_had(live_ada: LivePerson, half: Half, prompter: Prompter) -> None:
    copy = wire.answer(half.seen)

    with live_ada.stream(half.conversation, half.seen[-1]["id"]) as stream:
        after = stream.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += stream.until("run.completed")

    assert after[0]["data"]["resumed"]
    assert wire.deltas(after)[0]["data"]["offset"] == len(copy)
    wire.check_answer(after, TEXT, copy)
    assert wire.durable(half.seen + after) == live_ada.events(half.conversation)


def test_client_that_kept_only_the_last_event_gets_the_answer_from_its_beginning(
    live_ada: LivePerson, half: Half, prompter: Prompter
) -> None:
    with live_ada.stream(half.conversation, wire.durable(half.seen)[-1]["id"]) as stream:
        after = stream.until(wire.DELTA)
        prompter.allow(len(TEXT))
        after += stream.until("run.completed")

    assert wire.deltas(after)[0]["data"]["offset"] == 0
    wire.check_answer(after, TEXT)


def test_who_joins_in_mid_answer_has_what_the_others_have(
    live_ada: LivePerson, live_bob: LivePerson, prompter: Prompter
) -> None:
    conversation = live_ada.conversation()
    with live_ada.stream(conversation) as stream:
        wire.recite(live_ada, conversation, TEXT, prompter)
        prompter.allow(20)
        before = wire.hear(stream, 10)

        with live_bob.stream(conversation) as late:
            joined = late.until(wire.DELTA)
            prompter.allow(len(TEXT))
            joined += late.until("run.completed")

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
def test_place_that_fits_no_answer_begins_it_anew(
    live_ada: LivePerson, half: Half, prompter: Prompter, tail: str
) -> None:
    answer = half.seen[-1]["id"].rpartition(".")[0].rpartition(".")[0]

    with live_ada.stream(half.conversation, answer + tail) as stream:
        seen = stream.until(wire.DELTA)
        prompter.allow(len(TEXT))
        seen += stream.until("run.completed")

    assert wire.deltas(seen)[0]["data"]["offset"] == 0
    wire.check_answer(seen, TEXT)
