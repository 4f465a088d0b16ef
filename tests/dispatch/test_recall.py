"""What is quoted from a conversation, and what is not."""

from dataclasses import replace

import pytest

from dispatch import responder
from tests.dispatch.conversation import FOUR_THOUSAND, NOW, REX, ROOM, SIX_THOUSAND, ask, context, message, sources


@pytest.mark.parametrize(
    ("text", "quote", "seq"),
    [
        ("What did I say about the budget?", SIX_THOUSAND, 6),
        ("what did bob say about the budgets", FOUR_THOUSAND, 5),
        ("what is my dog's name?", REX, 3),
        ("What is my dog called?", REX, 3),
        ("do you remember my dog?", REX, 3),
        ("tell me about my dog", REX, 3),
        ("what food does my dog like?", REX, 3),
        ("remind me about the park", REX, 3),
        ("did I ever mention parks?", REX, 3),
        ("I was away. What did I say about dogs?", REX, 3),
        ("find messages about room", ROOM, 9),
    ],
)
def test_what_was_said_is_quoted_with_its_author_and_time(text, quote, seq):
    reply = ask(text)

    assert reply.text == quote
    assert reply.metadata == sources(seq)


def test_several_messages_that_matter_are_listed_and_questions_about_them_are_not():
    reply = ask("when did we talk about the budget?")

    assert reply.text == f"- {SIX_THOUSAND}\n- {FOUR_THOUSAND}"
    assert reply.metadata == sources(6, 5)


@pytest.mark.parametrize("text", ["where is the meeting?", "what time is the meeting?", "is the meeting on Monday?"])
def test_a_question_of_any_kind_is_met_with_what_was_said(text):
    assert ask(text).text == f"I can only quote what was said here: {ROOM}"


def test_own_answers_are_quoted_when_they_are_asked_for():
    reply = ask("what did you say about the budget?")

    assert reply.text == "I answered on 22 November 2026 at 22:07 UTC: “The budget was named twice.”"


def test_own_answers_are_quoted_when_nobody_else_said_it():
    said = "assistant: It rained in March."

    assert ask("did we discuss rain?", "ada: Hi", said).metadata == sources(2)
    assert ask("does Bob like rain?", "ada: Hi", said).metadata == {}


def test_commands_are_not_quoted():
    shout = message("ada", "/echo budget", seq=1, kind="action")
    conversation = replace(context("ada: Hi"), messages=(shout,))

    reply = responder.answer(message("ada", "what did I say about the budget?"), conversation, NOW)

    assert reply.metadata == {}


def test_the_name_of_one_thing_is_no_answer_for_another():
    assert ask("what is my cat's name?", "ada: My dog's name is Rex").metadata == {}


def test_words_of_others_are_offered_when_the_named_person_said_nothing():
    assert ask("what did bob say about my dog?").text == f"I find nothing like that from bob, but this: {REX}"


def test_at_most_three_messages_are_quoted_and_none_twice():
    lines = [f"ada: The budget is {number} euro" for number in (1, 2, 3, 3, 4)]

    reply = ask("what did I say about the budget?", *lines)

    assert reply.metadata == sources(5, 4, 2)


def test_a_long_message_is_quoted_from_the_sentence_that_matters_and_cut_at_a_word():
    long = f"ada: {'Nothing happened. ' * 30}The budget is 5 euro. {'And so on and on. ' * 30}"

    text = ask("what did I say about the budget?", long).text

    assert "“… The budget is 5 euro. And so on" in text
    assert text.endswith(" on…”")
    assert len(text) < 320


def test_a_quote_cannot_turn_the_direction_of_the_text_around_it():
    assert "“budget oruE”" in ask("what did I say about the budget?", "ada: budget \u202eoruE").text


@pytest.mark.parametrize("text", ["What did I say about elephants?", "what is my cat's name?", "did we discuss taxes?"])
def test_nothing_found_is_admitted(text):
    assert ask(text).text == "I find nothing about that in the 9 messages before this one."


@pytest.mark.parametrize(
    "text", ["What did I say about elephants?", "what did I say about the budget?", "who is here?"]
)
def test_messages_outside_the_window_are_mentioned(text):
    assert ask(text, left_out=300).text.endswith("300 older messages were outside my window.")


def test_without_a_topic_the_latest_is_quoted():
    assert ask("what did I say?").text == f"The latest:\n- {REX}\n- {SIX_THOUSAND}"
