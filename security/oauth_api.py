"""REST of RFC 7009 and RFC 7662: forms instead of JSON, and OAuth's own form of errors (RFC 6749, section 5.2)."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from project import problems
from project.errors import SwitchboardError, TooMany, Unauthenticated, Unavailable
from project.forms import FormParser
from project.problems import UnsupportedMediaType
from security import introspection, revoking, scopes
from security.api import checked, own_user
from security.scopes import ScopeMissing

FORM: Final = FormParser.media_type
NO_STORE: Final = {"Cache-Control": "no-store"}
CODES: Final = (
    (Unavailable, "temporarily_unavailable"),
    (TooMany, "temporarily_unavailable"),
    (ScopeMissing, "insufficient_scope"),
    (Unauthenticated, "invalid_token"),
)


class TokenForm(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=8000, trim_whitespace=False)
    token_type_hint = serializers.CharField(
        required=False, allow_blank=True, help_text="Not needed: a token tells itself what it is."
    )


class OAuthError(serializers.Serializer[Any]):
    error = serializers.CharField()
    error_description = serializers.CharField()


class Introspection(serializers.Serializer[Any]):
    """Only `active`, false, of a token that is not live, not known, or none of the key's workspace."""

    active = serializers.BooleanField()
    scope = serializers.CharField(required=False, help_text="Separated by spaces.")
    client_id = serializers.UUIDField(required=False, help_text="Of an API key: its id.")
    username = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
    sub = serializers.UUIDField(required=False, help_text="The user.")
    jti = serializers.CharField(required=False)
    iat = serializers.IntegerField(required=False)
    exp = serializers.IntegerField(required=False, help_text="Left out of a key that does not expire.")
    iss = serializers.CharField(required=False)
    aud = serializers.CharField(required=False)


class OAuthView(APIView):
    parser_classes = (FormParser,)

    def handle_exception(self, exc: Exception) -> Any:
        error = problems.translate(exc)
        if error is None:
            return super().handle_exception(exc)  # a fault of ours: it rises
        set_rollback()
        code = next((code for kind, code in CODES if isinstance(error, kind)), "invalid_request")
        status = 400 if isinstance(error, UnsupportedMediaType | problems.Invalid) else error.status
        body = {"error": code, "error_description": _description(error)}
        return Response(body, status=status, headers={**error.headers, **NO_STORE})


class RevokeView(OAuthView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        request={FORM: TokenForm},
        responses={200: None, 400: OAuthError, 503: OAuthError},
        summary="Revoke a token or API key that you hold (RFC 7009); 200 also for what is unknown",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        revoking.revoke(checked(TokenForm, request)["token"])
        return Response(headers=NO_STORE)


class IntrospectView(OAuthView):
    key_scopes = scopes.by(POST=scopes.INTROSPECT)

    @extend_schema(
        request={FORM: TokenForm},
        responses={200: Introspection, 400: OAuthError, 401: OAuthError, 403: OAuthError, 503: OAuthError},
        summary="What a token or key is good for (RFC 7662); takes an API key with `introspect`",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        asker = own_user(request).grant
        if asker is None:
            raise ScopeMissing("This takes an API key with the scope `introspect`.")
        token = checked(TokenForm, request)["token"]
        return Response(introspection.describe(token, asker), headers=NO_STORE)


def _description(error: SwitchboardError) -> str:
    """In the characters that RFC 6749 allows: ASCII without quotation mark and backslash."""
    if isinstance(error, UnsupportedMediaType):
        return f"Send the fields as {FORM}."
    told = "; ".join(f"{one['pointer'].lstrip('/')}: {one['detail']}" for one in error.errors) or error.detail
    return told.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "/")
