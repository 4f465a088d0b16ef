"""REST: your API keys."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from project.errors import NotFound
from security import keyring, sessions
from security.api import checked, own_session, own_user
from security.freshness import require_fresh
from security.key_shapes import KeyShape, KeyWish, NewKeyShape
from security.keyring import Wish
from security.models import ApiKey


@extend_schema_view(
    get=extend_schema(summary="Your API keys that are not revoked, newest first", tags=["auth"]),
)
class KeyList(ListAPIView[ApiKey]):
    serializer_class = KeyShape

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ApiKey.objects.none()
        return keyring.of(own_user(self.request))

    @extend_schema(
        summary="Make an API key; takes a password given within five minutes",
        request=KeyWish,
        responses={201: NewKeyShape},
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        require_fresh(own_session(request))
        asked = checked(KeyWish, request)
        wish = Wish(asked["name"], asked["workspace"], frozenset(asked["scopes"]), asked["expires_at"])
        key, raw = keyring.make(own_session(request), wish)
        return Response({**KeyShape(key).data, "key": raw}, status=201, headers={"Cache-Control": "no-store"})


class KeyDetail(APIView):
    @extend_schema(responses={204: None}, summary="Revoke an API key; what it has open ends", tags=["auth"])
    def delete(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        if not keyring.revoke(keyring.of(user).filter(id=id), "revoked", sessions.by_user(user.id)):
            raise NotFound()
        return Response(status=204)
