"""Why each item of a context is in, what it costs, and what it was made from. Read from what `load` chooses from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import F

from contexts import omissions
from contexts.context import EntityView, MessageView, Pinned
from contexts.knowledge import Mention, Pin
from contexts.known import Known
from contexts.omissions import Omission
from contexts.visible import KNOWN
from project.readers import Reader

TITLE_LENGTH: Final = 80


@dataclass(frozen=True)
class Item:
    """`kind`: message, pin, system_note, summary, entity or recalled. `source`: cache or rows. `messages`: what it is
    made from, as far as few messages are; a summary tells its range in `why`.
    """

    kind: str
    id: UUID | None
    title: str
    why: str
    tokens: int
    source: str
    messages: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Explained:
    """The tokens of `items` add up to `tokens` of the context."""

    items: tuple[Item, ...]
    left_out: tuple[Omission, ...]


def explain(known: Known, viewer: Reader | None = None) -> Explained:
    """`viewer`: whom it is told; of what they may read and the context may not hold they get counts."""
    items = (*_pins(known), *_summary(known), *_entities(known), *_recalled(known), *_window(known))
    return Explained(items, tuple(omissions.of(known, viewer or known.reader)))


def origins(known: Known, preferences: dict[str, object], session_preferences: dict[str, object]) -> dict[str, str]:
    """Where each field of the merged metadata is from: user, session or conversation."""
    layers = (("user", preferences), ("session", session_preferences), ("conversation", known.conversation.metadata))
    return {name: layer for layer, fields in layers for name in fields}


def _window(known: Known) -> Iterator[Item]:
    cached = _cached(known)
    shown = known.window.messages
    ids = {view.id for view in shown}
    for place, view in enumerate(shown):
        answers = " It goes with the message that it answers." if view.reply_to in ids else ""
        why = f"Number {len(shown) - place} of the {len(shown)} newest that fit.{answers}{_cut(view)}"
        source = "cache" if view.id in cached else "rows"
        yield Item("message", view.id, _title(view.text, view.kind), why, view.tokens, source, (view.id,))


def _pins(known: Known) -> Iterator[Item]:
    rows = Pin.objects.select_related("created_by").in_bulk([pin.id for pin in known.pinned if pin.id])
    for pin in known.pinned:
        view = pin.message
        title = _title(view.text, view.kind) if view else _title(pin.text, "note")
        kind = "pin" if pin.id else "system_note"
        why = _pinned_by(pin, rows.get(pin.id)) if pin.id else "A note of the system stays."
        messages = (view.id,) if view else ()
        yield Item(kind, pin.id or (view.id if view else None), title, why, pin.tokens, _source(known), messages)


def _pinned_by(pin: Pinned, row: Pin | None) -> str:
    if row is None:
        return "Pinned until a moment ago."
    by = "a handler" if row.source == "handler" else row.created_by.username if row.created_by else "somebody who left"
    until = f" until {pin.expires_at:%Y-%m-%d %H:%M} UTC" if pin.expires_at else ""
    return f"Pinned by {by} on {row.created_at:%Y-%m-%d}{until}.{_cut(pin.message) if pin.message else ''}"


def _summary(known: Known) -> Iterator[Item]:
    summary = known.summary
    if summary:
        why = (
            f"It stands for {summary.messages} messages, numbers {summary.first_seq} to {summary.last_seq}, that are "
            f"older than the window. Made by: {summary.made_by}."
        )
        yield Item("summary", None, _title(summary.text, "summary"), why, summary.tokens, _source(known))


def _entities(known: Known) -> Iterator[Item]:
    ids = [entity.id for entity in known.entities]
    naming = Mention.objects.filter(entity__in=ids, message__seq=F("entity__last_seq"))
    readable = naming.filter(message__visible_to="", message__status__in=KNOWN)
    last = dict(readable.values_list("entity", "message"))
    for entity in known.entities:
        title = _title(f"{entity.type}: {entity.value}", "entity")
        messages = (last[entity.id],) if entity.id in last else ()
        yield Item("entity", entity.id, title, _named(entity), entity.tokens, _source(known), messages)


def _named(entity: EntityView) -> str:
    said = {"handler": "Proposed by a handler. ", "user": "Set by a user. "}.get(entity.source, "")
    pinned = "Pinned. " if entity.pinned else ""
    times = "once" if entity.count == 1 else f"{entity.count} times"
    return f"{said}{pinned}Named {times}, last on {entity.last_seen:%Y-%m-%d %H:%M} UTC."


def _recalled(known: Known) -> Iterator[Item]:
    for found in known.recalled:
        view = found.message
        why = f"Older than the window, and shares {', '.join(found.terms)} with the question: {found.score:.2f} of it."
        yield Item("recalled", view.id, _title(view.text, view.kind), why + _cut(view), view.tokens, "rows", (view.id,))


def _cached(known: Known) -> set[UUID]:
    return {view.id for view in known.held.messages} if known.held.size else set()


def _source(known: Known) -> str:
    return "cache" if known.held.size else "rows"


def _title(text: str, instead: str) -> str:
    line = " ".join(text.split())
    return line[: TITLE_LENGTH - 1] + "…" if len(line) > TITLE_LENGTH else line or instead


def _cut(view: MessageView) -> str:
    return " It is too long to be shown whole." if view.shortened else ""
