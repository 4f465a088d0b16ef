"""REST: sign-in, sign-out, tickets, me."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from project.errors import Unprocessable
from security import browser, idempotency, preferences, refreshing, scopes, sessions, tickets, tokens
from security.models import Session, User, Workspace
from security.serializers import IssuedTicket, Me, MyPreferences, Refresh, SignIn, TicketRequest, Tokens
from security.staff import device_of
from security.tokens import TokenInvalid


class UnreachableTarget(Unprocessable):
    code = "unreachable_target"
    title = "A ticket opens a stream; this path is none"


class TokenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=SignIn, responses=Tokens, summary="Sign in", tags=["auth"])
    def post(self, request: Request) -> Response:
        asked = checked(SignIn, request)
        if asked["device"] == browser.DEVICE:
            browser.check_origin(request)
        device = device_of(request, asked["device"])
        return _tokens(sessions.sign_in(request, asked["username"], asked["password"], device))


class RefreshView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=Refresh, responses=Tokens, summary="Exchange a refresh token", tags=["auth"])
    def post(self, request: Request) -> Response:
        raw = checked(Refresh, request).get("refresh")
        if raw is None:
            raw = request.COOKIES.get(browser.cookie_name())
            if not raw:
                raise TokenInvalid("Send `refresh`, or the cookie that the sign-in set.")
            browser.check_origin(request)
        return _tokens(refreshing.refresh(raw))


class LogoutView(APIView):
    @extend_schema(request=None, responses={204: None}, summary="End this session", tags=["auth"])
    def post(self, request: Request) -> Response:
        session = own_session(request)
        sessions.end(Session.objects.filter(id=session.id), "logout", sessions.by_user(session.user_id))
        return signed_out()


class TicketView(APIView):
    key_scopes = scopes.by(POST=scopes.READ)  # for streams, which a key may follow

    @extend_schema(request=TicketRequest, responses=IssuedTicket, summary="A ticket for one stream", tags=["auth"])
    def post(self, request: Request) -> Response:
        target = checked(TicketRequest, request)["target"]
        if not (target.startswith("/ws/") or target.endswith("/events/")):
            raise UnreachableTarget("Targets are /ws/v1/ and paths that end in /events/.")
        ticket = tickets.issue(own_session(request), target)
        return Response({"ticket": ticket, "expires_in": int(settings.TICKET_LIFETIME.total_seconds())})


class MeView(APIView):
    key_scopes = scopes.by(GET=scopes.READ, PATCH=scopes.SIGN_IN)  # a key is of one workspace, its user of many

    @extend_schema(responses=Me, summary="Who I am and where I belong", tags=["auth"])
    def get(self, request: Request) -> Response:
        return _me(own_user(request), own_session(request))

    @extend_schema(
        request=MyPreferences,
        responses=Me,
        summary="Say what handlers may know of you",
        description="Fields are set one by one; null takes one away. In a context a conversation's metadata win over "
        "the session's preferences, and those over the user's.",
        tags=["auth"],
    )
    def patch(self, request: Request) -> Response:
        user, session, asked = own_user(request), own_session(request), checked(MyPreferences, request)
        moves, workspace = "active_workspace" in asked, asked.get("active_workspace")
        mine, its = asked.get("preferences", {}), asked.get("session_preferences", {})
        preferences.change(user, session, preferences.Change(mine, its, moves, workspace))
        return _me(user, session)


def checked(shape: type[Serializer[Any]], request: Request, **kwargs: Any) -> dict[str, Any]:
    """The body as `shape` understands it. DRF's ValidationError becomes a 422 with pointers."""
    serializer = shape(data=request.data, **kwargs)
    serializer.is_valid(raise_exception=True)
    valid: dict[str, Any] = serializer.validated_data
    return valid


def own_user(request: Request) -> User:
    """The user of an authenticated request: DRF types it more loosely."""
    if not isinstance(request.user, User):
        raise TokenInvalid()
    return request.user


def own_session(request: Request) -> Session:
    if not isinstance(request.auth, Session):
        raise TokenInvalid()
    return request.auth


def signed_out() -> Response:
    response = Response(status=204)
    browser.forget(response)
    return response


def _me(user: User, session: Session) -> Response:
    workspaces = Workspace.objects.of(user).order_by("id")[:100]
    return Response(Me({"user": user, "session": session, "workspaces": workspaces}).data)


def _tokens(session: Session) -> Response:
    refresh = tokens.issue_refresh(session)
    in_cookie = session.device == browser.DEVICE
    response = Response(
        {
            "access": tokens.issue_access(session),
            "refresh": None if in_cookie else refresh,
            "session": str(session.id),
            "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        }
    )
    if in_cookie:
        browser.keep(response, refresh)
    response["Cache-Control"] = "no-store"
    return response


def once(request: Request, create: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """What `create` makes, once for each `Idempotency-Key` of the request, and the headers that tell a replay.

    :raises KeyReused: when the key came with another body.
    """
    key = request.headers.get("Idempotency-Key")
    answer, replayed = idempotency.once(own_user(request), request.path, key, request.data, create)
    return answer, {"Idempotency-Replayed": "true"} if replayed else {}


def created(request: Request, create: Callable[[], dict[str, Any]]) -> Response:
    answer, headers = once(request, create)
    return Response(answer, status=201, headers=headers)
