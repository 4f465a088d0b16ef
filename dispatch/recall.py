"""Answers to "what did I say about X?": quotes from the conversation, and honesty when there is nothing to quote."""

import re
from collections.abc import Sequence
from typing import Final

from contexts import words
from contexts.context import MessageView
from dispatch import quotes, ranking
from dispatch.handlers import Reply
from dispatch.questions import REQUEST, Question
from dispatch.ranking import Memory
from dispatch.speakers import Speaker, meant

RECALL: Final = re.compile(
    r"\b(?:say|said|says|told|mention|mentioned|talk|talked|talking|remember|remind|recall|discuss|discussed|wrote|written"
    r"|asked|promise|promised|suggest|suggested|decide|decided|agree|agreed|earlier)\b"
)
SEARCH: Final = re.compile(
    r"(?:(?:please|can you|could you) )*(?:find|search|look up|show me|quote|recall|remind me)\b"
)
OURS: Final = re.compile(r"\b(?:my|our|i|we|me|us|mine|ours)\b")
TELL: Final = re.compile(
    r"(?:(?:please|can you|could you) )*tell me (?:about|what|when|where|who|which|how|if|whether)\b"
)
POLITE: Final = re.compile(r"(?:(?:please|tell me|can you tell me|do you know|could you tell me)\s+)*")

# Shares of what is asked that a quote must hold: a question that any book could answer must be met more closely.
SHARE_OF_OURS: Final = 0.3
SHARE_OF_OTHERS: Final = 0.5


def answer(question: Question) -> Reply | None:
    """None when the question is not about this conversation and nothing said before fits it."""
    if not question.asked or _is_task(question):
        return None
    speaker = meant(question)
    asked = words.terms(question.asked) - words.terms(speaker.author if speaker else "")
    if not asked:
        return _latest(question, speaker) if _is_recall(question) else None
    known = ranking.memories(question.context)
    ours = _is_recall(question) or _is_ours(question)
    found, lead = _found(asked, known, speaker, SHARE_OF_OURS if ours else SHARE_OF_OTHERS)
    if not found and _is_recall(question):  # our own answers may quote what has left the window
        found, lead = ranking.best(asked, known, known, SHARE_OF_OURS), ""
    if found:
        return _quoted(question, found, lead if ours else "I can only quote what was said here:", asked)
    return _nothing(question) if ours else None


def _found(
    asked: frozenset[str], known: Sequence[Memory], speaker: Speaker | None, share: float
) -> tuple[list[MessageView], str]:
    """Quotes of whom the question means, else of anybody but ourselves; and the sentence that says so."""
    if speaker:
        theirs = [memory for memory in known if speaker.wrote(memory.message)]
        if found := ranking.best(asked, theirs, known, share):
            return found, ""
    found = ranking.best(asked, ranking.of_people(known), known, share)
    return found, f"I find nothing like that from {_called(speaker)}, but this:" if speaker else ""


def _latest(question: Question, speaker: Speaker | None) -> Reply:
    """The newest statements, when it is not said about what."""
    said = [memory for memory in ranking.memories(question.context) if memory.terms and memory.tells]
    wanted = [m for m in said if speaker.wrote(m.message)] if speaker else ranking.of_people(said)
    found = [memory.message for memory in wanted[-ranking.MOST :]]
    return _quoted(question, found, "The latest:" if len(found) > 1 else "") if found else _nothing(question)


def _quoted(question: Question, found: list[MessageView], lead: str, asked: frozenset[str] = frozenset()) -> Reply:
    text = quotes.listed(found, asked)
    gap = "\n" if len(found) > 1 else " "
    return Reply(f"{lead}{gap}{text}\n{quotes.left_out(question.context)}".strip(), metadata=quotes.sources(found))


def _nothing(question: Question) -> Reply:
    seen = len(question.context.messages)
    if not seen and not question.context.left_out:
        return Reply("I find nothing about that: this is the first message of the conversation.")
    messages = "the one message" if seen == 1 else f"the {seen} messages"
    return Reply(
        f"I find nothing about that in {messages} before this one. {quotes.left_out(question.context)}".strip()
    )


def _called(speaker: Speaker) -> str:
    return "me" if speaker.name == "I" else speaker.name


def _is_recall(question: Question) -> bool:
    return bool(RECALL.search(question.folded) or SEARCH.match(question.folded))


def _is_task(question: Question) -> bool:
    """Whether something is to be made, not told."""
    folded = question.folded
    return bool(REQUEST.match(folded)) and not (_is_recall(question) or TELL.match(folded))


def _is_ours(question: Question) -> bool:
    """Whether it is about the people here: "my dog", "Bob's car"."""
    opening = POLITE.match(question.folded)
    folded = question.folded[opening.end() :] if opening else question.folded
    people = {name.casefold() for p in question.context.participants for name in (p.username, *p.name.split()[:1])}
    named = {word.split("'")[0] for word in words.words(folded)}
    return bool(OURS.search(folded)) or not people.isdisjoint(named)
