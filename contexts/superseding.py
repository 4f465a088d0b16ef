"""Later facts in place of earlier ones: of what is said to be the same thing of the same person, the newest holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Max, Q

from contexts.knowledge import Entity, Mention
from contexts.models import Conversation, Message
from contexts.statements import MINE


@dataclass(frozen=True)
class Group:
    """What excludes each other: `my email` of one owner, `deadline` of nobody in particular."""

    type: str
    label: str
    owner: str


def owner(label: str, author: UUID | None) -> str:
    return str(author) if author and label.startswith(MINE) else ""


def settle(conversation: Conversation, groups: Iterable[Group]) -> set[UUID]:
    """Let the one of each group that was said last hold, whatever order they were written in. Returns what changed."""
    changed = set[UUID]()
    for group in groups:
        members = Entity.objects.filter(conversation=conversation, removed_at=None, **vars(group))
        said = members.annotate(said=Max("mentions__message__seq", filter=Q(mentions__label=group.label)))
        newest = said.order_by(F("said").desc(nulls_last=True), "-last_seq", "-id").first()
        if newest is None:
            continue
        former = members.exclude(id=newest.id).exclude(superseded_by=newest)
        ids = set(former.values_list("id", flat=True))
        Entity.objects.filter(id__in=ids).update(superseded_by=newest)
        if newest.superseded_by_id and members.filter(id=newest.superseded_by_id).exists():
            Entity.objects.filter(id=newest.id).update(superseded_by=None)
            ids.add(newest.id)
        changed |= ids
    return changed


def replace(conversation: Conversation, new: Entity, old: tuple[str, str], message: Message) -> set[UUID]:
    """What `message` says is no more, by type and normal form, gives way to what it says instead, which
    also takes over what that was said to be, where it is the author's to say.
    """
    type, normal = old
    rows = Entity.objects.filter(conversation=conversation, type=type, normal=normal, removed_at=None)
    former = rows.exclude(id=new.id).first()
    if former is None or new.removed_at:
        return set()
    if former.label and not new.label and former.owner == owner(former.label, message.author_id):
        new.label, new.owner = former.label, former.owner
        Mention.objects.filter(entity=new, message=message, label="").update(label=new.label)
    Entity.objects.filter(id=former.id).update(superseded_by=new)
    Entity.objects.filter(id=new.id).update(superseded_by=None, label=new.label, owner=new.owner)
    return {former.id, new.id}


def free(entities: Iterable[Entity]) -> set[UUID]:
    """What gave way to these holds again, unless another one of its group does: `settle` is next."""
    former = Entity.objects.filter(superseded_by__in=[entity.id for entity in entities], removed_at=None)
    ids = set(former.values_list("id", flat=True))
    Entity.objects.filter(id__in=ids).update(superseded_by=None)
    return ids
