"""The built-in answer to text, without network or model: sums, facts of the conversation, and what was said in it."""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from django.utils import timezone

from contexts import words
from contexts.context import Context, MessageView
from dispatch import arithmetic, facts, handlers, particulars, questions, recall, speakers, summary
from dispatch.handlers import Reply
from dispatch.questions import Question
from dispatch.turns import Turn

PIECE: Final = re.compile(r"\S+\s*|\s+")
PAUSE: Final = 0.02  # seconds
MOST_PAUSES: Final = 75  # 1.5 s, however long the answer

GREETINGS: Final = words.each("hi hello hey hiya howdy greetings morning afternoon evening")
THANKS: Final = words.each("thanks thank thx cheers ty")
FAREWELLS: Final = words.each("bye goodbye farewell ciao")
LONGEST_GREETING: Final = 4  # words
SUMMARY: Final = re.compile(
    r"(?:(?:please|can you|could you|give me|write|make|a|the|short|brief) )*(?:summari[sz]e|summary|sum up|recap)"
    r"(?: (?:of|this|the|our|all|everything|it|conversation|chat|thread|discussion|so|far|up|please|for|me|us))*"
)
NO_MODEL: Final = "no AI provider is configured"
ABOUT_ITSELF: Final = re.compile(
    r"(?:please )?(?:help(?: me)?|(?:who|what) are you|what(?:'s| is) your name|what (?:can|do) you do"
    r"|how can you help(?: me)?|how do i use you)"
)
ABLE: Final = (
    "I can find and quote what was said in this conversation, tell who wrote how much and when, sum it up, "
    "and work out sums like 12 * (3 + 4)."
)


@handlers.register("text", priority=-100, timeout=30)
async def offline_responder(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Answers from the conversation itself, without network or AI: quotes, counts, dates and sums."""
    reply = answer(message, context, timezone.now())
    for piece in _pieces(reply.text or ""):
        turn.say(piece)
        await asyncio.sleep(PAUSE)
    return Reply(metadata=reply.metadata)


def answer(message: MessageView, context: Context, now: datetime) -> Reply:
    """The whole answer at once; the same for the same message, context and time."""
    question = questions.read(message, context, now)
    return next(reply for ability in ABILITIES if (reply := ability(question)))


def _pieces(text: str) -> Iterator[str]:
    """Word by word, or several at a time where that would take too long."""
    found = PIECE.findall(text)
    size = max(1, -(-len(found) // MOST_PAUSES))
    for start in range(0, len(found), size):
        yield "".join(found[start : start + size])


def _sum(question: Question) -> Reply | None:
    worked_out = arithmetic.answer(question.message.text) or arithmetic.answer(question.asked)
    return Reply(worked_out) if worked_out else None


def _wordless(question: Question) -> Reply | None:
    if words.words(question.text):
        return None
    return Reply("There are no words in that which I could answer or find again.")


def _pleasantry(question: Question) -> Reply | None:
    said = words.words(question.text)
    opening = set(said[:2] if said[0] == "good" else said[:1])
    if len(said) > LONGEST_GREETING or question.asked:
        return None
    if opening & GREETINGS:
        return Reply(f"Hello {question.message.author}. {ABLE}")
    if opening & THANKS:
        return Reply(f"You are welcome, {question.message.author}.")
    return Reply(f"Goodbye, {question.message.author}.") if opening & FAREWELLS else None


def _summary(question: Question) -> Reply | None:
    return summary.summarize(question.context) if SUMMARY.fullmatch(question.folded) else None


def _itself(question: Question) -> Reply | None:
    if not ABOUT_ITSELF.fullmatch(question.folded):
        return None
    return Reply(f"I am the built-in responder; {NO_MODEL}. {ABLE}")


def _noted(question: Question) -> Reply | None:
    if question.asked:
        return None
    return Reply(f"Noted, {question.message.author}. Ask me about it whenever you like.")


def _unable(question: Question) -> Reply:
    """Says what it can do instead, unless it has said so lately."""
    wanted = "answer that" if questions.asks(question.asked) else "do that"
    refusal = f"I cannot {wanted}: {NO_MODEL}."
    explained = any(speakers.is_own(m) and refusal in m.text and ABLE in m.text for m in question.context.messages)
    return Reply(refusal if explained else f"{refusal} {ABLE}")


# Asked in this order; the first that has an answer gives it, and the last always has one.
ABILITIES: Final[tuple[Callable[[Question], Reply | None], ...]] = (
    _sum,
    _wordless,
    _pleasantry,
    _itself,
    facts.answer,
    _summary,
    particulars.answer,
    recall.answer,
    _noted,
    _unable,
)
