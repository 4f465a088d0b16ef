"""What is known, by conversation: how large its snapshot is and how old, and what staff do about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from contexts import limits, snapshots, store
from contexts.admin_known import KnownPanel, look_ahead
from contexts.admin_pruning import PrunedContexts, bounded
from contexts.knowledge import ContextRow, Entity, Pin
from contexts.models import Conversation
from contexts.snapshots import Kept, Key
from project import log
from project.admin_cells import NOTHING, badge, list_link, moment, page_link, span

EVERY: Final = Q(pk__isnull=False)


@dataclass(frozen=True)
class Facts:
    """Of one conversation. `kept`: the snapshot of its version, if the cache has it."""

    kept: Kept | None
    pins: int
    entities: int


class ContextAdmin(KnownPanel, PrunedContexts):
    list_display = (
        "name",
        "workspace",
        "context_version",
        "policy_words",
        "snapshot",
        "age",
        "pins",
        "entities",
        moment("updated_at"),
    )
    list_select_related = ("workspace__context_policy",)
    search_fields = ("title__startswith",)
    search_ids = ("pk", "workspace")
    search_help_text = "Beginning of a title, or id of a conversation or workspace"
    actions = ("invalidate", "rebuild", "prune")
    fieldsets = (
        (None, {"fields": ("conversation", "workspace", "context_version", "policy_words", "snapshot", "age")}),
        ("What the next message would find", {"fields": KnownPanel.known_fields}),
    )

    def has_renew_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("contexts.change_contextrow")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each conversation of the page with its facts, which are read together."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        _add_facts(changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row: Any = super().get_object(request, object_id, from_field)
        if row and request.method == "GET":
            _add_facts([row])  # before it is read, which puts it into the cache
            look_ahead(row)
        return row

    @admin.action(description="Invalidate: read rows next time", permissions=["renew"])
    @bounded
    def invalidate(self, request: HttpRequest, chosen: QuerySet[ContextRow]) -> None:
        self._each(request, chosen, "invalidated", store.invalidate)

    @admin.action(description="Rebuild: read rows now", permissions=["renew"])
    @bounded
    def rebuild(self, request: HttpRequest, chosen: QuerySet[ContextRow]) -> None:
        self._each(request, chosen, "rebuilt", store.invalidate)
        for row in _read(chosen):
            store.snapshot(row, limits.of(row))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[ContextRow], done: str, work: Callable[[Conversation], object]
    ) -> None:
        count = 0
        for row in _read(chosen):
            with transaction.atomic():
                work(row)
            count += 1
        self.message_user(request, f"{count} context{' was' if count == 1 else 's were'} {done}.", messages.SUCCESS)

    @admin.display(description="conversation")
    def name(self, row: ContextRow) -> str:
        return row.title or "(untitled)"

    @admin.display(description="conversation")
    def conversation(self, row: ContextRow) -> str:
        return page_link("contexts_conversation", row.pk, row.title or "(untitled)")

    @admin.display(description="policy")
    def policy_words(self, row: ContextRow) -> str:
        bounds = limits.of(row)
        days = f", {bounds.days} days" if bounds.days else ""
        return f"{bounds.messages} messages, {bounds.tokens:,} tokens{days}"

    @admin.display(description="snapshot")
    def snapshot(self, row: Any) -> str:
        kept = row.facts.kept
        return badge(filesizeformat(kept.bytes), "success") if kept else badge("not in the cache", None)

    @admin.display(description="age")
    def age(self, row: Any) -> str:
        kept = row.facts.kept
        return span(timezone.now() - kept.made_at) if kept else NOTHING

    @admin.display(description="pins")
    def pins(self, row: Any) -> str:
        return list_link("contexts_pin", row.pk, row.facts.pins)

    @admin.display(description="entities")
    def entities(self, row: Any) -> str:
        return list_link("contexts_entity", row.pk, row.facts.entities)


def _read(chosen: QuerySet[ContextRow]) -> Iterable[ContextRow]:
    return chosen.order_by("pk").select_related("workspace__context_policy")


def _add_facts(rows: Sequence[Any]) -> None:
    """In four look-ups, however many rows."""
    ids = [row.pk for row in rows]
    kept = _kept(rows)
    pins = _counted(Pin.objects.filter(conversation__in=ids))
    entities = _counted(Entity.objects.filter(conversation__in=ids), Q(removed_at=None, superseded_by=None))
    for row in rows:
        row.facts = Facts(kept.get(row.pk), pins.get(row.pk, 0), entities.get(row.pk, 0))


def _kept(rows: Sequence[Any]) -> dict[UUID, Kept]:
    heads = log.heads([row.stream for row in rows])
    keys = (
        Key(row.pk, heads[row.stream].epoch, row.context_version, limits.of(row)) for row in rows if row.stream in heads
    )
    return {key.conversation: kept for key, kept in snapshots.peek(keys).items()}


def _counted(rows: QuerySet[Any], counting: Q = EVERY) -> dict[UUID, int]:
    """By conversation. What counts is no condition on the rows: an index on it would be read from end to end."""
    return dict(rows.order_by().values_list("conversation").annotate(count=Count("pk", filter=counting)))
