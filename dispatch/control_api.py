"""REST: stopping a run, and asking again for the answer to a message."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import replays, stopping
from dispatch.api import RunDetail
from dispatch.operations import receipt
from dispatch.serializers import ReceiptShape, RunShape
from project.http import IDEMPOTENCY_KEY
from security import scopes
from security.api import checked, once, own_session, own_user
from security.sessions import Identity


class RetryShape(serializers.Serializer[None]):
    handler = serializers.CharField(
        required=False, default="", max_length=100, help_text="Ask this one alone; for workspace admins and staff."
    )


class RunCancel(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(request=None, responses={202: RunShape}, summary="Stop a run; what was said so far is kept")
    def post(self, request: Request, id: UUID) -> Response:
        stopping.cancel(own_user(request), id)
        return Response(RunDetail().get(request, id).data, status=202)


class MessageRetry(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(
        request=RetryShape,
        responses={202: ReceiptShape},
        parameters=[IDEMPOTENCY_KEY],
        summary="Ask again for the answer to a message: a new run",
    )
    def post(self, request: Request, id: UUID) -> Response:
        sender, asked = Identity(own_user(request), own_session(request)), checked(RetryShape, request)
        answer, headers = once(request, lambda: receipt(replays.retry(sender, id, asked["handler"])))
        return Response(answer, status=202, headers={"Location": f"/api/v1/runs/{answer['run']}/", **headers})
