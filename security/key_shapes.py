"""Shapes of API keys."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from security.models import NEVER
from security.scopes import SCOPES


class KeyWish(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, help_text="For you, to know it again.")
    workspace = serializers.UUIDField(help_text="The one that the key reaches.")
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), min_length=1, max_length=20)
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Left out or null: when it is revoked."
    )

    def validate_expires_at(self, expires_at: datetime | None) -> datetime | None:
        if expires_at is not None and not timezone.now() < expires_at < NEVER:
            raise serializers.ValidationError("This is a time to come, or null for a key that does not expire.")
        return expires_at


class KeyShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins.")
    workspace = serializers.UUIDField(source="workspace_id")
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    created_at = serializers.DateTimeField()


class NewKeyShape(KeyShape):
    key = serializers.CharField(help_text="The key itself, this once: it is not stored.")
