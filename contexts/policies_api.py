"""REST: how much handlers know in a workspace, and how long it keeps what was said."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import policies
from contexts.knowledge import ContextPolicy
from security import access, scopes
from security.api import checked, own_user


def _number(name: str, **more: Any) -> serializers.IntegerField:
    least, most = policies.BOUNDS[name]
    field: Any = ContextPolicy._meta.get_field(name)
    return serializers.IntegerField(min_value=least, max_value=most, required=False, help_text=field.help_text, **more)


class PolicyShape(serializers.ModelSerializer[ContextPolicy]):
    messages = _number("messages")
    days = _number("days", allow_null=True)
    tokens = _number("tokens", allow_null=True)
    recalled = _number("recalled")
    retention_days = _number("retention_days", allow_null=True)

    class Meta:
        model = ContextPolicy
        fields: ClassVar[list[str]] = [*policies.BOUNDS, "summary", "entities"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "There is no such field."))
        return attrs


class WorkspacePolicy(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=PolicyShape, summary="How much handlers know here, and how long what was said is kept")
    def get(self, request: Request, id: UUID) -> Response:
        access.require(own_user(request), id, access.READ)
        return Response(PolicyShape(policies.of(id)).data)

    @extend_schema(request=PolicyShape, responses=PolicyShape, summary="Change it; null: as the installation has it")
    def patch(self, request: Request, id: UUID) -> Response:
        access.require(own_user(request), id, access.MANAGE)
        changed = policies.change(id, checked(PolicyShape, request, partial=True))
        return Response(PolicyShape(changed).data)
