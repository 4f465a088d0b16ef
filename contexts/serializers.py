"""Shapes of conversations and messages."""

from typing import Any, ClassVar

import orjson
from django.conf import settings
from rest_framework import serializers

from contexts.models import Conversation, Message


def check_metadata(value: Any) -> Any:
    if not isinstance(value, dict):
        raise serializers.ValidationError("Metadata is a JSON object.")
    if len(orjson.dumps(value)) > settings.METADATA_LIMIT:
        raise serializers.ValidationError(f"Metadata takes at most {settings.METADATA_LIMIT} bytes.")
    return value


class Strict(serializers.Serializer[Any]):
    """Of fields that there are not it says so, rather than passing them over."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "There is no such field."))
        return super().to_internal_value(data)


class ConversationShape(serializers.ModelSerializer[Conversation]):
    archived = serializers.SerializerMethodField()
    message_count = serializers.IntegerField(
        source="public_count", read_only=True, help_text="Of those that everybody may read."
    )

    class Meta:
        model = Conversation
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            "title",
            "policy",
            "metadata",
            "archived",
            "context_version",
            "message_count",
            "created_at",
            "updated_at",
        ]

    def get_archived(self, conversation: Conversation) -> bool:
        return conversation.archived_at is not None


class ConversationFields(serializers.ModelSerializer[Conversation]):
    metadata = serializers.JSONField(required=False, validators=[check_metadata])

    class Meta:
        model = Conversation
        fields: ClassVar[list[str]] = ["title", "policy", "metadata"]


class NewConversation(ConversationFields):
    workspace = serializers.UUIDField()

    class Meta(ConversationFields.Meta):
        fields: ClassVar[list[str]] = ["workspace", "title", "policy", "metadata"]


class ConversationChange(ConversationFields):
    archived = serializers.BooleanField(required=False)

    class Meta(ConversationFields.Meta):
        fields: ClassVar[list[str]] = ["title", "policy", "metadata", "archived"]


class MessageShape(serializers.ModelSerializer[Message]):
    class Meta:
        model = Message
        fields: ClassVar[list[str]] = [
            "id",
            "conversation",
            "seq",
            "role",
            "kind",
            "text",
            "parts",
            "metadata",
            "status",
            "author",
            "reply_to",
            "run",
            "visible_to",
            "created_at",
            "edited_at",
        ]
