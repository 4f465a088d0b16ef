"""A message as clients send it and see it."""

from typing import Any

from rest_framework import serializers

from tests.bench.stock.models import Message


class MessageSerializer(serializers.ModelSerializer[Message]):
    class Meta:
        model = Message
        fields = ["id", "role", "kind", "text", "metadata", "reply_to", "created_at"]
        read_only_fields = ["role", "reply_to"]


def shown(message: Message) -> dict[str, Any]:
    return dict(MessageSerializer(message).data)
