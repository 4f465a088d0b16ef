"""A context as people read it, on its page in the admin: what everybody's next message would find, and what not."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from contexts import store
from contexts.context import EntityView, MessageView, Pinned
from contexts.known import Known
from contexts.models import Message, MessageRole
from project import log
from project.admin_cells import NOTHING, badge, facts, page_link, said

LEFT_OUT: Final = {
    "expired": "their time is over",
    "age": "older than the policy's days; so is all before it",
    "count": "more than the policy's number of messages; so is all before it",
    "budget": "does not fit the tokens; nor does all before it",
    "pair": "answers whose question is not shown",
}


class KnownPanel:
    """Fields of a context's page. Each reads `row.known`, which was made once for the page."""

    known_fields: Final = (
        "shown_tokens",
        "shown_summary",
        "shown_pinned",
        "shown_entities",
        "shown_messages",
        "shown_left_out",
    )

    @admin.display(description="tokens")
    def shown_tokens(self, row: Any) -> str:
        known: Known = row.known
        return f"{known.tokens:,} of {known.limits.tokens:,}"

    @admin.display(description="summary")
    def shown_summary(self, row: Any) -> str:
        summary = row.known.summary
        if summary is None:
            return "Nothing has left the window, or the policy wants no summary."
        covers = f"{summary.messages:,} messages, numbers {summary.first_seq:,} to {summary.last_seq:,}"
        head = f"{covers}; {summary.tokens:,} tokens, {summary.made_by}"
        return format_html('<p class="known-head">{}</p>{}', head, said(summary.text))

    @admin.display(description="pinned")
    def shown_pinned(self, row: Any) -> str:
        return _list(map(_pin, row.known.pinned)) or "Nothing is pinned."

    @admin.display(description="entities")
    def shown_entities(self, row: Any) -> str:
        return _badges(row.known.entities) or "Nothing was recognised."

    @admin.display(description="messages")
    def shown_messages(self, row: Any) -> str:
        return _list(map(_message, row.known.window.messages)) or "Nothing was said yet."

    @admin.display(description="left out")
    def shown_left_out(self, row: Any) -> str:
        known: Known = row.known
        told = store.told(known)
        why = Counter(passed.why for passed in known.window.passed)
        rows = {"messages in all": told.total, "not shown as messages": told.left_out}
        reasons = {f"{why[name]} {name}": reason for name, reason in LEFT_OUT.items() if name in why}
        beyond = {
            "pins over their share": len(known.held.pinned) - len(known.pinned),
            "entities over their share": len(known.held.entities) - len(known.entities),
        }
        return facts(rows | reasons | {name: count for name, count in beyond.items() if count})


def next_known(row: Any) -> Known:
    """What a message would find that comes next, read with the eyes of everybody."""
    head = log.head(row.stream)
    return store.know(Message(conversation_id=row.pk, seq=head.seq + 1, role=MessageRole.USER))


def _badges(entities: Iterable[EntityView]) -> str:
    shown = ((f"{entity.type} named {entity.count} times", _entity(entity)) for entity in entities)
    return format_html_join("", '<span class="entity" title="{}">{}</span>', shown)


def _entity(entity: EntityView) -> str:
    link = page_link("contexts_entity", entity.id, entity.value)
    return format_html("{} {}", badge(entity.type, "primary" if entity.pinned else None), link)


def _pin(pin: Pinned) -> str:
    if pin.message:
        return _message(pin.message, "system note" if pin.id is None else "")
    return format_html('<p class="known-head">note, {} tokens</p>{}', pin.tokens, said(pin.text))


def _message(view: MessageView, beside: str = "") -> str:
    notes = [f"{view.tokens:,} tokens", "shortened" if view.shortened else "", beside]
    link = page_link("contexts_message", view.id, f"{view.seq} {view.author}")
    head = format_html("{}, {}", link, ", ".join(filter(None, notes)))
    return format_html('<p class="known-head">{}</p>{}', head, said(view.text) if view.text else NOTHING)


def _list(items: Iterable[str]) -> str:
    rows = format_html_join("", "<li>{}</li>", ((item,) for item in items))
    return format_html('<ol class="facts">{}</ol>', rows) if rows else ""
