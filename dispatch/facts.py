"""Counts and dates of the conversation itself, asked for in words."""

import re
from collections.abc import Callable
from typing import Final

from contexts.context import MessageView
from contexts.models import MessageRole
from dispatch import quotes, speakers
from dispatch.handlers import Reply
from dispatch.questions import Question

MOST_NAMES: Final = 20
THREAD: Final = r"(?:conversation|chat|thread|discussion)"
NOW: Final = re.compile(
    r"(?:(?:please|tell me|do you know|can you tell me|what(?:'s| is)?|whats|which|the|today's|current|exact)\s+)*"
    r"(?:date|time|day)(?: and (?:the )?(?:date|time))?(?: (?:is it|it is|is|today|now|right|in utc|of the week))*"
)
NOW_ASKED: Final = re.compile(r"what|which|tell|do you know|can you|today's")
STARTED: Final = re.compile(
    rf"\b(?:when|how long ago)\b[^.]*\b{THREAD}\b[^.]*\b(?:start|begin|began|begun|open|created)|"
    rf"\b(?:when|how long ago)\b[^.]*\b(?:start|begin|open|create)[a-z]* (?:this|the|our) {THREAD}\b"
)
COUNT: Final = re.compile(
    r"\bhow many (?:\w+ )?(?:messages?|posts?)\b|\bhow many (?:did|have|has) \w+ (?:write|written|send|sent|post)"
    r"|\b(?:number|count) of messages\b"
)
WHO: Final = re.compile(
    r"\bwho(?:'s| is| are| else is| all is)? (?:all )?(?:here|there|take part|takes part|taking part|participat\w+"
    rf"|(?:are )?(?:the )?(?:members|participants)|in (?:this|the|our) (?:{THREAD}|room|workspace))\b"
)
WHO_AM_I: Final = re.compile(r"\bwho am i\b")
FIRST: Final = re.compile(
    r"\b(?:first|oldest|earliest) (?:message|post|thing|words)\b|\b(?:say|write|said|wrote) first\b"
)
LAST: Final = re.compile(
    r"\b(?:last|latest|newest|previous) (?:message|post|thing|words)\b|\b(?:say|write|said|wrote) last\b"
)
ABOUT_A_TOPIC: Final = re.compile(r"\b(?:about|mention\w*|regarding|contain\w*|concerning)\b")


def answer(question: Question) -> Reply | None:
    """None when no fact of the conversation is asked for."""
    folded = question.folded
    if NOW.fullmatch(folded) and NOW_ASKED.match(folded):
        return Reply(f"It is {quotes.moment(question.now)}.")
    if not question.asked or ABOUT_A_TOPIC.search(folded):
        return None
    return next((state(question) for pattern, state in FACTS if pattern.search(folded)), None)


def _count(question: Question) -> Reply:
    context, speaker = question.context, speakers.meant(question)
    if speaker is None:
        return Reply(f"There {_messages('is', 'are', context.total)} before this one.")
    written = sum(speaker.wrote(message) for message in context.messages)
    who = "You" if speaker.name == "you" else speaker.name
    besides = " before this one" if speaker.name == "you" else ""
    visible = f", of the {len(context.messages)} that I can see" if context.left_out else ""
    wrote = f"{who} wrote{_messages('', '', written)}{besides}{visible}."
    return Reply(f"{wrote} {quotes.left_out(context)}".strip())


def _started(question: Question) -> Reply:
    return Reply(f"This conversation started on {quotes.moment(question.context.started_at)}.")


def _who(question: Question) -> Reply:
    context = question.context
    people = [f"{person.name} ({person.username})" for person in context.participants[:MOST_NAMES]]
    more = len(context.participants) - len(people)
    wrote = sorted({m.author for m in (*context.messages, question.message) if m.role == MessageRole.USER})
    members = f"Members here: {', '.join(people)}{f' and {more} more' if more else ''}. " if people else ""
    return Reply(f"{members}Written so far by {', '.join(wrote[:MOST_NAMES])}. {quotes.left_out(context)}".strip())


def _who_am_i(question: Question) -> Reply:
    author = question.message.author
    return Reply(f"You are {speakers.described(author, question.context) or author}.")


def _first(question: Question) -> Reply:
    found = _written(question)[:1]
    return _quoted(question, found, "The first that I can see: " if question.context.left_out else "")


def _last(question: Question) -> Reply:
    return _quoted(question, _written(question)[-1:], "")


def _written(question: Question) -> list[MessageView]:
    speaker = speakers.meant(question)
    return [m for m in question.context.messages if m.text.strip() and (speaker is None or speaker.wrote(m))]


def _quoted(question: Question, found: list[MessageView], lead: str) -> Reply:
    if not found:
        return Reply(f"I can see no such message before this one. {quotes.left_out(question.context)}".strip())
    return Reply(
        f"{lead}{quotes.listed(found)}\n{quotes.left_out(question.context)}".strip(), metadata=quotes.sources(found)
    )


def _messages(one: str, many: str, count: int) -> str:
    return f"{one} 1 message" if count == 1 else f"{many} {count or 'no'} messages"


FACTS: Final[tuple[tuple[re.Pattern[str], Callable[[Question], Reply]], ...]] = (
    (COUNT, _count),
    (STARTED, _started),
    (WHO_AM_I, _who_am_i),
    (WHO, _who),
    (FIRST, _first),
    (LAST, _last),
)
