"""Shapes of held messages: what a reviewer reads before deciding."""

from typing import ClassVar

from rest_framework import serializers

from contexts.serializers import MessageShape
from dispatch.models import Review
from security.screening_models import KeptFinding


class EvidenceShape(serializers.ModelSerializer[KeptFinding]):
    class Meta:
        model = KeptFinding
        fields: ClassVar[list[str]] = [
            "filter",
            "rule",
            "rule_row",
            "severity",
            "score",
            "action",
            "mode",
            "path",
            "start",
            "end",
            "evidence",
        ]


class ReviewShape(serializers.ModelSerializer[Review]):
    message = MessageShape()
    author = serializers.CharField(
        source="message.author.username", default=None, allow_null=True, help_text="Username; null: who is gone."
    )
    evidence = EvidenceShape(
        many=True, help_text="What filters found, a few words around it; secrets and personal data are masked."
    )
    decided_by = serializers.CharField(
        source="decided_by.username", default=None, allow_null=True, help_text="Username; null: nobody yet, or time."
    )

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = [
            "id",
            "state",
            "workspace",
            "conversation",
            "message",
            "author",
            "evidence",
            "created_at",
            "expires_at",
            "decided_at",
            "decided_by",
        ]
