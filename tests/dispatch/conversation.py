"""A conversation made by hand: lines of `author: text`, a minute apart, from 22 November 2026 at 22:00 UTC."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contexts.context import Context, MessageView, Participant
from dispatch import responder

START = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
NOW = START + timedelta(hours=1)
ADA = Participant(UUID(int=901), "ada", "Ada Lovelace", "owner")
BOB = Participant(UUID(int=902), "bob", "Bob Stone", "editor")

LINES = (
    "ada: Hi",
    "assistant: Hello ada.",
    "ada: My dog is called Rex and he loves the park.",
    "assistant: Noted, ada.",
    "bob: The budget for the launch is 4000 euro. Is that fine?",
    "ada: I think the budget is too small, let us plan for 6000.",
    "bob: What did we say about the budget?",
    "assistant: The budget was named twice.",
    "bob: The meeting is in room 4 on Monday",
)

REX = "ada wrote on 22 November 2026 at 22:02 UTC: “My dog is called Rex and he loves the park.”"
FOUR_THOUSAND = "bob wrote on 22 November 2026 at 22:04 UTC: “The budget for the launch is 4000 euro. Is that fine?”"
SIX_THOUSAND = "ada wrote on 22 November 2026 at 22:05 UTC: “I think the budget is too small, let us plan for 6000.”"
ROOM = "bob wrote on 22 November 2026 at 22:08 UTC: “The meeting is in room 4 on Monday”"


def ask(text, *lines, author="ada", left_out=0):
    return responder.answer(message(author, text), context(*(lines or LINES), left_out=left_out), NOW)


def sources(*seqs):
    return {"sources": [str(UUID(int=seq)) for seq in seqs]}


def context(*lines, left_out=0):
    messages = tuple(message(*line.split(": ", 1), seq=seq) for seq, line in enumerate(lines, start=1))
    return Context(
        conversation=UUID(int=801),
        workspace=UUID(int=802),
        title="Launch",
        version=1,
        messages=messages,
        tokens=0,
        total=len(messages) + left_out,
        left_out=left_out,
        started_at=START,
        participants=(ADA, BOB),
    )


def message(author, text, *, seq=99, kind="text", parts=()):
    role = "assistant" if author == "assistant" else "user"
    when = START + timedelta(minutes=seq - 1)
    return MessageView(UUID(int=seq), seq, role, kind, text, author, when, parts)
