"""A context as people read it, on its page in the admin: what everybody's next message would find, and what not."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from contexts import messages, store
from contexts.context import EntityView, MessageView, Pinned
from contexts.known import Known
from contexts.omissions import Omission
from project.admin_cells import NOTHING, badge, facts, page_link, said
from project.readers import Reader

STAFF: Final = Reader(staff=True)
REASONS: Final = (
    '<table class="examples"><thead><tr><th>Item</th><th></th><th>Why</th><th>Takes</th><th>From</th></tr></thead>'
    "<tbody>{}</tbody></table>"
)
REASON: Final = (
    '<tr><td class="whole">{}</td><td class="said">{}</td><td>{}</td>'
    '<td class="whole">{} tokens</td><td class="whole">{}</td></tr>'
)


class KnownPanel:
    """Fields of a context's page. Each reads `row.known` or `row.explained`, which were made once for the page."""

    known_fields: Final = (
        "shown_tokens",
        "shown_summary",
        "shown_pinned",
        "shown_entities",
        "shown_messages",
        "shown_left_out",
        "shown_reasons",
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
        omissions = row.explained.left_out
        told = [{f"{one.count:,} {_named(one)}": one.says} for one in omissions]
        return _list(map(facts, told)) or "Nothing: all of it fits."

    @admin.display(description="why each is in")
    def shown_reasons(self, row: Any) -> str:
        items = row.explained.items
        cells = ((item.kind.replace("_", " "), item.title, item.why, item.tokens, item.source) for item in items)
        return format_html(REASONS, format_html_join("", REASON, cells)) if items else NOTHING


def look_ahead(row: Any) -> None:
    """Give `row` what a message would find that comes next, read with the eyes of everybody, and why."""
    row.known = store.know(messages.unsaid(row))
    row.explained = store.explain(row.known, STAFF)


def _named(omission: Omission) -> str:
    """The summary leaves out messages, too."""
    nouns = {"messages": "message", "pins": "pin", "entities": "entity", "summary": "summed-up message"}
    noun = nouns[omission.kind]
    return noun if omission.count == 1 else {"entity": "entities"}.get(noun, f"{noun}s")


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
    return format_html('<ol class="facts known">{}</ol>', rows) if rows else ""
