"""What was recognised, pinned and summed up, as staff read it. Users correct it; here nothing can be changed."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest

from contexts.knowledge import Entity, Mention, Pin, SummaryPart
from project.admin_cells import NOTHING, badge, facts, moment, page_link, said, short
from project.admin_pages import ReadOnlyAdmin, ReadOnlyInline

NAMED: Final = 60  # characters that a mention shows of the message's text


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Entity]") -> list[tuple[str, str]]:
        return [(state, state) for state in ("known", "pinned", "corrected", "superseded", "removed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entity]) -> QuerySet[Entity]:
        known = queryset.filter(removed_at=None, superseded_by=None)
        states = {
            "known": known,
            "pinned": known.filter(pinned=True),
            "corrected": known.exclude(corrected_at=None),
            "superseded": queryset.filter(removed_at=None).exclude(superseded_by=None),
            "removed": queryset.exclude(removed_at=None),
        }
        return states.get(self.value() or "", queryset)


class Mentions(ReadOnlyInline):
    model = Mention
    fields = readonly_fields = ("words", "message_link", "place")
    verbose_name_plural = "mentions"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mention]:
        """The database cuts the words out of the text."""
        rows: QuerySet[Mention] = super().get_queryset(request)
        words = Substr("message__text", F("start") + 1, F("end") - F("start"))
        return rows.annotate(words=words).order_by("-pk")

    @admin.display(description="words")
    def words(self, mention: Any) -> str:
        return str(mention.words)[:NAMED]

    @admin.display(description="message")
    def message_link(self, mention: Mention) -> str:
        return page_link("contexts_message", mention.message_id, short(mention.message_id))

    @admin.display(description="from, to")
    def place(self, mention: Mention) -> str:
        return f"{mention.start}, {mention.end}"


class EntityAdmin(ReadOnlyAdmin):
    list_display = ("value", "type", "state", "count", "source", "conversation_link", moment("last_seen"))
    list_select_related = ("conversation",)
    list_filter = (StateFilter, "source")
    search_fields = ("type__exact", "normal__startswith")
    search_ids = ("pk", "conversation")
    search_help_text = "Type, beginning of the normal form, or id of an entity or conversation"
    inlines = (Mentions,)
    fieldsets = (
        (None, {"fields": ("id", "value", "type", "normal", "state", "conversation_link")}),
        ("Said by", {"fields": ("source", "confidence", "owner_link", "superseded_by")}),
        ("Seen", {"fields": ("count", "first_seq", "last_seq", *map(moment, ("first_seen", "last_seen")))}),
        ("Changed", {"fields": tuple(map(moment, ("corrected_at", "removed_at")))}),
    )

    @admin.display(description="state")
    def state(self, entity: Entity) -> str:
        if entity.removed_at:
            return badge("removed", "danger")
        if entity.superseded_by_id:
            return badge("superseded", "warning")
        return badge("pinned", "primary") if entity.pinned else badge("known", "success")

    @admin.display(description="conversation")
    def conversation_link(self, entity: Entity) -> str:
        return context_link(entity)

    @admin.display(description="owner")
    def owner_link(self, entity: Entity) -> str:
        return page_link("security_user", entity.owner, short(entity.owner)) if entity.owner else NOTHING


class PinAdmin(ReadOnlyAdmin):
    list_display = ("what", "source", "created_by", "conversation_link", moment("created_at"), moment("expires_at"))
    list_select_related = ("conversation", "created_by")
    list_filter = ("source",)
    search_fields = ("created_by__username__exact",)
    search_ids = ("pk", "conversation", "message")
    search_help_text = "Username of who pinned it, or id of a pin, conversation or message"
    fieldsets = (
        (None, {"fields": ("id", "conversation_link", "message_link", "note", "source", "created_by")}),
        ("Time", {"fields": tuple(map(moment, ("created_at", "expires_at")))}),
    )

    @admin.display(description="what")
    def what(self, pin: Pin) -> str:
        return f"message {short(pin.message_id)}" if pin.message_id else pin.text[:NAMED]

    @admin.display(description="conversation")
    def conversation_link(self, pin: Pin) -> str:
        return context_link(pin)

    @admin.display(description="message")
    def message_link(self, pin: Pin) -> str:
        return page_link("contexts_message", pin.message_id, short(pin.message_id)) if pin.message_id else NOTHING

    @admin.display(description="note")
    def note(self, pin: Pin) -> str:
        return said(pin.text)


class SummaryPartAdmin(ReadOnlyAdmin):
    list_display = ("place", "covers", "state", "made_by", "conversation_link", moment("made_at"))
    list_select_related = ("conversation",)
    list_filter = ("stale",)
    search_fields = ("made_by__exact",)
    search_ids = ("conversation",)
    search_help_text = "Who made it, or id of a conversation"
    fieldsets = (
        (None, {"fields": ("place", "covers", "state", "made_by", "conversation_link", moment("made_at"))}),
        ("Says", {"fields": ("shown_text", "shown_lines")}),
    )

    @admin.display(description="part")
    def place(self, part: SummaryPart) -> str:
        return f"level {part.level}, number {part.number}"

    @admin.display(description="sums up")
    def covers(self, part: SummaryPart) -> str:
        return f"{part.count} message{'' if part.count == 1 else 's'}"

    @admin.display(description="state")
    def state(self, part: SummaryPart) -> str:
        return badge("to be renewed", "warning") if part.stale else badge("holds", "success")

    @admin.display(description="conversation")
    def conversation_link(self, part: SummaryPart) -> str:
        return context_link(part)

    @admin.display(description="in words")
    def shown_text(self, part: SummaryPart) -> str:
        return said(part.text)

    @admin.display(description="lines")
    def shown_lines(self, part: SummaryPart) -> str:
        return facts(part.lines)


def context_link(row: Any) -> str:
    return page_link("contexts_contextrow", row.conversation_id, row.conversation.title or "(untitled)")
