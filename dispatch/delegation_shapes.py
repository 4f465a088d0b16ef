"""Shapes of delegations, and of what people ask of experts."""

from typing import Any, ClassVar, Final

import orjson
from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contexts.serializers import Strict, check_metadata
from dispatch import delegation_questions, delegations, orders
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import Audience, Priority
from dispatch.orders import Order
from dispatch.submissions import PRIORITIES, check_audience
from integrations.models import LONGEST_TIMEOUT

MOST_ARTIFACTS: Final = 20
MOST_TAGS: Final = 20


def check_size(value: Any) -> None:
    if len(orjson.dumps(value)) > orders.largest():
        raise serializers.ValidationError(f"It takes at most {orders.largest()} bytes.", code="too_large")


def check_constraints(value: Any) -> None:
    if not isinstance(value, dict) or len(orjson.dumps(value)) > settings.METADATA_LIMIT:
        raise serializers.ValidationError(f"This is a JSON object of at most {settings.METADATA_LIMIT} bytes.")
    tags = value.get("tags", [])
    if not isinstance(tags, list) or len(tags) > MOST_TAGS or not all(isinstance(tag, str) for tag in tags):
        raise serializers.ValidationError(f"`tags` is a list of at most {MOST_TAGS} words.")


def check_seen(metadata: Any) -> None:
    if isinstance(metadata, dict) and metadata.get("audience") == Audience.NONE:
        raise serializers.ValidationError("Who asks an expert sees it: the audience is not `none`.")


class ArtifactShape(Strict):
    name = serializers.CharField(max_length=200)
    media_type = serializers.CharField(max_length=100, required=False, help_text="Left out: plain text.")
    text = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=None)


class NewDelegation(Strict):
    """What is asked of an expert that the path names."""

    conversation = serializers.UUIDField(help_text="Where it is done, and where its answer is told.")
    input = serializers.JSONField(validators=[check_size], help_text="As the skill's schema has it.")
    skill = serializers.CharField(max_length=100, default="", allow_blank=True, help_text="Empty: the first that fits.")
    artifacts = serializers.ListField(
        child=ArtifactShape(), max_length=MOST_ARTIFACTS, default=list, validators=[check_size], help_text="Texts."
    )
    priority = serializers.ChoiceField(Priority.choices, default="normal")
    deadline = serializers.FloatField(
        min_value=1,
        max_value=LONGEST_TIMEOUT,
        allow_null=True,
        default=None,
        help_text="Seconds; at most, and by itself, what the expert takes.",
    )
    constraints = serializers.JSONField(
        validators=[check_constraints], default=dict, help_text="For the expert. `tags`: what its skill has to be for."
    )
    metadata = serializers.JSONField(
        validators=[check_metadata, check_audience, check_seen],
        default=dict,
        help_text="Yours. `audience` narrows who sees it and its answer.",
    )

    def order(self, expert: str) -> Order:
        asked = self.validated_data
        return Order(
            expert,
            asked["input"],
            asked["skill"],
            tuple(asked["artifacts"]),
            asked["constraints"],
            PRIORITIES[asked["priority"]],
            asked["deadline"],
        )


class NewTask(NewDelegation):
    """What is asked of whoever has the skill."""

    skill = serializers.CharField(max_length=100)


class AnswerShape(Strict):
    answer = serializers.JSONField(
        required=False, allow_null=True, default=None, help_text="As the question's schema has it."
    )


class QuestionShape(serializers.Serializer[Any]):
    prompt = serializers.CharField()
    schema = serializers.JSONField(help_text="JSON Schema of the answer.")
    prefill = serializers.JSONField(help_text="What the conversation knows of the answer, by field.")


class ChoiceShape(serializers.Serializer[Any]):
    by = serializers.CharField(required=False, help_text="name, skill or fallback.")
    reason = serializers.CharField(required=False)
    instead_of = serializers.CharField(required=False, help_text="The expert that could not.")
    because = serializers.CharField(required=False, help_text="Why it could not.")
    candidates = serializers.ListField(
        child=serializers.JSONField(), required=False, help_text="The best first; for who manages the workspace."
    )


class DelegationShape(serializers.ModelSerializer[Delegation]):
    """One task of an expert. In its context `manages` says whether who reads manages the workspace."""

    expert = serializers.CharField(source="slug", read_only=True, help_text="Its slug.")
    name = serializers.CharField(read_only=True, help_text="The expert's.")
    state = serializers.ChoiceField(DelegationState.choices, read_only=True)
    priority = serializers.SerializerMethodField()
    question = serializers.SerializerMethodField()
    answered_by = serializers.SerializerMethodField(help_text="A user's id, `context` or `expert`.")
    choice = serializers.SerializerMethodField()
    reply = serializers.SerializerMethodField(help_text="The message that its result is.")
    input = serializers.JSONField(read_only=True)
    artifacts = serializers.JSONField(read_only=True)
    constraints = serializers.JSONField(read_only=True)
    metadata = serializers.JSONField(read_only=True)
    output = serializers.JSONField(read_only=True)

    class Meta:
        model = Delegation
        fields: ClassVar[list[str]] = [
            "id", "conversation", "message", "run", "parent", "root", "depth", "expert", "name", "skill", "owner",
            "input", "artifacts", "constraints", "metadata", "priority", "choice", "state", "reason", "detail",
            "progress", "said", "question", "answered_by", "output", "text", "reply", "attempt", "deadline",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_priority(self, delegation: Delegation) -> str:
        return delegations.NAMES.get(delegation.priority, "normal")

    @extend_schema_field(QuestionShape(allow_null=True))
    def get_question(self, delegation: Delegation) -> dict[str, Any] | None:
        return delegation_questions.shown(delegation.question)

    def get_answered_by(self, delegation: Delegation) -> str | None:
        return (delegation.answer or {}).get("by")

    @extend_schema_field(ChoiceShape)
    def get_choice(self, delegation: Delegation) -> dict[str, Any]:
        choice: dict[str, Any] = dict(delegation.choice)
        if not self.context.get("manages"):
            choice.pop("candidates", None)
        return choice

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_reply(self, delegation: Delegation) -> str | None:
        return str(delegation.reply) if delegation.state == DelegationState.COMPLETED else None
