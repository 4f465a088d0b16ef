"""REST: what handlers know of a conversation, and why; pins and metadata."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import conversations, pinning, viewing
from contexts.context_shapes import ContextChange, ContextShape, LookShape
from contexts.models import Conversation
from contexts.pinning import Change, Wish
from contexts.viewing import Look
from security import access, scopes
from security.api import checked, own_session, own_user


class ConversationContext(APIView):
    key_scopes = scopes.by(GET=scopes.READ, PATCH=scopes.CHAT)

    @extend_schema(
        parameters=[LookShape],
        responses=ContextShape,
        summary="What the answer to your next message would know, and why",
        description="`about` is neither stored nor logged. `explain=1` tells of each item why it is in, and what was "
        "left out, with counts.",
    )
    def get(self, request: Request, id: UUID) -> Response:
        asked = LookShape(data=request.query_params)
        asked.is_valid(raise_exception=True)
        conversation = conversations.find(own_user(request), id)
        return self._shown(request, conversation, Look(**asked.validated_data))

    @extend_schema(
        request=ContextChange,
        responses=ContextShape,
        summary="Pin, unpin, and set metadata",
        description="All of it, or nothing. What is pinned already stays so. Answers what is known then.",
    )
    def patch(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        conversation = conversations.find(user, id, access.CHAT)
        pinning.change(user, conversation, _change(checked(ContextChange, request)))
        return self._shown(request, conversation, Look())

    def _shown(self, request: Request, conversation: Conversation, look: Look) -> Response:
        return Response(ContextShape(viewing.show(own_user(request), own_session(request), conversation, look)).data)


def _change(asked: dict[str, Any]) -> Change:
    wishes = tuple(Wish(**wish) for wish in asked.get("pin", ()))
    return Change(wishes, tuple(asked.get("unpin", ())), asked.get("metadata", {}))
