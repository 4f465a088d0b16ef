"""Shapes of decisions, and of what `dispatch/explain` is asked."""

from typing import Any

from rest_framework import serializers

from dispatch.submissions import SubmissionShape


class ExplainTarget(serializers.Serializer[Any]):
    """Where the message would be sent to, and by whom."""

    workspace = serializers.UUIDField(required=False)
    conversation = serializers.UUIDField(required=False, help_text="Instead of `workspace`.")

    def get_fields(self) -> dict[str, Any]:
        """`as` is a word of Python's own."""
        name = serializers.CharField(max_length=150, required=False, help_text="Username; left out: you.")
        return {**super().get_fields(), "as": name}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("workspace" in attrs) == ("conversation" in attrs):
            raise serializers.ValidationError({"workspace": "Name either a `workspace` or a `conversation`."})
        return attrs


class ExplainShape(ExplainTarget, SubmissionShape):
    """A submission and its target."""


class CandidateShape(serializers.Serializer[Any]):
    """Of a route of the installation staff see all, others no `route` and no `conditions`: they may name strangers."""

    route = serializers.JSONField(required=False, help_text="`id` and `name`.")
    installation = serializers.BooleanField(help_text="It is a route of the installation.")
    matched = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    conditions = serializers.ListField(
        child=serializers.JSONField(), required=False, help_text="Each with `on`, `expected`, `found` and `met`."
    )


class DecisionShape(serializers.Serializer[Any]):
    policy = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField(), help_text="Handlers, in the order of asking.")
    reason = serializers.CharField()
    route = serializers.JSONField(
        help_text="`id` and `name`; null: by the kind, or the installation's, for staff to see."
    )
    audience = serializers.CharField()
    deadline = serializers.FloatField(allow_null=True, help_text="Seconds; null: each handler's own.")
    attempts = serializers.IntegerField()
    priority = serializers.CharField(help_text="Empty: the message's.")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Handlers of the route that are not there."
    )
    candidates = CandidateShape(many=True)
    more = serializers.IntegerField(help_text="Candidates that were looked at and are not kept; the one taken is.")
    ms = serializers.FloatField()
    expert = serializers.CharField(
        required=False, help_text="Slug of the expert that the route or the message names; left out: none."
    )


class ConsultsShape(serializers.Serializer[Any]):
    expert = serializers.CharField(help_text="Slug of who would be asked.")
    name = serializers.CharField(required=False)
    skill = serializers.CharField(required=False)
    choice = serializers.JSONField(required=False, help_text="Why this one: `by`, `reason`, `candidates`.")
    problem = serializers.JSONField(required=False, help_text="Why nobody can be asked: `code`, `detail`.")


class ExplanationShape(DecisionShape):
    consults = ConsultsShape(required=False, help_text="Left out: no expert is asked.")


class RunDecisionShape(DecisionShape):
    """Members see `policy`, `path`, `reason` and `audience`; the rest is for admins and staff. Early runs have none."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields
