"""Shapes of rules, and of what a rule would have found."""

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatch import disclosure, whatif
from security import rulebook, verdicts
from security.rule_faults import LONGEST_LIST, LONGEST_SAMPLE
from security.screening_models import Rule
from security.verdicts import Counts


class RuleFields(serializers.ModelSerializer[Rule]):
    """What may be set. What expressions and kinds may be is `security/rule_faults.py`'s to say."""

    expression = serializers.CharField(
        max_length=LONGEST_LIST,
        trim_whitespace=False,
        help_text="The pattern, or the words or phrases, one a line.",
    )
    kinds = serializers.JSONField(required=False, help_text="A list of kinds of message; [] is all.")
    severity = serializers.ChoiceField(choices=["low", "medium", "high"], required=False, default="medium")
    sample = serializers.CharField(
        max_length=LONGEST_SAMPLE, trim_whitespace=False, help_text="A text that the rule must find."
    )

    class Meta:
        model = Rule
        validators: ClassVar[list[Any]] = []  # DRF's own would tell strangers which names a workspace has
        fields: ClassVar[list[str]] = [
            "name",
            "form",
            "expression",
            "reads",
            "kinds",
            "action",
            "severity",
            "message",
            "mode",
            "sample",
        ]


class NewRule(RuleFields):
    workspace = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Null: the installation's, for staff."
    )

    class Meta(RuleFields.Meta):
        fields: ClassVar[list[str]] = ["workspace", *RuleFields.Meta.fields]


class RuleCounts(serializers.Serializer[Any]):
    enforced_day = serializers.IntegerField(help_text="Findings of the last 24 hours that had their effect.")
    shadow_day = serializers.IntegerField()
    enforced_week = serializers.IntegerField(help_text="Of the last 7 days.")
    shadow_week = serializers.IntegerField()
    wrong = serializers.IntegerField(help_text="How many of its findings were called wrong, ever.")
    right = serializers.IntegerField()


class CountedRules(serializers.ListSerializer[Any]):
    """The counts of all rules of a page, read together, as far as the user in the context is told of findings."""

    def to_representation(self, data: Any) -> list[Any]:
        rows, shape = list(data), cast(RuleShape, self.child)
        shape.met = verdicts.counted([rule.id for rule in rows], disclosure.told(self.context["user"]))
        return super().to_representation(rows)


class RuleShape(RuleFields):
    broken = serializers.SerializerMethodField(help_text="Whether it cannot be read: it finds nothing, and says so.")
    counts = serializers.SerializerMethodField()
    met: dict[UUID, Counts]

    class Meta(RuleFields.Meta):
        list_serializer_class = CountedRules
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            *RuleFields.Meta.fields,
            "version",
            "broken",
            "counts",
            "created_by",
            "created_at",
            "updated_at",
        ]

    def get_broken(self, rule: Rule) -> bool:
        return rulebook.is_broken(rule)

    @extend_schema_field(RuleCounts)
    def get_counts(self, rule: Rule) -> dict[str, int]:
        return dict(RuleCounts(self.met.get(rule.id, verdicts.NONE)).data)


class ListedRule(RuleShape):
    """Without the expression, which may be a long list: one rule tells its own."""

    class Meta(RuleShape.Meta):
        fields: ClassVar[list[str]] = [name for name in RuleShape.Meta.fields if name != "expression"]


class Trying(RuleFields):
    """A rule as it is, as it would be after a change, or one that is not there yet."""

    rule = serializers.UUIDField(required=False, help_text="One that is there; other fields are changes to it.")
    workspace = serializers.UUIDField(required=False, allow_null=True, default=None)
    messages = serializers.IntegerField(
        min_value=1, max_value=whatif.MOST, required=False, default=whatif.USUAL, help_text="How many, newest first."
    )

    class Meta(RuleFields.Meta):
        fields: ClassVar[list[str]] = ["rule", "workspace", "messages", *RuleFields.Meta.fields]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "rule" not in attrs and "expression" not in attrs:
            raise serializers.ValidationError({"expression": "Name a `rule`, or give an `expression` to try."})
        return attrs


class ExampleShape(serializers.Serializer[Any]):
    message = serializers.UUIDField()
    conversation = serializers.UUIDField()
    role = serializers.CharField()
    created_at = serializers.DateTimeField()
    evidence = serializers.CharField(help_text="A few words around it, with secrets and personal data masked.")
    likely_false = serializers.BooleanField()


class TrialShape(serializers.Serializer[Any]):
    wanted = serializers.IntegerField()
    looked_at = serializers.IntegerField(help_text="Messages, as far as 5 seconds went.")
    complete = serializers.BooleanField(help_text="False: the time was over before all were looked at.")
    read = serializers.IntegerField(help_text="Of those, the ones of the rule's kinds and directions.")
    hits = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the messages read, 0 to 1.")
    by_role = serializers.DictField(child=serializers.IntegerField())
    ms_median = serializers.FloatField(help_text="Of the rule alone, for one message.")
    ms_p99 = serializers.FloatField()
    likely_false = serializers.IntegerField(
        help_text="Hits that staff called wrong, or where nothing else was found in the message and of its author."
    )
    called_wrong = serializers.IntegerField()
    examples = ExampleShape(many=True)
