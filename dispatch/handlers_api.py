"""REST: the handlers there are, and their switches for staff."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import catalogue, switches
from project.errors import Forbidden
from security import scopes
from security.api import checked, own_user
from security.models import User


class CountsShape(serializers.Serializer[Any]):
    """Of the last 24 hours: of all calls for staff, of those in their workspaces for others."""

    calls = serializers.IntegerField()
    failed = serializers.IntegerField()
    abandoned = serializers.IntegerField(help_text="Calls that nobody waited for any more.")
    error_rate = serializers.FloatField(allow_null=True, help_text="From 0 to 1; null without calls.")
    average_ms = serializers.IntegerField(allow_null=True)
    slowest_ms = serializers.IntegerField(allow_null=True)
    last_called = serializers.DateTimeField(allow_null=True)


class HandlerShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    priority = serializers.IntegerField(help_text="The highest is asked first.")
    timeout = serializers.FloatField(help_text="Seconds.")
    description = serializers.CharField()
    concurrency = serializers.IntegerField(
        allow_null=True, help_text="Runs at a time that may ask it, in all processes together; null: any number."
    )
    enabled = serializers.BooleanField()
    schemas = serializers.DictField(
        child=serializers.JSONField(), help_text="By kind, the JSON Schema of a message's `parts`."
    )
    counts = CountsShape()


class HandlerChange(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(required=False)
    concurrency = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=switches.MOST,
        help_text="null: what its code says.",
    )


class HandlerList(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=HandlerShape(many=True), summary="What answers which kinds")
    def get(self, request: Request) -> Response:
        return Response(HandlerShape(catalogue.entries(own_user(request)), many=True).data)


class HandlerDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=HandlerShape, summary="One handler")
    def get(self, request: Request, name: str) -> Response:
        return Response(HandlerShape(catalogue.entry(name, own_user(request))).data)

    @extend_schema(request=HandlerChange, responses=HandlerShape, summary="Enable, disable or limit it (staff)")
    def patch(self, request: Request, name: str) -> Response:
        user = own_user(request)
        _check_may_switch(user)
        switches.change(user.id, name, checked(HandlerChange, request))
        return Response(HandlerShape(catalogue.entry(name, user)).data)


def _check_may_switch(user: User) -> None:
    if not (user.is_staff and user.has_perm("dispatch.change_handlerswitch")):
        raise Forbidden("Handlers are switched by staff who may change handlers.")
