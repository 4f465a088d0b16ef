"""Taking back what messages taught, when they are edited, deleted or forgotten. Under the lock of the log."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Max, Min

from contexts import superseding
from contexts.knowledge import Entity, Mention
from contexts.models import Conversation
from contexts.superseding import Group


def unlearn(conversation: Conversation, messages: Collection[UUID]) -> int:
    """Returns how many entities changed. Before the messages' rows are gone, where they go.

    An entity that no message names any more goes too, unless users pinned or made it: that one stays whose it was, so
    that it goes when its owner is forgotten. Removed ones do not even then
    stay: there is nothing left that they could be recognised in. What gave way to it holds again.
    """
    mentions = Mention.objects.filter(message__in=messages, entity__conversation=conversation)
    touched = list(Entity.objects.filter(id__in=mentions.values("entity")))
    if not touched:
        return 0
    before = {row.id: Group(row.type, row.label, row.owner) for row in touched}
    Mention.objects.filter(message__in=messages, entity__in=touched).delete()
    lost = recount(touched)
    gone = [row for row in lost if not _is_kept(row)]
    changed = superseding.free(row for row in touched if row in gone or row.label != before[row.id].label)
    Entity.objects.filter(superseded_by__in=lost, removed_at__isnull=False).delete()  # what was corrected to them
    Entity.objects.filter(id__in=[row.id for row in gone]).delete()
    groups = {group for group in before.values() if group.label}
    told = {row.id for row in touched if not (row.removed_at and row.superseded_by_id)}
    return len(told | changed | superseding.settle(conversation, groups))


def recount(entities: Collection[Entity]) -> list[Entity]:
    """Write counts, times and label as the mentions that there are give them. Returns those that have none."""
    rows = Mention.objects.filter(entity__in=entities).values("entity")
    seen = {
        row["entity"]: row
        for row in rows.annotate(
            count=Count("id"),
            first_seq=Min("message__seq"),
            last_seq=Max("message__seq"),
            first_seen=Min("message__created_at"),
            last_seen=Max("message__created_at"),
        )
    }
    said = _said(entities)
    for entity in entities:
        if entity.id in seen or not _is_kept(entity):
            entity.label, author = said.get(entity.id, ("", None))
            entity.owner = superseding.owner(entity.label, author)
        entity.count = 0
        for name, value in seen.get(entity.id, {}).items():
            if name != "entity":
                setattr(entity, name, value)
    fields = ["label", "owner", "count", "first_seq", "last_seq", "first_seen", "last_seen"]
    Entity.objects.bulk_update(entities, fields)
    return [entity for entity in entities if not entity.count]


def _is_kept(entity: Entity) -> bool:
    return entity.removed_at is None and (entity.pinned or entity.source == "user")


def _said(entities: Collection[Entity]) -> dict[UUID, tuple[str, UUID | None]]:
    """What each was last said to be, and by whom."""
    labelled = Mention.objects.filter(entity__in=entities, label__gt="").order_by("message__seq", "start")
    return {id: (label, author) for id, label, author in labelled.values_list("entity", "label", "message__author")}
