"""REST: where experts answer later. Nobody signs in here: the address names a delegation, the signature its expert."""

from collections.abc import Mapping
from typing import IO, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import callback_answers, delegation_states
from dispatch.delegation_models import DelegationState
from integrations import wire


class SignedParser(BaseParser):
    """Bytes as they came: the signature is of them."""

    media_type = "application/json"

    def parse(  # type: ignore[override]  # the framework itself takes whatever comes
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return stream.read()


class CallbackShape(serializers.Serializer[None]):
    """Fields by `state`, as in the answer to a task: docs/experts.md."""

    delegation = serializers.UUIDField(help_text="The task's: the signature is of the body, not of the address.")
    state = serializers.ChoiceField(choices=wire.STATES)
    output = serializers.JSONField(required=False)
    text = serializers.CharField(required=False)
    artifacts = serializers.ListField(child=serializers.JSONField(), required=False)
    progress = serializers.FloatField(required=False, min_value=0, max_value=1)
    prompt = serializers.CharField(required=False)
    schema = serializers.JSONField(required=False)
    known = serializers.DictField(child=serializers.CharField(), required=False)
    reason = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class CallbackTaken(serializers.Serializer[None]):
    delegation = serializers.UUIDField()
    state = serializers.ChoiceField(choices=DelegationState.choices)


class Callback(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (SignedParser,)

    @extend_schema(
        request=CallbackShape,
        responses={200: CallbackTaken, 202: CallbackTaken},
        summary="What an expert says of its task, signed by Standard Webhooks; 202 while it goes on",
        tags=["callbacks"],
    )
    def post(self, request: Request, token: str) -> Response:
        raw = request.data if isinstance(request.data, bytes) else b""
        delegation = callback_answers.take(token, request.headers, raw)
        going_on = delegation.state in delegation_states.AT_WORK
        answer = {"delegation": str(delegation.id), "state": delegation.state}
        return Response(answer, status=202 if going_on else 200)
