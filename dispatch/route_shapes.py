"""Shapes of routes."""

from typing import Any, ClassVar

from django.utils.functional import cached_property
from rest_framework import serializers

from dispatch import routing, switches
from dispatch.models import Route


class RouteFields(serializers.ModelSerializer[Route]):
    """What may be set. What conditions and handlers may be is `dispatch/routes.py`'s to say."""

    conditions = serializers.JSONField(required=False, help_text="All must be met; `{}`: every message.")
    handlers = serializers.JSONField(
        required=False,
        default=list,  # type: ignore[arg-type]  # lists are JSON, too
        help_text="Names, in the order in which they are asked.",
    )
    expert = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=60, help_text="Instead of handlers: an expert's slug."
    )

    class Meta:
        model = Route
        validators: ClassVar[list[Any]] = []  # DRF's own would tell strangers which names a workspace has
        fields: ClassVar[list[str]] = [
            "name",
            "position",
            "enabled",
            "conditions",
            "handlers",
            "expert",
            "policy",
            "audience",
            "deadline",
            "retries",
            "priority",
        ]


class NewRoute(RouteFields):
    workspace = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Null: the installation's, for staff."
    )

    class Meta(RouteFields.Meta):
        fields: ClassVar[list[str]] = ["workspace", *RouteFields.Meta.fields]


class RouteShape(RouteFields):
    broken = serializers.SerializerMethodField(
        help_text="Its handlers that are gone or disabled; its expert, where it is gone, switched off or planned."
    )

    class Meta(RouteFields.Meta):
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            *RouteFields.Meta.fields,
            "broken",
            "created_at",
            "updated_at",
        ]

    def get_broken(self, route: Route) -> list[str]:
        return [*routing.missing(route.handlers, self._off), *routing.unready(route)]

    @cached_property
    def _off(self) -> set[str]:
        """Read once for all routes of a page."""
        return switches.disabled()
