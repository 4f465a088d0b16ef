"""What the built-in responder answers, from the conversation alone."""

import asyncio
import inspect
import time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import handlers, responder
from dispatch.turns import Turn, TurnOver
from tests.dispatch.conversation import (
    FOUR_THOUSAND,
    LINES,
    NOW,
    REX,
    ROOM,
    SIX_THOUSAND,
    ask,
    context,
    message,
    sources,
)


def respond(text, turn):
    answering = responder.offline_responder(message("ada", text), context(*LINES), turn)
    assert inspect.iscoroutine(answering)
    return asyncio.run(answering)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("how many messages are there?", "There are 9 messages before this one."),
        ("How many messages did I write?", "You wrote 3 messages before this one."),
        ("how many messages has Bob written?", "bob wrote 3 messages."),
        ("how many did you write?", "I wrote 3 messages."),
        ("when did this conversation start?", "This conversation started on 22 November 2026 at 22:00 UTC."),
        ("who is here?", "Members here: Ada Lovelace (ada), Bob Stone (bob). Written so far by ada, bob."),
        ("Who takes part?", "Members here: Ada Lovelace (ada), Bob Stone (bob). Written so far by ada, bob."),
        ("who am I?", "You are Ada Lovelace (ada), owner of this workspace."),
        ("what was the first message?", "ada wrote on 22 November 2026 at 22:00 UTC: “Hi”"),
        ("what was the last message?", ROOM),
        ("what was my last message?", SIX_THOUSAND),
        ("what was the first thing bob said?", FOUR_THOUSAND),
        ("what's the date today?", "It is 22 November 2026 at 23:00 UTC."),
        ("What time is it", "It is 22 November 2026 at 23:00 UTC."),
        ("What is 12 * (3 + 4)?", "12 * (3 + 4) = 84"),
        ("Hello! What's 17 % of 80?", "17 % of 80 is 13.6"),
    ],
)
def test_facts_and_sums_are_answered(text, answer):
    assert ask(text).text == answer


def test_counts_say_what_they_cover_when_messages_are_left_out():
    reply = ask("how many messages did I write?", left_out=1)

    assert reply.text == (
        "You wrote 3 messages before this one, of the 9 that I can see. 1 older message was outside my window."
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("What did I say?", "I find nothing about that: this is the first message of the conversation."),
        ("how many messages are there?", "There are no messages before this one."),
        ("what was the last message?", "I can see no such message before this one."),
        ("summarise this", "There is nothing to sum up: this is the first message of the conversation."),
    ],
)
def test_an_empty_conversation_is_no_obstacle(text, answer):
    assert responder.answer(message("ada", text), context(), NOW).text == answer


@pytest.mark.parametrize("text", ["hi", "Good morning!", "hello there"])
def test_a_greeting_is_returned(text):
    assert ask(text).text.startswith("Hello ada. I can ")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("thanks a lot!", "You are welcome, ada."),
        ("bye", "Goodbye, ada."),
        ("My cat is Tom.", "Noted, ada. Ask me about it whenever you like."),
        ("My number is 555-1234", "Noted, ada. Ask me about it whenever you like."),
        ("2026-11-22", "Noted, ada. Ask me about it whenever you like."),
        ("...", "There are no words in that which I could answer or find again."),
    ],
)
def test_what_asks_nothing_is_acknowledged(text, answer):
    assert ask(text).text == answer


@pytest.mark.parametrize(
    "text", ["Why is the sky blue?", "Which park in Asia is oldest?", "write me a poem about my dog", "tell me a joke"]
)
def test_what_needs_a_model_is_refused_honestly(text):
    reply = ask(text)

    assert "no AI provider is configured" in reply.text
    assert responder.ABLE in reply.text


def test_abilities_are_explained_once_for_each_kind_of_refusal():
    explained = ask("Why is the sky blue?").text

    assert ask("Why is grass green?", f"assistant: {explained}").text == explained.removesuffix(f" {responder.ABLE}")
    assert responder.ABLE in ask("write a poem", f"assistant: {explained}").text


@pytest.mark.parametrize("text", ["what can you do?", "help", "Who are you?"])
def test_it_says_what_it_is(text):
    assert ask(text).text.startswith("I am the built-in responder; no AI provider is configured.")


def test_a_summary_can_be_asked_for_in_words():
    assert ask("please summarise this conversation").text.startswith("9 messages since 22 November 2026")


def test_the_answer_is_said_in_pieces_and_the_reply_is_what_was_said():
    turn = Recorder()

    reply = respond("what is my dog's name?", turn)

    assert len(turn.pieces) > 5
    assert turn.said == REX
    assert reply == handlers.Reply(metadata=sources(3))


def test_a_long_answer_is_said_in_a_bounded_number_of_pieces():
    text = "words and more words " * 1000

    pieces = list(responder._pieces(text))

    assert len(pieces) * responder.PAUSE <= 1.5
    assert "".join(pieces) == text


def test_a_turn_that_is_over_ends_the_answer():
    turn = Recorder()
    turn.end()

    with pytest.raises(TurnOver):
        respond("hi", turn)


def test_it_is_asked_after_every_handler_of_an_installation():
    (found,) = [handler for handler in handlers.of_kind("text") if handler.name == "offline_responder"]

    assert found.is_async
    assert (found.priority, found.timeout) == (-100, 30)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "what did I say about the budget? " * 3000,
        "(" * 100_000,
        "1+" * 50_000,
        "a'" * 50_000,
        "!\n" * 50_000,
        "can you " * 12_500 + "?",
        "\u202e\u0645\u0631\u062d\u0628\u0627 " * 10_000,
        "a" + "\u0301" * 50_000 + "?",
        "\U0001f600" * 1000,
        " \n\t",
    ],
)
def test_any_text_gets_some_answer(text):
    assert ask(text, *LINES, f"ada: {text}").text


@settings(deadline=None)
@given(st.text(), st.lists(st.text(), max_size=5))
def test_random_text_gets_the_same_answer_each_time(text, said):
    lines = [f"ada: {line}" for line in said]

    first = ask(f"what did I say about {text}?", *lines)

    assert first.text
    assert first == ask(f"what did I say about {text}?", *lines)
    assert ask(text, *lines).text


class Recorder(Turn):
    """A turn that keeps the pieces apart."""

    def __init__(self):
        super().__init__(UUID(int=701), 1, NOW, time.monotonic())
        self.pieces = []

    def say(self, delta):
        super().say(delta)
        self.pieces.append(delta)
