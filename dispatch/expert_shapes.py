"""Shapes of experts: what members see of them, and what who manages them sees and sets."""

from typing import Any, ClassVar

from rest_framework import serializers

from integrations import experts
from integrations.expert_faults import LONGEST_SECRET, LONGEST_TEXT
from integrations.models import Expert


class SkillShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    input = serializers.JSONField(help_text="JSON Schema; {}: anything.")
    output = serializers.JSONField(help_text="JSON Schema; {}: anything.")


class ListedExpert(serializers.ModelSerializer[Expert]):
    """`adapter` is for who manages it, and null for others. The context holds their ids as `managed`."""

    skills = SkillShape(many=True, source="told_skills")
    adapter = serializers.SerializerMethodField(help_text="How it is reached; null unless you manage it.")
    planned = serializers.SerializerMethodField(help_text="Announced, not there yet: nothing can be asked of it.")

    class Meta:
        model = Expert
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            "slug",
            "name",
            "description",
            "skills",
            "adapter",
            "planned",
            "enabled",
            "health",
            "health_at",
            "created_at",
            "updated_at",
        ]

    def to_representation(self, instance: Expert) -> dict[str, Any]:
        instance.told_skills = [skill.as_json() for skill in instance.offers]  # type: ignore[attr-defined]
        return super().to_representation(instance)

    def get_adapter(self, expert: Expert) -> str | None:
        return expert.adapter if expert.id in self.context["managed"] else None

    def get_planned(self, expert: Expert) -> bool:
        return experts.stands_in(expert)


class ExpertFields(serializers.ModelSerializer[Expert]):
    """What may be set. What it may be is `integrations/expert_faults.py`'s to say."""

    description = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)
    skills = serializers.JSONField(required=False, help_text="A list of {name, description, input, output}.")
    adapter = serializers.CharField(required=False, max_length=40, help_text="The name of a registered one.")
    settings = serializers.JSONField(required=False, help_text="As the adapter's JSON Schema has them.")
    secret = serializers.CharField(
        required=False,
        allow_blank=True,
        write_only=True,
        trim_whitespace=False,
        max_length=LONGEST_SECRET,
        help_text='Never shown. "" takes it away.',
    )
    fallback = serializers.UUIDField(required=False, allow_null=True, source="fallback_id", help_text="An expert.")

    class Meta:
        model = Expert
        validators: ClassVar[list[Any]] = []  # DRF's own would tell strangers which slugs a workspace has
        fields: ClassVar[list[str]] = [
            "slug",
            "name",
            "description",
            "skills",
            "adapter",
            "settings",
            "secret",
            "concurrency",
            "timeout",
            "retries",
            "fallback",
            "enabled",
        ]

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        if "fallback_id" in given:
            given["fallback"] = given.pop("fallback_id")
        return given


class NewExpert(ExpertFields):
    workspace = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Null: the installation's, for staff."
    )

    class Meta(ExpertFields.Meta):
        fields: ClassVar[list[str]] = ["workspace", *ExpertFields.Meta.fields]


class DefinitionShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    skills = SkillShape(many=True)
    digest = serializers.CharField(help_text="What `accept/` takes, so that nothing else is accepted.")


class ExpertShape(ExpertFields):
    planned = serializers.SerializerMethodField(help_text="Announced, not there yet: nothing can be asked of it.")
    has_secret = serializers.SerializerMethodField()
    described = DefinitionShape(
        read_only=True,
        allow_null=True,
        help_text="What it says of itself that nobody has agreed to yet. While there is something, it is not asked.",
    )

    class Meta(ExpertFields.Meta):
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            *ExpertFields.Meta.fields,
            "planned",
            "has_secret",
            "secret_until",
            "pinned",
            "described",
            "health",
            "health_detail",
            "health_at",
            "last_used_at",
            "uses",
            "failure_rate",
            "created_at",
            "updated_at",
        ]

    def get_planned(self, expert: Expert) -> bool:
        return experts.stands_in(expert)

    def get_has_secret(self, expert: Expert) -> bool:
        return bool(expert.secret)


class Accepting(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64, help_text="That of `described`, as you saw it.")


class RotatedShape(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="The new one, this once.")
    secret_until = serializers.DateTimeField(allow_null=True, help_text="Until when the one before is taken, too.")
