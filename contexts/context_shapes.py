"""Shapes of a context as it is shown, of what is asked of it, and of what is changed in it."""

from typing import Any, Final

from django.utils import timezone
from rest_framework import serializers

from contexts import pins, viewing
from contexts.known_shapes import (
    AskerShape,
    KnownEntity,
    KnownMessage,
    ParticipantShape,
    PinShape,
    RecalledShape,
    SummaryShape,
)
from contexts.serializers import Strict, check_metadata

ABOUT_LENGTH: Final = 4000


class LookShape(serializers.Serializer[Any]):
    message = serializers.UUIDField(
        required=False, help_text="What its answer would know now; without it, that of your next message."
    )
    about = serializers.CharField(
        required=False, max_length=ABOUT_LENGTH, help_text="What your next message would say: older ones that matter."
    )
    audience = serializers.ChoiceField(
        choices=[viewing.TO_ALL, viewing.TO_SENDER], required=False, help_text="Who would read the answer."
    )
    explain = serializers.BooleanField(required=False, default=False, help_text="Why each item is in, and what is not.")


class ZonedTime(serializers.DateTimeField):
    """Nobody guesses in which zone it was meant."""

    def enforce_timezone(self, value: Any) -> Any:
        if timezone.is_naive(value):
            raise serializers.ValidationError("A time names its zone.", code="invalid_expires_at")
        return super().enforce_timezone(value)


class PinWish(Strict):
    message = serializers.UUIDField(required=False)
    text = serializers.CharField(required=False, max_length=pins.LONGEST, help_text="A note, in place of a message.")
    expires_at = ZonedTime(required=False, allow_null=True, default=None)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if ("message" in wish) == ("text" in wish):
            raise serializers.ValidationError("Name a message, or write a text; not both.")
        return wish

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This time has passed.")
        return value


class ContextChange(Strict):
    pin = serializers.ListField(child=PinWish(), required=False, max_length=pins.MOST)
    unpin = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=100,
        help_text="Ids of pins; unknown ones are no error.",
    )
    metadata = serializers.JSONField(
        required=False, validators=[check_metadata], help_text="Fields to set; null takes one away, others stay."
    )


class OriginShape(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="cache, or rows: made just now.")
    bytes = serializers.IntegerField()
    made_at = serializers.DateTimeField(allow_null=True, help_text="When the snapshot was kept.")


class ItemShape(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="message, pin, system_note, summary, entity or recalled.")
    id = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    why = serializers.CharField()
    tokens = serializers.IntegerField()
    source = serializers.CharField(help_text="cache or rows.")  # type: ignore[assignment]  # DRF has an attribute of that name
    messages = serializers.ListField(child=serializers.UUIDField())


class OmissionShape(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="messages, pins, entities or summary.")
    why = serializers.CharField(help_text="A word.")
    says = serializers.CharField(help_text="The same as a sentence.")
    count = serializers.IntegerField()
    messages = serializers.ListField(child=serializers.UUIDField(), help_text="Some of them, where they are at hand.")


class ExplainedShape(serializers.Serializer[Any]):
    items = ItemShape(many=True)
    left_out = OmissionShape(many=True)


class ContextShape(serializers.Serializer[Any]):
    conversation = serializers.UUIDField(source="context.conversation")
    version = serializers.IntegerField(source="context.version")
    title = serializers.CharField(source="context.title")
    budget = serializers.IntegerField(source="context.budget", help_text="Tokens, at most.")
    tokens = serializers.IntegerField(source="context.tokens", help_text="Of all items together.")
    total = serializers.IntegerField(source="context.total", help_text="Messages before the one to be answered.")
    left_out = serializers.IntegerField(
        source="context.left_out", help_text="How many of them are not shown as messages."
    )
    messages = KnownMessage(source="context.messages", many=True)
    pinned = PinShape(source="context.pinned", many=True)
    summary = SummaryShape(source="context.summary", allow_null=True)
    entities = KnownEntity(source="context.entities", many=True)
    recalled = RecalledShape(source="context.recalled", many=True)
    participants = ParticipantShape(source="context.participants", many=True)
    metadata = serializers.DictField(source="context.metadata")
    metadata_from = serializers.DictField(
        child=serializers.ChoiceField(choices=["conversation", "session", "user"]),
        help_text="Where each field of `metadata` is from: the conversation's win over the session's over the user's.",
    )
    asker = AskerShape(source="context.asker", allow_null=True)
    risk = serializers.IntegerField(source="context.risk", help_text="0 to 100.")
    source = OriginShape(source="origin")  # type: ignore[assignment]  # DRF has an attribute of that name
    explained = ExplainedShape(allow_null=True, help_text="Null, unless `explain` asked for it.")
