"""REST: asking experts, and what becomes of it."""

from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import conversations
from contexts.models import Conversation
from dispatch import delegating, delegation_input, delegation_states
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.delegation_shapes import AnswerShape, DelegationShape, NewDelegation, NewTask
from project.errors import Unprocessable
from project.http import IDEMPOTENCY_KEY
from security import access, scopes
from security.api import checked, once, own_session, own_user
from security.models import User
from security.sessions import Identity

OPEN: Final = "open"


class BadState(Unprocessable):
    code = "invalid_filter"
    title = f"`state` is some of {', '.join(DelegationState.values)}, with commas between them, or `open`"


class ExpertDelegations(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(
        request=NewDelegation,
        responses={202: DelegationShape},
        parameters=[IDEMPOTENCY_KEY],
        summary="Ask an expert; its answer becomes a message of the conversation",
    )
    def post(self, request: Request, slug: str) -> Response:
        return _asked(request, NewDelegation(data=request.data), slug)


class SkillDelegations(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(
        request=NewTask,
        responses={202: DelegationShape},
        parameters=[IDEMPOTENCY_KEY],
        summary="Ask whoever has a skill; `choice` says who was chosen and why",
    )
    def post(self, request: Request) -> Response:
        return _asked(request, NewTask(data=request.data), "")


@extend_schema_view(
    get=extend_schema(
        summary="What experts were asked in a conversation, newest first",
        parameters=[
            OpenApiParameter("state", str, description="Some states, with commas between them; `open`: not ended yet.")
        ],
    )
)
class ConversationDelegations(ListAPIView[Delegation]):
    serializer_class = DelegationShape
    key_scopes = scopes.by(GET=scopes.READ)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Delegation.objects.none()
        user = own_user(self.request)
        rows = Delegation.objects.filter(user.reader.rows, conversation=self._conversation(user))
        asked = self.request.query_params.get("state")
        return rows.filter(state__in=_states(asked)) if asked else rows

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        user = own_user(self.request)
        return context | {"manages": _manages(user, self._conversation(user))}

    def _conversation(self, user: User) -> Conversation:
        return conversations.find(user, self.kwargs["id"])


class DelegationDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=DelegationShape, summary="One task of an expert: its state, and what came of it")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_shown(own_user(request), id))


class DelegationCancel(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(request=None, responses={202: DelegationShape}, summary="Stop it; the expert is told")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        delegating.cancel(user, id)
        return Response(_shown(user, id), status=202)


class DelegationInput(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(
        request=AnswerShape,
        responses={202: DelegationShape},
        summary="Answer what the expert asks, or say that you have signed in; the first answer wins",
    )
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        delegating.find(user, id, access.CHAT)
        given = delegation_input.read(user, id, checked(AnswerShape, request)["answer"])
        delegation_input.give(given, user)
        return Response(_shown(user, id), status=202)


def _asked(request: Request, shape: NewDelegation, slug: str) -> Response:
    """Filters read it before the key is looked at: what they find is written down, whatever becomes of the request.

    A retry is shown how it stands by now: the record of a key holds no text.
    """
    shape.is_valid(raise_exception=True)
    asker, asked = Identity(own_user(request), own_session(request)), shape.validated_data
    wish = delegating.read(asker.user, asked["conversation"], shape.order(slug), asked["metadata"])
    answer, headers = once(request, lambda: {"id": str(delegating.make(wish, asker).id)})
    headers = {"Location": f"/api/v1/delegations/{answer['id']}/", **headers}
    return Response(_shown(asker.user, UUID(answer["id"])), status=202, headers=headers)


def _shown(user: User, id: UUID) -> dict[str, Any]:
    found = delegating.find(user, id)
    return dict(DelegationShape(found, context={"manages": _manages(user, found.conversation)}).data)


def _manages(user: User, conversation: Conversation) -> bool:
    return user.is_staff or access.require(user, conversation.workspace_id, access.READ).role in access.MANAGE


def _states(text: str) -> set[str]:
    asked = set(text.split(","))
    if OPEN in asked:
        asked = asked - {OPEN} | set(delegation_states.OPEN)
    if not asked <= set(DelegationState.values):
        raise BadState()
    return asked
