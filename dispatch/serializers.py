"""Shapes of runs, receipts and events."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatch import places
from dispatch.decision_shapes import RunDecisionShape
from dispatch.models import Run, RunState
from dispatch.socket_frames import TAKEN


class ReceiptShape(serializers.Serializer[Any]):
    message = serializers.UUIDField()
    status = serializers.ChoiceField(
        TAKEN, help_text="Of the message. `quarantined`: it is held for a review, and has no run yet."
    )
    run = serializers.UUIDField(allow_null=True, help_text="Null while there is none.")
    status_url = serializers.CharField(help_text="Where the run is shown; where there is none, the message.")
    stream_position = serializers.CharField(help_text="Follow the conversation's events after this cursor.")


class RunShape(serializers.ModelSerializer[Run]):
    """Findings and the conditions of a decision are for workspace admins and staff; `RunDetail` hides them."""

    class Meta:
        model = Run
        fields: ClassVar[list[str]] = [
            "id",
            "conversation",
            "message",
            "reply",
            "state",
            "position",
            "stopping",
            "attempt",
            "failures",
            "replay_of",
            "decision",
            "audience",
            "handlers",
            "findings",
            "queued_at",
            "started_at",
            "finished_at",
            "error",
            "created_at",
        ]

    decision = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="queued_at")
    stopping = serializers.BooleanField(read_only=True, help_text="Its stop was asked for; it ends within seconds.")
    position = serializers.SerializerMethodField(
        help_text="While it is queued: how many open runs of its conversation it waits for."
    )
    error = serializers.JSONField(read_only=True, help_text="`code` and `detail`; null: none.")
    audience = serializers.CharField(read_only=True, help_text="Who sees its reply.")

    def get_position(self, run: Run) -> int | None:
        return places.ahead_of(run) if run.state == RunState.QUEUED else None

    @extend_schema_field(RunDecisionShape)
    def get_decision(self, run: Run) -> dict[str, Any]:
        return dict(run.decision)


class EventShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The cursor.")
    type = serializers.CharField(help_text="docs/events.md says what `data` is, by type.")
    time = serializers.DateTimeField()
    stream = serializers.CharField()
    conversation = serializers.UUIDField(allow_null=True)
    workspace = serializers.UUIDField(allow_null=True)
    seq = serializers.IntegerField()
    run = serializers.UUIDField(allow_null=True)
    message = serializers.UUIDField(allow_null=True)
    actor = serializers.JSONField()
    request_id = serializers.CharField()
    data = serializers.JSONField()  # type: ignore[assignment]  # the name is the wire's


class EventPage(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = EventShape(many=True)
    head = serializers.CharField(help_text="The newest cursor of the log.")
