"""Quoting messages: who, when, and the passage that matters, never more than a few lines."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import regex

from contexts import words
from contexts.context import Context, MessageView
from dispatch import questions
from dispatch.speakers import is_own

LONGEST: Final = 240  # characters as people count them
BOUND: Final = 1000  # code points that LONGEST may take: one character can be made of any number of them
CHARACTERS: Final = regex.compile(rf"\X{{0,{LONGEST}}}")
# A quote that turned the direction of writing and did not turn it back would scramble the sentence around it.
DIRECTIONS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def listed(messages: Sequence[MessageView], matter: frozenset[str] = frozenset()) -> str:
    """One sentence for one message, a list for more."""
    lines = [f"{_speaker(m)} on {moment(m.created_at)}: “{passage(m.text, matter)}”" for m in messages]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def lines(text: str) -> str:
    """A list of the lines of a text."""
    return "\n".join(f"- {on_one_line(line)}" for line in text.splitlines())


def sources(messages: Iterable[MessageView]) -> dict[str, Any]:
    """Reply metadata that names what was quoted."""
    return {"sources": [str(message.id) for message in messages]}


def moment(when: datetime) -> str:
    when = when.astimezone(UTC)
    return f"{when.day} {when:%B %Y} at {when:%H:%M} UTC"


def passage(text: str, matter: frozenset[str]) -> str:
    """The text on one line; when it is long, from the sentence that holds most of what matters."""
    flat = on_one_line(text[: questions.READ])
    if len(flat) > LONGEST and matter:
        found = questions.sentences(flat)
        best = max(range(len(found)), key=lambda place: (len(words.terms(found[place]) & matter), -place))
        start = " ".join(found[best:])
        return f"… {_cut(start)}" if best else _cut(start)
    return _cut(flat)


def left_out(context: Context) -> str:
    """A sentence about the messages that did not fit; "" when all did."""
    if not context.left_out:
        return ""
    older = "older message was" if context.left_out == 1 else "older messages were"
    return f"{context.left_out} {older} outside my window."


def _speaker(message: MessageView) -> str:
    return "I answered" if is_own(message) else f"{message.author} wrote"


def on_one_line(text: str) -> str:
    return " ".join(text.translate(DIRECTIONS).split())


def _cut(text: str) -> str:
    """At a word, or within one that is longer than a quote."""
    match = CHARACTERS.match(text[:BOUND])
    head = match.group() if match else ""
    if head == text:
        return text
    return f"{(head.rpartition(' ')[0] or head).rstrip('.,;:… ')}…"
