"""The conversation in a few lines, by quoting: how much was said, by whom, since when, and what tells the most."""

from collections import Counter
from typing import Final

from contexts.context import Context
from contexts.models import MessageRole
from dispatch import quotes, ranking
from dispatch.handlers import Reply

MOST_NAMES: Final = 10


def summarize(context: Context) -> Reply:
    if not context.total:
        return Reply("There is nothing to sum up: this is the first message of the conversation.")
    told = ranking.telling(ranking.memories(context))
    said = quotes.listed(told) if told else "Nothing was said that is worth a quote."
    plural = "message" if context.total == 1 else "messages"
    began = f"{context.total} {plural} since {quotes.moment(context.started_at)}."
    older = _older(context)
    lines = [began, _authors(context), older, said]
    return Reply("\n".join(line for line in lines if line), metadata=quotes.sources(told))


def _older(context: Context) -> str:
    """What left the window, as the rolling summary tells it."""
    left_out = quotes.left_out(context)
    if context.summary is None:
        return left_out
    return f"{left_out} What was said before that comes to:\n{quotes.lines(context.summary.text)}".strip()


def _authors(context: Context) -> str:
    counts = Counter(message.author for message in context.messages if message.role == MessageRole.USER)
    shown = ", ".join(f"{author} ({count})" for author, count in counts.most_common(MOST_NAMES))
    return f"Written by {shown}." if shown else ""
