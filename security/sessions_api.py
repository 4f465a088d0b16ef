"""REST: my sessions, and the end of one or of all."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from project.errors import NotFound
from security import sessions
from security.api import own_session, own_user, signed_out
from security.models import Session, User

SIGNED_IN = ("token", "admin")  # API keys are programs', and go on: `auth/keys` has them


class OwnSession(serializers.ModelSerializer[Session]):
    current = serializers.SerializerMethodField(help_text="It is the one that asks.")

    class Meta:
        model = Session
        fields: ClassVar[list[str]] = [
            *("id", "kind", "device", "user_agent", "address", "current"),
            *("created_at", "last_used_at", "idle_until", "expires_at"),
        ]

    def get_current(self, session: Session) -> bool:
        return bool(session.id == self.context["request"].auth.id)


@extend_schema_view(get=extend_schema(summary="Where you are signed in, newest first", tags=["auth"]))
class SessionList(ListAPIView[Session]):
    serializer_class = OwnSession

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return _signed_in(own_user(self.request)).live()


class SessionDetail(APIView):
    @extend_schema(responses={204: None}, summary="End one of your sessions, on whichever device", tags=["auth"])
    def delete(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        if not sessions.end(_signed_in(user).filter(id=id), "ended_by_user", sessions.by_user(user.id)):
            raise NotFound()
        return signed_out() if own_session(request).id == id else Response(status=204)


class LogoutAllView(APIView):
    @extend_schema(request=None, responses={204: None}, summary="End all of your sessions", tags=["auth"])
    def post(self, request: Request) -> Response:
        user = own_user(request)
        sessions.end(_signed_in(user), "logout_all", sessions.by_user(user.id))
        return signed_out()


def _signed_in(user: User) -> Any:
    return Session.objects.filter(user=user, kind__in=SIGNED_IN)
