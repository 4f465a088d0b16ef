"""Shapes of the items of a context."""

from typing import Any

from rest_framework import serializers

from contexts.models import MessageRole


class KnownMessage(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    role = serializers.ChoiceField(choices=MessageRole.choices)
    kind = serializers.CharField()
    author = serializers.CharField(help_text="A username, or the role of what is no user's.")
    text = serializers.CharField()
    parts = serializers.ListField(child=serializers.DictField())
    metadata = serializers.DictField()
    reply_to = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    tokens = serializers.IntegerField()
    shortened = serializers.BooleanField(help_text="It is cut, and its text says so.")


class PinShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="Null: a note of the system.")
    message = KnownMessage(allow_null=True)
    text = serializers.CharField(help_text="Of a note; empty where a message is pinned.")
    tokens = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)


class SummaryShape(serializers.Serializer[Any]):
    text = serializers.CharField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    messages = serializers.IntegerField(help_text="How many it stands for.")
    tokens = serializers.IntegerField()
    made_by = serializers.CharField()


class KnownEntity(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    type = serializers.CharField()
    value = serializers.CharField()
    normal = serializers.CharField()
    confidence = serializers.FloatField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    count = serializers.IntegerField()
    pinned = serializers.BooleanField()
    owner = serializers.CharField(help_text="The user whose it is said to be, or empty.")
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name
    tokens = serializers.IntegerField()


class RecalledShape(serializers.Serializer[Any]):
    message = KnownMessage()
    score = serializers.FloatField()
    terms = serializers.ListField(child=serializers.CharField())
    tokens = serializers.IntegerField()


class ParticipantShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()


class AskerShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    preferences = serializers.DictField()
    session_preferences = serializers.DictField()
    active_workspace = serializers.UUIDField(allow_null=True, help_text="This one; null where another one is.")
    risk = serializers.IntegerField()
