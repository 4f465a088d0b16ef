"""What people change about entities: right them, pin them, take them out. Each is told, and none is undone by what is
recognised later.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contexts import changes, entities, normals, scenes, superseding
from contexts.knowledge import VALUE_LENGTH, Entity, Mention
from contexts.models import Conversation
from contexts.superseding import Group
from contexts.unlearning import recount
from project import log
from project.errors import NotFound
from security import findings, limits, refusal, screening
from security.findings import Found
from security.material import LABELS, Material
from security.models import User
from security.screening import Action, Verdict


@dataclass(frozen=True)
class Worded:
    """A value as it is stored, and what the filters said of it."""

    value: str
    material: Material
    verdict: Verdict


def find(conversation: Conversation, id: UUID) -> Entity:
    """:raises NotFound: also for one that was removed."""
    found: Entity | None = Entity.objects.filter(conversation=conversation, id=id, removed_at=None).first()
    if found is None:
        raise NotFound()
    return found


def correct(user: User, conversation: Conversation, id: UUID, fields: dict[str, Any]) -> Entity:
    """Set `value`, `type` or `pinned`. Where it becomes what another one is, the two are one from then on.

    :raises NotFound: for one that is not there. :raises SecretValue: for a number that is kept nowhere.
    :raises UnreadableValue: for what nobody could read.
    :raises MessageBlocked: or a sibling, for a value that filters refuse, or want to have reviewed.
    """
    find(conversation, id)
    worded = _read(user, conversation, fields["value"]) if "value" in fields else None
    with transaction.atomic():
        log.lock(conversation.stream)
        entity = find(conversation, id)
        if worded:
            findings.keep(worded.verdict, worded.material, Found(conversation.id))
        changed = _reworded(user, conversation, entity, worded.value if worded else entity.value, fields.get("type"))
        if fields.get("pinned", entity.pinned) != entity.pinned:
            entity.pinned, changed = fields["pinned"], True
            entity.save(update_fields=["pinned"])
        if changed:
            _tell(user, conversation, 1)
        entity.refresh_from_db()
    return entity


def remove(user: User, conversation: Conversation, id: UUID) -> None:
    """It is known no more, and is not recognised again. What gave way to it holds again.

    :raises NotFound: for one that is not there.
    """
    with transaction.atomic():
        log.lock(conversation.stream)
        entity = find(conversation, id)
        entity.removed_at, entity.superseded_by, entity.pinned = timezone.now(), None, False
        entity.save(update_fields=["removed_at", "superseded_by", "pinned"])
        freed = superseding.free([entity])
        settled = superseding.settle(conversation, [_group(entity)] if entity.label else [])
        _tell(user, conversation, len({id} | freed | settled))


def _read(user: User, conversation: Conversation, value: str) -> Worded:
    """Nobody could hold it for a review: asked for one, it is refused. What leaves findings counts as a message."""
    normals.check(value)
    material = Material(value, (), user.id, conversation.workspace_id, {}, LABELS)
    verdict = screening.screen(material)
    if verdict.action in (Action.BLOCK, Action.QUARANTINE):
        refusal.refuse(verdict, material, Found(conversation.id), user.id)
    if verdict.findings:
        limits.spend("messages", user.id, *settings.LIMITS["messages"])
    return Worded(" ".join(verdict.shown(material).text.split())[:VALUE_LENGTH], material, verdict)


def _reworded(user: User, conversation: Conversation, entity: Entity, value: str, type: str | None) -> bool:
    before = entity.type, entity.value, entity.normal
    type = type or entity.type
    if (type, value) == before[:2]:
        return False
    scene = scenes.by(user, conversation, timezone.now())
    normal = normals.of(type, value, scene)
    key_changed = (type, normal) != (before[0], before[2])
    said = [Mention(message_id=one.message_id, start=one.start, end=one.end) for one in entity.mentions.all()]
    if key_changed:
        _absorb(conversation, entity, type, normal)
    group = _group(entity)
    if type != before[0] and not normals.fits(type, value, scene):
        _unlabel(entity)
    entity.type, entity.value, entity.normal = type, value, normal
    entity.source, entity.confidence, entity.corrected_at = "user", 1.0, timezone.now()
    entity.save(update_fields=["type", "value", "normal", "source", "confidence", "corrected_at", "label", "owner"])
    if key_changed:
        _remember(entity, before, said)
    superseding.settle(conversation, {one for one in (group, _group(entity)) if one.label})
    return True


def _absorb(conversation: Conversation, entity: Entity, type: str, normal: str) -> None:
    """What has the new form already becomes part of the entity: its mentions, its pin, and what gave way to it."""
    other = Entity.objects.filter(conversation=conversation, type=type, normal=normal).first()
    if other is None:
        return
    ours = Mention.objects.filter(entity=entity).values("message", "start")
    for said in ours:
        Mention.objects.filter(entity=other, **said).delete()
    if other.removed_at is None:
        Mention.objects.filter(entity=other).update(entity=entity)
        Entity.objects.filter(id=entity.id).update(pinned=entity.pinned or other.pinned)
    Entity.objects.filter(~Q(id=entity.id), superseded_by=other).update(superseded_by=entity)
    Entity.objects.filter(id=entity.id, superseded_by=other).update(superseded_by=None)
    other.delete()
    entity.refresh_from_db()
    recount([entity])


def _unlabel(entity: Entity) -> None:
    """What is no e-mail address is nobody's e-mail address."""
    entity.label = entity.owner = ""
    Mention.objects.filter(entity=entity).update(label="")


def _remember(entity: Entity, before: tuple[str, str, str], said: list[Mention]) -> None:
    """What is recognised as before is the corrected one: a row that is removed, and leads to it. It goes with the
    messages that named it so.
    """
    type, value, normal = before
    former = Entity.objects.create(
        conversation=entity.conversation,
        type=type,
        value=value,
        normal=normal,
        first_seen=entity.first_seen,
        last_seen=entity.last_seen,
        removed_at=timezone.now(),
        superseded_by=entity,
    )
    for one in said:
        one.entity = former
    Mention.objects.bulk_create(said)


def _group(entity: Entity) -> Group:
    return Group(entity.type, entity.label, entity.owner)


def _tell(user: User, conversation: Conversation, count: int) -> None:
    about = log.About(conversation.workspace_id, actor={"kind": "user", "id": str(user.id)})
    changes.change(conversation, about, {"entities": count}, entities=entities.of(conversation.id))
