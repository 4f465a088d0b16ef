"""REST: changing the own password, and giving it once more."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from security import freshness, passwords
from security.api import checked, own_session
from security.serializers import Freshness, GivenPassword, NewPassword


class PasswordView(APIView):
    @extend_schema(
        request=NewPassword,
        responses={204: None},
        summary="Change your password",
        description="Ends your other sessions; this one and your API keys go on.",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        asked = checked(NewPassword, request)
        passwords.change(request, own_session(request), asked["current"], asked["new"])
        return Response(status=204)


class FreshView(APIView):
    @extend_schema(
        request=GivenPassword,
        responses=Freshness,
        summary="Give your password once more",
        description="What cannot be undone answers 403 `fresh_authentication_required` without it.",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        freshness.confirm(request, own_session(request), checked(GivenPassword, request)["password"], "/password")
        fresh_until = timezone.now() + timedelta(seconds=settings.FRESH_SECONDS)
        return Response(Freshness({"fresh_until": fresh_until}).data)
