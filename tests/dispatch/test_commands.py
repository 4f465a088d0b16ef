"""Actions: the built-in commands."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands, handlers
from dispatch.turns import Turn
from tests.dispatch.conversation import LINES, NOW, context, message


def act(text="", *, author="ada", parts=(), lines=LINES, left_out=0):
    turn = Turn(UUID(int=701), 1, NOW, 10.0)
    action = message(author, text, kind="action", parts=parts)
    return commands.commands(action, context(*lines, left_out=left_out), turn)


def data(**fields):
    return {"type": "data", "data": fields}


def test_help_lists_every_command_with_what_it_does():
    reply = act("/help")

    assert reply.text.splitlines() == [
        "help: lists the commands",
        "whoami: says who you are here",
        "echo TEXT: says TEXT",
        "summary: sums up the conversation by quoting it",
    ]
    assert reply.metadata == {"command": "help"}


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("ada", "You are Ada Lovelace (ada), owner of this workspace."),
        ("eve", "You are eve, and no member of this workspace that I can see."),
    ],
)
def test_whoami_names_the_author_and_their_role(author, text):
    assert act("whoami", author=author).text == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("echo  Good  day ", ()),
        ("/ECHO Good  day", ()),
        ("", (data(command="echo", text="Good  day"),)),
        ("help", ({"type": "text", "text": "help"}, data(command="/echo", text="Good  day"))),
    ],
)
def test_echo_says_the_text_of_either_form(text, parts):
    reply = act(text, parts=parts)

    assert reply.text == "Good  day"
    assert reply.metadata == {"command": "echo"}


@pytest.mark.parametrize("parts", [(), (data(command="echo"),), (data(command="echo", text=["no text"]),)])
def test_echo_of_nothing_says_what_is_missing(parts):
    assert act("echo", parts=parts).text == "There is nothing to echo: write echo and a text after it."


def test_summary_counts_names_dates_and_quotes():
    reply = act("summary", left_out=2)

    assert reply.text.splitlines() == [
        "11 messages since 22 November 2026 at 22:00 UTC.",
        "Written by ada (3), bob (3).",
        "2 older messages were outside my window.",
        "- ada wrote on 22 November 2026 at 22:02 UTC: “My dog is called Rex and he loves the park.”",
        "- bob wrote on 22 November 2026 at 22:04 UTC: “The budget for the launch is 4000 euro. Is that fine?”",
        "- ada wrote on 22 November 2026 at 22:05 UTC: “I think the budget is too small, let us plan for 6000.”",
    ]
    assert len(reply.metadata["sources"]) == 3


def test_summary_of_small_talk_quotes_nothing():
    assert act("summary", lines=["ada: Hi"]).text.endswith("Nothing was said that is worth a quote.")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/dance now", "I know no command 'dance'. There are help, whoami, echo, summary."),
        ("", "Name a command: help, whoami, echo, summary."),
        ("/", "Name a command: help, whoami, echo, summary."),
    ],
)
def test_an_unknown_command_is_answered_with_those_there_are(text, answer):
    assert act(text).text == answer


@pytest.mark.parametrize(
    "part", [{}, {"type": "data"}, {"type": "data", "data": None}, data(command=7), data(text="echo")]
)
def test_a_data_part_without_a_command_leaves_it_to_the_text(part):
    assert act("echo hello", parts=(part,)).text == "hello"


def test_two_commands_of_one_name_are_refused():
    with pytest.raises(ValueError, match="help"):
        commands.command("help", "helps otherwise")(lambda rest, message, context: handlers.Reply(rest))


def test_it_runs_in_a_thread_after_every_handler_of_an_installation():
    (found,) = [handler for handler in handlers.of_kind("action") if handler.name == "commands"]

    assert not found.is_async
    assert (found.priority, found.timeout) == (-100, 10)


@settings(deadline=None)
@given(st.text())
def test_random_text_gets_some_answer(text):
    assert act(text).text
