"""Conversations and messages, as staff read them. Nothing here can be changed: history is what was said."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest

from contexts.admin_contexts import ContextAdmin
from contexts.admin_knowledge import EntityAdmin, PinAdmin, SummaryPartAdmin
from contexts.admin_policies import ContextPolicyAdmin
from contexts.knowledge import ContextPolicy, ContextRow, Entity, Pin, SummaryPart
from contexts.models import Conversation, Message
from project.admin_cells import NOTHING, badge, facts, list_link, moment, page_link, said, seen_by, short, side_by_side
from project.admin_pages import ReadOnlyAdmin

LEAD = 90  # characters of a text that a list shows
COLOURS = {"received": "info", "completed": "success", "quarantined": "warning", "rejected": "danger"}

admin.site.register(ContextRow, ContextAdmin)
admin.site.register(Entity, EntityAdmin)
admin.site.register(Pin, PinAdmin)
admin.site.register(SummaryPart, SummaryPartAdmin)
admin.site.register(ContextPolicy, ContextPolicyAdmin)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Conversation]") -> list[tuple[str, str]]:
        return [(state, state) for state in ("open", "archived", "deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        if self.value() == "deleted":
            return queryset.exclude(deleted_at=None)
        if self.value() == "archived":
            return queryset.filter(deleted_at=None).exclude(archived_at=None)
        return queryset.filter(deleted_at=None, archived_at=None) if self.value() == "open" else queryset


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "workspace",
        "policy",
        "messages",
        "context_version",
        "state",
        moment("updated_at"),
        "see",
    )
    list_select_related = ("workspace",)
    list_filter = (StateFilter, "policy")
    search_fields = ("title__startswith",)
    search_ids = ("pk", "workspace", "created_by")
    search_help_text = "Beginning of a title, or id of a conversation, workspace or user"
    fieldsets = (
        (None, {"fields": ("id", "title", "workspace", "created_by", "policy", "state", "see")}),
        ("Size", {"fields": ("messages", "context_version")}),
        ("Time", {"fields": tuple(map(moment, ("created_at", "updated_at", "archived_at", "deleted_at")))}),
        ("Metadata", {"fields": ("shown_metadata",)}),
    )

    @admin.display(description="state")
    def state(self, conversation: Conversation) -> str:
        if conversation.deleted_at:
            return badge("deleted", "danger")
        return badge("archived", "warning") if conversation.archived_at else badge("open", "success")

    @admin.display(description="messages")
    def messages(self, conversation: Conversation) -> str:
        return list_link("contexts_message", conversation.id, conversation.message_count)

    @admin.display(description="see")
    def see(self, conversation: Conversation) -> str:
        lists = [("dispatch_run", "runs"), ("project_event", "events")]
        links = (list_link(page, conversation.id, noun) for page, noun in lists)
        return side_by_side((*links, page_link("contexts_contextrow", conversation.id, "context")))

    @admin.display(description="metadata")
    def shown_metadata(self, conversation: Conversation) -> str:
        return facts(conversation.metadata)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("lead", "role", "kind", "shown_status", "conversation_link", "author", moment("created_at"))
    list_select_related = ("conversation", "author")
    list_filter = ("role", "status")
    search_fields = ("kind__exact",)
    search_ids = ("pk", "conversation", "reply_to", "run")
    search_help_text = "Kind, or id of a message, conversation or run"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("id", "role", "kind", "shown_status", "conversation_link", "author"),
                    *("reply_to", "run_link", "seen_by"),
                )
            },
        ),
        ("Said", {"fields": ("shown_text", "shown_parts", "shown_metadata")}),
        ("Time", {"fields": ("seq", moment("created_at"), moment("released_at"))}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> Any:
        """As it was sent, secrets too, where users are shown something else: for who decides about messages."""
        shown = list(super().get_fieldsets(request, obj))
        if obj and obj.original and request.user.has_perm("dispatch.change_review"):
            shown.insert(2, ("As it was sent", {"fields": ("sent_text", "sent_parts", "sent_metadata")}))
        return shown

    def get_readonly_fields(self, request: HttpRequest, obj: Message | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "sent_text", "sent_parts", "sent_metadata")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """A page of long texts would be megabytes: the database cuts them."""
        rows: QuerySet[Message] = super().get_queryset(request)
        return rows.annotate(start=Left("text", LEAD + 1)).defer("text", "parts", "metadata", "original")

    @admin.display(description="text")
    def lead(self, message: Message) -> str:
        start: str = message.start  # type: ignore[attr-defined]
        return (f"{start[:LEAD]}..." if len(start) > LEAD else start) or "(no text)"

    @admin.display(description="status")
    def shown_status(self, message: Message) -> str:
        return badge(message.status, COLOURS.get(message.status))

    @admin.display(description="conversation")
    def conversation_link(self, message: Message) -> str:
        return page_link("contexts_conversation", message.conversation_id, message.conversation.title or "(untitled)")

    @admin.display(description="run")
    def run_link(self, message: Message) -> str:
        return page_link("dispatch_run", message.run, short(message.run)) if message.run else NOTHING

    @admin.display(description="seen by")
    def seen_by(self, message: Message) -> str:
        return seen_by(message.visible_to)

    @admin.display(description="text")
    def shown_text(self, message: Message) -> str:
        return said(message.text)

    @admin.display(description="text")
    def sent_text(self, message: Message) -> str:
        return said((message.original or {}).get("text", ""))

    @admin.display(description="parts")
    def sent_parts(self, message: Message) -> str:
        return facts((message.original or {}).get("parts"))

    @admin.display(description="metadata")
    def sent_metadata(self, message: Message) -> str:
        return facts((message.original or {}).get("metadata"))

    @admin.display(description="parts")
    def shown_parts(self, message: Message) -> str:
        return facts(message.parts)

    @admin.display(description="metadata")
    def shown_metadata(self, message: Message) -> str:
        return facts(message.metadata)
