"""Shapes of entities."""

from typing import ClassVar

from rest_framework import serializers

from contexts.finds import TYPES
from contexts.knowledge import VALUE_LENGTH, Entity, Mention
from contexts.serializers import Strict


class MentionShape(serializers.ModelSerializer[Mention]):
    class Meta:
        model = Mention
        fields: ClassVar[list[str]] = ["message", "start", "end"]


class EntityShape(serializers.ModelSerializer[Entity]):
    owner = serializers.SerializerMethodField(help_text="The user whose it is said to be.")
    corrected = serializers.SerializerMethodField()
    mentions = MentionShape(
        many=True, read_only=True, source="shown", help_text="The newest 20: code points of the messages' texts."
    )

    class Meta:
        model = Entity
        fields: ClassVar[list[str]] = [
            "id",
            "conversation",
            "type",
            "value",
            "normal",
            "label",
            "confidence",
            "owner",
            "source",
            "first_seen",
            "last_seen",
            "count",
            "pinned",
            "corrected",
            "superseded_by",
            "mentions",
        ]

    def get_owner(self, entity: Entity) -> str | None:
        return entity.owner or None

    def get_corrected(self, entity: Entity) -> bool:
        return entity.corrected_at is not None


class EntityChange(Strict):
    value = serializers.CharField(required=False, max_length=VALUE_LENGTH)
    type = serializers.ChoiceField(TYPES, required=False)
    pinned = serializers.BooleanField(required=False)
