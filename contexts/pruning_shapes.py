"""Shapes of pruning."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from rest_framework import serializers

from contexts.pruning import MOST_NAMED, Pruned, Wanted
from contexts.serializers import Strict

MOST_TOKENS: Final = 200_000
MOST_MESSAGES: Final = 1_000_000
MOST_DAYS: Final = 36_500


class PruneShape(Strict):
    """What is to leave the window: whatever any of these names."""

    keep_last = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_MESSAGES, help_text="All but so many of the newest messages."
    )
    older_than = serializers.DateTimeField(required=False, help_text="What was said before this time.")
    older_than_days = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS, help_text="What was said longer ago."
    )
    before = serializers.UUIDField(required=False, help_text="What was said before this message.")
    tokens = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_TOKENS, help_text="All but the newest that fit into so many tokens."
    )
    expired = serializers.BooleanField(
        required=False, help_text="Messages whose `metadata.expires_at` has passed, and expired pins."
    )
    irrelevant_to = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="Of the window, what shares no word with this text, nor does its question or answer. Not stored.",
    )
    messages = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_NAMED)
    restore = serializers.BooleanField(required=False, help_text="Take all prunes back. Alone.")
    dry_run = serializers.BooleanField(default=False, help_text="Say what would leave, and change nothing.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = {name for name, value in attrs.items() if value or type(value) is int} - {"dry_run"}
        if not asked:
            raise serializers.ValidationError("Name what is to leave, or `restore`.")
        if "restore" in asked and len(asked) > 1:
            raise serializers.ValidationError({"restore": "It takes all prunes back, and stands alone."})
        return attrs


def wanted(asked: dict[str, Any]) -> Wanted:
    """Of the two ages the one that takes more."""
    ages = [asked["older_than"]] if "older_than" in asked else []
    if "older_than_days" in asked:
        ages.append(timezone.now() - timedelta(days=asked["older_than_days"]))
    return Wanted(
        keep_last=asked.get("keep_last"),
        older_than=max(ages, default=None),
        before=asked.get("before"),
        tokens=asked.get("tokens"),
        expired=asked.get("expired", False),
        irrelevant_to=asked.get("irrelevant_to", ""),
        messages=tuple(asked.get("messages", ())),
        restore=asked.get("restore", False),
    )


class GoneShape(serializers.Serializer[Any]):
    message = serializers.UUIDField()
    reason = serializers.ChoiceField(
        choices=("count", "age", "before", "budget", "expired", "irrelevant", "named", "restored")
    )


class PrunedShape(serializers.Serializer[Pruned]):
    count = serializers.IntegerField(help_text="Messages that leave, or come back, of those that you may read.")
    tokens = serializers.IntegerField(help_text="Of those of them that a window can show.")
    messages = GoneShape(many=True, help_text=f"The newest of them, {MOST_NAMED} at most.")
    pins = serializers.IntegerField(help_text="Expired pins, which are gone for good.")
    version = serializers.IntegerField(help_text="Of the context, afterwards.")


class VersionShape(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="Of the context, from now on.")
