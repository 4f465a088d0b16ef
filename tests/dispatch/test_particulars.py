"""What the built-in responder answers from entities, pins, the rolling summary and messages that came back."""

from dataclasses import replace
from uuid import UUID

import pytest

from contexts.context import EntityView, Pinned, Recalled, SummaryView
from dispatch import responder
from tests.dispatch.conversation import ADA, BOB, NOW, START, context, message, sources

LINES = ("ada: Hi", "bob: The lamp is on", "assistant: Noted, bob.")


def entity(number, type, value, owner="", normal=None, label=""):
    return EntityView(
        UUID(int=number), type, value, normal or value, 1.0, START, NOW, 1, False, owner, "recognised", 5, label
    )


ENTITIES = (
    entity(1, "email", "ada@example.org", str(ADA.id)),
    entity(2, "email", "bob@example.org", str(BOB.id)),
    entity(3, "phone", "+44 20 7946 0000", str(ADA.id)),
    entity(4, "date", "next Friday", normal="2026-11-27", label="deadline"),
    entity(5, "person", "Grace Hopper"),
    entity(6, "money", "EUR 1250.00"),
    entity(7, "ticket", "ABC-123"),
)


def ask(text, *lines, author="ada", **known):
    return responder.answer(message(author, text), replace(context(*(lines or LINES)), **known), NOW)


@pytest.mark.parametrize(
    ("text", "answer", "number"),
    [
        ("What is my email?", "Your e-mail address: ada@example.org.", 1),
        ("what's my e-mail address", "Your e-mail address: ada@example.org.", 1),
        ("What is Bob's email?", "bob's e-mail address: bob@example.org.", 2),
        ("Do you know what my phone number is? What is my phone number?", "Your phone number: +44 20 7946 0000.", 3),
        ("When is the deadline?", "The deadline: next Friday (2026-11-27).", 4),
        ("which dates were named?", "Named here: next Friday (2026-11-27).", 4),
        ("What dates have been mentioned so far?", "Named here: next Friday (2026-11-27).", 4),
        ("which people were named?", "Named here: Grace Hopper.", 5),
        ("Who was mentioned?", "Named here: Grace Hopper.", 5),
        ("list the amounts", "Named here: EUR 1250.00.", 6),
        ("which tickets do you know of?", "Named here: ABC-123.", 7),
    ],
)
def test_what_was_named_is_told_and_cited(text, answer, number):
    reply = ask(text, entities=ENTITIES)

    assert reply.text == answer
    assert reply.metadata == {"entities": [str(UUID(int=number))]}


def test_nobody_gets_the_address_of_another_for_their_own():
    reply = ask("What is my phone number?", author="bob", entities=ENTITIES)

    assert "7946" not in reply.text


def test_what_is_not_known_as_a_thing_is_looked_for_in_what_was_said():
    reply = ask("what is my email?", "ada: My email is on the card in the hall")

    assert reply.metadata == sources(1)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("What is Bob's email?", "I do not know bob's e-mail address."),
        ("What is Carol's email?", "I do not know carol's e-mail address."),
        ("What is my phone number?", "I do not know your phone number."),
        ("What is my name?", "Your name: Ada Lovelace."),
    ],
)
def test_what_another_one_has_is_no_answer(text, answer):
    said = ("ada: My email is ada@example.org", "bob: My phone number is 7946", "ada: My wife's name is Clara.")

    assert ask(text, *said, entities=ENTITIES[:1]).text == answer


def test_many_of_a_kind_are_counted():
    people = tuple(entity(number, "person", f"Person {number}") for number in range(1, 31))

    assert ask("which people were named?", entities=people).text.endswith("Person 20 and 10 more.")


def test_what_is_pinned_is_told():
    pinned = (
        Pinned(UUID(int=5), None, "Answer in metric units", 9),
        Pinned(UUID(int=6), message("bob", "The launch is in May", seq=2), "", 9),
    )

    reply = ask("What is pinned?", pinned=pinned)

    assert reply.text == (
        "Pinned:\n- A note: “Answer in metric units”\n"
        "- bob wrote on 22 November 2026 at 22:01 UTC: “The launch is in May”"
    )
    assert reply.metadata == sources(2)
    assert ask("What is pinned?").text == "Nothing is pinned."


def test_a_pinned_message_is_quoted_like_others():
    pinned = (Pinned(UUID(int=6), message("ada", "The launch is in May", seq=2), "", 9),)

    assert ask("what did I say about the launch?", "bob: Hi", pinned=pinned).metadata == sources(2)


def test_what_came_back_is_quoted_and_cited_and_the_window_is_told_of_truly():
    old = message("ada", "The hydraulic press stands in hall 4", seq=7)
    known = {"recalled": (Recalled(old, 0.9, ("hydraulic", "pres")),), "left_out": 30, "total": 33}

    reply = ask("what did I say about the hydraulic press?", **known)

    assert reply.text == (
        "ada wrote on 22 November 2026 at 22:06 UTC: “The hydraulic press stands in hall 4”\n"
        "30 older messages were outside my window."
    )
    assert reply.metadata == sources(7)


def test_a_summary_tells_what_left_the_window():
    summed_up = SummaryView("ada: The press stands in hall 4.\nbob: Oranges are cheap.", 1, 60, 30, 20)

    reply = ask("sum up", summary=summed_up, left_out=30, total=33)

    assert (
        "30 older messages were outside my window. What was said before that comes to:\n"
        "- ada: The press stands in hall 4.\n- bob: Oranges are cheap." in reply.text
    )
