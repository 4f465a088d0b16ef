"""Writing down what messages name: one row for each thing, one mention for each place. Under the lock of the log."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from contexts import superseding
from contexts.finds import Find
from contexts.knowledge import Entity, Mention
from contexts.models import Conversation, Message
from contexts.superseding import Group

SEEN: Final = (
    "confidence", "owner", "label", "first_seq", "last_seq", "first_seen", "last_seen", "count", "superseded_by"
)  # fmt: skip

Key = tuple[str, str]


def write(conversation: Conversation, message: Message, finds: Iterable[Find], source: str = "recognised") -> int:
    """Returns how many entities changed that are known, or were.

    Of what begins where something is known already only a handler may say more: a run may end twice.
    """
    known = list(Mention.objects.filter(message=message).values_list("entity", "start", "end"))
    taken = {start for _, start, end in known if end} if source == "recognised" else set()
    new = [one for one in finds if one.start not in taken]
    if not new:
        return 0
    rows, held = _rows(conversation, message, new, source), {entity for entity, _, _ in known}
    if source != "recognised":
        new = [one for one in new if rows[one.key].id not in held]
    changed = _seen(rows, new, message)
    Mention.objects.bulk_create(
        Mention(entity=rows[one.key], message=message, start=one.start, end=one.end, label=one.label) for one in new
    )
    return len(changed | _superseded(conversation, rows, new, message))


def _rows(conversation: Conversation, message: Message, finds: Sequence[Find], source: str) -> dict[Key, Entity]:
    """The row of each find, new ones not yet written. What users corrected leads to what they made of it."""
    wanted = {one.key: one for one in reversed(finds)}
    types, normals = zip(*wanted, strict=True)
    found = Entity.objects.filter(conversation=conversation, type__in=set(types), normal__in=set(normals))
    rows = {(row.type, row.normal): row for row in found.select_related("superseded_by")}
    rows = {key: (row.superseded_by if row.removed_at and row.superseded_by else row) for key, row in rows.items()}
    made = {key: _made(conversation, message, one, source) for key, one in wanted.items() if key not in rows}
    ours = {row.id: row for row in (*made.values(), *rows.values())}  # one row each, whichever way it was found
    return {key: ours[row.id] for key, row in (made | rows).items()}


def _made(conversation: Conversation, message: Message, one: Find, source: str) -> Entity:
    return Entity(
        conversation=conversation,
        type=one.type,
        value=one.value,
        normal=one.normal,
        confidence=one.confidence,
        source=source,
        first_seq=message.seq,
        last_seq=message.seq,
        first_seen=message.created_at,
        last_seen=message.created_at,
    )


def _seen(rows: dict[Key, Entity], finds: Sequence[Find], message: Message) -> set[UUID]:
    for one in finds:
        _see(rows[one.key], one, message)
    touched = {row.id: row for row in (rows[one.key] for one in finds)}
    made = {row.id for row in touched.values() if row._state.adding}
    Entity.objects.bulk_create(row for row in touched.values() if row.id in made)
    Entity.objects.bulk_update([row for row in touched.values() if row.id not in made], SEEN)
    return {id for id, row in touched.items() if row.removed_at is None and row.superseded_by_id is None}


def _see(row: Entity, one: Find, message: Message) -> None:
    row.count += 1
    row.confidence = max(row.confidence, one.confidence)
    row.first_seq, row.last_seq = min(row.first_seq, message.seq), max(row.last_seq, message.seq)
    row.first_seen = min(row.first_seen, message.created_at)
    row.last_seen = max(row.last_seen, message.created_at)
    if one.label and row.removed_at is None:
        row.label, row.owner = one.label, superseding.owner(one.label, message.author_id)
        row.superseded_by = None  # who says so again is right again; what is older is put right by `settle`
    elif one.denied and (one.denied, superseding.owner(one.denied, message.author_id)) == (row.label, row.owner):
        Mention.objects.filter(entity=row, label=row.label).update(label="")
        row.label = row.owner = ""


def _superseded(
    conversation: Conversation, rows: dict[Key, Entity], finds: Sequence[Find], message: Message
) -> set[UUID]:
    """What holds no more, or holds again, after what was said."""
    changed = set[UUID]()
    for one in finds:
        if one.instead:
            changed |= superseding.replace(conversation, rows[one.key], one.instead, message)
    labelled = [rows[one.key] for one in finds if rows[one.key].label]
    return changed | superseding.settle(conversation, {Group(row.type, row.label, row.owner) for row in labelled})
