"""Making a snapshot from rows: what the next loads find in the cache. Its cost does not grow with the conversation."""

from collections.abc import Iterator
from typing import Final

from django.db.models import Q, QuerySet

from contexts import entities, pins, summaries, visible
from contexts.context import MessageView, view
from contexts.limits import WAITING, Limits
from contexts.models import Conversation, Message
from contexts.sentences import Line
from contexts.shortening import priced
from contexts.snapshots import MARGIN, Snapshot
from contexts.summaries import MOST_LOOSE

PAGE: Final = 50


def gather(conversation: Conversation, limits: Limits) -> Snapshot:
    """As the rows are now."""
    views, whole = _newest(conversation, limits)
    return Snapshot(
        messages=tuple(reversed(views)),
        whole=whole,
        pinned=pins.of(conversation.id, limits),
        entities=entities.of(conversation.id) if limits.entities else (),
        parts=summaries.tops(conversation) if limits.summary else (),
        loose=tuple(_loose(conversation, limits, views)) if limits.summary else (),
    )


def older(messages: "QuerySet[Message]", limits: Limits, before: int | None = None) -> Iterator[MessageView]:
    """Newest first, read in pages, so that who stops early reads little."""
    rows = messages.order_by("-seq")
    page = list(rows[:PAGE] if before is None else rows.filter(seq__lt=before)[:PAGE])
    while page:
        yield from (priced(view(message), limits) for message in page)
        page = list(rows.filter(seq__lt=page[-1].seq)[:PAGE]) if len(page) == PAGE else []


def _newest(conversation: Conversation, limits: Limits) -> tuple[list[MessageView], bool]:
    views, total = list[MessageView](), 0
    for found in older(visible.in_window(conversation), limits):
        total += found.tokens
        if len(views) >= limits.messages + WAITING or total > limits.share(MARGIN):
            return views, False
        views.append(found)
    return views, True


def _loose(conversation: Conversation, limits: Limits, newest: list[MessageView]) -> Iterator[Line]:
    """Pruned messages are summed up like those that are too old; each as a window would have shown it."""
    since = newest[-1].seq if newest else 0
    outside = Q(seq__lt=since) | Q(pruned=True) | Q(seq__lte=conversation.pruned_until) if newest else Q()
    rows = visible.messages(conversation.id).filter(outside, seq__gt=conversation.folded_until, expires_at=None)
    for message in reversed(list(rows.order_by("-seq")[:MOST_LOOSE])):
        if line := summaries.gist(priced(view(message), limits)):
            yield line
